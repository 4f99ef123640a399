"""What a log of requests and the data say of the same impressions."""

from collections import Counter

from diffumin_tf.serving.impression_search import TARGET, TIME, USER
from diffumin_tf.serving.input_skew import InputSkew


class SkewReport:
    """Counts rows, and for each input those that differ.

    Attributes:
        log: The `RequestLog`.
        scores: The `ScoreSkew`.
        matched: Rows that were found in the data.
        missing: The others, by what of them is not there: user, time or target.
        first_missing: The key of the first of them, and its record; or None.
        inputs: Name to `InputSkew`.

    Args:
        log: The `RequestLog`.
        scores: The `ScoreSkew`.
        names: The inputs that are compared.
    """

    def __init__(self, log, scores, names):
        self.log, self.scores = log, scores
        self.matched, self.first_missing = 0, None
        self.missing = Counter({USER: 0, TIME: 0, TARGET: 0})
        self.inputs = {name: InputSkew() for name in names}

    @property
    def rows(self):
        """Rows that were logged."""
        return self.matched + self.missing.total()

    def add(self, row, differences):
        """Counts a `LoggedRow` that was found, with its `InputDifference`s by name."""
        self.matched += 1
        for name, skew in self.inputs.items():
            skew.add(row, differences.get(name))

    def add_missing(self, row, reason, keys):
        """Counts a `LoggedRow` that was not found, by the values of these keys."""
        self.missing[reason] += 1
        if self.first_missing is None:
            values = dict(zip(keys, map(_plain, row.key(keys)), strict=True))
            self.first_missing = values | {"record": row.where}

    def complaint(self):
        """What is wrong, in one line; None if nothing is."""
        if not self.matched:
            return (
                f"the log must hold impressions of the data. Received: {self.rows:,} "
                f"rows in {self.log.requests:,} requests, none of them in the data."
            )
        told = [
            f"{name} differs in {skew.differing:,}"
            for name, skew in self.inputs.items()
            if skew.differing
        ]
        if self.scores.differing:
            told.append(f"the score in {self.scores.differing:,}")
        if not told:
            return None
        return (
            "what was logged must be what the data hold. Received: "
            f"{', '.join(told)} of {self.matched:,} rows."
        )

    def to_dict(self):
        """What a JSON file holds."""
        return {
            "requests": self.log.requests,
            "not_compared": dict(self.log.not_compared),
            "rows": self.rows,
            "matched": self.matched,
            "not_found": dict(self.missing),
            "first_not_found": self.first_missing,
            "inputs": {name: skew.to_dict() for name, skew in self.inputs.items()},
            "scores": self.scores.to_dict(),
            "versions": {str(n): count for n, count in self.log.versions.items()},
        }


def _plain(value):
    return value.decode(errors="replace") if isinstance(value, bytes) else int(value)
