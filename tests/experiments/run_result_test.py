import json
from pathlib import Path

import pytest

from diffumin_tf.experiments.run_result import RunResult, read_result

_RESULT = RunResult(
    model="DIN(S)",
    seed=3,
    auc=0.1 + 0.2,
    gauc=None,
    log_loss=0.25,
    num_impressions=40,
    num_users=8,
    label="ab",
    user_key="cd",
    configuration="ef",
    bootstrap_seed=0,
    resampled_auc=[0.123456, 1.0],
    calibration=1.25,
    request_ms=4.5,
)
# What a result had when the first ones were committed.
_EARLIER = 12


def test_reads_what_was_written(tmp_path):
    path = tmp_path / "din-s" / "seed-3" / "result.json"
    path.parent.mkdir(parents=True)
    (path.parent / ".result.json.tmp").touch()  # Of a process that was killed.
    _RESULT.write(path)
    assert read_result(path) == _RESULT
    assert list(path.parent.iterdir()) == [path]
    assert json.loads(path.read_text())["resampled_auc"] == [0.123456, 1.0]


def test_results_of_before_have_neither_calibration_nor_costs(tmp_path):
    path = tmp_path / "result.json"
    earlier = dict(list(vars(_RESULT).items())[:_EARLIER])
    path.write_text(json.dumps(earlier | {"resampled_auc": [0.5]}))
    result = read_result(path)
    assert (result.auc, result.calibration, result.ece) == (0.1 + 0.2, None, None)
    assert set(result.costs.values()) == {None}


def test_committed_results_are_readable():
    root = Path(__file__).resolve().parents[2] / "docs" / "results"
    paths = list(root.rglob("result.json"))
    assert len(paths) > 20
    for path in paths:
        assert 0.4 < read_result(path).auc < 1


def test_costs_are_what_the_scores_do_not_tell():
    names = {"table_parameters", "other_parameters", "examples_per_second"}
    assert _RESULT.costs.keys() == names | {"request_ms", "machine"}
    assert _RESULT.costs["request_ms"] == 4.5


def test_a_thousand_resamples_take_some_kilobytes(tmp_path):
    path = tmp_path / "result.json"
    values = vars(_RESULT) | {"resampled_auc": [0.654321] * 1000}
    RunResult(**values).write(path)
    assert path.stat().st_size < 12_000
    assert len(path.read_text().splitlines()) == 2 + len(values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<<<<<<< HEAD", "must hold the result of a run: Expecting value"),
        ("[]", "must hold the result of a run"),
        ('{"seed": 1}', "missing 11 required"),
        (json.dumps(vars(_RESULT) | {"auc": "x"}), "auc .* of type float.*'x'"),
        (json.dumps(vars(_RESULT) | {"more": 1}), "unexpected keyword argument 'more'"),
    ],
)
def test_error_damaged_file(text, message, tmp_path):
    path = tmp_path / "result.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"{path}.*{message}"):
        read_result(path)
