import pytest

from diffumin_tf.experiments.comparison import Comparison
from diffumin_tf.experiments.variant import Variant

TWO = (Variant("a", ("a.gin",), ("X = 1",)), Variant("b"))


def test_files_and_bindings_of_a_run_in_the_order_in_which_they_win():
    comparison = Comparison("run.gin", TWO, "b", bindings=("Y = 2",))
    assert comparison.gin_files(TWO[0]) == ["run.gin", "a.gin"]
    assert comparison.gin_bindings(TWO[0], 7) == ["Y = 2", "X = 1", "SEED = 7"]


def test_seeds():
    comparison = Comparison("run.gin", TWO, "b", num_seeds=3, first_seed=5)
    assert list(comparison.seeds) == [5, 6, 7]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"baseline": "c"}, r"baseline='c' with \['a', 'b'\]"),
        ({"focus": "c"}, r"focus must name .*focus='c' with \['a', 'b'\]"),
        ({"variants": (Variant("A"), *TWO)}, r"kept in \['a'\]"),
        ({"name": "a/b"}, "name must be letters.*'a/b'"),
        ({"num_seeds": 0}, "num_seeds=0"),
        ({"first_seed": -1}, "first_seed=-1"),
        ({"bootstrap_samples": 0}, "bootstrap_samples=0"),
    ],
)
def test_error_arguments(changes, message):
    arguments = {"run_file": "run.gin", "variants": TWO, "baseline": "b"}
    with pytest.raises(ValueError, match=message):
        Comparison(**{**arguments, **changes})
