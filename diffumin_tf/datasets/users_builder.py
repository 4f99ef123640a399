"""What the builders share: a directory of users becomes splits of examples."""

import abc
from dataclasses import dataclass
from pathlib import Path

import tensorflow_datasets as tfds

from diffumin_tf.data.records import read_schema
from diffumin_tf.data.schema import columns_of
from diffumin_tf.datasets.examples import example_features, split_examples
from diffumin_tf.features import DenseField, Field

USERS = "users"


@dataclass
class ExampleConfig(tfds.core.BuilderConfig):
    """How examples are made of users.

    Attributes:
        sequence_length: Most behaviours of an example, l.
        beam: Whether Apache Beam reads the shards of the users, side by side.
    """

    sequence_length: int = 100
    beam: bool = False

    def __post_init__(self):
        if self.sequence_length < 1:
            raise ValueError(
                f"sequence_length must be at least 1. Received: {self.sequence_length}."
            )


class UsersBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Makes examples of users in the native format."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "An example an impression."}

    @abc.abstractmethod
    def _users_directory(self, dl_manager):
        """Returns the directory of the users, after making it if need be."""

    def _split_generators(self, dl_manager):
        directory = str(self._users_directory(dl_manager))
        schema = read_schema(directory)
        _check_features(self.info.features, schema, directory)
        return {
            split: self._generate_examples(directory, split) for split in schema.splits
        }

    def _generate_examples(self, directory, split):
        config = self.builder_config
        if not config.beam:
            return split_examples(directory, split, config.sequence_length)
        # Apache Beam is an extra.
        from diffumin_tf.datasets.shard_examples import ShardExamples

        return ShardExamples(directory, split, config.sequence_length)


class RawLogBuilder(UsersBuilder, skip_registration=True):
    """Makes users of a folder as it was downloaded, then examples of them.

    The users are kept beside the examples, in `users`: what `DATA_DIR` names when a
    model is trained.

    Attributes:
        HOMEPAGE: Where the folder comes from.
        FIELDS: The fields of the users that preparation writes.
        DENSE_FIELDS: Their numbers.
    """

    HOMEPAGE: str
    FIELDS: tuple[Field, ...]
    DENSE_FIELDS: tuple[DenseField, ...] = ()

    @abc.abstractmethod
    def _prepare(self, raw_dir, output):
        """Writes the native directory `output` of the folder `raw_dir`."""

    @property
    def users_directory(self):
        """Where the users are, in the native format, once all is prepared."""
        return Path(self.data_dir) / USERS

    def _info(self):
        columns = columns_of(self.FIELDS, self.DENSE_FIELDS)
        return self.dataset_info_from_configs(
            features=example_features(columns), homepage=self.HOMEPAGE
        )

    def _users_directory(self, dl_manager):
        self._prepare(str(dl_manager.manual_dir), self.users_directory)
        return self.users_directory


def _check_features(features, schema, directory):
    expected = features.get_tensor_info()
    found = example_features(schema.columns).get_tensor_info()
    if found != expected:
        names = sorted(
            name
            for name in expected.keys() | found.keys()
            if expected.get(name) != found.get(name)
        )
        raise ValueError(
            "users must have the columns and types of the dataset. Received: others, "
            f"{names}, in {directory}."
        )
