"""One vector of a case, and what it stands for."""

from dataclasses import dataclass, field

import numpy as np

TARGET, CHANNEL, INTEREST, AUGMENTED, TWIN = KINDS = (
    "target",
    "channel",
    "interest",
    "augmented",
    "twin",
)


@dataclass(frozen=True)
class Point:
    """A vector of a case.

    Attributes:
        kind: One of `KINDS`: the target e_s; an interest channel of O; an aggregated
            interest of r; an augmented one of r*; a behaviour that TWIN's first stage
            selected.
        vector: `[d]` float.
        channel: From 1; None of target and behaviours.
        draw: Of an augmented interest, from 1: the first is the one that the model's
            score is made of.
        rank: Of a behaviour, from 1: its place in TWIN's selection.
        behaviours: Of an interest, how many behaviours it aggregates.
        score: Of the target, DiffuMIN's click probability.
        time: Of target and behaviours, in seconds.
        ids: Of target and behaviours: short name of a field to the id as stored.
    """

    kind: str
    vector: np.ndarray
    channel: int | None = None
    draw: int | None = None
    rank: int | None = None
    behaviours: int | None = None
    score: float | None = None
    time: int | None = None
    ids: dict[str, int | str] = field(default_factory=dict)

    @property
    def when(self):
        """The time as text, without zone as the data have none; "" if it has none."""
        return "" if self.time is None else str(np.datetime64(self.time, "s"))

    @property
    def ids_text(self):
        """The ids as text."""
        return ", ".join(f"{name} {value}" for name, value in self.ids.items())
