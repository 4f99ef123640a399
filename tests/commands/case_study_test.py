"""`bin/case_study`, run as a user runs it."""

import pytest

from tests.commands.script import script
from tests.commands.world_run import write_world_run

run = script("case_study")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of each model, untrained, as `bin/train` leaves it."""
    path = tmp_path_factory.mktemp("runs")
    for name in ("diffumin", "twin"):
        write_world_run(path / name, name)
    return path


@pytest.mark.slow
def test_both_runs_each_with_its_own_configuration(runs):
    flags = ("--run_dir=diffumin", "--twin_run_dir=twin", "--num_users=1")
    result = run(runs, *flags, "--num_draws=3")
    assert result.returncode == 0, result.stderr
    output = runs / "diffumin" / "case_study"
    assert result.stdout.endswith("wrote diffumin/case_study\n")
    assert (output / "case_study.png").read_bytes().startswith(b"\x89PNG")
    kinds = [line.split(",")[1] for line in (output / "points.csv").open()][1:]
    assert kinds == ["target", *["channel", "interest", *["augmented"] * 3] * 4] + (
        ["twin"] * 9
    )


@pytest.mark.slow
def test_users_that_are_no_numbers(tmp_path):
    result = run(tmp_path, "--run_dir=there", "--users=3,x")
    assert result.returncode == 1
    assert result.stderr == (
        "error: users must be whole numbers between commas, such as 3,17. Received: "
        "--users=3,x.\n"
    )
