"""Progress on a terminal and elsewhere, with a clock of our own."""

import io

import pytest

from diffumin_tf.training.progress import Progress, format_duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Loss:
    """Counts how often it is read."""

    def __init__(self):
        self.reads = 0

    def __float__(self):
        self.reads += 1
        return 0.5


def run(stream, num_steps, seconds_per_step=1.0, steps=5, loss=0.25, **kwargs):
    """Steps 1..steps; the first one, which compiles, takes 100 seconds more."""
    now = [0.0]
    with Progress(
        "epoch", num_steps, stream, clock=lambda: now[0], **kwargs
    ) as progress:
        now[0] += 100
        for step in range(1, steps + 1):
            now[0] += seconds_per_step
            progress.update(step, {"loss": loss, "diffusion": 2}, examples=32)
    return stream.getvalue()


def test_lines_when_not_on_a_terminal():
    text = run(io.StringIO(), num_steps=9, interval=2)
    assert text.splitlines() == [
        "epoch  step 1/9  loss 0.2500  diffusion 2.0000",
        "epoch  step 3/9  loss 0.2500  diffusion 2.0000  32 examples/s  0:06 left",
        "epoch  step 5/9  loss 0.2500  diffusion 2.0000  32 examples/s  0:04 left",
    ]


def test_the_last_step_is_shown_between_intervals():
    lines = run(io.StringIO(), num_steps=None, interval=1000).splitlines()
    assert lines == [
        "epoch  step 1  loss 0.2500  diffusion 2.0000",
        "epoch  step 5  loss 0.2500  diffusion 2.0000  32 examples/s",
    ]


def test_a_bar_on_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    text = run(Terminal(), num_steps=10, steps=10, seconds_per_step=0.5)
    assert text.endswith("\n") and text.count("\n") == 1
    drawn = text.split("\r")[1:]
    assert len(drawn) == 10
    assert "step 5/10 [==========          ]" in drawn[4]
    assert "64 examples/s  0:02 left\x1b[K" in drawn[5]
    assert "[====================]" in drawn[9]


def test_a_bar_fits_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    text = run(Terminal(), num_steps=10)
    assert all(len(line) <= 29 + len("\x1b[K\n") for line in text.split("\r"))


def test_a_resumed_run_counts_from_its_first_step():
    now = [0.0]
    stream = io.StringIO()
    with Progress("epoch", 102, stream, interval=0, clock=lambda: now[0]) as progress:
        for step in (100, 101):
            progress.update(step, examples=8)
            now[0] += 2
    assert stream.getvalue().splitlines()[-1].endswith("4 examples/s  0:02 left")


def test_losses_are_read_only_when_shown():
    loss = Loss()
    run(io.StringIO(), num_steps=None, steps=50, interval=1000, loss=loss)
    assert loss.reads == 2


def test_nothing_to_show():
    assert run(Terminal(), num_steps=3, steps=0) == ""


def test_a_failing_loop_ends_its_line():
    stream = Terminal()
    with pytest.raises(KeyError), Progress("epoch", 5, stream) as progress:
        progress.update(1, examples=1)
        raise KeyError
    assert stream.getvalue().endswith("\n")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3600, "1:00:00"), (-1, "0:00")],
)
def test_format_duration(seconds, text):
    assert format_duration(seconds) == text


def test_rate_leaves_the_first_step_out():
    now = [0.0]
    progress = Progress("epoch", None, io.StringIO(), clock=lambda: now[0])
    assert progress.examples_per_second is None
    for seconds, examples in ((100, 9), (2, 8), (3, 7)):
        now[0] += seconds
        progress.update(1, examples=examples)
    now[0] += 50  # What comes after the last step does not count.
    assert progress.examples_per_second == 15 / 5


def test_no_rate_of_one_step():
    progress = Progress("epoch", None, io.StringIO())
    progress.update(1, examples=8)
    assert progress.examples_per_second is None
