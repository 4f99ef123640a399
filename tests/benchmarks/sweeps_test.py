"""Tests of the sweeps' workloads."""

from benchmarks.comparison import Comparison
from benchmarks.speed import faster_jit
from benchmarks.sweeps import _over_sizes, swept
from benchmarks.workload import Workload


def test_tables_of_any_size_hold_the_same_ids():
    found = swept(Workload(), "num_rows", [1000, 50_000])
    assert {workload.num_ids for workload in found.values()} == {999}
    assert [workload.num_rows for workload in found.values()] == [1000, 50_000]


def test_users_who_share_a_history_have_slack():
    found = swept(Workload(), "impressions_a_user", [1, 8])
    assert [workload.slack for workload in found.values()] == [0, 256]


def test_own_ratios_are_to_the_first_and_to_the_one_before():
    lines = list(_over_sizes("n", {2: [1.0], 4: [2.0], 8: [6.0]}))
    pairs = [(line.first, line.second, line.ratio.median) for line in lines]
    assert pairs == [("2", "4", 2.0), ("2", "8", 6.0), ("4", "8", 3.0)]


def test_faster_straightforward_form_is_the_one_measured():
    def line(second, note):
        return Comparison("step", "step", "ours", [1.0], second, [2.0], note=note)

    off = line("straightforward, jit off", "not the faster one")
    on = line("straightforward, jit on", "")
    assert faster_jit([off, on], [False, True]) is True
    assert faster_jit([], [False, True]) is False
