import pytest

from diffumin_tf.released_conf.agreement import check_agreement
from diffumin_tf.released_conf.input_class import ELEME, MIX5K
from tests.released_conf.small_conf import SMALL

# Five fields of width 4 in Ele.me's class: 20 wide.
WRONG = {
    "subseq_len": (121, "must be at most seq_len (120). Received: 121 in c.json."),
    "infer_timesteps": (51, "must be at most timesteps (50). Received: 51 in c.json."),
    "beta_start": (0.04, "must be at most beta_end (0.03). Received: 0.04 in c.json."),
    "channel_num": (
        21,
        "must be at most the width of 5 fields of embed_dim = 4 (20). Received: 21 in "
        "c.json.",
    ),
    "num_heads": (
        3,
        "must divide the width of 5 fields of embed_dim = 4 (20). Received: 3 in "
        "c.json.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_error(name):
    value, message = WRONG[name]
    with pytest.raises(ValueError) as error:
        check_agreement({**SMALL, name: value}, ELEME, "c.json")
    assert str(error.value) == f"{name} {message}"


def test_bounds_themselves_agree():
    bounds = {"subseq_len": 120, "infer_timesteps": 50, "channel_num": 20}
    check_agreement({**SMALL, **bounds, "num_heads": 10}, ELEME, "c.json")


def test_the_width_is_that_of_the_class():
    check_agreement({**SMALL, "num_heads": 6}, MIX5K, "c.json")
