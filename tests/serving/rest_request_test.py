import json

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.serving.rest_request import parse_rest_request

SIGNATURES = {
    "serving_default": {
        "ids": tf.TensorSpec([None, None], tf.int64),
        "price": tf.TensorSpec([None], tf.float32),
    },
    "cities": {"city": tf.TensorSpec([None], tf.string)},
    "small": {
        "byte": tf.TensorSpec([None], tf.int8),
        "seen": tf.TensorSpec([None], tf.bool),
        "exact": tf.TensorSpec([None], tf.float64),
    },
    "half": {"x": tf.TensorSpec([None], tf.float16)},
}


def parse(**body):
    return parse_rest_request(json.dumps(body), SIGNATURES)


def test_rows():
    request = parse(
        instances=[{"ids": [1, 2**62], "price": 0.1}, {"price": 3, "ids": [-3, 0]}]
    )
    assert (request.signature, request.rows) == ("serving_default", True)
    ids, price = request.arrays["ids"], request.arrays["price"]
    assert ids.dtype == np.int64 and ids.tolist() == [[1, 2**62], [-3, 0]]
    assert price.dtype == np.float32 and price.tolist() == [np.float32(0.1), 3]


def test_columns():
    request = parse(inputs={"ids": [[1, 2]], "price": [1e-3, 2]})
    assert (request.signature, request.rows) == ("serving_default", False)
    assert request.arrays["ids"].tolist() == [[1, 2]]
    assert request.arrays["price"].tolist() == [np.float32(1e-3), 2]


@pytest.mark.parametrize("form", ["inputs", "instances"])
def test_one_input_may_go_without_its_name(form):
    values = ["Malmö", {"b64": "/wA="}, ""]
    request = parse(signature_name="cities", **{form: values})
    assert request.arrays["city"].tolist() == ["Malmö".encode(), b"\xff\x00", b""]


def test_one_input_by_its_name():
    rows = parse(signature_name="cities", instances=[{"city": "a"}, {"city": "b"}])
    columns = parse(signature_name="cities", inputs={"city": ["a", "b"]})
    for request in (rows, columns):
        assert request.arrays["city"].tolist() == [b"a", b"b"]


def test_a_value_by_itself_is_a_scalar():
    assert parse(signature_name="cities", inputs="a").arrays["city"].shape == ()
    request = parse(signature_name="cities", inputs={"b64": "YQ=="})
    assert request.arrays["city"].item() == b"a"


def test_empty_histories_keep_their_shape():
    rows = parse(instances=[{"ids": [], "price": 1}, {"ids": [], "price": 2}])
    columns = parse(inputs={"ids": [[]], "price": []})
    assert rows.arrays["ids"].shape == (2, 0)
    assert columns.arrays["ids"].shape == (1, 0)
    assert columns.arrays["price"].shape == (0,)
    assert columns.arrays["ids"].dtype == np.int64


def test_other_types_and_their_limits():
    inputs = {"byte": [-128, 127], "seen": [True, False], "exact": [0.1, 2**53 - 1]}
    arrays = parse(signature_name="small", inputs=inputs).arrays
    assert arrays["byte"].dtype == np.int8 and arrays["byte"].tolist() == [-128, 127]
    assert arrays["seen"].dtype == np.bool_ and arrays["seen"].tolist() == [True, False]
    assert arrays["exact"].tolist() == [0.1, 2**53 - 1]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ("1.5", r"ids\[1\]\[2\] must be a whole number that fits int64. Received: 1.5"),
        ("1.0", r"ids\[1\]\[2\] must .* Received: 1.0."),
        ("true", r"ids\[1\]\[2\] must .* Received: true."),
        ("null", r"ids\[1\]\[2\] must .* Received: null."),
        ("NaN", r"ids\[1\]\[2\] must .* Received: NaN."),
        ('"7"', r'ids\[1\]\[2\] must .* Received: "7".'),
        ('{"b64": "YQ=="}', r"ids\[1\]\[2\] must .* Received: {"),
        (str(2**63), rf"ids\[1\]\[2\] must .* Received: {2**63}."),
    ],
)
def test_error_names_the_place_of_a_wrong_id(ids, message):
    text = f'{{"inputs": {{"ids": [[1, 2, 3], [4, 5, {ids}]], "price": [1]}}}}'
    with pytest.raises(ValueError, match="inputs." + message):
        parse_rest_request(text, SIGNATURES)


