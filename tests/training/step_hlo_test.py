"""What XLA compiles of a step needs no library and no host, so any device can take it.

Read from the program that TensorFlow hands to XLA, with the kernels for CPU and GPU;
those for TPU are not in a build for CPU. Nothing is run.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers.orthogonal_channels import OrthogonalChannels
from diffumin_tf.training import replicas
from diffumin_tf.training.optimizers import LazyAdam
from diffumin_tf.training.step_core import StepCore
from tests.hlo import FOREIGN, dtypes, is_static, operations, program
from tests.models.diffumin_test import tiny
from tests.models.model_harness import LABELS, make_batch
from tests.training.three_days import make_optimizer, make_recipe

# What `kTpuAllTypes` of TensorFlow's `tpu_defs.h` has, but for float64.
TPU_DTYPES = {"bf16", "f32", "pred", "s16", "s32", "s64", "u32", "u64"}


class Core:
    """The compiled parts of DiffuMIN's step, and tensors that they take."""

    def __init__(self, dtype):
        model = tiny(dtype)
        model.compile(LazyAdam(0.01))
        self.step = StepCore(model, jit_compile=True)
        inputs, self.labels, self.weights = model._unpack((make_batch(), LABELS))
        key = tf.cast(inputs["noise_key"], tf.uint32)
        self.inputs = inputs | {"noise_key": key}
        self.gathered = (model.gather(self.inputs["rows"]), [])
        groups = model.core_variables()
        self.state = [[tf.constant(v.value) for v in group] for group in groups]
        self.read = (self.gathered, self.inputs, *self.state)

    @property
    def rows(self):
        """What the part before the cut gives to the one after it."""
        found = self.step._read(*self.read)
        return {name: tf.convert_to_tensor(value) for name, value in found.items()}

    @property
    def joined(self):
        """The same with what the losses read beside it."""
        return self.rows | {"labels": self.labels, "weights": self.weights}


@pytest.fixture(scope="module", params=["float32", "mixed_bfloat16"])
def core(request):
    return Core(request.param)


def check(function, *inputs):
    for platform in ("CPU", "GPU"):
        text = program(function, *inputs, platform=platform)
        assert not operations(text) & FOREIGN and is_static(text)
        assert "dot" in operations(text) and dtypes(text) <= TPU_DTYPES


@pytest.mark.slow
def test_the_whole_core(core):
    columns = (core.inputs, core.labels, core.weights)
    check(core.step._forward_backward, core.gathered, *columns, *core.state)


@pytest.mark.slow
def test_the_part_after_the_cut(core):
    check(core.step._join, core.joined, *core.state)


@pytest.mark.slow
def test_the_part_before_the_cut_and_its_gradient(core):
    # It holds all of `_read` itself.
    floats = {n: v for n, v in core.rows.items() if v.dtype.is_floating}
    check(core.step._read_back, floats, *core.read)


def test_a_call_of_a_library_is_seen():
    """The released code's signs need a library's QR; the default ones need none."""
    found = []
    for rule in ("positive_diagonal", "householder"):
        layer = OrthogonalChannels(2, rule)
        layer.build((None, 4))
        found.append(operations(program(layer, tf.zeros([3, 4]))))
    assert not found[0] & FOREIGN
    assert found[1] & FOREIGN == {"custom-call"}


def test_a_tpu_fixes_shapes_and_nothing_else_does(monkeypatch):
    assert not replicas.fixes_shapes()
    kind = type(tf.distribute.get_strategy())
    monkeypatch.setattr(tf.distribute, "TPUStrategy", kind)
    assert replicas.fixes_shapes()


def compiled():
    """A model of few weights beside the table, with its optimizer."""
    model = make_recipe(admission_count=0).build_model()
    model.compile(make_optimizer())
    model.optimizer.build(model.trainable_variables)
    return model


class TestRowsOfTheTable:
    """Gather and update, which stay outside of the core but on the device."""

    @pytest.fixture
    def model(self):
        return compiled()

    @pytest.fixture
    def changes(self, model):
        gradients = [tf.zeros(v.shape) for v in model.core_variables()[0]]
        return np.zeros(16, "int32"), tf.zeros([16, 2]), *gradients

    def test_gather(self, model, changes):
        text = program(model.gather, changes[0])
        found = operations(text)
        assert "gather" in found and not found & FOREIGN and is_static(text)

    @pytest.mark.parametrize("fixed", [True, False])
    def test_update(self, model, changes, monkeypatch, fixed):
        monkeypatch.setattr(replicas, "fixes_shapes", lambda: fixed)
        text = program(model.update_weights, *changes)
        found = operations(text)
        assert "scatter" in found and not found & FOREIGN
        assert is_static(text) is fixed

    def test_fixed_shapes_move_the_same_rows(self, changes, monkeypatch):
        rows = np.array([0, 5, 3, 7, *np.zeros(12)], "int32")
        gradients = np.where(rows[:, None] > 0, [[1.0, -2.0]], 0).astype("float32")

        def moved():
            keras.utils.set_random_seed(0)
            model = compiled()
            before = model.embedding.table.numpy()
            model.update_weights(rows, gradients, *changes[2:])
            return model.embedding.table.numpy() - before

        wanted = moved()
        monkeypatch.setattr(replicas, "fixes_shapes", lambda: True)
        np.testing.assert_array_equal(moved(), wanted)
        assert set(np.flatnonzero(wanted[:, 0])) == {3, 5, 7}

    def test_the_whole_step_is_one_program(self, model, monkeypatch):
        """As a TPU takes it: lookups, core, update and metrics together."""
        monkeypatch.setattr(replicas, "fixes_shapes", lambda: True)
        model.jit_core = False
        inputs, labels = next(iter(make_recipe(grouped=False).data.training()))
        text = program(lambda *batch: model.train_step(batch), inputs, labels)
        assert not operations(text) & FOREIGN and is_static(text)
        assert {"gather", "scatter", "dot"} <= operations(text)
