"""Tests of the multi-interest extractor: channels, routing, filtering, pooling."""

import math
from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import OMIELayer
from tests.testing import arrays, in_graph, randomise, run_layer_test

B, L, C, D = 4, 9, 3, 4
# A full history, one behaviour, none, and one with a gap at its start.
MASK = np.array(
    [[1] * 9, [1] + [0] * 8, [0] * 9, [0, 0, 1, 1, 1, 1, 1, 0, 0]], dtype=bool
)


def built(width=D, **options):
    layer = OMIELayer(**{"num_channels": C, **options}, dtype="float64")
    layer.build((None, None, width))
    return randomise(layer)


def route(layer, scores):
    """Φ of scores `[B, l, c]`; the layer has its channels first."""
    return np.swapaxes(layer.route(np.swapaxes(scores, 1, 2)), 1, 2)


def select(layer, scores, mask):
    """Γ, as `route`."""
    kept = in_graph(layer.select)(np.swapaxes(scores, 1, 2), mask)
    return np.swapaxes(kept, 1, 2)


def slow_route(scores, num_routes):
    routed = np.zeros_like(scores)
    for row, place in np.ndindex(scores.shape[:2]):
        order = np.argsort(-scores[row, place], kind="stable")
        routed[row, place, order[:num_routes]] = 1
    return routed


def slow_select(layer, scores, routed):
    """Γ, a row and a channel at a time, by sorting."""
    kept = np.zeros_like(scores)
    share = Fraction(layer.top_share).limit_denominator(1000)
    rounding = {
        "ceil": math.ceil,
        "floor": math.floor,
        "half_up": lambda x: math.floor(x + Fraction(1, 2)),
    }[layer.rounding]
    for row, channel in np.ndindex(len(scores), layer.num_channels):
        valid = np.flatnonzero(MASK[row])
        own = [i for i in valid if routed[row, i, channel]]
        n = {"valid": len(valid), "padded": L, "routed": len(own)}[layer.share_of]
        count = layer.top_k if layer.filtering == "top_k" else rounding(share * n)
        if layer.filtering == "none":
            count = L
        rivals = own if layer.rank_over == "routed" else valid
        best = sorted(rivals, key=lambda i: (-scores[row, i, channel], i))
        for i in set(best[: max(count, 1)]) & set(own):
            kept[row, i, channel] = routed[row, i, channel]
    return kept


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rounding": "floor"},
        {"rounding": "half_up", "top_share": 0.5},
        {"rounding": "floor", "share_of": "padded", "top_share": 0.7},
        {"share_of": "routed"},
        {"rank_over": "routed"},
        {"share_of": "routed", "rank_over": "routed", "top_share": 0.5},
        {"filtering": "top_k", "top_k": 2},
        {"filtering": "top_k", "top_k": 100, "num_routes": 2},
        {"filtering": "top_k", "top_k": 2, "rank_over": "routed"},
        {"filtering": "none", "num_routes": 3},
        {"num_routes": 2, "top_share": 0.4},
    ],
    ids=str,
)
def test_routing_and_filtering_equal_a_sort(options):
    layer, random = built(**options), arrays(1, (B, L, C))
    for scores in (random, np.round(random)):
        routed = slow_route(scores, layer.num_routes)
        np.testing.assert_array_equal(route(layer, scores), routed)
        found = select(layer, scores, MASK)
        np.testing.assert_array_equal(found, slow_select(layer, scores, routed))


def test_soft_routing_shares_a_behaviour_out():
    layer, scores = built(routing="soft"), arrays(2, (B, L, C))
    wanted = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    np.testing.assert_allclose(route(layer, scores), wanted)
    found = select(layer, scores, MASK)
    np.testing.assert_allclose(found, slow_select(layer, scores, wanted))


def test_a_behaviour_is_in_one_channel_at_most():
    mask = np.ones((B, 200), bool)
    for share in (0.2, 1.0):
        layer = built(top_share=share)
        scores = arrays(3, (B, 200, C))
        channels = np.sum(select(layer, scores, mask), axis=-1)
        assert set(np.unique(channels)) <= {0, 1}
    # Without filtering each is in exactly one.
    assert (channels == 1).all()


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_ties_go_to_the_lower_channel_and_the_more_recent(zero):
    layer, scores = built(num_channels=2), np.zeros((1, 5, 2))
    scores[..., 0] = zero
    # p·n = 1 of five that tie, all in channel 0.
    wanted = np.zeros((1, 5, 2))
    wanted[0, 1, 0] = 1
    mask = np.array([[0, 1, 1, 1, 1]], bool)
    np.testing.assert_array_equal(select(layer, scores, mask), wanted)


