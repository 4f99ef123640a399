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


@pytest.mark.parametrize("name", ["Long_term_DiffuMIN", "Long_term_5k_DiffuMIN"])
def test_names_of_earlier_versions(name):
    assert find_input_class([f"handle_rec_unit:{name}"], "conf.json") is MIX5K
