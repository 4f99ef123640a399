import pytest

from diffumin_tf.case_study.chosen_clicks import ChosenClicks
from diffumin_tf.case_study.click import Click
from diffumin_tf.case_study.find_clicks import clicks_of, longest_histories
from diffumin_tf.data import IndustryWorld
from diffumin_tf.data.schema import IMPRESSION
from tests.case_study.small_case import WORLD, first_clicks

CLICKS = {key: Click(key, *found) for key, found in first_clicks().items()}


def test_the_world_has_users_with_and_without_a_click():
    assert 3 < len(CLICKS) < WORLD.num_users


def test_the_longest_histories_first():
    wanted = sorted(CLICKS.values(), key=lambda click: -click.behaviours)
    assert longest_histories(WORLD, "test", 3) == wanted[:3]
    assert longest_histories(WORLD, "test", 99) == wanted


def test_given_users_in_the_order_given():
    chosen = [*CLICKS][2], [*CLICKS][0]
    assert clicks_of(WORLD, "test", chosen) == [CLICKS[key] for key in chosen]


def test_another_split():
    train = first_clicks(split="train")
    (key, found), *_ = train.items()
    assert clicks_of(WORLD, "train", [key]) == [Click(key, *found)]


def test_chosen_clicks_keep_one_impression_each():
    clicks = [CLICKS[key] for key in [*CLICKS][:3]][::-1]
    users = [*ChosenClicks(WORLD, clicks).users().as_numpy_iterator()]
    keys = [int(user["user_key"][0]) for user in users]
    assert keys == sorted(click.user_key for click in clicks)
    for key, user in zip(keys, users, strict=True):
        stored, place = WORLD.user(key - 1), CLICKS[key].place
        for name, column in WORLD.schema.columns.items():
            values = stored[name]
            if column.axis == IMPRESSION:
                values = values[place : place + 1]
            assert user[name].tolist() == values.tolist(), name


def test_error_unknown_user():
    with pytest.raises(ValueError, match=r"users must be in the data.*\[0, 99\]"):
        clicks_of(WORLD, "test", [0, [*CLICKS][0], 99])


def test_error_no_click():
    idle = next(key for key in range(1, 13) if key not in CLICKS)
    with pytest.raises(ValueError, match=rf"clicked in the split 'test'.*\[{idle}\]"):
        clicks_of(WORLD, "test", [[*CLICKS][0], idle])


def test_error_split():
    with pytest.raises(ValueError, match="split must be one of.*'dev'"):
        clicks_of(WORLD, "dev", [1])


def test_error_nobody_clicked():
    world = IndustryWorld(1, impressions_per_user=1)
    assert not first_clicks(world, "test")
    with pytest.raises(ValueError, match="a split must hold clicks.*none in 'test'"):
        longest_histories(world, "test", 2)
