"""A source of impressions with the settings that turn it into batches."""

import copy

import tensorflow as tf

from diffumin_tf.data.impression_count import count_impressions
from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.pipeline import make_dataset
from diffumin_tf.data.records import UserRecords

_DAY = 86_400


def open_source(data_dir=None, world=IndustryWorld, how_to_get=""):
    """Opens records on disk, or makes the synthetic world where there are none.

    Args:
        data_dir: Directory with `schema.json` and its shards; None for the world.
        world: Callable without arguments that makes the world.
        how_to_get: Said where there is no such directory.

    Raises:
        FileNotFoundError: If there is none.
    """
    if data_dir is None:
        return world()
    if not tf.io.gfile.isdir(data_dir):
        raise FileNotFoundError(
            f"data_dir must be a directory. Received: {data_dir}, which is none. "
            f"{how_to_get}".strip()
        )
    return UserRecords(data_dir)


class ClickData:
    """Training, validation and test batches of one source.

    Args:
        source: An `IndustryWorld`, `UserRecords` or the like.
        batch_size: Impressions a batch, B.
        sequence_length: Most behaviours that an impression sees, l.
        slack: Behaviours between the impressions that share a stored history.
        grouped: Whether a user's impressions share a stored history at all.
        run_length: Most impressions of a user that follow each other in training;
            None for all. Take few where users have many, or batches hold few users.
        validation_days: Days at the end of the training split, or of `train_days`,
            that are held out; 0 for none.
        seed: Seed of the order of users in training.
        train_days: `(first, end)`, half-open, in days since the training split
            begins: the part of it that is trained on and validated with; None for
            all. So `(3, 4)` is the fourth day alone.
        service: A `DataService` whose workers make the batches to train on; None to
            make them in this process.

    Raises:
        ValueError: if there is no split `"train"`, `train_days` is no part of it,
            `validation_days` leaves nothing of that, or `service` cannot serve the
            source.
    """

    def __init__(
        self,
        source,
        batch_size=256,
        sequence_length=5000,
        slack=256,
        grouped=True,
        run_length=None,
        validation_days=0,
        seed=0,
        train_days=None,
        service=None,
    ):
        self.source = source
        self.batch_size = batch_size
        self.sequence_length = sequence_length
        self.slack = slack
        self.grouped = grouped
        self.run_length = run_length
        self.validation_days = validation_days
        self.seed = seed
        self.train_days = train_days
        self.service = service
        if service is not None and not hasattr(source, "shared_users"):
            raise ValueError(
                "data from a service must be records on disk, which its workers can "
                "read: bin/make_world writes a world. Received: "
                f"{type(source).__name__}."
            )
        if "train" not in source.schema.splits:
            raise ValueError(
                "data to train on must have a split 'train'. Received: "
                f"{sorted(source.schema.splits)}."
            )
        self._first, self._end = _span(source.schema.splits["train"], train_days)
        self._cut = int(self._end - validation_days * _DAY)
        if not self._first < self._cut <= self._end:
            raise ValueError(
                "validation_days must be at least 0 and leave days to train on; "
                f"received {validation_days} of "
                f"{(self._end - self._first) / _DAY:g} days."
            )

    @property
    def features(self):
        """The `FeatureSpec` of the source."""
        return self.source.schema.features

    def training(self, epoch=0, with_time=False, num_parts=1):
        """Batches of one epoch, in an order that depends on seed and epoch alone.

        With a service it does not; and each of its workers ends with a batch that may
        be partial, so that each example is there once.

        Args:
            epoch: Number of the epoch.
            with_time: Whether the batches hold `history_time`, here and below.
            num_parts: In how many a batch of B is cut, for as many devices: they follow
                each other.
        """
        order = {"seed": self.seed, "epoch": epoch, "run_length": self.run_length}
        order["batch_size"] = self.batch_size // num_parts
        part = "train", with_time, (self._first, self._cut)
        if self.service is None:
            return self._dataset(*part, **order)
        dataset = self._dataset(*part, **order, shared=True, drop_remainder=False)
        return self.service.distribute(dataset)

    def count_training(self):
        """How many examples an epoch holds, the last partial batch included, int."""
        return count_impressions(self.source, "train", (self._first, self._cut))

    def validation(self, with_time=False):
        """Batches of the held-out days, or None."""
        if self._cut == self._end:
            return None
        return self._dataset("train", with_time, (self._cut, self._end))

    def split(self, name, with_time=False, carry=()):
        """Batches of a whole split in stored order, the last one partial.

        Args:
            name: Name of the split.
            with_time: As in `training`.
            carry: Columns that the batches hold as they are stored, beside the rest.
        """
        return self._dataset(name, with_time, carry=carry)

    def with_source(self, source):
        """The same settings for another source, whose splits can be scored.

        Raises:
            ValueError: if its features are not those of this one.
        """
        if source.schema.features != self.features:
            differ = [
                name
                for name in ("tables", "fields", "dense_fields")
                if getattr(source.schema.features, name) != getattr(self.features, name)
            ]
            raise ValueError(
                "data to be scored must have the features of the run's own. Received: "
                f"other {differ} in {getattr(source, 'directory', source)}."
            )
        other = copy.copy(self)
        other.source = source
        return other

    def _dataset(self, split, with_time, time_range=None, batch_size=None, **order):
        return make_dataset(
            self.source,
            split,
            batch_size=batch_size or self.batch_size,
            sequence_length=self.sequence_length,
            slack=self.slack,
            grouped=self.grouped,
            time_range=time_range,
            with_time=with_time,
            **order,
        )


def _span(split, days):
    """First and end second of some days of a split, all of it where they are None."""
    first, end = split
    if days is None:
        return first, end
    length = (end - first) / _DAY
    is_pair = isinstance(days, list | tuple) and len(days) == 2
    if not is_pair or not 0 <= days[0] < days[1] <= length:
        raise ValueError(
            "train_days must be (first, end) with 0 <= first < end, within the days of "
            f"the training split. Received: {days} of {length:g} days."
        )
    return tuple(first + int(day * _DAY) for day in days)
