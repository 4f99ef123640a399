"""A source without its test split: the end of its training split takes that place."""

import dataclasses

import numpy as np
import tensorflow as tf

from diffumin_tf.data.schema import SPLIT
from diffumin_tf.data.split_part import SplitPart

TRAIN, VALIDATION = "train", "validation"

_PARTS = (TRAIN, VALIDATION)
# Beside the two parts: before and after what was the training split.
_BEFORE, _AFTER = -1, len(_PARTS)
# A share such as 0.29 of 100 is a hair below 29 in floating point.
_ROUNDING = 1e-9


class HeldOutSource:
    """What of a source may be seen while settings are chosen.

    Its splits are `"train"`, the first part of the source's own, and `"validation"`,
    the rest of it. No other split can be asked for. Where the source is split by
    user, each user's training impressions are cut at a place of their own; those of
    one second are never separated, so a user may have fewer to validate with.

    Args:
        source: An `IndustryWorld`, `UserRecords` or the like.
        share: Share of the training split that is held out: of its time, or, where
            the source is split by user, of each user's impressions.

    Raises:
        ValueError: If there is no split `"train"`, or a part of it would be empty.
    """

    def __init__(self, source, share=0.2):
        if not 0 < share < 1:
            raise ValueError(f"share must be between 0 and 1. Received: share={share}.")
        self.source = source
        self.share = share
        first, end = source.schema.split(TRAIN)
        cut = end - round(share * (end - first))
        if not first < cut < end:
            raise ValueError(
                "share must leave seconds to train on and to validate with. Received: "
                f"share={share} of {end - first} seconds."
            )
        spans = ((first, cut), (cut, end))
        if source.schema.split_by_user:
            spans = ((first, end), (first, end))
        # Without `world`: scores of its yardsticks are of no use to a choice, and cost
        # a pass over all users.
        self.schema = dataclasses.replace(
            source.schema, splits=dict(zip(_PARTS, spans, strict=True)), world=None
        )
        self._number = list(source.schema.splits).index(TRAIN)

    def users(self, seed=None, epoch=0):
        """Returns the source's users; only what splits they speak of differs."""
        users = self.source.users(seed=seed, epoch=epoch)
        if not self.schema.split_by_user:
            return users
        return users.map(self._split_anew, tf.data.AUTOTUNE, deterministic=True)

    def check(self):
        """Reads everything, as the source does, to name what is wrong with it."""
        if hasattr(self.source, "check"):
            self.source.check()

    def check_classes(self):
        """Reads users until both parts have a click and a non-click.

        Raises:
            ValueError: If there is no such; it says which part lacks what.
        """
        parts = [SplitPart.of(self.schema, n, self.schema.splits[n]) for n in _PARTS]
        counts = np.zeros((len(parts), 2), np.int64)
        users = self.users().map(lambda user: _count(user, parts))
        for found in users.as_numpy_iterator():
            counts += found
            if counts.all():
                return
        for part, (others, clicks) in zip(_PARTS, counts, strict=True):
            if not (others and clicks):
                raise ValueError(
                    "both parts of the training split must hold a click and a "
                    f"non-click. Received: {clicks} clicks and {others} non-clicks "
                    f"in {part!r} with share={self.share}."
                )

    def _split_anew(self, user):
        """Numbers a user's impressions by their part; see `SPLIT` in the schema."""
        split, time = user[SPLIT], user["impression_time"]
        learnt = time[split == self._number]
        count = tf.size(learnt)
        held_out = tf.cast(count, tf.float64) * self.share + _ROUNDING
        kept = count - tf.cast(tf.floor(held_out), count.dtype)
        # The time of the last one to train on, where there is one.
        last = tf.reduce_max(learnt[:kept])
        part = tf.where(time > last, *(_PARTS.index(n) for n in (VALIDATION, TRAIN)))
        part = tf.where(split < self._number, _BEFORE, part)
        part = tf.where(split > self._number, _AFTER, part)
        return {**user, SPLIT: tf.cast(part, tf.int64)}


def _count(user, parts):
    """Counts the labels 0 and 1 `[P, 2]` of a user's impressions in each part."""
    counts = []
    for part in parts:
        first, end = part.bounds(user)
        clicks = tf.reduce_sum(tf.cast(user["label"][first:end], tf.int64))
        counts.append([tf.cast(end - first, tf.int64) - clicks, clicks])
    return tf.stack(counts)
