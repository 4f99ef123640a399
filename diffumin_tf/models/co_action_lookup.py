"""What CAN reads of its three tables for a batch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CoActionLookup:
    """Embeds ids as every model's lookup does, and knows CAN's own two tables.

    Attributes:
        embed: Callable: `[..., F]` int ids to `[..., d]` float.
        inductions: The same for the induction vectors, `[..., F · input_dim]`.
        parameters: `[B, F · P]` float, the micro-MLPs of the batch's targets.
    """

    embed: Callable
    inductions: Callable
    parameters: Any

    def __call__(self, ids):
        return self.embed(ids)
