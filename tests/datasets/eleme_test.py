from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from diffumin_tf.data.records import read_schema
from diffumin_tf.datasets import Eleme

_RAW = Path(Eleme.code_path).parent / "dummy_data"


class ElemeTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Eleme
    # Day 8 has 60 good rows, one of 40 columns, an empty part, and a zip file that is
    # cut short after one row.
    SPLITS = {"train": 3, "test": 61}
    # Nothing here is on a remote file system.
    MOCK_OUT_FORBIDDEN_OS_FUNCTIONS = False


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    made = tfds.builder("eleme", data_dir=tmp_path_factory.mktemp("data"))
    manual = tfds.download.DownloadConfig(manual_dir=str(_RAW))
    made.download_and_prepare(download_config=manual)
    return made


def test_ids_are_those_of_the_users_schema(builder):
    spec = read_schema(builder.users_directory).features
    size = {field.name: spec.table(field.table).size for field in spec.fields}

    def ids(name, *texts):
        return [int(tf.strings.to_hash_bucket_fast(t, size[name])) + 1 for t in texts]

    users = {int(e["user/user_id"]): e for e in _examples(builder, "train")}
    first = users[ids("user/user_id", "u1")[0]]
    assert [first["target/item_id"]] == ids("target/item_id", "i1")
    # Lists begin with the most recent, and so do examples.
    assert first["history/item_id"].tolist() == ids("history/item_id", "i2", "i3")
    assert first["user/avg_price"] == np.float32(np.log1p(20.5))
    second = users[ids("user/user_id", "u2")[0]]
    assert second["user/gender"] == second["target/brand_id"] == 0
    assert len(second["history/item_id"]) == 0 and second["label"] == 1.0
    third = users[ids("user/user_id", "u3")[0]]
    item, category = third["history/item_id"], third["history/category_1_id"]
    assert item.tolist() == [0, *ids("history/item_id", "i3"), 0]
    assert category.tolist() == [*ids("history/category_1_id", "c1", "c2"), 0]


def test_what_was_left_out_is_told(builder):
    report = (builder.users_directory / "report.txt").read_text()
    assert "D8_1.csv is empty" in report and "D8_2.zip" in report
    assert "a row must have 39 columns: 1" in report


def _examples(builder, split):
    return builder.as_dataset(split=split).as_numpy_iterator()
