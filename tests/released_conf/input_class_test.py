import pytest

from diffumin_tf.released_conf.input_class import ELEME, MIX5K, find_input_class


@pytest.mark.parametrize("known", [ELEME, MIX5K], ids=lambda known: known.name)
def test_finds_the_class(known):
    units = [f"handle_rec_unit:{known.name}"]
    assert find_input_class(units, "conf.json") is known


WRONG = [
    None,
    [],
    "handle_rec_unit:Eleme_DiffuMIN",
    ["handle_rec_unit:DIN"],
    ["Eleme_DiffuMIN"],
    ["handle_rec_unit:Eleme_DiffuMIN", "handle_rec_unit:Mix5k_DiffuMIN"],
]


@pytest.mark.parametrize("units", WRONG, ids=str)
def test_error_lists_the_known(units):
    with pytest.raises(ValueError, match="in conf.json") as error:
        find_input_class(units, "conf.json")
    assert "Mix5k_DiffuMIN" in str(error.value)
    assert "Eleme_DiffuMIN" in str(error.value)
    assert "README" not in str(error.value)


def test_error_the_readme_s_name():
    with pytest.raises(ValueError, match="in the released README alone; .* Mix5k"):
        find_input_class(["handle_rec_unit:Long_term_DiffuMIN"], "conf.json")
