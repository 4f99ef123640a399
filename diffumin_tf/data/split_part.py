"""Which impressions of a user belong to a part of a split."""

from dataclasses import dataclass

import tensorflow as tf

from diffumin_tf.data.schema import SPLIT


@dataclass(frozen=True)
class SplitPart:
    """A span of time of one split.

    Attributes:
        span: `(first, end)` in seconds, half-open.
        number: Place of the split among the schema's, where impressions say to which
            they belong; None where time alone decides.
    """

    span: tuple[int, int]
    number: int | None = None

    @classmethod
    def of(cls, schema, split, span):
        """Returns the part of a schema's split that lies in `span`."""
        number = list(schema.splits).index(split) if schema.split_by_user else None
        return cls(span, number)

    def bounds(self, user):
        """First and end index of a user's impressions of this part."""
        first, end = _places(user["impression_time"], self.span)
        if self.number is None:
            return first, end
        # Times and splits both rise, so the part is still one run.
        least, most = _places(user[SPLIT], (self.number, self.number + 1))
        first = tf.maximum(first, least)
        return first, tf.maximum(first, tf.minimum(end, most))

    def is_active(self, user):
        """Whether a user has an impression in this part, a boolean scalar."""
        return tf.less(*self.bounds(user))


def _places(values, limits):
    places = tf.searchsorted(values, tf.constant(limits, values.dtype))
    return places[0], places[1]
