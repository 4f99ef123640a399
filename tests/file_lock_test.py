import subprocess
import sys
from pathlib import Path

import pytest

from diffumin_tf.file_lock import hold_lock, is_held

ROOT = Path(__file__).resolve().parents[1]
HOLDER = """
import sys
from diffumin_tf.file_lock import hold_lock
with hold_lock(sys.argv[1], "it"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_process_is_refused_until_the_first_is_killed(tmp_path):
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(BlockingIOError, match="a run must have one process at a time"):
        with hold_lock(path, "a run"):
            pass
    holder.kill()
    holder.communicate()
    with hold_lock(path, "a run"):
        pass


def test_who_only_asks_disturbs_nobody(tmp_path):
    path = tmp_path / "lock"
    assert not is_held(path) and not path.exists()
    with hold_lock(path, "a run"):
        assert is_held(path)
    assert not is_held(path)
