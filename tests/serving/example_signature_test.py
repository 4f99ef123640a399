import pytest
import tensorflow as tf

from diffumin_tf.serving.example_signature import make_example, parse_examples

INPUTS = {
    "user_key": tf.TensorSpec([None], tf.int64, "user_key"),
    "context_price": tf.TensorSpec([None], tf.float32, "context_price"),
    "history_poi": tf.TensorSpec([None, None], tf.int64, "history_poi"),
    "history_city": tf.TensorSpec([None, None], tf.string, "history_city"),
}
FIRST = {
    "user_key": [-7],
    "context_price": [0.5],
    "history_poi": [3, 4],
    "history_city": [b"a", b"b"],
}
SECOND = {"user_key": [2**62], "context_price": [-1.0]}


def parse(*users):
    serialized = tf.constant([make_example(user) for user in users])
    return tf.function(lambda values: parse_examples(values, INPUTS))(serialized)


def test_histories_are_padded_and_an_empty_one_may_be_absent():
    parsed = parse(FIRST, SECOND)
    assert parsed["user_key"].numpy().tolist() == [-7, 2**62]
    assert parsed["context_price"].numpy().tolist() == [0.5, -1.0]
    assert parsed["history_poi"].numpy().tolist() == [[3, 4], [0, 0]]
    assert parsed["history_city"].numpy().tolist() == [[b"a", b"b"], [b"", b""]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"user_key": None}, "user_key.*is required"),
        ({"user_key": [0.5]}, "user_key.*types don't match|types don't.*user_key"),
        ({"history_poi": [3]}, "history_poi history_city must be equally long"),
    ],
)
def test_error_names_the_feature(change, message):
    user = {n: v for n, v in {**FIRST, **change}.items() if v is not None}
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        parse(FIRST, user)


def test_an_example_holds_what_it_was_made_of():
    parsed = parse(FIRST, {**SECOND, "history_poi": [5], "history_city": ["c"]})
    assert parsed["history_poi"].numpy().tolist() == [[3, 4], [5, 0]]
    assert parsed["history_city"].numpy().tolist() == [[b"a", b"b"], [b"c", b""]]
