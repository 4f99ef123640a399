"""Tests of the encoding: the row of each kind of id, windows, distinct rows."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.encoding import IdEncoder, deduplicate, noise_key, seen_positions
from diffumin_tf.data.hashing import hash_buckets_numpy
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table

# Blocks: padding 0; poi 1..7 (missing 1, unknown 2, id 1 is 3); brand 8..109;
# tag 110..211; city 212..215.
SPEC = FeatureSpec(
    tables=[
        Table("poi", "dense", 5),
        Table("brand", "hashed", 100),
        Table("tag", "hashed", 100),
        Table("city", "vocabulary", 2, ("paris", "rome")),
    ],
    fields=[
        Field("history/poi", "poi", "history"),
        Field("target/poi", "poi", "target"),
        Field("target/brand", "brand", "target"),
        Field("context/tag", "tag", "context", "string"),
        Field("user/city", "city", "user", "string"),
    ],
    dense_fields=[DenseField("context/price", "context")],
)
FIELDS = {field.name: field for field in SPEC.fields}


def raw_batch():
    """Two history rows; the second and the third impression share one."""
    return {
        "history/poi": tf.constant([[4, 0, 9, 3], [1, 2, 3, 0]], tf.int64),
        "user_index": tf.constant([0, 1, 1]),
        "history_start": tf.constant([0, 1, 0]),
        "history_length": tf.constant([3, 1, 1]),
        "user_key": tf.constant([7, 8, 8], tf.int64),
        "impression_time": tf.constant([10, 20, 30], tf.int64),
        "target/poi": tf.constant([5, 0, 6], tf.int64),
        "target/brand": tf.constant([0, 12, 12], tf.int64),
        "context/tag": tf.constant(["", "new", "new"]),
        "user/city": tf.constant(["rome", "oslo", ""]),
        "context/price": tf.constant([0.5, 1.0, 2.0]),
    }


def test_dense_ids_take_missing_unknown_and_their_own_rows():
    rows = IdEncoder(SPEC).rows(FIELDS["target/poi"], tf.constant([0, 1, 5, 6, 2**40]))
    assert rows.dtype == tf.int32
    np.testing.assert_array_equal(rows, [1, 3, 7, 2, 2])


def test_hashed_ids_take_the_bucket_after_the_two_reserved_rows():
    encoder, ids, words = IdEncoder(SPEC), np.array([1, 12, 2**50]), ["a", "new"]
    rows = encoder.rows(FIELDS["target/brand"], tf.constant([0, *ids], tf.int64))
    np.testing.assert_array_equal(rows, [8, *(10 + hash_buckets_numpy(ids, 100))])
    rows = encoder.rows(FIELDS["context/tag"], tf.constant(["", *words]))
    np.testing.assert_array_equal(rows, [110, *(112 + hash_buckets_numpy(words, 100))])


def test_vocabulary_words_take_their_position():
    words = tf.constant(["", "oslo", "paris", "rome"])
    rows = IdEncoder(SPEC).rows(FIELDS["user/city"], words)
    np.testing.assert_array_equal(rows, [212, 213, 214, 215])


def test_integers_of_a_vocabulary_take_their_position():
    tables = [Table("poi", "vocabulary", 2, (2**40, 3)), *SPEC.tables[1:]]
    encoder = IdEncoder(FeatureSpec(tables, SPEC.fields, SPEC.dense_fields))
    ids = tf.constant([0, 3, 2**40, 4], tf.int64)
    # Missing row 1, unknown row 2, then the vocabulary.
    rows = encoder.rows(FIELDS["target/poi"], ids)
    np.testing.assert_array_equal(rows, [1, 4, 3, 2])


@pytest.mark.parametrize(("name", "unknown"), [("target/poi", 2), ("target/brand", 9)])
def test_negative_ids_are_unknown_or_an_error_that_names_the_field(name, unknown):
    values = tf.constant([3, -1], tf.int64)
    assert IdEncoder(SPEC).rows(FIELDS[name], values)[1] == unknown
    checked = tf.function(IdEncoder(SPEC, check=True).rows)
    with pytest.raises(tf.errors.InvalidArgumentError, match=rf"{name}:\] \[?-1"):
        checked(FIELDS[name], values)


def test_encode_pads_what_no_impression_sees_and_keeps_missing_ids():
    encoded = IdEncoder(SPEC).encode(raw_batch())
    # Row 0: id 4, missing, unknown; its last behaviour is not seen.
    # Row 1: positions 0 and 1 are seen, each by one impression.
    np.testing.assert_array_equal(
        encoded["history"][..., 0], [[6, 1, 2, 0], [3, 4, 0, 0]]
    )
    brand = 10 + hash_buckets_numpy([12], 100)[0]
    tag = 112 + hash_buckets_numpy(["new"], 100)[0]
    np.testing.assert_array_equal(encoded["target"], [[7], [1], [2]])
    np.testing.assert_array_equal(
        encoded["other"], [[8, 110, 215], [brand, tag, 213], [brand, tag, 212]]
    )
    np.testing.assert_array_equal(encoded["dense"], [[0.5], [1.0], [2.0]])
    np.testing.assert_array_equal(encoded["user_key"], [7, 8, 8])
    np.testing.assert_array_equal(encoded["history_start"], [0, 1, 0])


def test_encode_without_other_fields_has_width_zero_and_no_dense():
    spec = FeatureSpec(SPEC.tables, SPEC.fields[:2])
    encoded = IdEncoder(spec).encode(raw_batch())
    assert encoded["other"].shape == (3, 0)
    assert "dense" not in encoded


def test_encoder_survives_a_saved_model(tmp_path):
    encoder = IdEncoder(SPEC)
    encoder.serve = tf.function(encoder.encode)
    expected = encoder.serve(raw_batch())
    tf.saved_model.save(encoder, tmp_path)
    restored = tf.saved_model.load(tmp_path).serve(raw_batch())
    assert restored.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(restored[name], values)


def test_seen_positions_are_the_union_of_the_windows_of_a_row():
    seen = seen_positions(
        user_index=tf.constant([0, 0, 1, 2, 2]),
        start=tf.constant([0, 3, 0, 1, 1]),
        length=tf.constant([2, 1, 0, 2, 3]),
        num_rows=3,
        num_positions=4,
    )
    np.testing.assert_array_equal(seen, [[1, 1, 0, 1], [0, 0, 0, 0], [0, 1, 1, 1]])


def test_noise_key_depends_on_each_of_its_parts_only():
    def key(user=7, poi=1, tag="a", time=10):
        targets = [tf.constant([poi], tf.int64), tf.constant([tag])]
        values = tf.constant([user], tf.int64), targets, tf.constant([time], tf.int64)
        return int(noise_key(*values)[0])

    keys = {key(), key(user=8), key(poi=2), key(tag="b"), key(time=11)}
    assert len(keys) == 5
    assert key() == key()


def test_noise_key_is_not_negative_and_does_not_depend_on_the_batch():
    times = tf.range(1000, dtype=tf.int64)
    users, items = tf.ones_like(times), times % 7
    keys = noise_key(users, [items], times)
    assert keys.dtype == tf.int32
    assert tf.reduce_min(keys) >= 0
    np.testing.assert_array_equal(
        noise_key(users[5:9], [items[5:9]], times[5:9]), keys[5:9]
    )


def test_deduplicate_round_trip_keeps_shapes_and_the_padding_row_first():
    history = tf.constant([[[9, 4], [0, 9]]])
    target = tf.constant([[4, 7]])
    other = tf.zeros([1, 0], tf.int32)
    rows, positions = deduplicate([history, target, other], smallest_bucket=8)
    np.testing.assert_array_equal(rows, [0, 9, 4, 7, 0, 0, 0, 0])
    np.testing.assert_array_equal(positions[0], [[[1, 2], [0, 1]]])
    np.testing.assert_array_equal(positions[1], [[2, 3]])
    assert positions[2].shape == (1, 0)
    assert rows.dtype == positions[0].dtype == tf.int32


def test_deduplicate_by_marks_gives_ascending_rows():
    history = tf.constant([[[9, 4], [0, 9]]])
    target = tf.constant([[4, 7]])
    rows, positions = deduplicate([history, target], 10, smallest_bucket=8)
    np.testing.assert_array_equal(rows, [0, 4, 7, 9, 0, 0, 0, 0])
    np.testing.assert_array_equal(positions[0], [[[3, 1], [0, 3]]])
    np.testing.assert_array_equal(positions[1], [[1, 2]])
    assert rows.dtype == positions[0].dtype == tf.int32


@pytest.mark.parametrize("num_rows", [None, 1000])
@pytest.mark.parametrize("count", [1, 498, 499, 5000])
def test_deduplicate_keeps_its_promise_for_few_ids_and_for_many(num_rows, count):
    # With the padding row in front, a table of 1000 rows is marked from 500 ids on.
    ids = np.random.default_rng(count).integers(0, 1000, count).astype("int32")
    remap = tf.function(lambda ids: deduplicate([ids], num_rows))
    spec = tf.TensorSpec([None], tf.int32)
    rows, (positions,) = remap.get_concrete_function(spec)(tf.constant(ids))
    np.testing.assert_array_equal(rows.numpy()[positions], ids)
    distinct = set(ids) | {0}
    assert rows[0] == 0
    assert set(rows.numpy()[: len(distinct)]) == distinct
    assert not rows.numpy()[len(distinct) :].any()
    ascends = np.all(np.diff(rows[: len(distinct)]) > 0)
    assert ascends == (count == 1 or (num_rows is not None and count >= 499))


@pytest.mark.parametrize(
    ("ids", "message"),
    [([3, -1, 2], "must be non-negative"), ([3, 4, 2], r"= 4 is not in \[0, 4\)")],
)
def test_deduplicate_by_marks_refuses_ids_outside_the_table(ids, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        deduplicate([tf.constant(ids)], num_rows=4)


@pytest.mark.parametrize("num_rows", [None, 101])
@pytest.mark.parametrize(
    ("distinct", "bucket"), [(0, 4), (3, 4), (4, 8), (7, 8), (8, 16), (100, 128)]
)
def test_deduplicate_doubles_the_bucket_until_all_fit(distinct, bucket, num_rows):
    rows, _ = deduplicate([tf.range(1, distinct + 1)], num_rows, smallest_bucket=4)
    assert rows.shape == (bucket,)


def test_deduplicate_keeps_static_shapes_in_a_graph():
    @tf.function(input_signature=[tf.TensorSpec([None, 3, 2], tf.int32)])
    def remap(ids):
        _, (positions,) = deduplicate([ids])
        assert positions.shape.as_list() == [None, 3, 2]
        return positions

    assert remap(tf.zeros([2, 3, 2], tf.int32)).shape == (2, 3, 2)


def test_a_fixed_size_goes_by_the_number_of_ids():
    for ids in ([1, 1, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7]):
        rows, _ = deduplicate([tf.constant(ids)], None, 4, fixed_size=True)
        assert rows.shape == 8
    assert deduplicate([tf.constant([1, 1, 1, 1, 1, 1, 1])], None, 4)[0].shape == 4
