from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

from diffumin_tf.datasets import Alibaba

_RAW = Path(Alibaba.code_path).parent / "dummy_data"
_DAY = 86_400
# Midnight in Beijing as 6 and 13 May 2017 begin.
_TRAIN, _TEST = 1_494_000_000, 1_494_604_800


class AlibabaTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Alibaba
    BUILDER_CONFIG_NAMES_TO_TEST = ["l50"]
    SPLITS = {"train": 3, "test": 2}
    # DuckDB reads the files; nothing here is on a remote file system.
    MOCK_OUT_FORBIDDEN_OS_FUNCTIONS = False


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    manual = tfds.download.DownloadConfig(manual_dir=str(_RAW))
    data = tfds.load(
        "alibaba",
        split="train+test",
        data_dir=tmp_path_factory.mktemp("data"),
        download_and_prepare_kwargs={"download_config": manual},
    )
    return {
        (int(e["user/user"]), int(e["impression_time"])): {
            name: np.asarray(values).tolist() for name, values in e.items()
        }
        for e in data.as_numpy_iterator()
    }


def test_history_is_earlier_latest_first_and_each_row_once(examples):
    first = examples[1, _TRAIN]
    # The page view is of the same second; the purchase stands in the file twice.
    assert first["history/cate"] == [5, 6]
    assert first["history/brand"] == [7, 95471]
    assert first["history/btag"] == [4, 2]
    assert first["history_time"] == [_TRAIN - 1, _TRAIN - _DAY]
    assert examples[1, _TEST]["history/btag"] == [1, 4, 2]
    assert examples[1, _TEST]["history/brand"] == [0, 7, 95471]
    assert examples[2, _TRAIN + 7]["history_length"] == 0


def test_ids_are_the_raw_ones(examples):
    shown = examples[1, _TEST]
    assert shown["target/adgroup"] == 11 and shown["target/brand"] == 0
    assert shown["target/price"] == 2.0  # log10(1 + 99)
    assert shown["context/pid"] == b"430548_1007"
    assert (shown["user/age_level"], shown["user/pvalue_level"]) == (b"5", b"")
    assert examples[1, _TEST - 1]["label"] == 1.0
    # User 3 has no profile.
    (unknown,) = [e for (user, _), e in examples.items() if user == 3]
    assert unknown["user/age_level"] == b""
