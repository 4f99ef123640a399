"""Calls in a process of its own. None imports TensorFlow, which takes seconds."""

import os
import signal
import subprocess
import sys
import time

import pytest

from diffumin_tf.experiments.own_process import call_in_own_process
from diffumin_tf.metric_inputs import NaNScoreError


@pytest.fixture(autouse=True)
def without_quiet_start(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")


def pid_and_sum(*numbers):
    print(f"sum of {len(numbers)}")
    return os.getpid(), sum(numbers)


def fail(kind, message):
    class LikeThoseOfGin(kind):
        """Known to no other process."""

    raise LikeThoseOfGin(message)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def wait(path):
    path.write_text(str(os.getpid()))
    time.sleep(600)


def test_it_returns_what_the_function_does(capfd):
    pid, total = call_in_own_process(pid_and_sum, 2, 3)
    assert total == 5 and pid != os.getpid()
    assert capfd.readouterr().out == "sum of 2\n"


@pytest.mark.parametrize("kind", [NaNScoreError, ValueError, MemoryError, OSError])
def test_error_of_the_function(kind, capfd):
    with pytest.raises(kind, match="^bad value$") as caught:
        call_in_own_process(fail, kind, "bad value")
    assert type(caught.value) is kind
    assert capfd.readouterr().err == ""


def test_error_that_nobody_mends(capfd):
    with pytest.raises(ChildProcessError, match="Received: status 1, for the reason"):
        call_in_own_process(fail, KeyError, "lost")
    assert "LikeThoseOfGin: 'lost'" in capfd.readouterr().err


def test_error_killed():
    with pytest.raises(ChildProcessError, match="Received: signal 9, as the system"):
        call_in_own_process(die)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_the_process_that_called(number, tmp_path):
    path = tmp_path / "pid"
    script = (
        "import signal\n"
        "from pathlib import Path\n"
        # Of a job in the background, as CI may be, SIGINT is ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from diffumin_tf.experiments.own_process import call_in_own_process\n"
        "from tests.experiments.own_process_test import wait\n"
        f"call_in_own_process(wait, Path({str(path)!r}))"
    )
    caller = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    try:
        _until(lambda: path.exists() and path.read_text())
        caller.send_signal(number)
        caller.wait(60)
    finally:
        caller.kill()
    _until(lambda: not os.path.exists(f"/proc/{path.read_text()}"))


def _until(holds):
    """Waits for it; a hang fails the test, a busy machine does not."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
