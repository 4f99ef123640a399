import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.features import DenseField, FeatureSpec, Field, Table
from diffumin_tf.serving.request_encoder import RequestEncoder
from diffumin_tf.serving.request_inputs import RequestInputs

# Rows: 0 padding; items 1 missing, 2 unknown, 3 to 7; cities 8, 9, 10 and 11; segments
# 12, 13, 14 to 16.
SPEC = FeatureSpec(
    tables=(
        Table("item", "dense", 5),
        Table("city", "vocabulary", 2, ("a", "b")),
        Table("segment", "dense", 3),
    ),
    fields=(
        Field("history/item", "item", "history"),
        Field("history/city", "city", "history", "string"),
        Field("target/item", "item", "target"),
        Field("target/city", "city", "target", "string"),
        Field("user/segment", "segment", "user"),
        Field("context/home", "city", "context", "string"),
    ),
    dense_fields=(
        DenseField("user/age", "user"),
        DenseField("context/price", "context"),
    ),
)
INPUTS = RequestInputs(SPEC, with_time=True)
REQUEST = {
    "user_key": [7],
    "history_item": [[1, 0, 5, 0, 0]],
    "history_city": [["a", "b", "c", "", ""]],
    "history_time": [[30, 20, 10, 0, 0]],
    "user_segment": [2],
    "user_age": [41.5],
    "impression_time": [40],
    "target_item": [3, 4],
    "target_city": ["b", ""],
    "context_home": ["a"],
    "context_price": [1.0, 2.0],
}


def tensors(request, **changes):
    dtypes = {name: spec.dtype for name, spec in INPUTS.rows().items()}
    request = {**request, **changes}
    return {n: tf.constant(v, dtypes.get(n)) for n, v in request.items()}


def encoder(sequence_length=4, least_length=1):
    return RequestEncoder(INPUTS, sequence_length, least_length)


def in_rows(batch, name):
    """The table's rows that a deduplicated batch's positions stand for."""
    return batch["rows"].numpy()[batch[name].numpy()].tolist()


def test_batch_by_hand():
    batch = encoder().batch(tensors(REQUEST))
    # Three behaviours: the second lacks its item, the third's city is not known.
    assert in_rows(batch, "history") == [[[3, 10], [1, 11], [7, 9], [0, 0]]]
    assert in_rows(batch, "target") == [[5, 11], [6, 8]]
    assert in_rows(batch, "other") == [[15, 10], [15, 10]]
    assert batch["dense"].numpy().tolist() == [[41.5, 1.0], [41.5, 2.0]]
    assert batch["history_length"].numpy().tolist() == [3, 3]
    assert batch["history_start"].numpy().tolist() == [0, 0]
    assert batch["history_time"].numpy().tolist() == [[30, 20, 10, 0]]
    assert batch["impression_time"].numpy().tolist() == [40, 40]
    assert batch["user_key"].numpy().tolist() == [7, 7]
    assert "user_index" not in batch  # With it the model would copy the history.


def test_candidates_are_the_same_rows_alone_and_tiled():
    together = encoder().batch(tensors(REQUEST))
    for row in range(2):
        one = {
            name: values[row : row + 1] if len(values) == 2 else values
            for name, values in REQUEST.items()
        }
        alone = encoder().batch(tensors(one))
        assert in_rows(alone, "history") == in_rows(together, "history")
        for name in ("target", "other"):
            assert in_rows(alone, name) == in_rows(together, name)[row : row + 1]
        assert alone["noise_key"][0] == together["noise_key"][row]


def test_the_recent_part_of_a_long_history_is_kept_and_a_short_one_filled():
    batch = encoder(sequence_length=2).batch(tensors(REQUEST))
    assert in_rows(batch, "history") == [[[3, 10], [1, 11]]]
    assert batch["history_length"].numpy().tolist() == [2, 2]
    batch = encoder(sequence_length=9, least_length=6).batch(tensors(REQUEST))
    assert in_rows(batch, "history")[0][3:] == [[0, 0]] * 3
    assert batch["history_time"].numpy().tolist() == [[30, 20, 10, 0, 0, 0]]


def test_an_empty_history_is_padding_alone():
    empty = {"history_item": [[]], "history_city": [[]], "history_time": [[]]}
    batch = encoder(least_length=2).batch(tensors(REQUEST, **empty))
    assert in_rows(batch, "history") == [[[0, 0], [0, 0]]]
    assert batch["history_length"].numpy().tolist() == [0, 0]


def test_an_encoded_user_gives_the_same_batch():
    one = encoder()
    raw = tensors(REQUEST)
    encoded = one.encode_user({name: raw[name] for name in INPUTS.user()})
    specs = one.encoded_inputs()
    assert set(encoded) == set(specs)
    assert all(specs[n].is_compatible_with(encoded[n]) for n in specs)
    assert encoded["encoded_history"].numpy().tolist() == [
        [[3, 10], [1, 11], [7, 9], [0, 0]]
    ]
    found = one.encoded_batch(encoded | {n: raw[n] for n in INPUTS.candidates()})
    wanted = one.batch(raw)
    assert set(found) == set(wanted)
    for name in wanted:
        np.testing.assert_array_equal(found[name], wanted[name])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target_item": [-3, 4]}, "not be negative.*target/item"),
        ({"history_item": [[1, -1, 5, 0, 0]]}, "not be negative.*history/item"),
        ({"context_price": [1.0, np.nan]}, "context_price must be finite"),
        ({"user_age": [np.inf]}, "user_age must be finite"),
        ({"target_item": [], "target_city": []}, "target_(item|city) must hold a row"),
        ({"target_city": ["b"] * 3}, "target_city must hold one value, or as many"),
        ({"user_segment": [1, 2, 3]}, "user_segment must hold one value, or as many"),
        ({"user_key": [7, 8]}, "history_item must hold a history for each user_key"),
        ({"history_time": [[30]]}, "history_item and history_time must be equally"),
        ({"history_city": [["a"]]}, "history_item and history_city must be equally"),
    ],
)
def test_error_names_the_input(change, message):
    graph = tf.function(encoder().batch, input_signature=[INPUTS.rows()])
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        graph(tensors(REQUEST, **change))


def test_fixed_sizes_depend_on_the_number_of_rows_alone():
    fixed = RequestEncoder(INPUTS, 4, 1, fixed_sizes=True)
    # One behaviour that is twice among the targets, where another request has three.
    short = {"history_item": [[4]], "history_city": [["b"]], "history_time": [[30]]}
    batches = [
        fixed.batch(tensors(REQUEST)),
        fixed.batch(tensors({**REQUEST, **short, "target_item": [4, 4]})),
    ]
    one, two = ({n: v.shape for n, v in batch.items()} for batch in batches)
    assert one == two
    for name in ("history", "target", "other"):
        wanted = encoder(least_length=4).batch(tensors(REQUEST))
        assert in_rows(batches[0], name) == in_rows(wanted, name)