@pytest.mark.parametrize(
    "share, rounding",
    [
        (0.2, "ceil"),
        (0.3, "ceil"),
        (0.01, "ceil"),
        (0.05, "floor"),
        (0.7, "floor"),
        (0.15, "half_up"),
    ],
)
def test_counts_are_exact_and_at_least_one(share, rounding):
    layer = built(num_channels=1, top_share=share, rounding=rounding)
    lengths = np.arange(101)
    mask = np.arange(100)[None] < lengths[:, None]
    kept = select(layer, arrays(4, (101, 100, 1)), mask)
    found = np.sum(kept, axis=(1, 2))
    exact = Fraction(str(share)) * lengths
    if rounding == "half_up":
        exact = exact + Fraction(1, 2)
    whole = [(math.ceil if rounding == "ceil" else math.floor)(x) for x in exact]
    np.testing.assert_array_equal(found, np.minimum(np.maximum(whole, 1), lengths))


def test_channels_are_orthonormal_and_span_the_projections():
    layer, target = built(), arrays(5, (B, D))
    target[1] = 0
    channels = layer.channels(target).numpy()
    products = channels @ channels.swapaxes(1, 2)
    np.testing.assert_allclose(products, [np.eye(C)] * B, atol=1e-12)
    projected = np.einsum("ba,acd->bcd", target, layer.projection.kernel.numpy())
    within = projected @ channels.swapaxes(1, 2) @ channels
    np.testing.assert_allclose(within, projected, atol=1e-12)
    # The diagonal of R is not negative; LAPACK's first sign is.
    assert (np.einsum("bcd,bcd->bc", projected, channels) >= -1e-12).all()
    signed = built(sign_rule="householder").channels(target).numpy()
    np.testing.assert_allclose(signed[0], np.linalg.qr(projected[0].T)[0].T)


def test_the_target_as_its_only_channel():
    layer = built(num_channels=1, decomposition="target", top_share=0.4)
    history = np.array([[[1.0, 0], [3, 3], [0, 2], [9, -9], [2, 0]]])
    target = np.array([[0.0, 5.0]])
    channels, interests = in_graph(layer)(history, target, np.ones((1, 5), bool))
    np.testing.assert_allclose(channels, [[[0, 1]]])
    # Scores 0, 3, 2, −9, 0: the best two of five.
    np.testing.assert_allclose(interests, [[[1.5, 2.5]]])
    assert not layer.weights


KEPT = np.array([[[1.0, 1, 0], [0, 0, 0]]])
HISTORY = np.array([[[2.0, 0], [0, 4], [7, 7]]])
SCORES = np.array([[[3.0, 0.5, 9], [-1, -1, 9]]])
TARGET = np.array([[1.0, 0.5]])


def test_mean_of_the_kept_and_zero_for_an_empty_channel():
    found = built(2, num_channels=2).aggregate(HISTORY, KEPT, SCORES, TARGET)
    np.testing.assert_allclose(found, [[[1, 2], [0, 0]]])


def test_soft_shares_weigh_the_mean():
    kept = KEPT * np.array([0.75, 0.25, 0])
    found = built(2, num_channels=2).aggregate(HISTORY, kept, SCORES, TARGET)
    np.testing.assert_allclose(found, [[[1.5, 1], [0, 0]]])


def test_target_attention():
    layer = built(2, num_channels=2, aggregation="target_attention")
    # ⟨e, e_s⟩ = 2 and 2: equal weights; then 2 and 0 over √2.
    found = layer.aggregate(HISTORY, KEPT, SCORES, TARGET)
    np.testing.assert_allclose(found, [[[1, 2], [0, 0]]])
    found = layer.aggregate(HISTORY, KEPT, SCORES, np.array([[1.0, 0]]))
    weight = 1 / (1 + math.exp(-2 / math.sqrt(2)))
    np.testing.assert_allclose(found, [[[2 * weight, 4 * (1 - weight)], [0, 0]]])


def test_self_attention():
    layer = built(2, num_channels=2, aggregation="self_attention")
    layer.attention_kernel.assign(np.eye(2))
    layer.attention_vector.assign([[1.0], [2.0]])
    logits = math.tanh(2), 2 * math.tanh(4)
    weight = math.exp(logits[0]) / sum(map(math.exp, logits))
    found = layer.aggregate(HISTORY, KEPT, SCORES, TARGET)
    np.testing.assert_allclose(found, [[[2 * weight, 4 * (1 - weight)], [0, 0]]])


