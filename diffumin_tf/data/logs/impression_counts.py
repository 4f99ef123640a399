"""Counts of impressions for the reports."""

import numpy as np

from diffumin_tf.data.logs.splits import NAMES

_LABELS = ("negative", "positive")


def no_impressions():
    """Counts of nothing yet: by split and label, and by length of history."""
    kinds = [f"{split} {what}" for split in NAMES.values() for what in _LABELS]
    return {"impressions": dict.fromkeys(kinds, 0), "history_lengths": {}}


def add_impressions(counts, part, labels, lengths):
    """Adds impressions to the counts.

    Args:
        counts: What `no_impressions` returned.
        part: Number of the split of each, `TRAIN` or `TEST`.
        labels: 0 or 1.
        lengths: How many behaviours each sees.
    """
    for number, split in NAMES.items():
        for label, what in enumerate(_LABELS):
            some = int(np.sum((part == number) & (labels == label)))
            counts["impressions"][f"{split} {what}"] += some
    values, times = np.unique(lengths, return_counts=True)
    known = counts["history_lengths"]
    for length, some in zip(values.tolist(), times.tolist(), strict=True):
        known[str(length)] = known.get(str(length), 0) + some
