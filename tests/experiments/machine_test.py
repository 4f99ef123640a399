import os

from diffumin_tf.experiments.machine import machine


def test_a_line_with_the_cores():
    text = machine()
    assert f", {len(os.sched_getaffinity(0))} cores" in text
    assert "\n" not in text and not text.startswith(",")
