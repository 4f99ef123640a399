"""What to make of Ele.me's parts: every choice that the result depends on."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone

from diffumin_tf.data.resumable import file_states
from diffumin_tf.data.shard_files import check_sharding

_BEIJING = timezone(timedelta(hours=8))
_SECONDS_PER_DAY = 86_400
_LEAST_TABLE = 1_024


@dataclass(frozen=True)
class Plan:
    """The arguments of `prepare_eleme` of the same names, checked."""

    raw_dir: str
    first_day: str
    train_days: tuple[int, int]
    test_days: tuple[int, int]
    sequence_length: int
    most_recent_first: bool
    max_table_size: int
    max_bad_share: float
    compression: str | None

    def __post_init__(self):
        for name in ("train_days", "test_days"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        self.day_start(1)  # Raises where `first_day` is no date.
        train, test = self.train_days, self.test_days
        if not len(train) == len(test) == 2 or not (
            1 <= train[0] <= train[1] < test[0] <= test[1]
        ):
            raise ValueError(
                "train_days and test_days must be (first, last) from day 1, and the "
                f"test later. Received: train_days={train}, test_days={test}."
            )
        self._check_numbers()
        check_sharding(1, self.compression)

    def _check_numbers(self):
        for name, least in (("sequence_length", 1), ("max_table_size", _LEAST_TABLE)):
            if getattr(self, name) < least:
                raise ValueError(
                    f"{name} must be at least {least}. Received: {getattr(self, name)}."
                )
        if not 0 <= self.max_bad_share < 1:
            raise ValueError(
                "max_bad_share must be at least 0 and below 1. "
                f"Received: {self.max_bad_share}."
            )

    @property
    def days(self):
        """Split to the days that it holds."""
        spans = {"train": self.train_days, "test": self.test_days}
        return {name: range(first, last + 1) for name, (first, last) in spans.items()}

    @property
    def splits(self):
        """Split to `(start, end)` in seconds."""
        return {
            name: (self.day_start(days[0]), self.day_start(days[-1] + 1))
            for name, days in self.days.items()
        }

    def day_start(self, day):
        """Seconds when a day of Beijing begins."""
        try:
            first = datetime.strptime(self.first_day, "%Y-%m-%d")
        except (TypeError, ValueError):
            raise ValueError(
                "first_day must be a date such as '2022-04-01'. "
                f"Received: {self.first_day!r}."
            ) from None
        start = int(first.replace(tzinfo=_BEIJING).timestamp())
        return start + (day - 1) * _SECONDS_PER_DAY

    def to_text(self, paths):
        """The plan and the state of the files it reads, as JSON."""
        files = file_states(paths)
        return json.dumps({"arguments": asdict(self), "files": files}, indent=2) + "\n"
