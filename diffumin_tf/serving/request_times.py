"""How long requests of one kind took."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RequestTimes:
    """Requests to one signature, all with equally many rows.

    Attributes:
        signature: Its name.
        rows: Rows of the input that has most: of `rank` the candidates.
        request_bytes: Mean size of the serialized `PredictRequest`.
        milliseconds: What each request that was answered took.
        errors: What was said of each that was not.
        seconds: From the first that was sent to the end of the last.
    """

    signature: str
    rows: int
    request_bytes: int
    milliseconds: tuple[float, ...]
    errors: tuple[str, ...]
    seconds: float

    def percentile(self, percent):
        """Milliseconds that so many percent of the answers took at most.

        Between two answers it is interpolated; NaN if nothing was answered.
        """
        if not self.milliseconds:
            return float("nan")
        return float(np.percentile(self.milliseconds, percent))

    @property
    def answers_per_second(self):
        """Answers of all clients together."""
        return len(self.milliseconds) / self.seconds
