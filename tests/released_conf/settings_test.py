import pytest

from diffumin_tf.released_conf.entry import LEFT, REPAIRED, TAKEN, UNKNOWN, UNUSED
from diffumin_tf.released_conf.input_class import ELEME, MIX5K
from diffumin_tf.released_conf.model_keys import MODEL_KEYS
from diffumin_tf.released_conf.other_keys import OTHER_KEYS
from diffumin_tf.released_conf.settings import read_settings
from tests.released_conf.small_conf import SMALL


def read(input_class=ELEME, **changes):
    """The values, and the lines by key as (group, line)."""
    conf = {k: v for k, v in {**SMALL, **changes}.items() if v is not None}
    values, entries = read_settings(conf, input_class, "conf.json")
    return values, {entry.name: (entry.group, entry.line()) for entry in entries}


def test_settings_without_fault_are_taken_over():
    values, lines = read()
    assert list(lines) == list(SMALL)
    no_effect = {"temp", "lamda1", "lamda2"}
    assert {name for name in lines if lines[name][0] == UNUSED} == no_effect
    assert {lines[name][0] for name in lines.keys() - no_effect} == {TAKEN}
    assert values["deep_layers"] == (6, 5)
    assert lines["seq_len"][1] == "seq_len = 120: SEQUENCE_LENGTH = 120"
    assert lines["beta_sche"][1] == (
        'beta_sche = "linear": NoiseSchedule.kind = "linear"'
    )


def test_a_whole_float_is_repaired():
    values, lines = read(timesteps=50.0)
    assert values["timesteps"] == 50
    assert lines["timesteps"] == (
        REPAIRED,
        "timesteps = 50.0: NoiseSchedule.num_steps = 50; a float, where the code needs "
        "an int and fails",
    )


def test_a_number_of_either_type_is_taken_over():
    assert read(learning_rate=3)[1]["learning_rate"][0] == TAKEN
    assert read(learning_rate=0.5)[1]["learning_rate"][0] == TAKEN


@pytest.mark.parametrize("data", [(ELEME, 20), (MIX5K, 100)], ids=lambda d: d[0].name)
def test_missing_keys_get_known_values(data):
    input_class, recent = data
    missing = ("subseq_len", "channel_num", "num_heads", "dff_factor")
    values, lines = read(input_class, **dict.fromkeys(missing))
    assert [values[name] for name in missing] == [recent, 4, 2, 3]
    for name in missing:
        group, line = lines[name]
        assert group == REPAIRED
        assert "missing, and the code fails without it" in line
    assert lines["subseq_len"][1].startswith(
        f"subseq_len: SHORT_TERM_LENGTH = {recent}; missing"
    )


def test_missing_short_term_length_is_no_longer_than_the_history():
    assert read(subseq_len=None, seq_len=12)[0]["subseq_len"] == 12


def test_the_other_spelling_stands_in_for_missing_heads():
    values, lines = read(num_heads=None, n_heads=10)
    assert values["num_heads"] == 10
    assert lines["num_heads"][0] == REPAIRED
    assert "as n_heads says" in lines["num_heads"][1]
    assert lines["n_heads"][0] == UNUSED


def test_the_other_spelling_does_not_win():
    values, lines = read(n_heads=10)
    assert values["num_heads"] == 5
    assert lines["n_heads"][0] == REPAIRED
    assert "contradicts num_heads" in lines["n_heads"][1]
    assert read(n_heads=5)[1]["n_heads"][0] == UNUSED


def test_the_schema_says_how_many_fields_there_are():
    group, line = read(MIX5K, feature_num=5)[1]["feature_num"]
    assert group == REPAIRED
    assert line.startswith("feature_num = 5: contradicts Mix5k_DiffuMIN")
    assert line.endswith("the data's schema decides: 3")
    assert read(MIX5K, feature_num=3)[1]["feature_num"][0] == TAKEN
    assert read(feature_num=None)[1]["feature_num"][0] == REPAIRED


def test_unknown_and_unused_keys_are_listed():
    heading = "-----Core Config-----"
    odd = {"n_layer": 7, "a\nb": [1], heading: "-", "dropout_rate": 0, "ps_num": 1}
    values, lines = read(**odd)
    assert lines["n_layer"] == (
        UNKNOWN,
        "n_layer = 7: not known, so nothing was made of it; did you mean n_layers or "
        "deep_layers?",
    )
    assert lines["a\nb"][0] == UNKNOWN
    assert lines["a\nb"][1].startswith(r'"a\nb" = [1]: not known')
    assert lines["Core Config"] == (UNUSED, '"Core Config" = "-": a heading')
    assert lines["dropout_rate"][0] == UNUSED
    assert lines["ps_num"][0] == LEFT
    assert values["n_layers"] == 3


def test_long_values_are_shortened():
    line = read(train_data_path="x" * 500)[1]["train_data_path"][1]
    assert "x" * 60 not in line


@pytest.mark.parametrize("name", ["seq_len", "optimizer", "temp"])
def test_error_missing_without_known_value(name):
    with pytest.raises(ValueError, match=f"conf.json must have the key {name}"):
        read(**{name: None})


def test_error_missing_names_what_comes_close():
    with pytest.raises(ValueError, match="Received: none; did you mean sek_len"):
        read(seq_len=None, sek_len=5)


WRONG = {
    "seq_len": 0,
    "timesteps": 999.5,
    "beta_sche": "quadratic",
    "beta_start": 0,
    "beta_end": 1,
    "temp": 0,
    "lamda1": -0.1,
    "deep_layers": [],
    "activation": "gelu",
    "optimizer": "adam",
    "learning_rate": 0,
    "sample_rate": 1.5,
    "out_dim": 2,
    "feature_num": "5",
    "n_heads": 0,
    "use_pipeline": "yes",
    "shut_ratio": "much",
    "train_data_path": 3,
}


@pytest.mark.parametrize("name", WRONG)
def test_error_wrong_value(name):
    with pytest.raises(ValueError, match=f"^{name} must be .* in conf.json"):
        read(**{name: WRONG[name]})


def test_no_key_stands_in_two_tables():
    names = [key.name for key in (*MODEL_KEYS, *OTHER_KEYS)]
    assert len(names) == len(set(names))
    assert not [key.name for key in OTHER_KEYS if key.required or key.bindings]


def test_error_a_key_that_is_missing_because_it_is_misspelt():
    with pytest.raises(ValueError, match="key channel_num.*did you mean chanel_num"):
        read(channel_num=None, chanel_num=8)