@pytest.mark.parametrize("length", [None, 4])
def test_score_weighted_sum_over_the_length(length):
    layer = built(
        2, num_channels=2, aggregation="score_weighted", sequence_length=length
    )
    found = layer.aggregate(HISTORY, KEPT, SCORES, TARGET)
    wanted = np.array([[[3.0 * 2, 0.5 * 4], [0, 0]]]) / (length or 3)
    np.testing.assert_allclose(found, wanted)


@pytest.mark.parametrize(
    "aggregation, share_of",
    [("mean", "valid"), ("target_attention", "padded"), ("self_attention", "routed")],
)
def test_padding_does_not_count(aggregation, share_of):
    layer = built(aggregation=aggregation, share_of=share_of, sequence_length=L)
    history, target = arrays(6, (B, L, D), (B, D))
    padded = np.concatenate([history, np.full((B, 5, D), 50.0)], axis=1)
    mask = np.concatenate([MASK, np.zeros((B, 5), bool)], axis=1)
    wanted = in_graph(layer)(history, target, MASK)[1]
    found = in_graph(layer)(padded, target, mask)[1]
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    assert not np.any(wanted[2])


@pytest.mark.parametrize("aggregation", ["mean", "target_attention", "self_attention"])
@pytest.mark.parametrize("users", [[1, 0, 1, 1], [0, 0, 1, 1]], ids=str)
def test_a_grouped_history_equals_its_expansion(users, aggregation):
    layer, users = built(aggregation=aggregation), np.array(users)
    history, target = arrays(7, (2, L, D), (B, D))
    wanted = in_graph(layer)(history[users], target, MASK)[1]
    found = [in_graph(layer)(history, target, MASK, users)[1]]
    if (users == [0, 0, 1, 1]).all():  # Even runs need no index.
        found.append(in_graph(layer)(history, target, MASK)[1])
    for each in found:
        np.testing.assert_allclose(each, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "options, reached",
    [
        ({}, False),
        ({"routing": "soft"}, True),
        ({"aggregation": "score_weighted"}, True),
    ],
)
def test_mean_pooling_sends_no_gradient_to_the_channels(options, reached):
    layer = built(**options)
    history, target = arrays(8, (B, L, D), (B, D))

    @in_graph
    def kernel_gradients():
        with tf.GradientTape(persistent=True) as tape:
            outputs = layer(history, target, MASK)
        return [
            tape.gradient(
                out, layer.projection.kernel.value, unconnected_gradients="zero"
            )
            for out in outputs
        ]

    through_channels, through_interests = kernel_gradients()
    assert np.any(through_channels) and np.any(through_interests) == reached
    assert np.isfinite(through_interests).all()


@pytest.mark.parametrize(
    "options, count",
    [({}, D * C * D), ({"aggregation": "self_attention"}, D * C * D + D * D + D)],
)
def test_layer(options, count):
    run_layer_test(
        lambda dtype: OMIELayer(C, **options, dtype=dtype),
        [*arrays(9, (B, L, D), (B, D)), MASK],
        trainable=count,
        jit=not options,
    )


@pytest.mark.parametrize(
    "options, message",
    [
        ({name: "other"}, f"{name} must be one of .*; received 'other'")
        for name in (
            "sign_rule",
            "decomposition",
            "routing",
            "filtering",
            "rounding",
            "share_of",
            "rank_over",
            "aggregation",
        )
    ]
    + [
        ({"decomposition": "target"}, "has one channel; received num_channels=4"),
        (
            {"decomposition": "target", "num_channels": 1, "jitter": 0.1},
            "has nothing to jitter; received jitter=0.1",
        ),
        ({"num_routes": 0}, r"num_routes must lie in 1\.\..*received 0"),
        ({"num_routes": 5}, r"num_channels \(4\); received 5"),
        ({"top_share": 0.0}, r"top_share must lie in \(0, 1\].*received 0.0"),
        ({"top_share": 1.5}, r"top_share must lie in \(0, 1\].*received 1.5"),
        ({"top_share": 0.12345}, "denominator of at most 1000; received 0.12345"),
        ({"top_k": 0}, "top_k must be at least 1; received 0"),
    ],
)
def test_arguments_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        OMIELayer(**options)


def test_more_channels_than_the_width():
    with pytest.raises(ValueError, match=r"must not exceed.*\(2\); received 3"):
        built(2)
