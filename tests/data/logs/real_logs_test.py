"""The two public logs, prepared as their gin files say: their known figures."""

import os
from pathlib import Path

import pytest

from diffumin_tf import config
from diffumin_tf.data import UserRecords
from diffumin_tf.data.logs import prepare_data

_ROOT = Path(__file__).resolve().parents[3]
_DATA = Path(os.environ.get("DIFFUMIN_SHARED", _ROOT.parent / "shared")) / "data"


def _prepare(name, folder, output):
    if not (_DATA / folder).is_dir():
        pytest.skip(f"no {_DATA / folder}")
    config.register_all()
    places = [f"RAW_DIR = {str(_DATA / folder)!r}", f"DATA_DIR = {str(output)!r}"]
    config.load([f"gin/{name}.gin"], places)
    report = config.call(prepare_data)
    spec = UserRecords(output).schema.features
    return report, [field.name for field in spec.fields]


def test_checkins_of_jakarta(tmp_path):
    report, fields = _prepare("checkins", "jakarta_checkins", tmp_path / "users")
    assert report["rows_read"] == report["behaviours"] == 378_559
    assert report["items"] == 8_826 and report["tables"]["user"]["ids"] == 6_206
    assert fields == [
        "user/user",
        "history/venue",
        "target/venue",
        "history/category",
        "target/category",
        "context/hour_of_week",
    ]
    # Every positive has its negative.
    assert report["negatives_not_found"] == 0
    splits = report["splits"].values()
    assert {split["click_rate"] for split in splits} == {0.5}


def test_movielens_small(tmp_path):
    report, fields = _prepare("movielens_small", "ml-latest-small", tmp_path / "users")
    assert report["rows_read"] == report["rows_kept"] == 100_836
    assert report["users"] == 610 and report["items"] == 9_724
    assert report["items_not_in_item_table"] == 0
    assert "history/genres" in fields and "target/movieId" in fields
    train, test = (report["splits"][split] for split in ("train", "test"))
    assert train["impressions"] + test["impressions"] == 100_836
    # Less than a fifth: the second of a cut stays in training.
    assert 0.19 < test["impressions"] / 100_836 < 0.2
    assert train["positive"] + test["positive"] == 48_580
