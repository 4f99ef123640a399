"""Tests of a line of the table."""

from benchmarks.comparison import HEADER, Comparison

LINE = Comparison(
    "step", "whole step", "ours", [0.25, 0.5], "plain", [0.75, 2.5], note="raw ids"
)


def test_line_has_medians_and_the_paired_ratio():
    wanted = "whole step ours 375.0 plain 1625.0 ms 4.00 (3.00-5.00) 2 raw ids"
    assert LINE.line().split() == wanted.split()
    # The columns stand under their names.
    assert HEADER.index("ratio") + len("ratio") >= LINE.line().index("4.00") + 4


def test_bytes_are_printed_in_their_unit():
    line = Comparison("memory", "peak", "a", [2**20], "b", [3 * 2**20], "MiB")
    assert line.line().split() == "peak a 1.0 b 3.0 MiB 3.00 (3.00-3.00) 1".split()


def test_record_keeps_every_sample():
    record = LINE.record()
    assert record["first_samples"] == [0.25, 0.5]
    assert record["ratio"] == {"median": 4.0, "low": 3.0, "high": 5.0, "n": 2}
