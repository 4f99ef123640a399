"""Tests of TWIN: the two stages on a batch, and the times it reads."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import TimeGapEmbedding, TWINAttention
from diffumin_tf.models import TWIN
from tests.models.model_harness import LENGTHS, ModelHarness, make_batch


class TestTWIN(ModelHarness):
    def make_model(self, embedding, **shared):
        options = {"dtype": embedding.dtype}
        attention = TWINAttention(4, 2, **options)
        return TWIN(embedding, attention, TimeGapEmbedding(16, 3, **options), **shared)

    def test_interest_equals_the_loops(self, model):
        inputs, embedded = make_batch(), model.embed(make_batch())
        outputs = model(inputs, return_intermediates=True)
        table = model.time_gap.table.numpy()
        for row, length in enumerate(LENGTHS):
            seconds = inputs["impression_time"][row] - inputs["history_time"][row]
            gaps = [table[min(int(s).bit_length(), 15)] for s in seconds[:length]]
            history = np.asarray(embedded.history)[row, :length]
            target = np.asarray(embedded.target)[row]
            wanted, walk = slow(model.attention, history, target, gaps)
            np.testing.assert_allclose(
                outputs["long_term_interest"][row], wanted, rtol=1e-9, atol=1e-12
            )
            chosen = outputs["chosen"][row]
            np.testing.assert_array_equal(outputs["positions"][row][chosen], walk)

    def test_time_counts_by_its_bucket_alone(self, score, scores):
        inputs = make_batch()
        inputs["history_time"] += 10**9  # the clock is set otherwise
        inputs["impression_time"] += 10**9
        np.testing.assert_array_equal(score(inputs), scores)
        inputs["history_time"] -= 2**12
        assert np.any(score(inputs) != scores)

    def test_missing_times_are_named(self, model):
        inputs = make_batch()
        del inputs["history_time"]
        with pytest.raises(ValueError, match=r"reads time.*without \['history_time'\]"):
            model(inputs)

    def test_only_the_chosen_gaps_have_a_gradient(self, model):
        inputs = make_batch(LENGTHS[:1])
        inputs["history_time"] = inputs["impression_time"][:, None] - 2 ** np.arange(8)
        table = model.time_gap.table.value
        with tf.GradientTape() as tape:
            outputs = model(inputs, return_intermediates=True)
            total = tf.reduce_sum(outputs["long_term_interest"] ** 2)
        found = tf.convert_to_tensor(tape.gradient(total, table)).numpy()
        buckets = 1 + np.sort(outputs["positions"][0])  # a bucket for each position
        assert len(buckets) == 4
        np.testing.assert_array_equal(np.flatnonzero(found.any(1)), buckets)


def slow(layer, history, target, gaps, sizes=1):
    """The interest of one row, and the places of the behaviours it comes from."""
    if not len(history):
        return np.zeros_like(target), []
    heads, gaps = layer.num_heads, np.array(gaps)
    kernels = {
        name: np.split(getattr(layer, f"{name}_kernel").numpy(), heads, axis=1)
        for name in ("query", "key", "cross", "value")
    }
    width = kernels["key"][0].shape[1]
    scores = [
        history @ kernels["key"][h] @ (target @ kernels["query"][h]) / np.sqrt(width)
        + (gaps @ kernels["cross"][h])[:, 0]
        + np.log(sizes)
        for h in range(heads)
    ]
    lists = np.argsort(-np.array(scores), axis=1, kind="stable")
    walk = list(dict.fromkeys(lists.T.ravel().tolist()))[: layer.num_selected]
    both, joined = np.concatenate([history, gaps], axis=1)[walk], []
    for h in range(heads):
        weights = np.exp(scores[h][walk])
        joined.append(weights @ both @ kernels["value"][h] / weights.sum())
    return np.concatenate(joined) @ layer.output_kernel.numpy(), walk
