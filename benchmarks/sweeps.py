"""Whole training steps: against the straightforward formulation, and over sizes."""

from dataclasses import replace

from benchmarks import batches, steps
from benchmarks.comparison import Comparison
from benchmarks.timing import fastest, interleave

GROUPED_SLACK = 256  # what `make_dataset` stores beyond l by default
SWEEPS = {
    "sequence_length": (500, 1250, 5000),
    "batch_size": (64, 256),
    "num_channels": (2, 4, 8),
    "num_sampling_steps": (5, 20, 50),
    "num_rows": (100_000, 1_000_000, 20_000_000),
    "impressions_a_user": (1, 8),
}


def our_step(workload, delivered=False):
    """A callable: our step from raw ids, or as the pipeline delivers a batch."""
    impressions, labels = batches.draw_impressions(workload)
    if delivered:
        inputs = batches.deduplicated(impressions, workload.num_rows)
    else:
        inputs = batches.our_inputs(impressions)
    model = steps.build_ours(steps.make_diffumin(workload), inputs)
    return steps.our_step(model, inputs, labels)


def plain_step(workload, jit):
    """A callable: the straightforward step on the same impressions."""
    impressions, labels = batches.draw_impressions(workload)
    return steps.straightforward_step(workload, impressions, labels, jit)


def compare_steps(workload, repeats, plain_jit):
    """Yields the whole step's `Comparison`s, from raw ids first.

    Args:
        workload: A `Workload`.
        repeats: Rounds.
        plain_jit: As in `stages.compare_stages`.
    """
    functions = {"ours, raw ids": our_step(workload)}
    impressions, labels = batches.draw_impressions(workload)
    inputs = {"deduplicated": batches.deduplicated(impressions, workload.num_rows)}
    if "user_index" in inputs["deduplicated"]:
        inputs["equal runs"] = batches.without_index(inputs["deduplicated"])
    for name, form in inputs.items():
        model = steps.build_ours(steps.make_diffumin(workload), form)
        functions[f"ours, {name}"] = steps.our_step(model, form, labels)
    for jit in plain_jit:
        functions[steps.plain_name(jit)] = plain_step(workload, jit)
    samples = interleave(functions, repeats)
    ours = {n: samples.pop(n) for n in list(samples) if n.startswith("ours")}
    what = f"whole step, {workload.impressions_a_user} a user"
    for first, values in ours.items():
        for second in samples:
            note = "" if second == fastest(samples) else "not the faster one"
            pair = first, values, second, samples[second]
            yield Comparison("step", what, *pair, note=note)
    raw, without, *_ = ours.items()
    note = "what deduplication inside the step costs"
    yield Comparison("step", what, *without, *raw, note=note)


def with_impressions(workload, impressions_a_user):
    """The workload with grouped histories, stored with slack where users share."""
    slack = GROUPED_SLACK if impressions_a_user > 1 else 0
    return replace(workload, impressions_a_user=impressions_a_user, slack=slack)


def swept(workload, name, values):
    """The workloads of one sweep by their value.

    Args:
        workload: The `Workload` to vary.
        name: One of `SWEEPS`.
        values: What the field takes.
    """
    if name == "impressions_a_user":
        return {value: with_impressions(workload, value) for value in values}
    if name == "num_rows":
        # As many ids in use whatever the table's size, so that only that differs.
        workload = replace(workload, num_ids=min(values) - 1)
    return {value: replace(workload, **{name: value}) for value in values}


def compare_sweep(workload, name, values, repeats, plain_jit):
    """Yields a sweep's `Comparison`s: to the straightforward step, then to ourselves.

    All values take turns in one process, so that their own ratios are paired too.

    Args:
        workload: The `Workload` to vary.
        name: One of `SWEEPS`.
        values: What that field takes, in rising order.
        repeats: Rounds.
        plain_jit: Whether XLA compiles the straightforward step; None leaves it out.
    """
    functions, workloads = {}, swept(workload, name, values)
    for value, changed in workloads.items():
        functions[value, "ours"] = our_step(changed)
        if name == "num_rows":  # Which a search for the distinct rows hangs on.
            functions[value, "delivered"] = our_step(changed, delivered=True)
        if plain_jit is not None:
            functions[value, "plain"] = plain_step(changed, plain_jit)
    samples = interleave(functions, repeats)
    if plain_jit is not None:
        second = steps.plain_name(plain_jit)
        for value in workloads:
            first = samples[value, "ours"]
            what, plain = f"{name} {value:,}", samples[value, "plain"]
            yield Comparison("sweeps", what, "ours", first, second, plain)
    for form in ("ours", "delivered"):
        found = {v: samples[v, form] for v in workloads if (v, form) in samples}
        what = "ours" if form == "ours" else "ours, deduplicated,"
        yield from _over_sizes(f"{what} over {name}", found)


def _over_sizes(what, samples):
    """Our cost at every value against the one before and against the first."""
    values = list(samples)
    for place, value in enumerate(values[1:]):
        for base in sorted({values[0], values[place]}):
            yield Comparison(
                "sweeps",
                what,
                f"{base:,}",
                samples[base],
                f"{value:,}",
                samples[value],
            )
