from types import SimpleNamespace

import keras
import pytest
import tensorflow as tf

from diffumin_tf.layers import FeatureEmbedding
from diffumin_tf.models import CAN, DIN, TWIN, DiffuMIN
from diffumin_tf.training import memory_check
from diffumin_tf.training.memory_check import check_memory, step_bytes, table_bytes
from diffumin_tf.training.optimizers import LazyAdagrad, LazyAdam, SplitOptimizer
from diffumin_tf.training.sharded_embedding import ShardedEmbedding
from tests.training.small_run import make_data

ROWS, DIM = 1000, 4
WIDTH = 3 * DIM  # the world's behaviours have three fields
BEHAVIOUR = 4 * WIDTH  # bytes


def split(table):
    return SplitOptimizer(table, keras.optimizers.Adam())


def make_embedding(**kwargs):
    return FeatureEmbedding(ROWS, DIM, **kwargs)


@pytest.fixture
def available(monkeypatch):
    """A function that sets what the machine has."""

    def provide(count):
        monkeypatch.setattr(memory_check, "available_memory", lambda: count)

    return provide


@pytest.mark.parametrize(
    ("optimizer", "slots"),
    [
        (split(LazyAdam()), 2),
        (split(LazyAdagrad()), 1),
        (keras.optimizers.Adam(amsgrad=True), 3),
        (keras.optimizers.SGD(), 0),
        (keras.optimizers.SGD(momentum=0.9), 1),
        (keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 5)), 2),
    ],
)
def test_table_and_what_the_optimizer_keeps(optimizer, slots):
    expected = 4 * ROWS * DIM * (1 + slots), slots
    assert table_bytes(make_embedding(), optimizer) == expected
    embedding = make_embedding()
    embedding.build()
    optimizer.build([embedding.table])
    kept = [v for v in optimizer.variables if v.shape == embedding.table.shape]
    assert len(kept) == slots  # and the optimizer asked was not built


def test_sightings_take_four_bytes_a_row():
    plain, slots = table_bytes(make_embedding(), LazyAdam())
    counting = make_embedding(admission_count=5)
    assert table_bytes(counting, LazyAdam()) == (plain + 4 * ROWS, slots)


@pytest.mark.parametrize("model_class", [DiffuMIN, DIN, TWIN])
@pytest.mark.parametrize(
    ("data", "histories"),
    [
        ({"grouped": False}, 16),
        ({"grouped": True}, 1),
        ({"grouped": True, "run_length": 5}, 4),  # 5 + 5 + 5 + 1 impressions
    ],
)
def test_steps_grow_with_rows_and_histories(model_class, data, histories):
    model = model_class(make_embedding())
    tensors = 16 * model.tensors_per_row + histories * model.tensors_per_history
    expected = 120 * (tensors * BEHAVIOUR + 16 * 4 * model.floats_per_row)
    count, sizes = step_bytes(model, make_data(**data))
    assert count == pytest.approx(expected, abs=1)  # whole bytes
    assert sizes == "batch_size 16 x length 120 x width 12"


def test_half_floats_take_half():
    data = make_data()
    whole, _ = step_bytes(TWIN(make_embedding()), data)
    half, _ = step_bytes(TWIN(make_embedding(), dtype="mixed_bfloat16"), data)
    assert half == pytest.approx(whole / 2, abs=1)


def test_din_is_near_what_was_measured():
    data = make_data(grouped=False)
    for dim, tensors in ((8, 11.9), (32, 5.3)):  # of `[B, l, d]`; see the class
        found, _ = step_bytes(DIN(FeatureEmbedding(ROWS, dim)), data)
        assert 0.9 < found / (4 * 16 * 120 * 3 * dim * tensors) < 1


def test_a_model_of_recent_behaviours_reads_no_others():
    data = make_data(grouped=False)
    whole, _ = step_bytes(DIN(make_embedding()), data)
    recent, _ = step_bytes(DIN(make_embedding(), num_recent=12), data)
    assert recent == pytest.approx(whole / 10, abs=1)


def test_what_does_not_fit_is_refused(available):
    model, data = DiffuMIN(make_embedding()), make_data(grouped=False)
    needed = 4 * ROWS * DIM * 3 + step_bytes(model, data)[0]
    available(needed / 1.11)
    with pytest.raises(MemoryError) as caught:
        check_memory(model, split(LazyAdam()), data)
    message = str(caught.value)
    assert "1000 rows x 4, 3 times" in message
    assert "batch_size 16 x length 120 x width 12" in message
    for name in ("ClickData.batch_size", "SEQUENCE_LENGTH", "max_vocabulary"):
        assert name in message
    available(needed / 1.09)
    check_memory(model, split(LazyAdam()), data)


def test_side_tables_count_like_the_embedding_table(available):
    model, data = CAN(make_embedding()), make_data(grouped=False)
    # 4 numbers of an induction vector, 8 layers of 4 x 4 weights and 4 biases.
    needed = 4 * ROWS * (DIM + 4 + 160) * 3 + step_bytes(model, data)[0]
    available(needed / 1.11)
    with pytest.raises(MemoryError, match="1000 rows x 168, 3 times"):
        check_memory(model, split(LazyAdam()), data)
    available(needed / 1.09)
    check_memory(model, split(LazyAdam()), data)


def test_parameter_servers_have_a_table_in_parts(available):
    kind = tf.distribute.ParameterServerStrategy
    servers = kind.__new__(kind)  # No cluster is there to make one.
    data = make_data(grouped=False)
    table = ShardedEmbedding(10**9, DIM, num_shards=2)
    needed, _ = step_bytes(DiffuMIN(table), data)
    available(needed / 1.09)
    check_memory(DiffuMIN(table), split(LazyAdam()), data, servers)
    with pytest.raises(MemoryError, match="1000000000 rows"):
        check_memory(DiffuMIN(table), split(LazyAdam()), data)


def test_amounts_are_told_apart(available):
    available(2**30)
    embedding = FeatureEmbedding(2**28, 8)  # 8 GiB
    model = SimpleNamespace(embedding=embedding, compute_dtype="float32")
    with pytest.raises(MemoryError, match=r"24.0 GiB where 1.0 GiB.*and 0.0 GiB"):
        check_memory(model, LazyAdam(), make_data())
    assert not embedding.built


def test_nothing_is_said_where_nothing_is_known(available):
    available(None)
    embedding = FeatureEmbedding(2**30, 1024)
    check_memory(DIN(embedding), LazyAdam(), make_data())
