"""What each stage must read, write and multiply, from formulas.

A lower bound for any formulation: inputs and outputs once through memory, what stays
in a cache for free, no recomputation, no selection. Backward costs two products for
each one forward.
"""

from dataclasses import dataclass

from benchmarks import batches

_HEADS = 2
_INNER = 3  # feed-forward width, in multiples of d
_FLOAT = 4


@dataclass(frozen=True)
class StageCost:
    """Bytes, and matrix products as `(batch, m, k, n, count)`."""

    bytes: int
    products: tuple = ()

    @property
    def operations(self):
        """Floating-point operations, a multiplication and an addition counted two."""
        return sum(2 * b * m * k * n * count for b, m, k, n, count in self.products)


def stage_costs(workload, num_distinct, hidden_units=(1024, 512, 256)):
    """The `StageCost` of every stage by name, forward and backward.

    Args:
        workload: A `Workload`.
        num_distinct: N, distinct rows of the table in a batch.
        hidden_units: Widths of the tower's hidden layers.
    """
    d = batches.NUM_FIELDS * batches.EMBEDDING_DIM
    batch, count = workload.batch_size, workload.num_channels
    stored = workload.sequence_length + workload.slack
    behaviours = workload.num_users * stored
    steps = workload.num_sampling_steps
    interests = _FLOAT * batch * count * d
    denoise = _denoiser(batch * count, count, d)
    # The tower reads r, r*, the target, the other features and the short-term interest.
    widths = [(2 * count + 3) * d, *hidden_units, 1]
    both_ways = interests * (2 * steps + 6), _times(denoise, 3 * steps)
    return {
        "lookup": _lookup(behaviours, num_distinct, d),
        "OMIE": _omie(workload, behaviours, d),
        "DMIG forward": StageCost(interests * (steps + 3), _times(denoise, steps)),
        "DMIG forward and backward": StageCost(*both_ways),
        "diffusion loss": StageCost(interests * 6, _times(denoise, 3)),
        "CMIC": _contrast(batch, count, d),
        "encoder": _encoder(batch, workload.short_term_length, d),
        "tower": _tower(batch, widths),
        "update": _update(_num_weights(widths), num_distinct),
    }


def _lookup(behaviours, num_distinct, d):
    """Ids; the features and their gradients; the table's rows and their gradients."""
    ids = behaviours * batches.NUM_FIELDS
    rows = num_distinct * batches.EMBEDDING_DIM
    return StageCost(_FLOAT * (ids + 2 * behaviours * d + 2 * rows))


def _tower(batch, widths):
    """Weights are read forward and backward, their gradients written."""
    pairs = zip(widths[:-1], widths[1:], strict=True)
    products = tuple((1, batch, first, second, 3) for first, second in pairs)
    return StageCost(3 * _FLOAT * _num_weights(widths), products)


def _update(num_weights, num_distinct):
    """Adam reads weight, gradient and two moments and writes all but the gradient."""
    return StageCost(7 * _FLOAT * (num_weights + num_distinct * batches.EMBEDDING_DIM))


def _num_weights(widths):
    return sum(a * b for a, b in zip(widths[:-1], widths[1:], strict=True))


def _omie(workload, behaviours, d):
    """Scores and means read E, which need not fit a cache between; backward writes dE.

    Scores, means and the means' gradient are a product each; scores have none.
    """
    seen, count = workload.sequence_length, workload.num_channels
    batch = workload.batch_size
    products = (
        (batch, seen, d, count, 1),
        (batch, count, seen, d, 1),
        (batch, seen, count, d, 1),
        (1, batch, d, count * d, 3),
    )
    return StageCost(3 * _FLOAT * behaviours * d, products)


def _denoiser(rows, count, d):
    """Products of one evaluation for `rows` interests: all tokens, then only one."""
    tokens, head = rows * count, d // _HEADS
    whole = [(1, tokens, d, d, 4), *_feed_forward(tokens, d)]
    whole += _attention(rows, count, count, head)
    last = [(1, tokens, d, d, 2), (1, rows, d, d, 2), *_feed_forward(rows, d)]
    return (*whole, *last, *_attention(rows, 1, count, head))


def _encoder(batch, length, d):
    tokens, head = length + 1, d // _HEADS
    products = [
        (1, batch * tokens, d, d, 4),
        *_feed_forward(batch * tokens, d),
        *_attention(batch, tokens, tokens, head),
        (1, batch * tokens, d, d, 2),
        (1, batch, d, d, 2),
        *_feed_forward(batch, d),
        *_attention(batch, 1, tokens, head),
    ]
    return StageCost(2 * _FLOAT * batch * tokens * d, _times(products, 3))


def _contrast(batch, count, d):
    rows = batch * count
    products = [
        (1, rows, d, 4 * d, 2),
        (1, rows, 4 * d, d, 2),
        (count, batch, d, batch, 1),
    ]
    return StageCost(4 * _FLOAT * rows * d, _times(products, 3))


def _feed_forward(tokens, d):
    return [(1, tokens, d, _INNER * d, 1), (1, tokens, _INNER * d, d, 1)]


def _attention(rows, queries, keys, head):
    """Scores and mixtures of every head."""
    size = rows * _HEADS
    return [(size, queries, head, keys, 1), (size, queries, keys, head, 1)]


def _times(products, times):
    return tuple((b, m, k, n, count * times) for b, m, k, n, count in products)
