import pytest

from diffumin_tf.case_study.case import Case
from diffumin_tf.case_study.cosine_tables import cosine_tables, note
from diffumin_tf.case_study.cosines import cosines
from diffumin_tf.case_study.point import AUGMENTED
from tests.case_study.small_case import small_case

# first, second, channel, draw, rank, cosine
WANTED = [
    ("target", "channel", 1, None, None, 0.6),
    ("target", "channel", 2, None, None, 0.8),
    ("target", "interest", 1, None, None, 0.6),
    ("target", "interest", 2, None, None, None),
    ("channel", "interest", 1, None, None, 1),
    ("channel", "interest", 2, None, None, None),
    ("channel", "augmented", 1, 1, None, 0),
    ("channel", "augmented", 1, 2, None, 0.5**0.5),
    ("channel", "augmented", 2, 1, None, -1),
    ("channel", "augmented", 2, 2, None, 0),
    ("interest", "augmented", 1, 1, None, 0),
    ("interest", "augmented", 1, 2, None, 0.5**0.5),
    ("interest", "augmented", 2, 1, None, None),
    ("interest", "augmented", 2, 2, None, None),
    ("target", "twin", None, None, 1, 1),
    ("target", "twin", None, None, 2, 0),
]


def test_every_pair_and_its_cosine():
    found = cosines(small_case())
    assert len(found) == len(WANTED)
    for cosine, (first, second, *place, value) in zip(found, WANTED, strict=True):
        other = cosine.second
        assert (cosine.first.kind, other.kind) == (first, second)
        assert [other.channel, other.draw, other.rank] == place
        # Of small whole numbers: rounding of float64, no more.
        wanted = value if value is None else pytest.approx(value, abs=1e-15)
        assert cosine.value == wanted


def test_tables():
    channels, twin = cosine_tables(small_case())
    assert channels.title == (
        "User 5: poi 7, name <a> & b, clicked 1970-01-02T00:00:00, click probability "
        "0.250"
    )
    names = ("target · channel", "target · r", "channel · r", "channel · r*", "r · r*")
    assert channels.columns == ("channel", "behaviours", *names)
    spread = "0.354 (0.000 to 0.707)"
    assert channels.rows == (
        ("1", "1,200", "0.600", "0.600", "1.000", spread, spread),
        ("2", "0", "0.800", "–", "–", "-0.500 (-1.000 to 0.000)", "–"),
    )
    assert twin.rows == (("2", "0.500 (0.000 to 1.000)"),)
    assert "of about ±0.71, one over the root of the width 2" in note(small_case())


def test_without_augmented_interests_and_twin():
    points = [p for p in small_case().points[:9] if p.kind != AUGMENTED]
    (table,) = cosine_tables(Case(5, (*points,)))
    assert table.rows[0] == ("1", "1,200", "0.600", "0.600", "1.000", "–", "–")
