"""The synthetic parts look as Tianchi's do, and are damaged where that is wanted."""

import pytest

from diffumin_tf.data.eleme.layout import COLUMNS
from diffumin_tf.data.eleme.raw_files import NUM_DAYS, write_raw_eleme
from tests.data.eleme.small_parts import lines_of


def _rows(folder):
    return [
        dict(zip(COLUMNS, text.decode().split(","), strict=True))
        for path in folder.glob("*.csv")
        for text in lines_of(path)
    ]


def _bytes(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw") / "raw"
    write_raw_eleme(folder, num_users=100, odd_list_one_in=4)
    return _rows(folder)


def test_every_quirk_is_there(rows):
    assert len(rows) == 800
    for name in ("gender", "visit_city", "is_supervip", "brand_id"):
        assert any(row[name] == "" for row in rows), name
    assert {row["gender"] for row in rows} == {"", "-99", "1", "2"}
    lists = [name for name in COLUMNS if name.endswith("_list")]
    assert any(all(row[name] == "" for name in lists) for row in rows)
    assert any(row["item_id_list"].startswith(";") for row in rows)
    lengths = [{row[name].count(";") for name in lists} for row in rows]
    assert sum(len(found) > 1 for found in lengths) > 50
    assert max(map(max, lengths)) >= 49


def test_values_are_of_the_kinds_that_are_told(rows):
    times = {row["time_type"] for row in rows}
    assert times == {"lunch", "night", "dinner", "tea", "breakfast"}
    assert {int(row["hours"]) for row in rows} == set(range(24))
    assert all(float(row["avg_price"]) > 0 for row in rows)
    assert all(float(p) >= 0 for r in rows for p in r["price_list"].split(";") if p)
    assert all(len(row["shop_geohash_12"]) == 12 for row in rows)
    assert all(len(row["shop_geohash_6"]) == 6 for row in rows)
    for row in rows:
        gone = [int(text) for text in row["timediff_list"].split(";") if text]
        assert gone == sorted(gone) and all(seconds > 0 for seconds in gone)


def test_a_day_is_cut_into_parts(tmp_path):
    write_raw_eleme(tmp_path / "a", num_users=50, rows_per_part=10)
    write_raw_eleme(tmp_path / "b", num_users=50)
    for day in range(1, NUM_DAYS + 1):
        parts = len(list((tmp_path / "a").glob(f"D{day}_*.csv")))
        texts = [
            (tmp_path / "a" / f"D{day}_{n}.csv").read_bytes() for n in range(parts)
        ]
        assert b"".join(texts) == (tmp_path / "b" / f"D{day}_0.csv").read_bytes()
        assert [text.count(b"\n") for text in texts[:-1]] == [10] * (parts - 1)


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_raw_eleme(tmp_path / name, num_users=20, bad_share=0.1, damaged=True)
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")
    write_raw_eleme(tmp_path / "c", num_users=20, seed=1)
    assert _bytes(tmp_path / "a") != _bytes(tmp_path / "c")


def test_bad_rows_take_the_place_of_good_ones(tmp_path):
    write_raw_eleme(tmp_path / "good", num_users=100)
    write_raw_eleme(tmp_path / "bad", num_users=100, bad_share=0.1)
    good, bad = (
        [
            text
            for path in sorted((tmp_path / name).iterdir())
            for text in lines_of(path)
        ]
        for name in ("good", "bad")
    )
    changed = [b for g, b in zip(good, bad, strict=True) if g != b]
    assert 50 < len(changed) < 110
    columns = {text.count(b",") + 1 for text in changed}
    assert columns == {38, 39, 40} and any(b"\xff" in text for text in changed)


def test_error_output_is_not_empty(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(ValueError, match="must be new or empty"):
        write_raw_eleme(tmp_path, num_users=1)
