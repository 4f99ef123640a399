"""Points and cosines as CSV, figures in full; nothing stands for None."""

import numpy as np

from diffumin_tf.csv_text import csv_text

_POINT = ("kind", "channel", "draw", "rank", "behaviours", "score", "when")
_OF_PAIR = ("channel", "draw", "rank")


def points_csv(cases, maps):
    """Returns every point with its ids, the length of its vector and its place.

    Args:
        cases: The `Case`s.
        maps: For each the places of its points, `[N, 2]`, as `interest_map` returns
            them.
    """
    ids = list(dict.fromkeys(n for c in cases for p in c.points for n in p.ids))
    head = ("user_key", *_POINT, *ids, "length", "x", "y")
    rows = [
        (
            case.user_key,
            *[getattr(point, name) for name in _POINT],
            *[point.ids.get(name) for name in ids],
            float(np.linalg.norm(point.vector)),
            *[None if np.isnan(value) else float(value) for value in place],
        )
        for case, places in zip(cases, maps, strict=True)
        for point, place in zip(case.points, places, strict=True)
    ]
    return csv_text(head, rows)


def cosines_csv(cases, found):
    """Returns every cosine with what it is of.

    Args:
        cases: The `Case`s.
        found: For each its `Cosine`s.
    """
    head = ("user_key", "first", "second", *_OF_PAIR, "cosine")
    rows = [
        (
            case.user_key,
            cosine.first.kind,
            cosine.second.kind,
            *[getattr(cosine.second, name) for name in _OF_PAIR],
            cosine.value,
        )
        for case, listed in zip(cases, found, strict=True)
        for cosine in listed
    ]
    return csv_text(head, rows)
