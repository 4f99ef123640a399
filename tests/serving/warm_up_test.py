import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from diffumin_tf.serving.warm_up import WARM_UP_FILE, read_warm_up, write_warm_up
from tests.testing import file_size_limit

REQUESTS = [
    ("rank", {"history_poi": np.array([[1, 2]]), "target_poi": np.array([3])}),
    ("cities", {"city": np.array([b"a", b"\xff"], object)}),
    ("rank", {"history_poi": np.zeros([1, 0], int), "target_poi": np.zeros(0, int)}),
]


def write_records(path, records):
    (path / "assets.extra").mkdir()
    with tf.io.TFRecordWriter(str(path / WARM_UP_FILE)) as writer:
        for record in records:
            writer.write(record)


def test_requests_come_back_in_order(tmp_path):
    write_warm_up(tmp_path, iter(REQUESTS))
    found = read_warm_up(str(tmp_path))
    assert [signature for signature, _ in found] == ["rank", "cities", "rank"]
    for (_, got), (_, wanted) in zip(found, REQUESTS, strict=True):
        assert got.keys() == wanted.keys()
        for name in wanted:
            assert got[name].dtype == wanted[name].dtype
            assert got[name].tolist() == wanted[name].tolist()


def test_the_file_is_what_tf_serving_reads(tmp_path):
    write_warm_up(tmp_path, REQUESTS[:1])
    path = tmp_path / "assets.extra" / "tf_serving_warmup_requests"
    (record,) = tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
    assert request.model_spec.signature_name == "rank"
    assert tf.make_ndarray(request.inputs["history_poi"]).tolist() == [[1, 2]]
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("count", [0, 1001])
def test_error_more_than_tf_serving_takes(tmp_path, count):
    with pytest.raises(ValueError, match=f"be 1 to 1000, .* Received: {count} for /"):
        write_warm_up(tmp_path, REQUESTS[:1] * count)
    assert not (tmp_path / WARM_UP_FILE).exists()


def test_as_many_as_tf_serving_takes(tmp_path):
    write_warm_up(tmp_path, REQUESTS[1:2] * 1000)
    assert len(read_warm_up(tmp_path)) == 1000


def test_error_a_full_disk_leaves_nothing(tmp_path):
    many = ("rank", {"history_poi": np.ones([1, 10**5], int)})
    with pytest.raises(OSError), file_size_limit(10**5):
        write_warm_up(tmp_path, [many])
    assert list((tmp_path / "assets.extra").iterdir()) == []


def test_error_no_file(tmp_path):
    with pytest.raises(
        FileNotFoundError, match="which has no assets.extra/tf_serving_"
    ):
        read_warm_up(tmp_path)


def test_error_damaged(tmp_path):
    write_warm_up(tmp_path, REQUESTS)
    path = tmp_path / WARM_UP_FILE
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match="record 2 must be whole. Received: truncated"):
        read_warm_up(tmp_path)


def test_error_no_request_to_predict(tmp_path):
    log = prediction_log_pb2.PredictionLog()
    log.regress_log.SetInParent()
    write_records(tmp_path, [log.SerializeToString()])
    with pytest.raises(ValueError, match="record 0 must be .* Received: regress_log."):
        read_warm_up(tmp_path)


def test_error_no_log(tmp_path):
    write_records(tmp_path, [b"\xff\xff\xff"])
    with pytest.raises(
        ValueError, match="record 0 must be .* Received: 3 other bytes."
    ):
        read_warm_up(tmp_path)
