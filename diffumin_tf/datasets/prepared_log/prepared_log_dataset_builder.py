"""`prepared_log`: any directory in the native format."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from diffumin_tf.data.records import read_schema
from diffumin_tf.data.resumable import file_states
from diffumin_tf.datasets.examples import example_features
from diffumin_tf.datasets.users_builder import ExampleConfig, UsersBuilder

_UNNAMED = "no_directory"
_HOW_TO_NAME = (
    "directory must name users in the native format, as in "
    "builder_kwargs={'config': PreparedLogConfig(directory='data/mine')} or "
    '--config=\'{"directory": "data/mine"}\'.'
)


@dataclass
class PreparedLogConfig(ExampleConfig):
    """Which users, and how examples are made of them.

    Attributes:
        name: By default the directory's, with the length and a hash of its files: other
            data under the same path are another dataset, so none is met that is stale.
        directory: Users in the native format.
    """

    name: str = ""
    directory: str = ""

    def __post_init__(self):
        super().__post_init__()
        if not self.name:
            self.name = _name_of(self.directory, self.sequence_length)


def _name_of(directory, sequence_length):
    if not directory:
        raise ValueError(f"{_HOW_TO_NAME} Received: none.")
    read_schema(directory)  # Raises where there are no users.
    directory = Path(directory).resolve()
    states = json.dumps(file_states(sorted(directory.iterdir())))
    digest = hashlib.sha256(states.encode()).hexdigest()[:8]
    return f"{directory.name}-l{sequence_length}-{digest}"


class Builder(UsersBuilder):
    """Examples of a directory that `bin/prepare_data`, or another command, wrote."""

    # There is no default; but without an entry no command line may give a config.
    BUILDER_CONFIGS = [PreparedLogConfig(name=_UNNAMED)]

    @property
    def users_directory(self):
        """Where the users are, in the native format."""
        return Path(self.builder_config.directory)

    def _info(self):
        if not self.builder_config.directory:
            raise ValueError(f"{_HOW_TO_NAME} Received: none.")
        columns = read_schema(self.users_directory).columns
        return self.dataset_info_from_configs(features=example_features(columns))

    def _users_directory(self, dl_manager):
        return self.users_directory
