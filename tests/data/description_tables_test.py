from diffumin_tf.data.description import describe
from diffumin_tf.data.description_tables import (
    TextTable,
    days_table,
    description_tables,
)
from tests.data.description_test import SPEC, SPLITS, USERS
from tests.data.fake_source import FakeSource


def tables(users=USERS):
    description = describe(FakeSource(SPEC, users, SPLITS))
    return {t.title: t for t in description_tables(description, SPEC, 2)}


def test_lines_are_aligned():
    table = TextTable("Title", ("name", "n"), (("a", "1,000"), ("longer", "2")))
    assert table.lines() == [
        "Title",
        "  name        n",
        "  a       1,000",
        "  longer      2",
    ]


def test_values_as_text():
    found = tables()
    assert found["Data"].rows == (
        ("users", "3"),
        ("behaviours", "5"),
        ("impressions", "5"),
        ("padding at 2 behaviours", "20.00 %"),
    )
    assert found["Splits"].rows[1] == (
        "test",
        "2",
        "3",
        "0.3333",
        "1970-01-03 to 1970-01-04",
    )
    assert ("test", "target/city", "33.33 %") in [
        *found["Ids that training has not seen"].rows
    ]
    lengths = found["Behaviours in a history"].rows
    # Sorted 1 1 2 2 3: the values at ranks 1 1 2 2 3 3 and the mean 9 / 5.
    assert lengths[1][0] == "at the impressions"
    assert lengths[1][1:] == ("1", "1", "1", "2", "2", "3", "3", "3", "3", "1.8")
    assert found["Fields"].rows[2] == ("target/city", "string", "city", "3")
    assert found["Tables"].rows[0] == ("item", "hashed", "4", "6", "1.50")


def test_the_last_days():
    description = describe(FakeSource(SPEC, USERS, SPLITS))
    assert len(days_table(description).rows) == 4
    last = days_table(description, most=1)
    assert last.title == "Days (the last 1 of 4)"
    assert last.rows == (("1970-01-04", "test", "2", "0.5000"),)


def test_data_without_impressions():
    found = tables(USERS[2:])
    assert found["Data"].rows[3] == ("padding at 2 behaviours", "none")
    assert found["Splits"].rows[0] == ("train", "0", "0", "none", "none")
