"""From the rows of users to their impressions."""

from dataclasses import dataclass

import numpy as np

from diffumin_tf.data.hashing import splitmix64_numpy
from diffumin_tf.data.logs.negatives import draw_negatives, row_hashes
from diffumin_tf.data.logs.splits import TEST, TRAIN
from diffumin_tf.data.logs.typed_rows import NO_LABEL


@dataclass(frozen=True)
class Impressions:
    """Impressions of `UserRows`, sorted by user, time and order; m of them.

    Attributes:
        rows: The row that each is made from `[m]`.
        codes: Number of the item shown `[m]`.
        drawn: Whether it is a negative that was drawn `[m]`.
        labels: 0 or 1 `[m]`.
        not_found: Negatives that could not be drawn.
    """

    rows: np.ndarray
    codes: np.ndarray
    drawn: np.ndarray
    labels: np.ndarray
    not_found: int


def make_impressions(rows, plan, pools):
    """Makes the impressions of training and test.

    Args:
        rows: `UserRows`.
        plan: `Plan`.
        pools: `part` to the `WindowPools` to draw from; None where rows have labels.
    """
    part, label = rows.arrays["part"], rows.arrays["label"]
    shown = (part >= TRAIN) & (label != NO_LABEL)
    if plan.impressions == "first_visits":
        shown &= rows.is_first_visit
    shown = np.flatnonzero(shown)
    codes, seed = rows.arrays["code"][shown].astype(np.int64)[:, np.newaxis], 0
    if plan.negatives is not None:
        seed = plan.negatives.seed
        drawn = np.full((len(shown), plan.negatives.per_positive), -1, np.int64)
        for number in (TRAIN, TEST):
            some = part[shown] == number
            drawn[some] = draw_negatives(
                rows,
                shown[some],
                pools[number],
                plan.negatives,
                plan.impressions == "first_visits",
            )
        codes = np.concatenate([codes, drawn], axis=1)
    return _sorted(rows, shown, codes, seed)


def _sorted(rows, shown, codes, seed):
    """Impressions of rows `[n]` and items `[n, 1 + negatives]`, -1 for none."""
    place, number = np.nonzero(codes >= 0)
    at = shown[place]
    # By a hash where they tie: a place that tells the positive would be a leak.
    hashes = row_hashes(rows, seed, at) ^ np.uint64(0x5851F42D4C957F2D)
    hashes = splitmix64_numpy((hashes + number.astype(np.uint64)).view(np.int64))
    arrays = rows.arrays
    keys = [hashes, arrays["time"][at], rows.owner[at]]
    if "order" in arrays:
        keys.insert(1, arrays["order"][at])
    order = np.lexsort(keys)
    at, number = at[order], number[order]
    labels = np.where(number == 0, arrays["label"][at], 0).astype(np.float32)
    found = codes[place[order], number]
    return Impressions(at, found, number > 0, labels, int(np.sum(codes < 0)))
