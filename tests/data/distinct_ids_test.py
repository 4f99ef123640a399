import numpy as np

from diffumin_tf.data import distinct_ids
from diffumin_tf.data.distinct_ids import DistinctIds


def test_ids_of_many_arrays_are_found_once(monkeypatch):
    monkeypatch.setattr(distinct_ids, "_PENDING", 3)
    ids = DistinctIds()
    for values in ([5, 2**62, 0], [], [2, 5], [2**62, -1], [7]):
        ids.add(np.array(values, np.int64))
    assert ids.values().tolist() == [-1, 2, 5, 7, 2**62]
    ids.add(np.array([3]))
    assert ids.values().tolist() == [-1, 2, 3, 5, 7, 2**62]


def test_text():
    ids = DistinctIds()
    ids.add(np.array([b"b", b"", b"a"], object))
    ids.add(np.array([b"b"], object))
    assert ids.values().tolist() == [b"a", b"b"]


def test_nothing():
    ids = DistinctIds()
    assert len(ids.values()) == 0
    ids.add(np.array([], np.int64))
    assert len(ids.values()) == 0