@pytest.mark.parametrize(
    "price", ["NaN", "-Infinity", "1e39", "1e999", "true", "16777216", "null", '"1"']
)
def test_error_names_the_row_of_a_wrong_price(price):
    rows = f'[{{"ids": [1], "price": 1}}, {{"ids": [1], "price": {price}}}]'
    message = r"^instances\[1\].price must be a finite number that fits float32. Rec"
    with pytest.raises(ValueError, match=message):
        parse_rest_request(f'{{"instances": {rows}}}', SIGNATURES)


@pytest.mark.parametrize("value", [1, True, None, {"b64": "a"}, {"b64": 1}, {"c": "a"}])
def test_error_no_string(value):
    with pytest.raises(ValueError, match=r'^inputs.city\[1\] must be a string or {"b'):
        parse(signature_name="cities", inputs={"city": ["a", value]})


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [("seen", 1, "true or false"), ("byte", 128, "fits int8"), ("exact", 2**53, "64")],
)
def test_error_of_other_types(name, value, place):
    inputs = {"byte": [1], "seen": [True], "exact": [1.0], name: [value]}
    with pytest.raises(ValueError, match=rf"^inputs.{name}\[0\] must be .*{place}"):
        parse(signature_name="small", inputs=inputs)


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        (
            [[1, 2], [3]],
            r"a list of 2 at inputs.ids\[0\], a list of 1 at inputs.ids\[1",
        ),
        ([[1], 2], r"a list of 1 at inputs.ids\[0\], no list at inputs.ids\[1\]"),
        ([1, [2]], r"no list at inputs.ids\[0\], a list of 1 at inputs.ids\[1\]"),
        (
            [[[1], []]],
            r"a list of 1 at inputs.ids\[0\]\[0\], a list of 0 at inputs.ids",
        ),
    ],
)
def test_error_ragged_lists(ids, told):
    message = "must be equally long, ragged ones are none; fill up the shorter. Receiv"
    with pytest.raises(ValueError, match=f"{message}ed: {told}"):
        parse(inputs={"ids": ids, "price": [1]})


def test_error_ragged_instances():
    rows = [{"ids": [1, 2], "price": 1}, {"ids": [1], "price": 1}]
    with pytest.raises(
        ValueError,
        match=r"equally long.* a list of 2 at instances\[0\].ids, a list of 1 at inst",
    ):
        parse(instances=rows)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "one of instances and inputs, .* Received: {}."),
        ({"inputs": {}, "instances": []}, "one of .* Received: inputs, instances."),
        ({"inputs": {}, "signature": "rank"}, "one of .* Received: inputs, signature."),
        ({"inputs": {}, "signature_name": "rank"}, 'cities, half, .*Received: "rank"'),
        ({"inputs": {}, "signature_name": None}, "be a signature .* Received: null."),
        ({"inputs": {}, "signature_name": []}, r"be a signature .* Received: \[\]."),
        (
            {"instances": []},
            r"instances must be a list of at least one. Received: \[\]",
        ),
        ({"instances": {}}, "instances must be a list of at least one. Received: {}"),
        ({"instances": [[1]]}, r"instances\[0\] must be an object with .* ids, price."),
        ({"inputs": [1]}, r"inputs must be an object with the inputs .* ids, price."),
        (
            {"inputs": {"idz": [[1]]}},
            "Received: no ids; no price; idz, which it does not have.",
        ),
        (
            {"instances": [{"ids": [1], "price": 1}, {"ids": [1]}]},
            r"instances\[1\] must have the inputs .* Received: no price.",
        ),
        ({"inputs": {"x": [1.0]}, "signature_name": "half"}, "of type float16"),
    ],
)
def test_error_of_the_whole(body, message):
    with pytest.raises(ValueError, match=message):
        parse(**body)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must be JSON. Received: .* in line 1, column 2."),
        ("[]", r"must be an object of one of .* Received: \[\]."),
        (b'{"inputs": "\xff"}', "must be UTF-8. Received: "),
        ('{"inputs": {}, "inputs": {}}', "each key once. Received: 'inputs' twice"),
        ("[" * 10**5, "nests lists as deep as its tensors"),
    ],
)
def test_error_no_json(text, message):
    with pytest.raises(ValueError, match=message):
        parse_rest_request(text, SIGNATURES)


def test_error_quotes_little_of_a_long_value():
    with pytest.raises(ValueError) as caught:
        parse(inputs={"ids": [["x" * 10**6]], "price": [1]})
    assert len(str(caught.value)) < 150
