"""Progress of a loop over a stream: a bar on a terminal, else a line now and then.

Keras' `Progbar` writes a line an update where there is no terminal, and neither it
nor tqdm leaves the first, compiling step out of the rate, which here would spoil
the time left for minutes.
"""

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

BAR_WIDTH = 20


class Progress:
    """Shows the step, losses, examples per second, and the time left.

    Use as a context manager around the loop:

        with Progress("epoch 1", num_steps=1000) as progress:
            for step, batch in enumerate(batches, start=1):
                progress.update(step, train(batch), examples=256)

    Args:
        name: What is going on; starts every showing.
        num_steps: The step at which the loop ends, or None where it is unknown;
            then neither a bar nor a time left is shown.
        stream: Where to write; standard error by default.
        interval: Seconds between two showings, by default 0.1 on a terminal and 10
            elsewhere. The first step and the last one are always shown.
        clock: Returns the time in seconds.
    """

    def __init__(
        self,
        name: str,
        num_steps: int | None = None,
        stream: TextIO | None = None,
        interval: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.name = name
        self.num_steps = num_steps
        self.stream = sys.stderr if stream is None else stream
        self.on_terminal = self.stream.isatty()
        if interval is None:
            interval = 0.1 if self.on_terminal else 10.0
        self.interval = interval
        self.clock = clock
        self._start = None  # (time, step) after the first update.
        self._examples = 0  # Since then.
        self._latest = None  # Time of the last update.
        self._last = None  # (step, losses) not shown yet.
        self._next_time = -float("inf")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def update(
        self, step: int, losses: Mapping[str, Any] | None = None, *, examples: int
    ) -> None:
        """Notes that a step is done, and shows it if it is time.

        Args:
            step: The number of steps done, those of a resumed run included.
            losses: Scalars by name. They may live on a device: one is read only
                when it is shown, so that most steps need not wait for theirs.
            examples: How many examples this step held.
        """
        now = self._latest = self.clock()
        if self._start is None:
            self._start = (now, step)
        else:
            self._examples += examples
        self._last = (step, losses or {})
        if now >= self._next_time:
            self._next_time = now + self.interval
            self._show(now)

    @property
    def examples_per_second(self) -> float | None:
        """The rate without the first step; None before a second one."""
        if not self._examples or self._latest == self._start[0]:
            return None
        return self._examples / (self._latest - self._start[0])

    def close(self) -> None:
        """Shows the last step, and ends the line on a terminal."""
        if self._last:
            self._show(self.clock())
        if self._start and self.on_terminal:
            self.stream.write("\n")
        self.stream.flush()

    def _show(self, now):
        step, losses = self._last
        self._last = None
        parts = [self._position(step)]
        parts += [f"{name} {float(value):.4f}" for name, value in losses.items()]
        seconds, steps = now - self._start[0], step - self._start[1]
        if seconds > 0 and steps > 0:
            parts.append(f"{self._examples / seconds:,.0f} examples/s")
            if self.num_steps:
                left = (self.num_steps - step) * seconds / steps
                parts.append(f"{format_duration(left)} left")
        line = "  ".join(parts)
        if self.on_terminal:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r{line[:width]}\x1b[K")
        else:
            self.stream.write(f"{line}\n")
        self.stream.flush()

    def _position(self, step):
        if not self.num_steps:
            return f"{self.name}  step {step}"
        text = f"{self.name}  step {step}/{self.num_steps}"
        if not self.on_terminal:
            return text
        done = min(BAR_WIDTH, BAR_WIDTH * step // self.num_steps)
        return f"{text} [{'=' * done}{' ' * (BAR_WIDTH - done)}]"


def format_duration(seconds: float) -> str:
    """Returns whole seconds as `m:ss`, from an hour on as `h:mm:ss`."""
    minutes, seconds = divmod(round(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"
