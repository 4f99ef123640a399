import pytest
import tensorflow as tf

from diffumin_tf.training import replicas


@pytest.mark.parametrize(("number", "first"), [(0, 0), (10, 3), (2, 8)])
def test_first_row_where_worker_10_is_gathered_before_worker_2(
    number, first, monkeypatch
):
    joined = {"counts": tf.constant([3, 5, 7]), "numbers": tf.constant([0, 10, 2])}
    monkeypatch.setattr(replicas, "gather_rows", lambda own: joined)
    monkeypatch.setattr(replicas, "_own_number", lambda context: tf.constant(number))
    assert int(replicas.first_row(tf.constant(9))) == first


def test_one_device_has_the_first_row():
    assert int(replicas.first_row(tf.constant(9))) == 0
