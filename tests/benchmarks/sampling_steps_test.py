"""Tests of what the benchmark of sampling steps computes by itself."""

import math

import numpy as np
import pytest

from benchmarks.sampling_steps import (
    REFERENCE,
    Sampling,
    find_runs,
    score,
    t_test_p_value,
    table,
    undone,
)
from diffumin_tf.layers import DiffusionGenerator, NoiseSchedule


def test_p_value_of_two_pairs_is_cauchys():
    # Mean 2, standard error 1: t = 2 of one degree of freedom.
    expected = 1 - 2 / math.pi * math.atan(2)
    assert t_test_p_value([1.0, 3.0]) == pytest.approx(expected, rel=1e-9)


def test_p_value_of_three_pairs_by_hand():
    # Mean 2, deviation 1: t² = 12 of two degrees, whose tails are 1 - t / √(2 + t²).
    expected = 1 - math.sqrt(12 / 14)
    assert t_test_p_value([1.0, 2.0, 3.0]) == pytest.approx(expected, rel=1e-9)
    assert t_test_p_value([-3.0, -1.0, -2.0]) == pytest.approx(expected, rel=1e-9)


def test_p_value_at_its_ends():
    assert t_test_p_value([-1.0, 1.0]) == pytest.approx(1)
    assert t_test_p_value([2.0, 2.0]) == 0  # No spread at all.
    assert t_test_p_value([2.0]) is None


def test_noise_undone_by_hand():
    # ᾱ is .5, then .25: √(1 - ᾱ) / √ᾱ of the last step, whatever the way there.
    schedule = NoiseSchedule(num_steps=2, beta_start=0.5, beta_end=0.5)
    ddim = DiffusionGenerator(2, schedule, sampler="ddim")
    assert undone(ddim) == pytest.approx(math.sqrt(3), rel=1e-5)  # float32
    # β / √(1 - ᾱ), divided by √α in its own step and in those that follow.
    ddpm = DiffusionGenerator(2, schedule)
    expected = (0.5 / math.sqrt(0.75)) / 0.5 + (0.5 / math.sqrt(0.5)) / math.sqrt(0.5)
    assert undone(ddpm) == pytest.approx(expected, rel=1e-5)


def test_scores_keep_their_order_while_ways_take_turns():
    calls = []

    def scorer(factor):
        return lambda batch: (calls.append(factor), factor * batch)[1]

    batches = [np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([5.0])]
    scores, seconds = score([scorer(1), scorer(10)], batches)
    np.testing.assert_array_equal(scores, [[1, 2, 3, 4, 5], [10, 20, 30, 40, 50]])
    assert calls == [1, 10, 10, 1, 1, 10]
    assert seconds.shape == (2,) and (seconds > 0).all()


def test_table_pairs_the_seeds():
    few = Sampling("ddpm", 5)
    lines = table(
        [REFERENCE, few],
        [0.1, 0.04],
        [REFERENCE],
        100,
        np.array([[0.6, 0.5], [0.8, 0.5]]),
        np.array([[2.0, 1.0], [6.0, 2.0]]),
        np.array([[[0.2, 0.9], [0.1, 1.0]]] * 2),
    ).splitlines()
    assert lines[2].startswith("| ddpm 20 | 0.7000 ± 0.1414 | – | – | – | 25 | 1.00 ")
    # Differences -.1 and -.3: t = -2 of one degree; 100 examples in 1.5 s.
    assert lines[3] == (
        "| ddpm 5 | 0.5000 ± 0.0000 | -0.20000 ± 0.14142 | 0.3 | 0.500 | 67 | "
        "2.50 (2.00-3.00) | 0.040 | 0.100 | 1.000 |"
    )


def test_runs_come_by_seed_and_must_be_of_one_configuration(tmp_path):
    for seed in (10, 2, 3):
        (tmp_path / f"seed-{seed}").mkdir()
        (tmp_path / f"seed-{seed}" / "config.gin").write_text(f"A = 1\nSEED = {seed}\n")
    assert [run.name for run in find_runs(tmp_path, 2)] == ["seed-2", "seed-3"]
    (tmp_path / "seed-3" / "config.gin").write_text("A = 2\nSEED = 3\n")
    with pytest.raises(ValueError, match="differ in SEED alone"):
        find_runs(tmp_path, 10)
    with pytest.raises(ValueError, match="named seed-"):
        find_runs(tmp_path / "seed-2", 10)
