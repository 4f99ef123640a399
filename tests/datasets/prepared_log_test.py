import os
import tempfile

import numpy as np
import pytest
import tensorflow_datasets as tfds

from diffumin_tf.datasets import PreparedLog, PreparedLogConfig
from tests.datasets.small_users import write_small_users


class PreparedLogTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = PreparedLog
    EXAMPLE_DIR = tempfile.mkdtemp()
    SPLITS = {"train": 3, "test": 2}
    # The users are read by TensorFlow's own readers; their sizes are asked of `os`.
    MOCK_OUT_FORBIDDEN_OS_FUNCTIONS = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        directory = write_small_users(f"{cls.EXAMPLE_DIR}/users")
        config = PreparedLogConfig(directory=directory, sequence_length=2)
        cls.BUILDER_CONFIG_NAMES_TO_TEST = [config]

    def _make_builder(self, config=None):
        return super()._make_builder(config or self.BUILDER_CONFIG_NAMES_TO_TEST[0])


def _load(folder, **arguments):
    config = PreparedLogConfig(directory=str(folder / "users"), **arguments)
    return tfds.load("prepared_log", data_dir=folder, builder_kwargs={"config": config})


def _histories(data):
    lengths = [len(e["history/item"]) for e in data["test"].as_numpy_iterator()]
    return sorted(lengths)


def test_other_users_or_lengths_are_another_dataset(tmp_path):
    directory = write_small_users(tmp_path / "users")
    assert _histories(_load(tmp_path)) == [2, 3]
    assert _histories(_load(tmp_path, sequence_length=1)) == [1, 1]
    os.utime(f"{directory}/schema.json", (1, 1))
    assert _histories(_load(tmp_path)) == [2, 3]
    names = sorted(os.listdir(tmp_path / "prepared_log"))
    assert [name[:-8] for name in names if name[0] != "."] == [
        "users-l1-",
        "users-l100-",
        "users-l100-",
    ]


def test_builder_tells_where_the_users_are(tmp_path):
    directory = write_small_users(tmp_path / "users")
    config = PreparedLogConfig(directory=directory)
    builder = tfds.builder("prepared_log", data_dir=tmp_path, config=config)
    assert str(builder.users_directory) == directory


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "directory must name users in the native format.*Received: none"),
        ({"directory": "/"}, "must hold schema.json. Received: /"),
        ({"directory": "/", "sequence_length": 0}, "at least 1. Received: 0"),
    ],
)
def test_error_in_a_config(arguments, message):
    with pytest.raises(ValueError, match=message):
        PreparedLogConfig(**arguments)


def test_error_without_a_config(tmp_path):
    with pytest.raises(ValueError, match="directory must name users"):
        tfds.builder("prepared_log", data_dir=tmp_path)


def test_beam_makes_the_same_examples(tmp_path):
    pytest.importorskip("apache_beam", reason="Beam is not installed")
    write_small_users(tmp_path / "users")
    found = []
    for beam in (False, True):
        config = PreparedLogConfig(
            f"beam_{beam}", directory=str(tmp_path / "users"), beam=beam
        )
        arguments = {}
        if beam:
            options = tfds.download.DownloadConfig(beam_runner="DirectRunner")
            arguments = {"download_config": options}
        data = tfds.load(
            "prepared_log",
            split="train",
            data_dir=tmp_path,
            builder_kwargs={"config": config},
            download_and_prepare_kwargs=arguments,
        )
        examples = sorted(data.as_numpy_iterator(), key=lambda e: e["impression_time"])
        found.append(
            [{n: np.asarray(v).tolist() for n, v in e.items()} for e in examples]
        )
    assert len(found[0]) == 3 and found[0] == found[1]
