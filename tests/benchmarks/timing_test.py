"""Tests of interleaved timing."""

from benchmarks.timing import describe_machine, fastest, interleave


def test_functions_take_turns_and_every_round_starts_with_the_next():
    calls = []
    functions = {name: lambda name=name: calls.append(name) for name in "abc"}
    samples = interleave(functions, 3)
    assert "".join(calls) == "abc" + "abc" + "bca" + "cab"  # a warm-up first
    assert {name: len(values) for name, values in samples.items()} == dict.fromkeys(
        "abc", 3
    )


def test_fastest_has_the_smallest_median():
    assert fastest({"a": [1.0, 9.0, 9.0], "b": [2.0, 2.0, 99.0]}) == "b"


def test_machine_is_told_with_versions():
    machine = describe_machine()
    assert machine["cores"] >= 1
    assert machine["memory"].endswith("kB")
    assert machine["keras"].startswith("3.")
