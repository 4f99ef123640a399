import os
import shutil
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

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.EXAMPLE_DIR)

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


def _load_by_beam(folder):
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed")
    config = PreparedLogConfig("by_beam", directory=str(folder / "users"), beam=True)
    runner = tfds.download.DownloadConfig(beam_runner="DirectRunner")
    return tfds.load(
        "prepared_log",
        data_dir=folder,
        builder_kwargs={"config": config},
        download_and_prepare_kwargs={"download_config": runner},
    )


def _plain(data):
    examples = data["train"].as_numpy_iterator()
    plain = [{n: np.asarray(v).tolist() for n, v in e.items()} for e in examples]
    return sorted(plain, key=lambda example: example["impression_time"])


def test_beam_makes_the_same_examples(tmp_path):
    write_small_users(tmp_path / "users")
    found = _plain(_load_by_beam(tmp_path))
    assert len(found) == 3 and found == _plain(_load(tmp_path))


def test_error_of_beam_where_users_are_missing(tmp_path):
    directory = write_small_users(tmp_path / "users")
    os.truncate(f"{directory}/users-00001-of-00002.tfrecord", 0)
    with pytest.raises(Exception, match="num_users, 2. Received: 1 in"):
        _load_by_beam(tmp_path)
