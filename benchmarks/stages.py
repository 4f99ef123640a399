"""Each stage of a training step by itself, in both formulations.

A stage runs forward and backward from the same inputs: outputs, and the gradients of
the inputs and of the stage's weights, given random gradients of the outputs. The
straightforward lookup leaves the summing of equal ids' gradients to its update, ours
does it: the line for both together compares like with like.
"""

import tensorflow as tf

from benchmarks import batches, steps
from benchmarks.comparison import Comparison
from benchmarks.our_stages import OurStages
from benchmarks.plain_stages import PlainStages
from benchmarks.stage_inputs import StageInputs, normal
from benchmarks.timing import fastest, interleave

# What a training step consists of. Listed apart are two that are parts of these.
WHOLE_STEP = (
    "lookup",
    "OMIE",
    "DMIG forward and backward",
    "diffusion loss",
    "CMIC",
    "encoder",
    "tower",
    "update",
)
STAGES = ("lookup, deduplicated", "DMIG forward", *WHOLE_STEP)


def differentiate(function, inputs, weights, jit):
    """A callable: a function's outputs and the gradients of what it reads.

    Args:
        function: Maps the inputs to tensors.
        inputs: List of float tensors.
        weights: Keras variables.
        jit: Whether XLA compiles it.
    """
    outputs = tf.function(function).get_concrete_function(*inputs).structured_outputs
    upstream = tf.nest.map_structure(lambda out: normal(out.shape, 7), outputs)
    values = [weight.value for weight in weights]

    @tf.function(jit_compile=jit)
    def run(inputs, upstream):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = function(*inputs)
        gradients = tape.gradient(
            outputs, [*inputs, *values], upstream, unconnected_gradients="zero"
        )
        return outputs, gradients

    return lambda: run(inputs, upstream)


def forward(function, inputs, jit):
    """A callable: the outputs alone."""
    run = tf.function(function, jit_compile=jit)
    return lambda: run(*inputs)


def update(parts, jit):
    """A callable: the optimiser on given gradients of table rows and weights."""
    table, (rows, may_jit) = parts.table(), parts.updated()
    dense = [v for v in parts.model.trainable_variables if v is not table]
    gradients = [normal(variable.shape, 10) for variable in dense]
    run = tf.function(parts.update, jit_compile=jit and may_jit)
    values = normal((rows.shape[0], table.shape[1]), 9)
    return lambda: run(rows, values, *gradients)


def stage(parts, name, jit):
    """The callable of one of `STAGES`.

    Args:
        parts: `OurStages` or `PlainStages`.
        name: One of `STAGES`.
        jit: Whether XLA compiles it.
    """
    data = parts.data
    if name.startswith("lookup"):
        return parts.lookup(jit, raw=name == "lookup")
    if name == "update":
        return update(parts, jit)

    def sample(clean, channels):
        return parts.generator(clean, channels, data.noise)

    def contrast(clean, augmented):
        return parts.calibrator(clean, augmented, data.raw["user_key"])

    def encode(recent, target):
        return parts.encoder(recent, target, data.recent_mask)

    def score(joined):
        return parts.tower(joined, training=True)

    chain = [data.clean, data.channels]
    if name == "DMIG forward":
        return forward(sample, chain, jit)
    function, inputs, layer = {
        "OMIE": (parts.extract, [parts.history, data.target], parts.omie),
        "DMIG forward and backward": (sample, chain, parts.generator),
        "diffusion loss": (parts.diffusion_loss, chain, parts.generator),
        "CMIC": (contrast, [data.clean, data.augmented], parts.calibrator),
        "encoder": (encode, [data.recent, data.target], parts.encoder),
        "tower": (score, [data.joined], parts.tower),
    }[name]
    return differentiate(function, inputs, layer.trainable_variables, jit)


def compare_stages(workload, repeats, plain_jit, names=STAGES):
    """Yields a `Comparison` a stage, then those of stages together if all are there.

    Args:
        workload: A `Workload`.
        repeats: Rounds of each.
        plain_jit: How to compile the straightforward formulation, a list of bools;
            the faster is taken.
        names: Which of `STAGES`.
    """
    impressions, _ = batches.draw_impressions(workload)
    raw = batches.our_inputs(impressions)
    model = steps.build_ours(steps.make_diffumin(workload), raw)
    data = StageInputs(workload, impressions, model)
    plain = steps.build_straightforward(workload, data.tiled, jit=False)
    ours, plain = OurStages(model, data), PlainStages(plain, data)
    found = {}
    for name in names:
        functions = {"ours": stage(ours, name, True)}
        for jit in plain_jit:
            functions[steps.plain_name(jit)] = stage(plain, name, jit)
        samples = interleave(functions, repeats)
        first = samples.pop("ours")
        second = fastest(samples)
        found[name] = first, samples[second]
        what = name if workload.impressions_a_user == 1 else f"{name}, grouped"
        yield Comparison("stages", what, "ours", first, second, samples[second])
    if set(WHOLE_STEP) - set(names):
        return
    yield _together("lookup and update", ("lookup", "update"), found)
    yield _together("all stages", WHOLE_STEP, found)


def _together(what, names, found):
    """The sum of several stages' samples, round by round."""
    columns = zip(*(found[name] for name in names), strict=True)
    first, second = ([sum(turn) for turn in zip(*c, strict=True)] for c in columns)
    return Comparison("stages", what, "ours", first, "straightforward", second)
