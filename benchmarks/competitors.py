"""The competitors' training steps and rankings against DiffuMIN's."""

from dataclasses import replace

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
    HardSIM,
    SoftSIM,
)

_SECTION = "competitors"


def make_competitors(workload):
    """Competing models by name, not built, over tables as large as ours.

    TWIN-V2 is not among them: on as many clusters it is TWIN, and how many there are
    hangs on the data.
    """
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
        "TIN": make(TIN),
    }


def compare_steps(workload, repeats):
    """Yields the `Comparison`s of training steps.

    Args:
        workload: A `Workload`.
        repeats: Rounds.
    """
    impressions, labels = batches.draw_impressions(workload)
    inputs = batches.our_inputs(impressions)
    functions = {
        name: steps.our_step(steps.build_ours(model, inputs), inputs, labels)
        for name, model in _models(workload).items()
    }
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
    inputs, _ = batches.draw_impressions(request)
    functions = {
        name: ranking.our_ranking(
            steps.build_ours(model, batches.our_inputs(inputs)), inputs, jit=True
        )
        for name, model in _models(request).items()
    }
    what = f"1 user x {candidates:,}"
    yield from _against_diffumin(what, interleave(functions, repeats))


def _models(workload):
    return {"DiffuMIN": steps.make_diffumin(workload), **make_competitors(workload)}


def _against_diffumin(what, samples):
    first = samples.pop("DiffuMIN")
    for name, values in samples.items():
        yield Comparison(_SECTION, what, "DiffuMIN", first, name, values)
