import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.training.distinct_rows import DistinctRows
from diffumin_tf.training.optimizers import (
    LazyAdagrad,
    LazyAdam,
    SplitOptimizer,
    sum_duplicates,
)

ROWS, DIM, STEPS = 7, 3, 5


def sparse_gradients(seed=0):
    """Gradients of a few steps, each with a row that appears more than once."""
    rng = np.random.default_rng(seed)
    for step in range(STEPS):
        rows = np.array([step % ROWS, 5, 5, 2, step % ROWS])
        yield rows, rng.normal(size=(len(rows), DIM))


def summed(rows, values):
    """A dense gradient and the rows it touches."""
    gradient, touched = np.zeros((ROWS, DIM)), np.zeros((ROWS, 1), bool)
    np.add.at(gradient, rows, values)
    touched[rows] = True
    return gradient, touched


def dense_adam(table, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Adam over the whole table, held back where a row is not in the batch."""
    first, second = np.zeros_like(table), np.zeros_like(table)
    for step, (rows, values) in enumerate(sparse_gradients(), start=1):
        gradient, touched = summed(rows, values)
        first = np.where(touched, beta_1 * first + (1 - beta_1) * gradient, first)
        square = beta_2 * second + (1 - beta_2) * gradient**2
        second = np.where(touched, square, second)
        corrected = rate * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
        moved = corrected * first / (np.sqrt(second) + epsilon)
        table = table - touched * moved
    return table


def dense_adagrad(table, rate, epsilon=1e-7, initial=0.1):
    total = np.full_like(table, initial)
    for rows, values in sparse_gradients():
        gradient, _ = summed(rows, values)
        total = total + gradient**2
        table = table - rate * gradient / np.sqrt(total + epsilon)
    return table


@pytest.mark.parametrize(
    ("optimizer", "reference"),
    [(LazyAdam, dense_adam), (LazyAdagrad, dense_adagrad)],
)
def test_rows_follow_the_dense_rule_with_duplicates(optimizer, reference):
    start = np.random.default_rng(1).normal(size=(ROWS, DIM))
    table = keras.Variable(start, dtype="float64")
    lazy = optimizer(0.1)
    lazy.build([table])
    for rows, values in sparse_gradients():
        lazy.apply([tf.IndexedSlices(tf.constant(values), tf.constant(rows))], [table])
    # The optimiser keeps its rate in float32, hence 1e-6.
    np.testing.assert_allclose(table.numpy(), reference(start, 0.1), atol=1e-6)


@pytest.mark.parametrize("optimizer", [LazyAdam, LazyAdagrad])
def test_absent_rows_stay_where_they_are(optimizer):
    table = keras.Variable(np.ones((ROWS, DIM)), dtype="float32")
    lazy = optimizer(0.1)
    lazy.build([table])
    for rows in ([1], [2]):
        lazy.apply([tf.IndexedSlices(tf.ones((1, DIM)), tf.constant(rows))], [table])
        if rows == [1]:
            after_one = table.numpy()[1]
    np.testing.assert_array_equal(table.numpy()[1], after_one)
    np.testing.assert_array_equal(np.delete(table.numpy(), [1, 2], axis=0), 1.0)


@pytest.mark.parametrize(
    ("lazy", "stock"),
    [
        (LazyAdam, keras.optimizers.Adam),
        (LazyAdagrad, keras.optimizers.Adagrad),
    ],
)
def test_dense_weights_get_the_stock_rule(lazy, stock):
    results = []
    for optimizer in (lazy(0.1), stock(0.1)):
        weight = keras.Variable(np.ones((2, 2)), dtype="float32")
        optimizer.build([weight])
        for scale in (1.0, -0.5):
            optimizer.apply([tf.fill((2, 2), scale)], [weight])
        results.append(weight.numpy())
    np.testing.assert_array_equal(*results)


def test_sum_duplicates_adds_equal_rows():
    slices = tf.IndexedSlices(
        tf.constant([[1.0], [2.0], [4.0]]), tf.constant([3, 1, 3])
    )
    rows, values = sum_duplicates(slices)
    assert dict(zip(rows.numpy(), values.numpy()[:, 0], strict=True)) == {3: 5, 1: 2}


@pytest.mark.parametrize("optimizer", [LazyAdam, LazyAdagrad])
def test_distinct_rows_move_by_the_same_bits_without_a_sum(optimizer):
    rows, values = tf.constant([5, 0, 2]), tf.random.normal((3, DIM), seed=1)
    tables = []
    for kind in (tf.IndexedSlices, DistinctRows):
        table = keras.Variable(np.ones((ROWS, DIM)), dtype="float32", name="table")
        table._path = "model/table"
        both = SplitOptimizer(optimizer(0.1), keras.optimizers.SGD(0.1))
        both.build([table])
        step = tf.function(_applier(both, table, kind, rows)).get_concrete_function(
            tf.TensorSpec((3, DIM))
        )
        for scale in (1.0, -0.5):
            step(values * scale)
        operations = {operation.type for operation in step.graph.get_operations()}
        assert ("Unique" in operations) == (kind is tf.IndexedSlices)
        tables.append(table.numpy())
    np.testing.assert_array_equal(*tables)
    assert (tables[0] != 1).any(axis=1).nonzero()[0].tolist() == [0, 2, 5]


def _applier(optimizer, table, kind, rows):
    return lambda values: optimizer.apply([kind(values, rows)], [table])


def test_adagrad_at_a_rate_of_ten_from_a_zero_table():
    table = keras.Variable(np.zeros((ROWS, DIM)), dtype="float64")
    lazy = LazyAdagrad(10.0)
    lazy.build([table])
    for rows, values in sparse_gradients(seed=2):
        before = table.numpy()
        lazy.apply([tf.IndexedSlices(tf.constant(values), tf.constant(rows))], [table])
        absent = np.setdiff1d(np.arange(ROWS), rows)
        np.testing.assert_array_equal(table.numpy()[absent], before[absent])
    wanted, total = np.zeros((ROWS, DIM)), np.full((ROWS, DIM), np.float32(0.1))
    for rows, values in sparse_gradients(seed=2):
        for row in set(rows.tolist()):
            gradient = values[rows == row].sum(axis=0)
            total[row] += gradient**2
            wanted[row] -= 10 * gradient / np.sqrt(total[row] + 1e-7)
    assert np.abs(wanted).max() > 10  # more than one whole step
    # The totals above are float32.
    np.testing.assert_allclose(table.numpy(), wanted, rtol=1e-6, atol=1e-6)


def test_split_optimizer_with_two_lazy_ones():
    table = keras.Variable(np.zeros((3, 1)), dtype="float32", name="table")
    table._path = "model/feature_embedding/table"
    kernel = keras.Variable(np.zeros((3, 1)), dtype="float32", name="kernel")
    both = SplitOptimizer(LazyAdagrad(10.0), LazyAdam(3e-4))
    both.build([kernel, table])
    slices = tf.IndexedSlices(tf.constant([[2.0]]), tf.constant([1]))
    both.apply([tf.constant([[0.5], [0.0], [-4.0]]), slices], [kernel, table])
    # The first step of Adam is its rate, whatever the gradient's size, but for an
    # epsilon and 1 - .999 in float32, which is 1.3e-5 off; that of Adagrad is not.
    np.testing.assert_allclose(kernel.numpy()[:, 0], [-3e-4, 0, 3e-4], rtol=1e-4)
    moved = 10 * 2 / np.sqrt(0.1 + 4)
    np.testing.assert_allclose(table.numpy()[:, 0], [0, -moved, 0], rtol=1e-6)
    assert [v.path for one in both.optimizers for v in one._trainable_variables] == [
        table.path,
        kernel.path,
    ]


def test_amsgrad_is_refused():
    with pytest.raises(ValueError, match="amsgrad=True"):
        LazyAdam(amsgrad=True)


def test_split_optimizer_gives_the_table_its_own():
    table = keras.Variable(np.ones((2, 1)), dtype="float32", name="table")
    table._path = "model/feature_embedding/table"
    kernel = keras.Variable(np.ones((2, 1)), dtype="float32", name="kernel")
    both = SplitOptimizer(LazyAdagrad(0.5), keras.optimizers.SGD(0.25))
    both.build([table, kernel])
    slices = tf.IndexedSlices(tf.ones((1, 1)), tf.constant([1]))
    both.apply([slices, tf.ones((2, 1))], [table, kernel])
    np.testing.assert_allclose(kernel.numpy(), 0.75)
    moved = 1 - 0.5 / np.sqrt(0.1 + 1)
    np.testing.assert_allclose(table.numpy()[:, 0], [1, moved], rtol=1e-6)
    saved = keras.saving.serialize_keras_object(both)
    again = keras.saving.deserialize_keras_object(saved)
    assert [type(one) for one in again.optimizers] == [
        LazyAdagrad,
        keras.optimizers.SGD,
    ]
    assert float(again.optimizers[1].learning_rate) == 0.25
    assert len(both.variables) == 2 + len([*both.optimizers[0].variables]) + 2
