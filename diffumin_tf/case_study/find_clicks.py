"""Which users a case study shows, and which click of each."""

import heapq

import tensorflow as tf

from diffumin_tf.case_study.click import Click
from diffumin_tf.data.split_part import SplitPart


def longest_histories(source, split, count):
    """Returns the first `Click` of the users with the most behaviours before it.

    Args:
        source: Object with `schema` and `users()`.
        split: The split whose clicks count.
        count: How many users; fewer where fewer clicked. Ties go to the user that
            is stored first.

    Raises:
        ValueError: If the split is unknown or nobody clicked in it.
    """
    clicks = (click for _, click in _first_clicks(source, split) if click)
    found = heapq.nlargest(count, clicks, key=lambda click: click.behaviours)
    if not found:
        raise ValueError(f"a split must hold clicks. Received: none in {split!r}.")
    return found


def clicks_of(source, split, user_keys):
    """Returns the first `Click` of each of the given users, in the order given.

    Raises:
        ValueError: If the split or a user is unknown, or a user did not click.
    """
    found = {}
    for user_key, click in _first_clicks(source, split):
        if user_key in user_keys:
            found[user_key] = click
            if len(found) == len(user_keys):
                break
    if unknown := [key for key in user_keys if key not in found]:
        raise ValueError(f"users must be in the data. Received: {unknown}.")
    if idle := [key for key in user_keys if found[key] is None]:
        raise ValueError(
            f"users must have clicked in the split {split!r}. Received: {idle}, who "
            "did not."
        )
    return [found[key] for key in user_keys]


def _first_clicks(source, split):
    """Yields each user's key and first `Click` in a split, or None."""
    part = SplitPart.of(source.schema, split, source.schema.split(split))

    def summarize(user):
        first, end = part.bounds(user)
        none = tf.size(user["label"])
        clicked = tf.boolean_mask(tf.range(first, end), user["label"][first:end] > 0)
        place = tf.reduce_min(tf.concat([clicked, [none]], axis=0))
        behaviours = tf.reduce_sum(user["history_length"][place : place + 1])
        return user["user_key"][0], place < none, place, behaviours

    users = source.users().map(summarize, tf.data.AUTOTUNE, deterministic=True)
    for key, is_click, place, behaviours in users.as_numpy_iterator():
        click = Click(int(key), int(place), int(behaviours)) if is_click else None
        yield int(key), click
