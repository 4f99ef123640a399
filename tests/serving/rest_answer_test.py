import json

import numpy as np
import pytest

from diffumin_tf.serving.rest_answer import rest_answer

SCORES = np.array([0.1, 1 / 3], np.float32)
ITEMS = np.array([[1, 2], [3, 4]])


def test_one_output_stands_by_itself():
    assert rest_answer({"p": SCORES}, rows=True) == '{"predictions": [0.1, 0.33333334]}'
    assert rest_answer({"p": SCORES}, rows=False) == '{"outputs": [0.1, 0.33333334]}'


def test_several_outputs_have_their_names():
    outputs = {"p": SCORES, "items": ITEMS}
    assert json.loads(rest_answer(outputs, rows=True)) == {
        "predictions": [
            {"items": [1, 2], "p": 0.1},
            {"items": [3, 4], "p": 0.33333334},
        ]
    }
    assert json.loads(rest_answer(outputs, rows=False)) == {
        "outputs": {"items": [[1, 2], [3, 4]], "p": [0.1, 0.33333334]}
    }


def test_decimals_give_the_number_back():
    numbers = np.random.default_rng(0).normal(size=100).astype(np.float32)
    found = json.loads(rest_answer({"x": numbers}, rows=False))["outputs"]
    np.testing.assert_array_equal(np.array(found, np.float32), numbers)


def test_other_types():
    outputs = {
        "city": np.array([b"a", "ö".encode()], object),
        "raw_bytes": np.array([b"a", b"\xff"], object),
        "seen": np.array([True, False]),
        "empty": np.zeros([2, 0], np.float32),
    }
    first, second = json.loads(rest_answer(outputs, rows=True))["predictions"]
    assert first == {"city": "a", "raw_bytes": {"b64": "YQ=="}, "seen": True} | {
        "empty": []
    }
    assert second["city"] == "ö" and second["raw_bytes"] == {"b64": "/w=="}


def test_a_scalar_has_no_rows():
    assert rest_answer({"p": np.float32(0.5)}, rows=False) == '{"outputs": 0.5}'
    with pytest.raises(
        ValueError, match=r"send such requests as inputs.* shapes p \[\]"
    ):
        rest_answer({"p": np.float32(0.5)}, rows=True)


def test_error_outputs_of_unequal_rows():
    with pytest.raises(ValueError, match=r"shapes items \[2, 2\], p \[1\]."):
        rest_answer({"p": SCORES[:1], "items": ITEMS}, rows=True)
