import pytest

from diffumin_tf.released_conf.code_repairs import code_repairs
from diffumin_tf.released_conf.entry import LEFT, REPAIRED
from diffumin_tf.released_conf.input_class import ELEME, MIX5K

QUIET = {"seq_len": 100, "channel_num": 1, "embed_dim": 8, "beta_sche": "linear"}
ALWAYS = ("rank of a symbolic tensor", "drops the last one")


def repairs(input_class=ELEME, **changes):
    entries = code_repairs({**QUIET, **changes}, input_class)
    assert [entry.group for entry in entries] == [REPAIRED] * (len(entries) - 1) + [
        LEFT
    ]
    return [entry.text for entry in entries[:-1]]


def test_what_fails_whatever_the_settings():
    found = repairs()
    assert len(found) == len(ALWAYS)
    for text, part in zip(found, ALWAYS, strict=True):
        assert part in text


CASES = [
    (ELEME, {"seq_len": 99}, "100 best are asked of seq_len = 99"),
    (ELEME, {"channel_num": 2}, "the target's name"),
    (ELEME, {"beta_sche": "cosine"}, "the cosine schedule"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[1]))
def test_what_fails_with_these_settings(case):
    input_class, changes, part = case
    found = repairs(input_class, **changes)
    assert len(found) == len(ALWAYS) + 1
    assert part in found[-1]


def test_what_fails_in_the_industrial_class():
    found = repairs(MIX5K)
    assert "Long_term_DiffuMIN" in found[2]
    assert "dense features" in found[3]
    assert "16 a channel, which fails; they are 24 wide" in found[4]
    assert len(repairs(MIX5K, embed_dim=5)) == len(found)
