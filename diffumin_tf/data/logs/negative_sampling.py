"""How items that a user was not seen with are drawn."""

from dataclasses import dataclass

WEIGHTINGS = ("items", "events")


@dataclass(frozen=True)
class NegativeSampling:
    """Negatives for a log that has positives only.

    They come from items active in the same window of time: popularity over the whole
    period would tell how long an item has been there, which is no interest.

    Attributes:
        per_positive: Negatives a positive.
        window_days: Length of a window; window 0 starts at time 0.
        weighting: `"items"` (each item of the window alike) or `"events"` (by its
            rows in the window).
        seed: Seed of the draws.
    """

    per_positive: int = 1
    window_days: float = 7.0
    weighting: str = "items"
    seed: int = 0

    def __post_init__(self):
        if self.per_positive < 1:
            raise ValueError(
                f"per_positive must be at least 1. Received: {self.per_positive}."
            )
        if self.window_days * 86_400 < 1:
            raise ValueError(
                f"window_days must be a second or more. Received: {self.window_days}."
            )
        if self.weighting not in WEIGHTINGS:
            raise ValueError(
                f"weighting must be one of {WEIGHTINGS}. Received: {self.weighting!r}."
            )

    @property
    def window_seconds(self):
        """Length of a window in whole seconds."""
        return int(self.window_days * 86_400)
