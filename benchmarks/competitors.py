"""The competitors' training steps and rankings against DiffuMIN's."""

from dataclasses import replace

import numpy as np

from benchmarks import batches, ranking, steps
from benchmarks.comparison import Comparison
from benchmarks.timing import interleave
from diffumin_tf.layers import FeatureEmbedding
from diffumin_tf.models import (
    CAN,
    DIN,
    ETA,
    SDIM,
    TIN,
    TWIN,
    TWINV2,
    HardSIM,
    SoftSIM,
)

_SECTION = "competitors"

# Behaviours for each entry of TWIN-V2's history: as `bin/cluster_histories` compressed
# the synthetic world of 5,000 users, old part and recent part together.
_COMPRESSION = 6


def make_competitors(workload):
    """Competing models by name, not built, over tables as large as ours."""
    length = workload.short_term_length

    def make(model, **options):
        embedding = FeatureEmbedding(workload.num_rows, batches.EMBEDDING_DIM)
        return model(embedding, short_term_length=length, **options)

    return {
        "DIN(S)": make(DIN, num_recent=length),
        "CAN(S)": make(CAN, num_recent=length),
        "DIN": make(DIN),
        "CAN": make(CAN),
        "SoftSIM": make(SoftSIM),
        "HardSIM": make(HardSIM),
        "ETA": make(ETA),
        "SDIM": make(SDIM),
        "TWIN": make(TWIN),
        "TWIN-V2": make(TWINV2),
        "TIN": make(TIN),
    }


def compare_steps(workload, repeats):
    """Yields the `Comparison`s of training steps.

    Args:
        workload: A `Workload`.
        repeats: Rounds.
    """
    functions = {}
    for name, model in _models(workload).items():
        impressions, labels = _draw(workload, name)
        inputs = batches.our_inputs(impressions)
        built = steps.build_ours(model, inputs)
        functions[name] = steps.our_step(built, inputs, labels)
    what = f"sequence_length {workload.sequence_length:,}"
    yield from _against_diffumin(what, interleave(functions, repeats))


def compare_rankings(workload, candidates, repeats):
    """Yields the `Comparison`s of scoring one user's candidates.

    Args:
        workload: A `Workload`; its batch is not read.
        candidates: N.
        repeats: Rounds.
    """
    request = replace(
        workload, batch_size=candidates, impressions_a_user=candidates, slack=0
    )
    functions = {}
    for name, model in _models(request).items():
        inputs, _ = _draw(request, name)
        built = steps.build_ours(model, batches.our_inputs(inputs))
        functions[name] = ranking.our_ranking(built, inputs, jit=True)
    what = f"1 user x {candidates:,}"
    yield from _against_diffumin(what, interleave(functions, repeats))


def _models(workload):
    return {"DiffuMIN": steps.make_diffumin(workload), **make_competitors(workload)}


def _draw(workload, name):
    """A batch as a model reads it, and its labels."""
    if name != "TWIN-V2":
        return batches.draw_impressions(workload)
    length = workload.sequence_length // _COMPRESSION
    entries = max(length, workload.short_term_length)
    inputs, labels = batches.draw_impressions(
        replace(workload, sequence_length=entries)
    )
    sizes = np.full(inputs["history"].shape[:2], _COMPRESSION, "int32")
    return inputs | {"history_size": sizes}, labels


def _against_diffumin(what, samples):
    first = samples.pop("DiffuMIN")
    for name, values in samples.items():
        yield Comparison(_SECTION, what, "DiffuMIN", first, name, values)
