"""What to make of a log: every choice that the result depends on."""

import json
from dataclasses import asdict, dataclass

from diffumin_tf.data.logs.item_table import ItemTable
from diffumin_tf.data.logs.log_columns import LogColumns
from diffumin_tf.data.logs.negative_sampling import NegativeSampling
from diffumin_tf.data.logs.time_units import TIME_UNITS
from diffumin_tf.data.resumable import file_states

_CHOICES = {
    "time_unit": TIME_UNITS,
    "history": ("positives", "all"),
    "split": ("time", "user"),
    "impressions": ("all", "first_visits"),
}
_ROUNDING = 1e-9  # So that 20 % of 10 rows are 2, whatever 0.2 is in binary.


@dataclass(frozen=True)
class Plan:
    """The arguments of `prepare_data` of the same names, checked."""

    input: str
    columns: LogColumns
    item_table: ItemTable | None
    time_unit: str
    positive_rating: float | None
    history: str
    split: str
    test_share: float
    train_share: float | None
    impressions: str
    negatives: NegativeSampling | None
    max_vocabulary: int
    drop_duplicates: bool
    max_bad_share: float
    num_shards: int
    delimiter: str
    tables_from: str | None

    def __post_init__(self):
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"{name} must be one of {choices}. "
                    f"Received: {getattr(self, name)!r}."
                )
        self._check_labels()
        self._check_numbers()
        described = self.item_table.fields if self.item_table else ()
        if both := sorted(set(described) & set(self.columns.tables().values())):
            raise ValueError(
                "item_table must add columns that the log has not. "
                f"Received: {both} in both."
            )

    def _check_labels(self):
        rated = self.columns.rating is not None
        if rated != (self.positive_rating is not None):
            raise ValueError(
                "rating and positive_rating must be given together. Received: "
                f"rating={self.columns.rating!r}, "
                f"positive_rating={self.positive_rating!r}."
            )
        if self.columns.has_label == (self.negatives is not None):
            raise ValueError(
                "negatives must be drawn where there is no label or rating, and only "
                f"there. Received: label={self.columns.label!r}, "
                f"rating={self.columns.rating!r}, negatives={self.negatives}."
            )

    def _check_numbers(self):
        train = self.train_share
        if not 0 < self.test_share < 1:
            raise ValueError(
                f"test_share must be between 0 and 1. Received: {self.test_share}."
            )
        if train is not None and not 0 < train <= 1 - self.test_share + _ROUNDING:
            raise ValueError(
                "train_share must be above 0 and, with test_share, at most 1. "
                f"Received: train_share={train}, test_share={self.test_share}."
            )
        if not 0 <= self.max_bad_share < 1:
            raise ValueError(
                "max_bad_share must be at least 0 and below 1. "
                f"Received: {self.max_bad_share}."
            )
        for name in ("max_vocabulary", "num_shards"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 1. Received: {getattr(self, name)}."
                )

    def last_rows(self, num_rows, split):
        """SQL text: how many of the last rows the split and what follows it hold.

        Args:
            num_rows: SQL text of the number of rows.
            split: `"test"` or `"train"`.
        """
        share = self.test_share
        if split == "train":
            share = 1.0 if self.train_share is None else share + self.train_share
        rows = f"floor({num_rows} * {share!r}::DOUBLE + {_ROUNDING!r}::DOUBLE)"
        return f"least({num_rows}, {rows})::BIGINT"

    def to_text(self, paths):
        """The plan and the state of the files it reads, as JSON."""
        files = file_states(paths)
        return json.dumps({"arguments": asdict(self), "files": files}, indent=2) + "\n"
