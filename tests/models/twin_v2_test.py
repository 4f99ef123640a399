"""Tests of TWIN-V2: what a cluster counts, and where it is TWIN."""

import numpy as np

from diffumin_tf.layers import TimeGapEmbedding, TWINAttention
from diffumin_tf.models import TWIN, TWINV2
from tests.models.model_harness import (
    FIELDS,
    LENGTH,
    LENGTHS,
    NOW,
    ROWS,
    ModelHarness,
    make_batch,
    make_grouped,
)
from tests.models.twin_test import slow

SIZES = np.array([3, 1, 2, 5, 1, 4, 1, 20])


def parts(embedding, num_selected=4):
    options = {"dtype": embedding.dtype}
    attention = TWINAttention(num_selected, 2, **options)
    return {"attention": attention, "time_gap": TimeGapEmbedding(16, 3, **options)}


def with_sizes(inputs, sizes=SIZES):
    stored = inputs["history"].shape[:2]
    return {**inputs, "history_size": np.broadcast_to(sizes, stored).copy()}


class TestTWINV2(ModelHarness):
    """What holds for every model, here without sizes but where rows are grouped."""

    def make_model(self, embedding, **shared):
        return TWINV2(embedding, **parts(embedding), **shared)

    def grouped(self):
        grouped, dense = make_grouped()
        stored = np.random.default_rng(4).integers(1, 9, grouped["history"].shape[:2])
        sizes = np.zeros((6, LENGTH), "int64")
        windows = ("user_index", "history_start", "history_length")
        windows = zip(*(grouped[name] for name in windows), strict=True)
        for row, (user, start, length) in enumerate(windows):
            sizes[row, :length] = stored[user, start : start + length]
        return with_sizes(grouped, stored), with_sizes(dense, sizes)

    def test_singletons_are_twin(self, model, score, scores):
        twin = TWIN.from_config(model.get_config())
        twin.build({n: v.shape for n, v in make_batch().items()})
        twin.set_weights(model.get_weights())
        np.testing.assert_allclose(score(with_sizes(make_batch(), 1)), scores)
        np.testing.assert_allclose(twin(make_batch()), scores, atol=1e-12)
        sized = score(with_sizes(make_batch()))
        changed = np.abs(sized - scores)[LENGTHS > 1]
        assert changed.min() > 1e-9  # Far above rounding.
        np.testing.assert_allclose(twin(with_sizes(make_batch())), scores, atol=1e-12)

    def test_both_stages_add_the_logarithm_of_the_size(self, model):
        inputs = with_sizes(make_batch())
        embedded = model.embed(inputs)
        outputs = model(inputs, return_intermediates=True)
        table = model.time_gap.table.numpy()
        for row, length in enumerate(LENGTHS):
            seconds = inputs["impression_time"][row] - inputs["history_time"][row]
            gaps = [table[min(int(s).bit_length(), 15)] for s in seconds[:length]]
            history = np.asarray(embedded.history)[row, :length]
            target = np.asarray(embedded.target)[row]
            sizes = SIZES[:length]
            wanted, walk = slow(model.attention, history, target, gaps, sizes)
            chosen = outputs["chosen"][row]
            np.testing.assert_array_equal(outputs["positions"][row][chosen], walk)
            np.testing.assert_allclose(
                outputs["long_term_interest"][row], wanted, rtol=1e-9, atol=1e-12
            )

    def test_a_cluster_of_equal_members_equals_them(self, model):
        rng, sizes = np.random.default_rng(5), np.array([2, 1, 3])
        wide = TWINV2.from_config(model.get_config())
        wide.attention.num_selected = LENGTH  # Every behaviour is chosen.
        wide.build({n: v.shape for n, v in make_batch().items()})
        wide.set_weights(model.get_weights())
        history = rng.integers(1, ROWS, (1, 3, FIELDS)).astype("int32")
        times = NOW - np.array([[10, 5_000, 900_000]])
        rest = {n: v[:1] for n, v in make_batch().items()}
        found = []
        for repeats, size in ((1, sizes), (sizes, np.ones(3, "int64"))):
            inputs = {
                **rest,
                "history": np.repeat(history, repeats, axis=1),
                "history_time": np.repeat(times, repeats, axis=1),
            }
            inputs = with_sizes(inputs, np.repeat(size, repeats))
            found.append(wide(inputs, return_intermediates=True)["long_term_interest"])
        np.testing.assert_allclose(*found, rtol=1e-10)
