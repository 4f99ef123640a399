"""What is tuned, and how much of it is tried."""

import math
from collections import Counter
from dataclasses import dataclass

from diffumin_tf.experiments.choice import Choice


@dataclass(frozen=True)
class Tuning:
    """A grid of settings, tried on a validation split cut from the training split.

    Attributes:
        run_file: The gin file that all trials share, as `bin/train` takes it.
        space: The `Choice`s; the grid is all of their combinations.
        gin_files: Gin files read after the run file, such as another model's.
        num_trials: How many combinations to try, drawn without repetition; None for
            the full grid.
        seed: Seed of the order in which they are tried.
        validation_share: Share of the training split that is held out; see
            `HeldOutSource`.
        bindings: Lines of gin for every trial.
        own_processes: Whether each trial has a process of its own, whose memory ends
            with it: what is compiled for one stays as long as its process. False where
            the gin files name configurables that a script has registered.
    """

    run_file: str
    space: tuple[Choice, ...]
    gin_files: tuple[str, ...] = ()
    num_trials: int | None = None
    seed: int = 0
    validation_share: float = 0.2
    bindings: tuple[str, ...] = ()
    own_processes: bool = True

    def __post_init__(self):
        for field in ("space", "gin_files", "bindings"):
            value = getattr(self, field)
            if isinstance(value, str):
                raise ValueError(f"{field} must be a list. Received: {value!r}.")
            object.__setattr__(self, field, tuple(value))
        if not self.space:
            raise ValueError("space must hold a choice. Received: an empty list.")
        self._check_names()
        if self.num_trials is not None and not 1 <= self.num_trials <= self.grid_size:
            raise ValueError(
                "num_trials must be at least 1 and at most the size of the grid, "
                f"{self.grid_size}. Received: num_trials={self.num_trials}."
            )
        if self.seed < 0:
            raise ValueError(f"seed must be at least 0. Received: seed={self.seed}.")
        if not 0 < self.validation_share < 1:
            raise ValueError(
                "validation_share must be between 0 and 1. Received: "
                f"validation_share={self.validation_share}."
            )

    @property
    def grid_size(self):
        """How many combinations there are."""
        return math.prod(len(choice.values) for choice in self.space)

    @property
    def budget(self):
        """How many of them are tried."""
        return self.grid_size if self.num_trials is None else self.num_trials

    @property
    def files(self):
        """The gin files of the trials; later ones win."""
        return [self.run_file, *self.gin_files]

    def lines(self, point):
        """The lines of gin that set a combination.

        Args:
            point: Label of each choice to the text of its value.
        """
        return [
            line for choice in self.space for line in choice.lines(point[choice.label])
        ]

    def _check_names(self):
        # What all trials bind would win over best.gin in the end.
        bound = [line.partition("=")[0].strip() for line in self.bindings]
        chosen = [name for choice in self.space for name in choice.names]
        counts = Counter([*chosen, *set(bound)])
        if double := [name for name in dict.fromkeys(chosen) if counts[name] > 1]:
            raise ValueError(
                "a setting must be chosen once, and not by bindings. Received: "
                f"{double} more than once."
            )
