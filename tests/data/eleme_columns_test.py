import numpy as np
import pytest

from diffumin_tf.data import industry_world_truth as truth
from diffumin_tf.data.eleme_world import ElemeWorld
from diffumin_tf.data.industry_world import IndustryWorld

_NUM_USERS = 1500


@pytest.fixture(scope="module")
def world():
    return ElemeWorld(num_users=_NUM_USERS)


@pytest.fixture(scope="module")
def users(world):
    return [world.user(number) for number in range(world.num_users)]


@pytest.fixture(scope="module")
def sources():
    """The users of the industry world that the others are made of."""
    world = IndustryWorld(num_users=_NUM_USERS)
    return [world.user(number) for number in range(world.num_users)]


def _joined(users, name):
    return np.concatenate([user[name] for user in users])


def test_fields_are_those_that_the_released_code_reads(world):
    spec = world.schema.features
    names = [field.short_name for field in spec.history_fields]
    assert names == ["shop_id", "item_id", "category_1_id", "shop_aoi_id", "hours"]
    assert [field.name for field in spec.target_fields] == [
        f"target/{name}" for name in names
    ]
    roles = [field.role for field in spec.fields]
    counts = [roles.count(role) for role in ("history", "target", "user", "context")]
    assert counts == [5, 14, 6, 5]
    assert [f.name for f in spec.dense_fields] == [
        "user/avg_price",
        "user/total_amt_30",
    ]


def test_one_meaning_has_one_table(world):
    fields = world.schema.features.fields
    tables = {field.name: field.table for field in fields}
    for same in (
        ("history/hours", "target/hours", "context/hours"),
        ("target/shop_geohash_12", "context/geohash12"),
        ("target/city_id", "user/visit_city"),
        *((f.name, f"target/{f.short_name}") for f in fields if f.role == "history"),
    ):
        assert len({tables[name] for name in same}) == 1, same
    assert tables["context/times"] != tables["context/hours"]


def test_ids_fill_their_tables_and_miss_where_said(world, users):
    missing = {
        "target/brand_id",
        "user/gender",
        "user/visit_city",
        "user/is_supervip",
    }
    for field in world.schema.features.fields:
        ids = _joined(users, field.name)
        size = world.schema.features.table(field.table).size
        assert (ids.min() == 0) == (field.name in missing), field.name
        if field.name in missing:
            # 1,500 users or more: a standard error of .0085.
            assert np.mean(ids == 0) == pytest.approx(1 / 8, abs=0.03)
        if size <= 100 and field.name != "user/ord_30":  # Buckets of powers of two.
            assert len(set(ids) - {0}) > 0.9 * size, field.name


def _function_of(keys, values):
    """Whether equal keys have equal values."""
    return len(set(zip(keys, values, strict=True))) == len(set(keys))


def test_what_belongs_to_an_item_is_the_same_wherever_it_occurs(users):
    columns = {
        name: np.append(
            _joined(users, f"history/{name}"), _joined(users, f"target/{name}")
        )
        for name in ("item_id", "shop_id", "category_1_id", "shop_aoi_id")
    }
    for name in ("shop_id", "category_1_id", "shop_aoi_id"):
        assert _function_of(columns["item_id"], columns[name]), name
    assert _function_of(columns["shop_id"], columns["shop_aoi_id"])
    for of, names in {
        "item_id": ("merge_standard_food_id", "rank_7", "rank_30", "rank_90"),
        "shop_id": ("brand_id", "shop_geohash_12", "shop_geohash_6"),
        "shop_geohash_6": ("shop_aoi_id",),
        "shop_aoi_id": ("district_id",),
        "district_id": ("city_id",),
    }.items():
        for name in names:
            keys, values = (_joined(users, f"target/{n}") for n in (of, name))
            assert _function_of(keys, values), (of, name)


def test_clock_columns_by_the_calendar(users):
    user = users[0]
    for time, hours in zip(user["history_time"], user["history/hours"], strict=True):
        assert hours == time % 86_400 // 3_600 + 1
    types = {5: 1, 9: 1, 10: 2, 13: 2, 14: 3, 16: 3, 17: 4, 20: 4, 21: 5, 0: 5, 4: 5}
    seen = set()
    for user in users:
        np.testing.assert_array_equal(user["target/hours"], user["context/hours"])
        for i, time in enumerate(user["impression_time"].tolist()):
            hour = np.datetime64(time, "s").item().hour
            assert user["context/hours"][i] == hour + 1
            weekday = np.datetime64(time, "s").item().isoweekday()
            assert user["context/weekdays"][i] == weekday
            if hour in types:
                assert user["context/time_type"][i] == types[hour]
                seen.add(hour)
    assert seen == set(types)


def test_orders_are_the_behaviours_of_30_days_before_the_impressions(
    world, users, sources
):
    end = world.schema.splits["train"][0]
    for user, source in zip(users[:200], sources, strict=False):
        time = source["history_time"]
        orders = sum(end - 30 * 86_400 <= t < end for t in time.tolist())
        bucket = 1 if orders == 0 else 2 + int(np.log2(orders))
        assert user["user/ord_30"][0] == bucket
        price = np.expm1(user["user/avg_price"][0].astype(np.float64))
        assert 10 <= price * (1 + 1e-6) <= 100
        # float32 keeps 7 digits of each logarithm.
        amount = np.expm1(user["user/total_amt_30"][0].astype(np.float64))
        assert amount == pytest.approx(orders * price, rel=1e-5)


def test_sizes_follow_the_industry_world(world):
    sizes = {table.name: table.size for table in world.schema.features.tables}
    assert sizes["item_id"] == truth.NUM_ITEMS and sizes["user_id"] == _NUM_USERS
    assert sizes["category_1_id"] == 512 and sizes["shop_aoi_id"] == 200
