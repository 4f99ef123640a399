import pytest

from diffumin_tf.released_conf import kind

SHARE = kind.number("a number in (0, 1]", lambda value: 0 < value <= 1)
RIGHT = [
    (kind.whole(), 1000.0, 1000),
    (kind.whole(0), 0, 0),
    (kind.whole(), 2**31 - 1, 2**31 - 1),
    (kind.wholes(), [3, 2.0], (3, 2)),
    (SHARE, 1, 1.0),
    (kind.choice(exp="exponential"), "exp", "exponential"),
    (kind.only(1, "one"), "one", "one"),
    (kind.flag(), 1, True),
    (kind.flag(), False, False),
    (kind.text(), "", ""),
]
WRONG = [
    (kind.whole(), 0),
    (kind.whole(), 1000.5),
    (kind.whole(), True),
    (kind.whole(), "4"),
    (kind.whole(), 2**31),
    (kind.whole(), 1e400),
    (kind.whole(), None),
    (kind.wholes(), []),
    (kind.wholes(), [3, 0]),
    (kind.wholes(), 3),
    (SHARE, 0),
    (SHARE, True),
    (SHARE, "0.5"),
    (SHARE, 10**400),
    (kind.choice(exp="exponential"), "exponential"),
    (kind.choice(exp="exponential"), ["exp"]),
    (kind.only(1), True),
    (kind.only(1), 1.0),
    (kind.flag(), 2),
    (kind.flag(), 1.0),
    (kind.text(), 1),
]


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: repr(case[1:]))
def test_converts(case):
    known, value, wanted = case
    found = known.read("key", value, "conf.json")
    assert (type(found), found) == (type(wanted), wanted)


@pytest.mark.parametrize("case", WRONG, ids=lambda case: repr(case[1])[:20])
def test_error(case):
    known, value = case
    with pytest.raises(ValueError, match="key must be .* Received: .* in conf.json"):
        known.read("key", value, "conf.json")


def test_error_says_what_was_expected():
    message = r'key must be one of "dice", "relu"\. Received: 3 in conf\.json\.'
    with pytest.raises(ValueError, match=message):
        kind.choice(dice="dice", relu="relu").read("key", 3, "conf.json")
