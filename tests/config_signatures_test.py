"""Which arguments classes and functions take."""

import keras
import pytest

from diffumin_tf.config_signatures import accepted_parameters, required_parameters


class Closed:
    def __init__(self, a, b=1):
        pass


class PassesOn(Closed):
    def __init__(self, c, *, d=2, **kwargs):
        super().__init__(**kwargs)


class Replaces(Closed):
    def __init__(self, e):
        super().__init__(e)


def anything(a, *args, b=1, **kwargs):
    pass


@pytest.mark.parametrize(
    ("target", "accepted", "required"),
    [
        (Closed, {"a", "b"}, ("a",)),
        (PassesOn, {"a", "b", "c", "d"}, ("c",)),
        (Replaces, {"e"}, ("e",)),
        (anything, None, ("a",)),
        (lambda: None, set(), ()),
        (object, set(), ()),
    ],
)
def test_parameters(target, accepted, required):
    assert accepted_parameters(target) == accepted
    assert required_parameters(target) == required


def test_keras_classes():
    adam = accepted_parameters(keras.optimizers.Adam)
    assert {"learning_rate", "clipnorm"} <= adam
    assert "learning_rat" not in adam
    assert {"units", "dtype", "name"} <= accepted_parameters(keras.layers.Dense)
    assert required_parameters(keras.layers.Dense) == ("units",)
