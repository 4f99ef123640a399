import numpy as np
import pytest

from diffumin_tf.data.popularity import item_click_rate, item_popularity
from diffumin_tf.features import FeatureSpec, Field, Table
from tests.data.fake_source import FakeSource

SPLITS = {"train": (0, 100), "test": (100, 200), "empty": (300, 400)}


def _source(dtype="int64", items=(1, 2, 3, 4, 5, 6), **options):
    kind = {"int64": "dense", "string": "hashed"}[dtype]
    spec = FeatureSpec(
        tables=[Table("city", "dense", 9), Table("item", kind, 9)],
        fields=[
            Field("history/item", "item", "history", dtype),
            # Not the item: it comes first, yet no behaviour has it.
            Field("target/city", "city", "target"),
            Field("target/item", "item", "target", dtype),
        ],
    )
    return FakeSource(spec, _users(items), **{"splits": SPLITS, **options})


def _users(items):
    def user(key, targets, times, labels):
        return {
            "user_key": [key],
            "history/item": [],
            "history_time": [],
            "target/city": [1] * len(targets),
            "target/item": [items[t] for t in targets],
            "impression_time": times,
            "history_length": [0] * len(targets),
            "label": labels,
        }

    return [
        user(1, [0, 1, 2, 0], [10, 20, 30, 150], [1, 0, 1, 1]),
        user(2, [0, 4, 2], [40, 120, 120], [1, 1, 0]),
        user(3, [1], [99], [1]),
        user(4, [1, 0], [100, 199], [0, 0]),
    ]


@pytest.mark.parametrize(
    ("dtype", "items"),
    [("int64", (1, 2, 3, 4, 5)), ("string", ("b", "", "a", "c", "dd"))],
)
def test_popularity_counts_training_clicks_alone(dtype, items):
    # Training clicks: item 0 twice, 1 once (of two), 2 once. Tested, in order:
    # 0; 4 and 2; 1 and 0. Test clicks do not count.
    scores = item_popularity(_source(dtype, items))
    np.testing.assert_array_equal(scores, [2, 0, 1, 1, 2])


def test_click_rate_is_drawn_to_the_mean():
    # 4 clicks of 5 training impressions; 20 more at .8 for each item.
    expected = [18 / 22, 16 / 20, 17 / 21, 17 / 22, 18 / 22]
    np.testing.assert_allclose(item_click_rate(_source()), expected, rtol=1e-15)


def test_error_nothing_to_learn_from():
    source = _source(splits={"train": (500, 600), "test": (100, 200)})
    with pytest.raises(ValueError, match="train split must hold impressions"):
        item_popularity(source)
