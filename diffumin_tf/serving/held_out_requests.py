"""Requests with raw ids, made of the impressions of a source."""

import numpy as np

from diffumin_tf.data.split_part import SplitPart
from diffumin_tf.serving.request_inputs import serving_name


class HeldOutRequests:
    """What clients would have sent for the impressions of a split.

    Args:
        source: An `IndustryWorld`, `UserRecords` or the like.
        inputs: The `RequestInputs`.
        split: Name of a split.
        sequence_length: Most behaviours that a request sends, the recent ones; None
            for all.
    """

    def __init__(self, source, inputs, split, sequence_length):
        self._source = source
        self._inputs = inputs
        self._part = SplitPart.of(source.schema, split, source.schema.split(split))
        self._sequence_length = sequence_length
        fields = source.schema.features.fields + source.schema.features.dense_fields
        self._stored = {serving_name(field): field.name for field in fields}

    def rows(self, count):
        """The first impressions in stored order, as `RequestInputs.rows` names them.

        Args:
            count: B; a smaller split gives fewer.
        """
        return self.stack(self._first(count))

    def rank(self, num_candidates):
        """A request of one user, for candidates, as `RequestInputs.rows` names it.

        The user is that of the longest history among the impressions whose targets
        are taken, which are the split's first; a smaller split's are taken again.

        Args:
            num_candidates: N.
        """
        requests = self._first(num_candidates)
        user = max(requests, key=self._length)
        found = {name: np.array([user[name]]) for name in self._inputs.user()}
        taken = np.resize(np.arange(len(requests)), num_candidates)
        for name in self._inputs.candidates():
            found[name] = np.array([request[name] for request in requests])[taken]
        found["impression_time"] = np.array([user["impression_time"]])
        return found

    def places(self, user):
        """Which of a user's impressions the split has, a `range`."""
        return range(*(int(place) for place in self._part.bounds(user)))

    def request(self, user, place):
        """One impression as a row of `rows`, its histories as long as they are.

        Args:
            user: Name to array, as the source has it.
            place: Which of the user's impressions.
        """
        columns, request = self._source.schema.columns, {}
        for name in self._inputs.rows():
            stored = self._stored.get(name, name)
            if stored not in columns:  # Sizes, where no behaviour is a cluster.
                request[name] = np.ones_like(request["history_time"])
                continue
            values, axis = user[stored], columns[stored].axis
            if axis == "history":
                recent = values[: user["history_length"][place]][::-1]
                request[name] = recent[: self._sequence_length]
            else:
                request[name] = values[place if axis == "impression" else 0]
        return request

    def stack(self, requests):
        """Impressions as `RequestInputs.rows` names them, the histories padded."""
        length = max(self._length(request) for request in requests)
        return {
            name: np.stack([_padded(r[name], length) for r in requests])
            if name in self._inputs.history_names
            else np.array([request[name] for request in requests])
            for name in self._inputs.rows()
        }

    def _first(self, count):
        """A dict an impression."""
        requests = []
        for user in self._source.users().as_numpy_iterator():
            requests += [self.request(user, place) for place in self.places(user)]
            if len(requests) >= count:
                break
        if not requests:
            raise ValueError("the split must hold impressions. Received: none.")
        return requests[:count]

    def _length(self, request):
        return len(request[self._inputs.history_names[0]])


def _padded(values, length):
    padded = np.full(length, b"" if values.dtype.kind == "O" else 0, values.dtype)
    padded[: len(values)] = values
    return padded
