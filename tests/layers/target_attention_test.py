"""Tests of the second stage's attention, against a loop over members and heads."""

import numpy as np
import pytest

from diffumin_tf.layers import TargetAttention
from tests.testing import arrays, randomise, run_layer_test

B, K, D, MEMBER, H = 4, 5, 4, 6, 2
CHOSEN = np.arange(K) < np.array([5, 2, 0, 1])[:, None]
MEMBERS, TARGET = arrays(0, (B, K, MEMBER), (B, D))


def slow_attention(layer, members, target):
    """The output of one row over `members` `[n, d_z]`, all of them in the set."""
    heads = []
    for head in range(layer.num_heads):
        query, key, value = (
            np.split(getattr(layer, f"{n}_kernel").numpy(), layer.num_heads, 1)[head]
            for n in ("query", "key", "value")
        )
        asked = target @ query / np.sqrt(query.shape[1])
        weights = [np.exp((z @ key) @ asked) for z in members]
        pooled = np.zeros(value.shape[1])
        for weight, z in zip(weights, members, strict=True):
            pooled += weight / sum(weights) * (z @ value)
        heads.append(pooled)
    return np.concatenate(heads) @ layer.output_kernel.numpy()


def built(**options):
    layer = TargetAttention(H, dtype="float64", **options)
    layer.build((None, None, MEMBER), (None, D))
    return randomise(layer)


@pytest.mark.parametrize("key_dim", [None, 3])
def test_equals_the_loops(key_dim):
    layer = built(key_dim=key_dim)
    found = layer(MEMBERS, TARGET, CHOSEN)
    for row, chosen in enumerate(CHOSEN):
        wanted = slow_attention(layer, MEMBERS[row, chosen], TARGET[row])
        np.testing.assert_allclose(found[row], wanted, rtol=1e-10)
    np.testing.assert_array_equal(found[2], 0)  # an empty set


def test_what_is_not_chosen_changes_nothing():
    layer = built()
    wanted = layer(MEMBERS, TARGET, CHOSEN)
    changed = np.where(CHOSEN[..., None], MEMBERS, 1e6)
    np.testing.assert_array_equal(layer(changed, TARGET, CHOSEN), wanted)


@pytest.mark.parametrize("name", ["num_heads", "key_dim"])
def test_numbers_must_be_positive(name):
    with pytest.raises(ValueError, match=f"{name} must be positive; received 0"):
        TargetAttention(**{name: 0})


def test_layer():
    def make(dtype):
        layer = TargetAttention(H, dtype=dtype)
        layer.build = lambda _, build=layer.build: build((None, K, MEMBER), (None, D))
        return layer

    # d_k = 4 / 2: query and output 4·4, key and value 6·4.
    run_layer_test(make, [MEMBERS, TARGET, CHOSEN], 2 * 16 + 2 * 24)
