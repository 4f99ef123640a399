"""`bin/serve_data`, run as a user runs it."""

import pytest

from tests.commands.script import script

run = script("serve_data")


@pytest.mark.parametrize(
    "flags, message",
    [
        (
            ["--role=dispatcher", "--dispatcher=a:1"],
            "error: dispatcher must not be given to a dispatcher. Received: "
            "--dispatcher=a:1.",
        ),
        (
            ["--role=worker", "--work_dir=here"],
            "error: work_dir must not be given to a worker. Received: --work_dir=here.",
        ),
        (
            ["--role=worker"],
            "error: a dispatcher's address must be HOST:PORT. Received: None.",
        ),
    ],
)
def test_error_takes_one_line(tmp_path, flags, message):
    result = run(tmp_path, *flags)
    assert result.returncode == 1
    assert result.stderr == f"{message}\n"
