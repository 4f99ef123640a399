"""The impressions of a split that were logged, found in one pass over its users."""

import tensorflow as tf

from diffumin_tf.serving.held_out_requests import HeldOutRequests
from diffumin_tf.serving.request_inputs import serving_name

USER, TIME, TARGET = "user", "time", "target"


class ImpressionSearch:
    """Finds impressions by user, time and all ids of the target.

    Attributes:
        keys: Names of the inputs that a row is found by.

    Args:
        source: An `IndustryWorld`, `UserRecords` or the like.
        inputs: The `RequestInputs`.
        split: Name of a split.
    """

    def __init__(self, source, inputs, split):
        self._source = source
        # All behaviours: one that is late sends what the model no longer reads.
        self._requests = HeldOutRequests(source, inputs, split, sequence_length=None)
        targets = [f for f in inputs.features.fields if f.role == "target"]
        self._targets = [field.name for field in targets]
        names = [serving_name(field) for field in targets]
        self.keys = ("user_key", "impression_time", *names)

    def find(self, rows):
        """Yields a row, the impressions of its key, and what was not found.

        Args:
            rows: `LoggedRow`s.

        Yields:
            Rows that are found come first, in the order of the data, with the requests
            that the data would make, and None; there are several where a user was
            shown the same twice at once. Then the others in their order, with none, and
            what of them is not in the data: `"user"`, `"time"` or `"target"`.
        """
        waiting, missing = {}, {}
        for row in rows:
            waiting.setdefault(int(row.values["user_key"]), []).append(row)
            missing[row] = USER
        for user in self._users(waiting):
            key = int(user["user_key"][0])
            for row, found in self._of_user(user, waiting[key], missing):
                yield row, found, None
                del missing[row]
            waiting[key] = [row for row in waiting[key] if row in missing]
            if not any(waiting.values()):
                break
        for row, reason in missing.items():
            yield row, [], reason

    def _users(self, keys):
        """The users with these keys; the others are not even copied to NumPy."""
        wanted = tf.constant(sorted(keys), tf.int64)
        users = self._source.users()
        users = users.filter(lambda user: tf.reduce_any(user["user_key"] == wanted))
        return users.as_numpy_iterator()

    def _of_user(self, user, rows, missing):
        places, times = self._places(user), set()
        for time, *_ in places:
            times.add(time)
        for row in rows:
            _, *key = row.key(self.keys)
            found = places.get(tuple(key), [])
            if found:
                yield row, [self._requests.request(user, place) for place in found]
            else:
                missing[row] = TARGET if key[0] in times else TIME

    def _places(self, user):
        """Time and target to the places of the impressions."""
        columns = [user[name] for name in ("impression_time", *self._targets)]
        found = {}
        for place in self._requests.places(user):
            key = tuple(values[place] for values in columns)
            found.setdefault(key, []).append(place)
        return found
