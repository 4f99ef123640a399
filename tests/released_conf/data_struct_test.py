import pytest

from diffumin_tf.released_conf.data_struct import check_columns
from diffumin_tf.released_conf.entry import LEFT, REPAIRED, TAKEN, UNUSED
from diffumin_tf.released_conf.input_class import ELEME, MIX5K
from tests.released_conf.small_conf import RELEASED, write_conf, write_struct


def groups_and_texts(entries):
    return [(entry.group, entry.text) for entry in entries]


def test_finds_what_the_class_reads(tmp_path):
    path = write_struct(tmp_path, length=4)
    assert groups_and_texts(check_columns(path, ELEME, 4)) == [
        (TAKEN, "Eleme_DiffuMIN finds every column that it reads"),
        (UNUSED, "nothing reads time_stamp"),
    ]


def test_lists_what_nothing_reads(tmp_path):
    more = ["extra", "odd_list[0]", "odd_list[1]"]
    path = write_struct(tmp_path, length=3, more=more)
    unused = check_columns(path, ELEME, 2)[1]
    assert unused.group == UNUSED
    assert unused.text == (
        "nothing reads time_stamp, shop_id_list[2..2], item_id_list[2..2], "
        "category_1_id_list[2..2], shop_aoi_id_list[2..2], hours_list[2..2], extra, "
        "odd_list[0..1]"
    )


def test_none_given():
    assert [entry.group for entry in check_columns(None, MIX5K, 4)] == [REPAIRED]
    assert [entry.group for entry in check_columns(None, ELEME, 4)] == [LEFT]


def test_error_a_list_too_short(tmp_path):
    path = write_struct(tmp_path, length=3)
    message = r"shop_id_list\[0\.\.4\] in cat_feature, for seq_len = 5\. Received: "
    with pytest.raises(ValueError, match=rf"{message}shop_id_list\[0\.\.2\]\."):
        check_columns(path, ELEME, 5)


def test_error_no_list(tmp_path):
    path = write_struct(tmp_path, length=3, without=["hours_list"])
    with pytest.raises(ValueError, match="Received: no list hours_list"):
        check_columns(path, ELEME, 3)


def test_error_no_column(tmp_path):
    path = write_struct(tmp_path, length=3, without=["gender", "rank_7"])
    message = "Eleme_DiffuMIN reads. Received: no rank_7, gender in cat_feature"
    with pytest.raises(ValueError, match=message):
        check_columns(path, ELEME, 3)


def test_error_columns_of_the_other_class(tmp_path):
    path = write_struct(tmp_path, length=3)
    with pytest.raises(ValueError, match="Mix5k_DiffuMIN reads. Received: no target_"):
        check_columns(path, MIX5K, 3)


def test_error_a_key_twice(tmp_path):
    path = write_struct(tmp_path, length=3)
    path.write_text(path.read_text().replace('"label"', '"features": {}, "label"', 1))
    with pytest.raises(ValueError, match='"features" twice'):
        check_columns(path, ELEME, 3)


def test_error_another_file(tmp_path):
    path = write_conf(tmp_path)
    with pytest.raises(ValueError, match=f"{path}: the file must have the keys"):
        check_columns(path, ELEME, 3)


@pytest.mark.skipif(not RELEASED.is_dir(), reason=f"no {RELEASED}")
def test_released_file():
    path = RELEASED / "eleme" / "data_struct.json"
    found, unused = check_columns(path, ELEME, 50)
    assert found.group == TAKEN
    for name in ("brand_id_list", "timediff_list", "price_list"):
        assert f"{name}[0..49]" in unused.text
    with pytest.raises(ValueError, match="seq_len = 51"):
        check_columns(path, ELEME, 51)
