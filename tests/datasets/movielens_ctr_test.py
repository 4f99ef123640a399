from pathlib import Path

import pytest
import tensorflow_datasets as tfds

from diffumin_tf import config
from diffumin_tf.data.logs import prepare_data
from diffumin_tf.data.records import UserRecords
from diffumin_tf.datasets import MovielensCtr

_RAW = Path(MovielensCtr.code_path).parent / "dummy_data"


class MovielensCtrTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = MovielensCtr
    BUILDER_CONFIG_NAMES_TO_TEST = ["latest_small"]
    # Of 5 ratings a user the last is the test; ratings of one second are not split.
    SPLITS = {"train": 13, "test": 2}
    # DuckDB reads the files; nothing here is on a remote file system.
    MOCK_OUT_FORBIDDEN_OS_FUNCTIONS = False


def _load(data_dir, raw_dir=_RAW):
    manual = tfds.download.DownloadConfig(manual_dir=str(raw_dir))
    return tfds.load(
        "movielens_ctr",
        data_dir=data_dir,
        download_and_prepare_kwargs={"download_config": manual},
    )


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    _load(folder)
    return folder


def test_history_holds_what_was_liked_in_an_earlier_second(data_dir):
    data = tfds.load("movielens_ctr", split="train", data_dir=data_dir)
    examples = data.as_numpy_iterator()
    found = {
        (int(e["user/userId"]), int(e["target/movieId"])): (
            e["label"],
            e["history/movieId"].tolist(),
            e["history/genres"].tolist(),
        )
        for e in examples
    }
    assert found[1, 10] == (1.0, [], [])
    # Movie 30 was liked, but in the same second.
    assert found[1, 20] == (0.0, [10], [b"Drama"])
    assert found[1, 40] == (0.0, [30, 10], [b"Drama", b"Drama"])
    # The rows of user 3 stand in the file from the last to the first.
    assert found[3, 40] == (1.0, [30, 10], [b"Drama", b"Drama"])
    assert found[2, 40][0] == 1.0 and found[2, 30][0] == 0.0


def test_users_are_kept_for_training_and_are_those_of_the_gin_file(data_dir, tmp_path):
    directory = tfds.builder("movielens_ctr", data_dir=data_dir).users_directory
    config.register_all()
    places = [f"RAW_DIR = {str(_RAW)!r}", f"DATA_DIR = {str(tmp_path / 'gin')!r}"]
    config.load(["gin/movielens_small.gin"], places)
    config.call(prepare_data)
    expected = {p.name: p.read_bytes() for p in (tmp_path / "gin").iterdir()}
    assert {p.name: p.read_bytes() for p in directory.iterdir()} == expected
    assert UserRecords(directory).schema.num_users == 3


def test_error_names_what_is_not_there(tmp_path):
    with pytest.raises(AssertionError, match="(?s)Manual directory.*ml-latest-small"):
        _load(tmp_path / "data", tmp_path / "nowhere")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "README.txt").touch()
    with pytest.raises(FileNotFoundError, match="ratings.csv.*GroupLens"):
        _load(tmp_path / "data", tmp_path / "raw")


def test_error_other_types_than_the_dataset_has(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    for name in ("ratings.csv", "movies.csv"):
        text = (_RAW / name).read_text(encoding="utf-8")
        # A 0 among the ids makes them text.
        (raw / name).write_text(text.replace(",10000,", ",0,"), encoding="utf-8")
    with pytest.raises(ValueError, match="Received: others.*target/movieId"):
        _load(tmp_path / "data", raw)
