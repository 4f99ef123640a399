"""Arithmetic of DiffuMIN's training step, counted from its equations.

    python benchmarks/step_flops.py [--batch_size=256]

Multiply-adds of the matrix products of one sample, forward and backward; two FLOPs
each. What runs element by element (norms, softmax, activations, the attention of a
chain's few tokens, the search for the k-th largest score) and the table's rows are not
counted: they cost memory traffic rather than arithmetic.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.workload import Workload  # noqa: E402

# Defaults of the layers: blocks of each transformer, inner width of its feed-forward in
# multiples of d, widths of the tower.
BLOCKS, INNER, TOWER = 2, 3, (1024, 512, 256, 1)
# Forward once, backward twice: for the inputs and for the weights. A chain's forward
# is computed again for its gradient.
TRAINED, CHAINED = 3, 4


def history(workload, width):
    """OMIE: projection, scores, sums, and sums of ones that count.

    No gradient reaches the scores, and that of the sums goes to the history alone.
    """
    channels, length = workload.num_channels, workload.sequence_length
    scores_and_sums = 3 * channels * length * width
    search = 2 * 16 * channels * (length // 16 + 1)
    return TRAINED * channels * width**2 + scores_and_sums + search + channels * length


def evaluation(channels, width):
    """One evaluation of the denoiser, forward, for all interests of a sample."""
    tokens = channels
    block = 2 * INNER + 1  # feed-forward and the attention's last kernel, a token
    first = 3 + block * tokens  # the clean tokens' kernels are hoisted
    between = (BLOCKS - 2) * (3 + block) * tokens
    last = 2 * tokens + 1 + block  # one token asks
    return channels * (first + between + last) * width**2


def prepared(channels, width):
    """What a chain's steps share, forward: clean tokens' kernels and the guides."""
    clean, guides = 3 * (channels - 1), 2 * BLOCKS
    return channels * (clean + guides) * width**2


def diffusion(workload, width):
    """DMIG: the chain and the loss. A batch's samples share a chain's embeddings."""
    channels, steps = workload.num_channels, workload.num_sampling_steps
    one = evaluation(channels, width)
    # A step's embedding, 4d wide inside, and what the first block makes of it. No
    # gradient reaches the step itself.
    embedding, projected, into_step = (n * width**2 for n in (8, 3, 4))
    shared = TRAINED * embedding + CHAINED * projected - into_step
    chain = steps * (CHAINED * one + shared / workload.batch_size)
    own = TRAINED * (embedding + projected) - into_step
    loss = TRAINED * one + channels * own
    return chain + loss + 2 * TRAINED * prepared(channels, width)


def short_term(workload, width):
    """The encoder of k behaviours and the target, of which the last asks alone."""
    tokens, inner = workload.short_term_length + 1, 2 * INNER
    full = (BLOCKS - 1) * ((4 + inner) * tokens * width**2 + 2 * tokens**2 * width)
    last = (2 * tokens + 2 + inner) * width**2 + 2 * tokens * width
    return TRAINED * (full + last)


def calibrator(workload, width):
    """CMIC: two heads, and each sample's channels with those of the batch."""
    channels = workload.num_channels
    heads = 2 * 8 * channels * width**2
    return TRAINED * (heads + channels * workload.batch_size * width)


def tower(workload, width, other_width):
    """The tower on r, r*, the target, other features and the short-term interest."""
    widths = (2 * workload.num_channels * width + 2 * width + other_width, *TOWER)
    return TRAINED * sum(a * b for a, b in zip(widths, widths[1:], strict=False))


def multiply_adds(workload, width=24, other_width=24):
    """Multiply-adds of a sample's training step, by part.

    Args:
        workload: A `Workload`, each impression with a history of its own.
        width: d.
        other_width: Width of e_other beside the target.
    """
    return {
        "history": history(workload, width),
        "diffusion": diffusion(workload, width),
        "short term": short_term(workload, width),
        "calibrator": calibrator(workload, width),
        "tower": tower(workload, width, other_width),
    }


def main():
    """Prints each part and the sum."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--batch_size", type=int, default=256, help="B: each sample meets the others.")
    parts = multiply_adds(Workload(parser.parse_args().batch_size))
    for name, count in {**parts, "sum": sum(parts.values())}.items():
        print(f"{name:>12} {2 * count / 1e6:8.2f} MFLOP a sample")


if __name__ == "__main__":
    main()
