"""Ranking the candidates of one request: one user, a long history, N items."""

from dataclasses import replace

import tensorflow as tf

from benchmarks import batches, steps
from benchmarks.comparison import Comparison
from benchmarks.spread import Spread
from benchmarks.timing import fastest, interleave

_CHUNK = 250  # rows of a tiled request at once, for the memory's sake
_SECTION = "inference"


def our_ranking(model, inputs, jit):
    """A callable: click probabilities of a request in one batch."""
    predict = tf.function(lambda batch: model.predict_step((batch,)), jit_compile=jit)
    inputs = batches.our_inputs(inputs)
    return lambda: predict(inputs).numpy()


def in_chunks(predict, inputs):
    """A callable: probabilities of rows with a history each, some rows at a time."""
    size = len(inputs["target"])
    chunks = [
        batches.to_tensors({n: v[k : k + _CHUNK] for n, v in inputs.items()})
        for k in range(0, size, _CHUNK)
    ]
    return lambda: tf.concat([predict(chunk) for chunk in chunks], 0).numpy()


def tiled_ranking(model, impressions, jit):
    """A callable: our model on rows that each bring their own history."""
    predict = tf.function(lambda batch: model.predict_step((batch,)), jit_compile=jit)
    return in_chunks(predict, batches.without_index(batches.tile(impressions)))


def plain_ranking(model, impressions, jit):
    """A callable: the straightforward formulation."""
    predict = tf.function(lambda batch: tf.sigmoid(model(batch)), jit_compile=jit)
    return in_chunks(predict, batches.plain_inputs(impressions))


def request_bytes(inputs):
    """Bytes of a request's ids as int64 tensors of a serialised prediction request."""
    names = ("history", "target", "other", "user_key")
    protos = [tf.make_tensor_proto(inputs[name].astype("int64")) for name in names]
    return sum(len(proto.SerializeToString()) for proto in protos)


def compare_ranking(workload, candidates, repeats, plain_jit):
    """Yields the section's `Comparison`s.

    Args:
        workload: A `Workload`; its batch is not read.
        candidates: N.
        repeats: Rounds.
        plain_jit: As in `stages.compare_stages`.
    """
    request = replace(
        workload, batch_size=candidates, impressions_a_user=candidates, slack=0
    )
    inputs, _ = batches.draw_impressions(request)
    yield from _against_others(request, inputs, repeats, plain_jit)
    yield from _over_steps(request, inputs, repeats)
    sizes = [request_bytes(inputs)], [request_bytes(batches.tile(inputs))]
    yield Comparison(
        _SECTION, "request", "history once", sizes[0], "tiled", sizes[1], "KiB"
    )


def _against_others(request, inputs, repeats, plain_jit):
    model = steps.build_ours(
        steps.make_diffumin(request), batches.our_inputs(batches.tile(inputs))
    )
    tiled = batches.to_tensors(batches.plain_inputs(inputs))
    plain = steps.build_straightforward(request, tiled, jit=False)
    one = _only_first(inputs)
    ours = {f"grouped, jit {_on(j)}": our_ranking(model, inputs, j) for j in _BOTH}
    alone = {f"one, jit {_on(j)}": our_ranking(model, one, j) for j in _BOTH}
    rows = {f"tiled, jit {_on(j)}": tiled_ranking(model, inputs, j) for j in _BOTH}
    others = {steps.plain_name(j): plain_ranking(plain, inputs, j) for j in plain_jit}
    samples = interleave({**ours, **alone, **rows, **others}, repeats)
    # A request has but one form of the graph: the faster one for all candidates.
    first = fastest({name: samples[name] for name in ours})
    single = first.replace("grouped", "one")
    for what, group in (("straightforward", others), ("our tiled rows", rows)):
        second = fastest({name: samples[name] for name in group})
        yield _compare(f"{request.batch_size} against {what}", first, second, samples)
    share = 1 - 1 / Spread.of_ratios(samples[first], samples[single]).median
    note = f"{share:.0%} of the time hangs on the candidates"
    yield _compare("candidates against one", single, first, samples, note)
    yield _compare("compiled", *reversed(list(ours)), samples)


_BOTH = (False, True)


def _on(jit):
    return "on" if jit else "off"


def _compare(what, first, second, samples, note=""):
    return Comparison(
        _SECTION, what, first, samples[first], second, samples[second], note=note
    )


def _only_first(inputs):
    """The request with its first candidate alone."""
    shared = ("history", "history_time")
    return {n: v if n in shared else v[:1] for n, v in inputs.items()}


def _over_steps(request, inputs, repeats):
    """T' and the sampler; the paper's 20 steps of DDPM stand above the line."""
    variants = [(20, "ddpm"), (10, "ddpm"), (5, "ddpm"), (20, "ddim"), (5, "ddim")]
    functions = {}
    for number, sampler in variants:
        changed = replace(request, num_sampling_steps=number, sampler=sampler)
        model = steps.build_ours(
            steps.make_diffumin(changed), batches.our_inputs(inputs)
        )
        functions[f"T'={number} {sampler}"] = our_ranking(model, inputs, True)
    samples = interleave(functions, repeats)
    first, *others = functions
    for name in others:
        yield _compare("steps and sampler", name, first, samples)
