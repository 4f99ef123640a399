import pytest

from diffumin_tf.experiments.choice import Choice
from diffumin_tf.experiments.tuning import Tuning

SPACE = (Choice("A", [1, 2, 3]), Choice(["B", "C"], [[4, 5], [6, 7]]))


def test_grid():
    tuning = Tuning("run.gin", SPACE, gin_files=["model.gin"], bindings=["D = 8"])
    assert tuning.grid_size == tuning.budget == 6
    assert tuning.files == ["run.gin", "model.gin"]
    point = {"A": "2", "B + C": "[6, 7]"}
    assert tuning.lines(point) == ["A = 2", "B = 6", "C = 7"]
    assert Tuning("run.gin", SPACE, num_trials=4).budget == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"space": ()}, "space must hold a choice"),
        ({"gin_files": "a.gin"}, "gin_files must be a list. Received: 'a.gin'"),
        ({"bindings": "X = 1"}, "bindings must be a list. Received: 'X = 1'"),
        ({"space": (*SPACE, Choice("C", [1]))}, r"chosen once.*\['C'\] more"),
        ({"bindings": ("A=3",)}, r"not by bindings. Received: \['A'\] more"),
        ({"num_trials": 0}, "at least 1.*grid, 6. Received: num_trials=0"),
        ({"num_trials": 7}, "at least 1.*grid, 6. Received: num_trials=7"),
        ({"seed": -1}, "seed=-1"),
        ({"validation_share": 0}, "validation_share=0"),
        ({"validation_share": 1.0}, "validation_share=1.0"),
    ],
)
def test_error_arguments(changes, message):
    with pytest.raises(ValueError, match=message):
        Tuning(**{"run_file": "run.gin", "space": SPACE, **changes})


def test_what_all_trials_bind_may_be_bound_twice():
    bindings = ("D = 1", "D = 2")
    assert Tuning("run.gin", SPACE, bindings=bindings).bindings == bindings
