import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.serving.input_check import check_inputs

SPECS = {
    "any": tf.TensorSpec(None, tf.float32),
    "ids": tf.TensorSpec([1, None], tf.int64),
}
FINE = {"any": np.zeros([2, 2, 2], np.float32), "ids": np.zeros([1, 0], np.int64)}


@pytest.mark.parametrize("shape", [(), (3,), (1, 1, 1)])
def test_a_signature_may_take_any_shape(shape):
    check_inputs(FINE | {"any": np.zeros(shape, np.float32)}, SPECS, "it")


def test_lists_are_taken_as_arrays():
    check_inputs(FINE | {"ids": [[1, 2]]}, SPECS, "it")


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        (np.zeros([1, 3]), "ids of type float64."),
        (np.zeros([3], np.int64), "ids of shape [3]."),
        (np.zeros([2, 3], np.int32), "ids of type int32; ids of shape [2, 3]."),
        (np.array([["a"]]), "ids of type <U1."),
    ],
)
def test_error(ids, told):
    with pytest.raises(ValueError) as caught:
        check_inputs(FINE | {"ids": ids}, SPECS, "it")
    assert str(caught.value) == (
        "a request must have the inputs of it: any float32 of any shape, ids int64 "
        f"[1, ?]. Received: {told}"
    )
