"""A table in parts reads, moves and is saved as one in one piece."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.training.optimizers import LazyAdagrad, LazyAdam
from diffumin_tf.training.sharded_table import ShardedTable, table_rows

ROWS, DIM, PARTS = 11, 2, 4  # Three parts of three rows, and one of two.
VALUES = np.arange(ROWS * DIM, dtype="float32").reshape(ROWS, DIM)


def whole():
    return keras.Variable(VALUES, name="table")


def sharded():
    table = ShardedTable(keras.initializers.Zeros(), (ROWS, DIM), PARTS, name="table")
    table.value.assign(tf.constant(VALUES))
    return table


@pytest.mark.parametrize("make", [whole, sharded])
def test_gathers_rows(make):
    rows = tf.constant([10, 0, 2, 3, 8, 9, 3])
    table = make()
    found = tf.function(lambda rows: table_rows(table, rows))(rows)
    np.testing.assert_array_equal(found, VALUES[rows.numpy()])


@pytest.mark.parametrize("make", [LazyAdagrad, LazyAdam])
def test_rows_move_as_those_of_a_table_in_one_piece(make):
    found = []
    for table in (whole(), sharded()):
        optimizer = make(0.1)
        optimizer.build([table])
        step = make_step(optimizer, table)
        for rows in ([10, 0, 5, 5], [5, 9, 3, 10]):
            values = tf.cast(tf.reshape(rows, [-1, 1]), "float32") * [1.0, -0.3]
            step(tf.IndexedSlices(values, tf.constant(rows), tf.constant([ROWS, DIM])))
        assert int(optimizer.iterations) == 2
        found.append([table.numpy(), *(v.numpy() for v in optimizer.variables)])
    assert not np.array_equal(found[0][0], VALUES)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(other, one)


def make_step(optimizer, table):
    return tf.function(lambda gradient: optimizer.apply([gradient], [table]))


def test_slots_are_in_as_many_parts():
    table = sharded()
    optimizer = LazyAdagrad(0.1, initial_accumulator_value=0.5)
    optimizer.build([table])
    (slot,) = (v for v in optimizer.variables if v.path.endswith("accumulator"))
    shapes = [tuple(part.shape) for part in slot.value.variables]
    assert shapes == [(3, 2), (3, 2), (3, 2), (2, 2)]
    np.testing.assert_array_equal(slot.numpy(), np.full((ROWS, DIM), 0.5))


def test_parts_draw_values_of_their_own():
    initializer = keras.initializers.RandomUniform(seed=3)
    table = ShardedTable(initializer, (12, DIM), PARTS)
    assert len(np.unique(table.numpy())) == 12 * DIM


@pytest.mark.parametrize("kinds", [(whole, sharded), (sharded, whole)])
def test_a_checkpoint_of_one_kind_is_read_by_the_other(tmp_path, kinds):
    first, second = kinds
    path = tf.train.Checkpoint(table=first()).write(str(tmp_path / "saved"))
    table = second()
    table.value.assign(tf.zeros([ROWS, DIM]))
    tf.train.Checkpoint(table=table).read(path).assert_consumed()
    np.testing.assert_array_equal(table.numpy(), VALUES)


@pytest.mark.parametrize("num_shards", [0, 12])
def test_error_number_of_parts(num_shards):
    message = f"at most the rows. Received: num_shards={num_shards} for 11 rows"
    with pytest.raises(ValueError, match=message):
        ShardedTable(keras.initializers.Zeros(), (ROWS, DIM), num_shards)
