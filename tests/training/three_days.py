"""Three days of data to train on, day by day, and a model made in a second."""

import functools

import keras
import numpy as np
from keras import ops

from diffumin_tf.data import ClickData
from diffumin_tf.features import FeatureSpec, Field, Table
from diffumin_tf.layers import FeatureEmbedding, PredictionTower
from diffumin_tf.layers.row_histories import row_histories
from diffumin_tf.models.ctr_model import CTRModel
from diffumin_tf.training.optimizers import LazyAdam, SplitOptimizer
from diffumin_tf.training.recipe import Recipe
from tests.data.fake_source import FakeSource

DAY = 86_400
NUM_DAYS, NUM_USERS, NUM_ITEMS, BATCH_SIZE = 3, 6, 40, 4
ITEMS = Table("item", "dense", NUM_ITEMS)
USERS = Table("user", "dense", NUM_USERS)
FIELDS = (
    Field("history/item", "item", "history"),
    Field("target/item", "item", "target"),
    Field("user/user", "user", "user"),
)
SPEC = FeatureSpec((ITEMS, USERS), FIELDS)
# User 1 is met on the first day alone, user 2 on the second, the others on each.
DAYS_OF_USERS = {1: [0], 2: [1]}


def make_source(features=SPEC):
    """Users with twelve behaviours before the first day, and four impressions a day."""
    rng = np.random.default_rng(0)
    users = []
    for number in range(1, NUM_USERS + 1):
        days = DAYS_OF_USERS.get(number, range(NUM_DAYS))
        times = np.sort([rng.integers(DAY, size=4) + day * DAY for day in days], None)
        users.append(
            {
                "user_key": [number],
                "user/user": [number],
                "history_time": np.arange(12) - DAY,
                "history/item": rng.integers(1, NUM_ITEMS + 1, 12),
                "impression_time": times,
                "history_length": np.full(times.size, 12),
                "target/item": rng.integers(1, NUM_ITEMS + 1, times.size),
                "label": rng.integers(0, 2, times.size),
            }
        )
    return FakeSource(features, users, {"train": (0, NUM_DAYS * DAY)})


class SumModel(CTRModel):
    """The tower on the sum of all behaviours and on the target; moving statistics."""

    joined_outputs = ("tower_input",)

    def __init__(self, embedding, units=4):
        super().__init__(embedding)
        self.tower = PredictionTower((units,))

    def build(self, input_shape):
        self.embedding.build()
        width = self.embedding.embedding_dim
        self.tower.build((None, 2 * width * input_shape["target"][-1]))
        self.built = True

    def read_rows(self, batch, training):
        total = ops.sum(batch.history, axis=1)
        total = row_histories(total, batch.target, batch.user_index)
        return {"tower_input": ops.concatenate([total, batch.target], axis=1)}

    def join_rows(self, rows, training):
        return {"logit": self.tower(rows["tower_input"], training=training)}


class OtherModel(SumModel):
    """Another model with the same variables."""


def make_recipe(day=0, model=SumModel, features=SPEC, admission_count=2, **data):
    """A recipe that trains on one of the three days."""
    data = {"batch_size": BATCH_SIZE, "sequence_length": 12, "slack": 0} | data
    return Recipe(
        ClickData(make_source(features), train_days=(day, day + 1), **data),
        model,
        functools.partial(
            FeatureEmbedding, embedding_dim=2, admission_count=admission_count
        ),
    )


RATE = 0.0625


def make_optimizer(rate=RATE):
    """The lazy optimiser of the table, and another for the rest."""
    return SplitOptimizer(LazyAdam(rate), keras.optimizers.Adam(rate))


def settings(day=0, optimizer=None, **kwargs):
    """Arguments of `train` beside the directory; fresh objects at each call."""
    return {
        "recipe": make_recipe(day, **kwargs),
        "optimizer": optimizer or make_optimizer(),
        "jit_core": False,
        "test_split": None,
    }
