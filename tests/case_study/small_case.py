"""A case whose cosines are known by heart, and the runs of tiny models."""

import numpy as np

from diffumin_tf.case_study.case import Case
from diffumin_tf.case_study.point import (
    AUGMENTED,
    CHANNEL,
    INTEREST,
    TARGET,
    TWIN,
    Point,
)
from diffumin_tf.case_study.trained_run import TrainedRun
from diffumin_tf.data import ClickData, IndustryWorld
from diffumin_tf.layers import PredictionTower, TWINAttention
from diffumin_tf.models import TWIN as TWINModel
from diffumin_tf.training.recipe import Recipe
from tests.training.small_run import make_model

SELECTED = 7
WORLD = IndustryWorld(12, impressions_per_user=40)


def small_case(user_key=5):
    """Two channels along the axes; the second keeps nothing."""
    at = {
        "time": 86_400,
        "ids": {"poi": 7, "name": "<a> & b"},
    }
    return Case(
        user_key,
        (
            Point(TARGET, np.array([3.0, 4.0]), score=0.25, **at),
            Point(CHANNEL, np.array([1.0, 0.0]), 1),
            Point(INTEREST, np.array([2.0, 0.0]), 1, behaviours=1200),
            Point(AUGMENTED, np.array([0.0, 5.0]), 1, draw=1),
            Point(AUGMENTED, np.array([1.0, 1.0]), 1, draw=2),
            Point(CHANNEL, np.array([0.0, 1.0]), 2),
            Point(INTEREST, np.array([0.0, 0.0]), 2, behaviours=0),
            Point(AUGMENTED, np.array([0.0, -1.0]), 2, draw=1),
            Point(AUGMENTED, np.array([-1.0, 0.0]), 2, draw=2),
            Point(TWIN, np.array([6.0, 8.0]), rank=1, time=0, ids={"poi": 8}),
            Point(TWIN, np.array([-4.0, 3.0]), rank=2, time=60, ids={"poi": 9}),
        ),
    )


def make_twin(embedding):
    tower = PredictionTower((8,))
    attention = TWINAttention(SELECTED, num_heads=2)
    return TWINModel(embedding, attention, tower=tower, short_term_length=10)


def make_recipe(model=make_model, sequence_length=120, world=WORLD):
    data = ClickData(world, 16, sequence_length=sequence_length, slack=32)
    return Recipe(data, model)


def make_run(model=make_model, **data_arguments):
    """An untrained run, its weights those of its initialisers."""
    recipe = make_recipe(model, **data_arguments)
    return TrainedRun("a run", recipe.build_model(), recipe.data)


def first_clicks(world=WORLD, split="test"):
    """User to (place, behaviours before it) of the first click, by a loop."""
    first, end = world.schema.splits[split]
    found = {}
    for number in range(world.num_users):
        user = world.user(number)
        for place, time in enumerate(user["impression_time"]):
            if first <= time < end and user["label"][place] == 1:
                key = int(user["user_key"][0])
                found[key] = place, int(user["history_length"][place])
                break
    return found
