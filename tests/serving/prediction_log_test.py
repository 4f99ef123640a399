import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from diffumin_tf.serving.prediction_log import find_logs, read_prediction_logs


def record(name):
    log = prediction_log_pb2.PredictionLog()
    log.predict_log.request.model_spec.name = name
    return log.SerializeToString()


def write(path, *records, compression=None):
    with tf.io.TFRecordWriter(str(path), compression) as writer:
        for each in records:
            writer.write(each)


@pytest.mark.parametrize(("name", "compression"), [("log", None), ("log.gz", "GZIP")])
def test_records_in_order(tmp_path, name, compression):
    path = tmp_path / name
    write(path, record("a"), record("b"), compression=compression)
    found = list(read_prediction_logs(path))
    names = [log.predict_log.request.model_spec.name for log, _ in found]
    assert names == ["a", "b"]
    assert [where for _, where in found] == [f"{path}, record {n}" for n in (0, 1)]


def test_files_in_order(tmp_path):
    for name in ("log-2", "log-1", ".log-3.tmp", "other"):
        write(tmp_path / name)
    assert find_logs(tmp_path / "log*") == [str(tmp_path / f"log-{n}") for n in (1, 2)]


def test_error_no_log(tmp_path):
    write(tmp_path / "log", record("a"), b"\xff\xff\xff")
    with pytest.raises(ValueError, match="record 1 must be .* Received: 3 other bytes"):
        list(read_prediction_logs(tmp_path / "log"))


def test_error_damaged(tmp_path):
    write(tmp_path / "log", record("a"), record("b"))
    content = bytearray((tmp_path / "log").read_bytes())
    content[-6] ^= 1  # In the second record; its checksum no longer fits.
    (tmp_path / "log").write_bytes(content)
    with pytest.raises(ValueError, match="record 1 must be whole. Received: corrupt"):
        list(read_prediction_logs(tmp_path / "log"))


def test_error_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="files of logged requests. Received"):
        find_logs(tmp_path / "log*")
