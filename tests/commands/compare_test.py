"""`bin/compare` as a user runs it, wrongly: one clear line, exit code 1."""

import pytest

from tests.commands.script import script

run = script("compare")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("binding", "message"),
    [
        ('Comparison.baseline = "DIN"', "baseline='DIN' with ['DiffuMIN', 'DIN(S)'"),
        ('Comparison.bindings = ["NUM_CHANELS = 3"]', "did you mean NUM_CHANNELS"),
    ],
)
def test_wrong_configuration_takes_one_line(binding, message, tmp_path):
    result = run(
        tmp_path, "--gin_file=gin/compare_small.gin", f"--gin_bindings={binding}"
    )
    assert result.returncode == 1
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: ")
    assert message in lines[0]
    # Nothing but the empty directory of the comparison is made.
    assert not list(tmp_path.rglob("*.json"))


def test_results_in_a_file_takes_one_line(tmp_path):
    (tmp_path / "results").touch()
    result = run(tmp_path, "--gin_file=gin/compare_small.gin", "--results=results")
    assert result.returncode == 1
    assert "must be a directory, got results" in result.stderr
    assert result.stderr.count("\n") == 1
