"""The users of a bucket, all together as arrays, from its sorted rows."""

import numpy as np

from diffumin_tf.data.alibaba import days
from diffumin_tf.data.alibaba.columns import AD, BEHAVIOUR, PROFILE, price_column
from diffumin_tf.data.alibaba.seen_behaviours import seen_behaviours

# More than any second of the data, so that a user and a second are one number.
_SECONDS = np.int64(1 << 40)


class BucketUsers:
    """U users with m impressions and n behaviours.

    Args:
        users: Name to array `[U]`: `user`, rising, and the profile.
        impressions: Name to array `[m]`, sorted by user and time.
        behaviours: Name to array, sorted alike; those that no impression sees are
            left out, and `[n]` remain.
        sequence_length: How many behaviours an impression sees at most; None for all.

    Attributes:
        columns: Name to array, as the schema names them.
        bounds: Axis (`"user"`, `"history"`, `"impression"`) to int64 `[U + 1]`: where
            each user's values begin, and the end of the last one's.
    """

    def __init__(self, users, impressions, behaviours, sequence_length):
        owner, behaviour_owner = (
            np.searchsorted(users["user"], rows["user"])
            for rows in (impressions, behaviours)
        )
        places = np.arange(len(users["user"]) + 1)
        end = np.searchsorted(
            behaviour_owner * _SECONDS + behaviours["time"],
            owner * _SECONDS + impressions["time"],
        )
        first = np.searchsorted(behaviour_owner, places)[owner]
        seen, lengths = seen_behaviours(
            first, end, sequence_length, len(behaviour_owner)
        )
        self.columns = {
            **_user_columns(users),
            **_history_columns(behaviours, seen),
            **_impression_columns(impressions),
            "history_length": lengths,
        }
        self.bounds = {
            "user": places,
            "history": np.searchsorted(behaviour_owner[seen], places),
            "impression": np.searchsorted(owner, places),
        }


def _user_columns(users):
    names = ("user", *PROFILE)
    return {"user_key": users["user"], **{f"user/{n}": users[n] for n in names}}


def _history_columns(behaviours, seen):
    history = {f"history/{n}": behaviours[n][seen] for n in BEHAVIOUR}
    return {"history_time": behaviours["time"][seen], **history}


def _impression_columns(impressions):
    time = impressions["time"]
    return {
        "impression_time": time,
        "label": impressions["clk"].astype(np.float32),
        **{f"target/{name}": impressions[name] for name in AD},
        "target/btag": np.zeros(len(time), np.int64),
        "target/price": price_column(impressions["price"]),
        "context/pid": impressions["pid"],
        **days.clock_columns(time),
    }
