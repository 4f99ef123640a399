"""Tests of what the benchmark leaves behind."""

import json

from benchmarks.comparison import Comparison
from benchmarks.report import costs_over_length, write_json

LINES = [
    Comparison("sweeps", "sequence_length 500", "ours", [1.0], "plain", [2.0]),
    Comparison("sweeps", "sequence_length 1,250", "ours", [3.0], "plain", [7.0]),
    Comparison("sweeps", "ours over sequence_length", "500", [1.0], "1,250", [3.0]),
    Comparison("sweeps", "batch_size 64", "ours", [5.0], "plain", [6.0]),
    Comparison("competitors", "sequence_length 500", "DiffuMIN", [1.5], "DIN", [9.0]),
]


def test_costs_by_model_and_length():
    assert costs_over_length(LINES[:4]) == {
        "DiffuMIN": {500: [1.0], 1250: [3.0]},
        "plain": {500: [2.0], 1250: [7.0]},
    }


def test_competitors_join_the_plot():
    assert costs_over_length(LINES)["DIN"] == {500: [9.0]}


def test_json_is_written_whole(tmp_path):
    path = tmp_path / "speed.json"
    path.write_text("old")
    write_json(path, {"lines": [line.record() for line in LINES]})
    assert json.loads(path.read_text())["lines"][1]["second_samples"] == [7.0]
    assert [file.name for file in tmp_path.iterdir()] == ["speed.json"]
