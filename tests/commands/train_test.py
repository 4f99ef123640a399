"""`bin/train` as a user runs it, wrongly: one clear line, exit code 1."""

import pytest

from diffumin_tf import config
from tests.commands.script import script

run = script("train")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--gin_bindings=OMIELayer.num_chanels = 3"], "num_channels"),
        (["--gin_bindings=NUM_CHANELS = 3"], "NUM_CHANNELS"),
        (["--gin_bindings=SEED = %gin.REQUIRED"], "SEED"),
        (["--gin_file=gin/industri.gin"], "gin/industri.gin"),
        (["--init_from=runs/gone"], "has a checkpoint. Received: runs/gone"),
        (["--gin_bindings=train.strategy = @multi_worker()"], "TF_CONFIG must be"),
    ],
)
def test_wrong_configuration_takes_one_line(arguments, message, tmp_path):
    result = run(tmp_path, "--gin_file=gin/industry.gin", *arguments)
    assert result.returncode == 1
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: ")
    assert message in lines[0]
    assert not list(tmp_path.iterdir())


def test_the_run_to_start_from_stays_in_the_configuration():
    """So that the run's `config.gin` says it, as `--init_from` does in its place."""
    config.register_all()
    config.load(["gin/industry.gin"], ["train.init_from = 'runs/monday'"])
    assert "train.init_from = 'runs/monday'\n" in config.operative_config()
