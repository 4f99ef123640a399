"""One line of the table: two alternatives and the ratio between them."""

from dataclasses import asdict, dataclass

from benchmarks.spread import Spread

_SCALES = {"ms": 1e3, "MiB": 2**-20, "KiB": 2**-10}
_COLUMNS = "{:<34} {:<22} {:>9} {:<26} {:>9} {:<3} {:>7} {:<15} {:>3}  {}"

HEADER = _COLUMNS.format(
    "what", "first", "median", "second", "median", "", "ratio", "(min-max)", "n", ""
)


@dataclass(frozen=True)
class Comparison:
    """Samples of two alternatives, taken in the same rounds.

    Args:
        section: The section of the benchmark.
        what: What both do.
        first: Name of the first alternative, ours.
        first_samples: Its seconds or bytes.
        second: Name of the second, which the ratio has above the line.
        second_samples: Its seconds or bytes.
        unit: `"ms"` for seconds; `"MiB"` or `"KiB"` for bytes.
        note: What else there is to say.
    """

    section: str
    what: str
    first: str
    first_samples: list
    second: str
    second_samples: list
    unit: str = "ms"
    note: str = ""

    @property
    def ratio(self):
        """`Spread` of second over first."""
        return Spread.of_ratios(self.second_samples, self.first_samples)

    def line(self):
        """The line as the table prints it."""
        scale, ratio = _SCALES[self.unit], self.ratio
        first = Spread.of(self.first_samples).median * scale
        second = Spread.of(self.second_samples).median * scale
        return _COLUMNS.format(
            self.what,
            self.first,
            f"{first:.1f}",
            self.second,
            f"{second:.1f}",
            self.unit,
            f"{ratio.median:.2f}",
            f"({ratio.low:.2f}-{ratio.high:.2f})",
            ratio.n,
            self.note,
        ).rstrip()

    def record(self):
        """Everything, for JSON."""
        return {**asdict(self), "ratio": self.ratio._asdict()}
