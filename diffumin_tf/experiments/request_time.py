"""How long a model takes to score the candidates of one user."""

import time

import numpy as np
import tensorflow as tf

from diffumin_tf.serving.held_out_requests import HeldOutRequests
from diffumin_tf.serving.servable import SCORE, Servable

NUM_CANDIDATES = 500
_REPEATS = 5


def request_ms(model, data, split, num_candidates=NUM_CANDIDATES, clock=None):
    """Milliseconds from the raw ids of a request to its click probabilities.

    The graph is that of the export's signature `rank`.

    Args:
        model: A built `CTRModel`.
        data: The `ClickData` of its run.
        split: The split that user and candidates are drawn from.
        num_candidates: Targets to be scored.
        clock: Returns the time in seconds; that of the machine by default.

    Returns:
        The median of 5 requests, after one that is not counted.
    """
    clock = clock or time.perf_counter
    servable = Servable(model, data.features, data.sequence_length)
    requests = HeldOutRequests(
        data.source, servable.inputs, split, data.sequence_length
    )
    raw = {n: tf.constant(v) for n, v in requests.rank(num_candidates).items()}
    score = tf.function(servable.rank, input_signature=[servable.inputs.rows()])
    seconds = []
    for _ in range(1 + _REPEATS):
        start = clock()
        score(raw)[SCORE].numpy()
        seconds.append(clock() - start)
    return 1000 * float(np.median(seconds[1:]))
