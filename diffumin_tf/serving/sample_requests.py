"""One request for each signature, of the same held-out impressions."""

import numpy as np
import tensorflow as tf

from diffumin_tf.serving.example_signature import make_example
from diffumin_tf.serving.servable import (
    ENCODE_USER,
    EXAMPLE_ROWS,
    INTERESTS,
    RANK,
    RANK_ENCODED,
    ROWS,
)


def sample_requests(servable, requests, num_rows, num_candidates):
    """What to check an export with, and to warm it up.

    Args:
        servable: A `Servable`.
        requests: The `HeldOutRequests` of a split.
        num_rows: Rows of the requests that hold rows.
        num_candidates: Candidates of the others.

    Returns:
        Name of a signature to its inputs, name to array.
    """
    rows, rank = requests.rows(num_rows), requests.rank(num_candidates)
    inputs = servable.inputs
    user = {name: rank[name] for name in inputs.user()}
    candidates = {name: rank[name] for name in inputs.candidates()}
    encoded = servable.encode_user({n: tf.constant(v) for n, v in user.items()})
    return {
        ROWS: rows,
        RANK: rank,
        EXAMPLE_ROWS: {"examples": _examples(rows)},
        INTERESTS: rows,
        ENCODE_USER: user,
        RANK_ENCODED: candidates | {n: v.numpy() for n, v in encoded.items()},
    }


def tile(rank):
    """The candidates of a request for `rank` as rows, each with a copy of the user."""
    count = max(len(values) for values in rank.values())
    return {
        name: np.repeat(values, count // len(values), axis=0)
        for name, values in rank.items()
    }


def _examples(rows):
    count = len(next(iter(rows.values())))
    serialized = [
        make_example({name: values[row] for name, values in rows.items()})
        for row in range(count)
    ]
    return np.array(serialized, object)
