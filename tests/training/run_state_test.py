"""Tests of what a run says of its optimizer, by hand."""

import keras
import numpy as np

from diffumin_tf.training.optimizers import LazyAdagrad, LazyAdam, SplitOptimizer
from diffumin_tf.training.run_state import carried_variables, describe_state


def described(optimizer):
    with keras.name_scope("embedding"):
        table = keras.Variable(np.zeros((5, 2)), name="table")
    variables = [table, keras.Variable(np.zeros(3), name="rate")]
    optimizer.build(variables)
    return describe_state(keras.Model(), optimizer)


def test_each_variable_is_named_by_what_it_is():
    state = described(LazyAdam())
    assert (state["model"], state["optimizer"]) == ("Model", "LazyAdam")
    assert state["optimizer_variables"] == [
        ["iteration", []],
        ["rate", []],
        ["momentum", [5, 2]],
        ["velocity", [5, 2]],
        ["momentum", [3]],
        ["velocity", [3]],
    ]
    assert carried_variables(state) == [0, 2, 3, 4, 5]


def test_the_ones_inside_are_named_too():
    state = described(SplitOptimizer(LazyAdagrad(), keras.optimizers.SGD(0.1, 0.9)))
    assert state["optimizer"] == "SplitOptimizer(LazyAdagrad, SGD)"
    words = [word for word, _ in state["optimizer_variables"]]
    own = ["iteration", "rate"]
    assert words == [*own, *own, "accumulator", *own, "momentum"]
    assert carried_variables(state) == [0, 2, 4, 5, 7]


def test_a_schedule_is_no_variable():
    decay = keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    state = described(LazyAdagrad(decay))
    words = [word for word, _ in state["optimizer_variables"]]
    assert words == ["iteration", "accumulator", "accumulator"]
    assert carried_variables(state) == [0, 1, 2]
