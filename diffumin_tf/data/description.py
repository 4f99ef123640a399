"""What a data set holds, in numbers."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from diffumin_tf.data.distinct_ids import DistinctIds
from diffumin_tf.data.split_part import SplitPart

DAY = 86_400
TRAINING = "train"


@dataclass(frozen=True)
class SplitNumbers:
    """The impressions of one split.

    Attributes:
        users: Users with an impression.
        days: Day since 1970 to `(impressions, clicks)`, sorted.
        unseen: Target field, or `"user_key"`, to the share of impressions whose id
            training has not seen, neither as a target nor in a history; no value is
            no new id. Empty for the training split itself.
    """

    users: int
    days: dict[int, tuple[int, int]]
    unseen: dict[str, float]

    @property
    def impressions(self):
        return sum(shown for shown, _ in self.days.values())

    @property
    def clicks(self):
        return sum(clicks for _, clicks in self.days.values())


@dataclass(frozen=True)
class Description:
    """Numbers of a data set.

    Attributes:
        users: Number of users.
        behaviours: Number of behaviours.
        splits: `SplitNumbers` by name.
        stored_lengths: `[users]`, behaviours of each user.
        seen_lengths: `[impressions]`, behaviours before each impression of a split.
        distinct: Field of ids to how many different ones occur in it.
        loads: Table to how many different ids occur in its fields.
    """

    users: int
    behaviours: int
    splits: dict[str, SplitNumbers]
    stored_lengths: np.ndarray
    seen_lengths: np.ndarray
    distinct: dict[str, int]
    loads: dict[str, int]

    def padding_share(self, sequence_length):
        """Share of a model's positions that no behaviour fills; None without any."""
        if not len(self.seen_lengths):
            return None
        filled = np.minimum(self.seen_lengths, sequence_length).mean()
        return float(1 - filled / sequence_length)


def describe(source):
    """Reads every user once.

    Args:
        source: An `IndustryWorld`, `UserRecords` or the like.

    Returns:
        A `Description`.
    """
    schema = source.schema
    tally = _Tally(schema)
    parts = {n: SplitPart.of(schema, n, span) for n, span in schema.splits.items()}

    def with_bounds(user):
        return user, {name: part.bounds(user) for name, part in parts.items()}

    for user, bounds in source.users().map(with_bounds).as_numpy_iterator():
        tally.add(user, {name: slice(*bounds[name]) for name in parts})
    return tally.description()


class _SplitTally:
    def __init__(self, target_fields):
        self.users = []
        self.days = {}
        self.targets = {field: Counter() for field in target_fields}

    def add(self, user, some):
        days = user["impression_time"][some] // DAY
        if not len(days):
            return
        self.users.append((user["user_key"][0], len(days)))
        for day, label in zip(days.tolist(), user["label"][some], strict=True):
            shown, clicks = self.days.get(day, (0, 0))
            self.days[day] = (shown + 1, clicks + int(label))
        for field, counts in self.targets.items():
            counts.update(user[field.name][some].tolist())


class _Tally:
    """Counts of the users so far."""

    def __init__(self, schema):
        self._schema = schema
        self._fields = schema.features.fields
        targets = [field for field in self._fields if field.role == "target"]
        self._splits = {name: _SplitTally(targets) for name in schema.splits}
        self._ids = {field.name: DistinctIds() for field in self._fields}
        self._known = {table.name: DistinctIds() for table in schema.features.tables}
        self._stored, self._seen = [], []

    def add(self, user, splits):
        """Counts one user, name to array, with the slice of each split."""
        self._stored.append(len(user["history_time"]))
        for name, ids in self._ids.items():
            ids.add(user[name])
        in_any = np.zeros(len(user["label"]), bool)
        for name, some in splits.items():
            self._splits[name].add(user, some)
            in_any[some] = True
        self._seen.append(user["history_length"][in_any])
        if TRAINING in splits and in_any[splits[TRAINING]].any():
            self._know(user, splits[TRAINING])

    def _know(self, user, some):
        """Notes what training sees of a user."""
        longest = user["history_length"][some].max()
        for field in self._fields:
            seen = {"history": slice(longest), "target": some}.get(field.role)
            if seen is not None:
                self._known[field.table].add(user[field.name][seen])

    def description(self):
        """Returns the `Description` of the users so far."""
        return Description(
            users=len(self._stored),
            behaviours=sum(self._stored),
            splits={name: self._numbers(name) for name in self._splits},
            stored_lengths=np.array(self._stored, np.int64),
            seen_lengths=np.concatenate([np.array([], np.int64), *self._seen]),
            distinct={name: len(ids.values()) for name, ids in self._ids.items()},
            loads=self._loads(),
        )

    def _loads(self):
        tables = {table.name: DistinctIds() for table in self._schema.features.tables}
        for field in self._fields:
            tables[field.table].add(self._ids[field.name].values())
        return {name: len(ids.values()) for name, ids in tables.items()}

    def _numbers(self, name):
        tally = self._splits[name]
        days = dict(sorted(tally.days.items()))
        unseen = {}
        if name != TRAINING and TRAINING in self._splits and days:
            unseen = self._unseen(tally)
        return SplitNumbers(len(tally.users), days, unseen)

    def _unseen(self, tally):
        """Shares of a split's impressions with an id that training has not seen."""
        total = sum(shown for shown, _ in tally.days.values())
        trained = {key for key, _ in self._splits[TRAINING].users}
        new = sum(int(shown) for key, shown in tally.users if key not in trained)
        shares = {"user_key": new / total}
        for field, counts in tally.targets.items():
            known = {0, b"", *self._known[field.table].values().tolist()}
            new = sum(n for value, n in counts.items() if value not in known)
            shares[field.name] = new / total
        return shares
