import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from diffumin_tf.serving.example_signature import make_example
from diffumin_tf.serving.request_log import RequestLog
from tests.serving.small_log import INPUTS, RANK, ROWS, edited, write_log


def read(pattern, rows_at_once=100):
    log = RequestLog(pattern, INPUTS)
    return log, list(log.chunks(rows_at_once))


def histories(row):
    return {name: values.tolist() for name, values in row.histories.items()}


def test_rows_by_hand(tmp_path):
    write_log(tmp_path / "log", ("serving_default", ROWS, [0.5, 0.25, 0.125]))
    log, ((first, second, third),) = read(tmp_path / "log")
    assert (log.requests, log.not_compared, log.versions) == (1, {}, {3: 1})
    assert first.values == {
        "user_key": 1,
        "impression_time": 12,
        "target_item": 5,
        "target_city": b"y",
        "user_segment": 1,
        "context_price": 1.5,
    }
    assert histories(first) == {
        "history_item": [13, 12, 11],
        "history_city": [b"c", b"b", b"a"],
        "history_time": [9, 2, 1],
    }
    assert histories(third) == {
        "history_item": [21],
        "history_city": [b"e"],
        "history_time": [3],
    }
    assert [row.score for row in (first, second, third)] == [0.5, 0.25, 0.125]
    assert first.where == f"{tmp_path / 'log'}, record 0"


def test_candidates_share_their_history(tmp_path):
    write_log(tmp_path / "log", ("rank", RANK))
    _, ((first, second),) = read(tmp_path / "log")
    assert [first.values["target_item"], second.values["target_item"]] == [6, 9]
    # Beside the targets all has one value.
    names = ("user_key", "impression_time", "user_segment", "context_price")
    assert first.key(names) == second.key(names) == (1, 13, 1, 2.5)
    assert first.histories is second.histories
    assert first.histories["history_item"].tolist() == [14, 13, 12, 11]
    assert first.histories["history_item"].base is None
    assert first.score is None


def test_examples_are_rows(tmp_path):
    rows = [{n: v[row] for n, v in ROWS.items()} for row in range(3)]
    examples = np.array([make_example(row) for row in rows], object)
    path = tmp_path / "log"
    write_log(path, ("serve_examples", {"examples": examples}), ("", ROWS))
    _, (found,) = read(path)
    for one, other in zip(found[:3], found[3:], strict=True):
        assert one.values == other.values
        assert histories(one) == histories(other)


def test_requests_without_impressions_are_counted(tmp_path):
    requests = [("encode_user", {}), ("interests", ROWS), ("rank", RANK)]
    write_log(tmp_path / "log", *requests)
    regression = prediction_log_pb2.PredictionLog()
    regression.regress_log.SetInParent()
    with tf.io.TFRecordWriter(str(tmp_path / "log2")) as writer:
        writer.write(regression.SerializeToString())
    log, (rows,) = read(tmp_path / "log*")
    assert len(rows) == 2
    assert log.requests == 4
    assert log.not_compared == {"encode_user": 1, "interests": 1, "regress_log": 1}


def test_chunks_end_with_a_request(tmp_path):
    requests = [("serving_default", ROWS), ("rank", RANK)]
    write_log(tmp_path / "log-1", *requests)
    write_log(tmp_path / "log-2", *requests)
    # Requests of 3, 2, 3 and 2 rows.
    for num_rows, sizes in ((1, [3, 2, 3, 2]), (4, [5, 5]), (6, [8, 2]), (99, [10])):
        _, chunks = read(tmp_path / "log-*", num_rows)
        assert [len(rows) for rows in chunks] == sizes


def test_no_candidates_are_no_rows(tmp_path):
    none = {"target_item": np.zeros(0, int), "target_city": np.zeros(0, object)}
    write_log(tmp_path / "log", ("rank", RANK | none))
    assert read(tmp_path / "log")[1] == []


def shorter(values):
    return values[:, :2]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (("rank", ROWS), "rank must be of one user. .*{'user_key': 3, "),
        (("", {"user_key": ROWS["user_key"]}), "Received: no history_item; no"),
        (("", edited(target_item=lambda v: v[:2])), r"or 3, .* {'target_item': 2}"),
        (("", edited(history_city=shorter)), "equally long. .*'history_city': 2"),
        (("", ROWS, [0.5, 0.5]), r"must hold 3 scores.* shape of \(2,\)"),
        (("serve_examples", {"examples": np.array([b"\xff"])}), "must hold serialized"),
    ],
)
def test_error_a_request_that_no_signature_takes(tmp_path, entry, message):
    write_log(tmp_path / "log", ("", ROWS), entry)
    with pytest.raises(ValueError, match=f"log, record 1: .*{message}"):
        read(tmp_path / "log")


def test_error_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="must name files.* Received: .*/log"):
        read(tmp_path / "log*")


def test_error_damaged(tmp_path):
    write_log(tmp_path / "log-1", ("", ROWS))
    path = write_log(tmp_path / "log-2", ("", ROWS), ("", ROWS))
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match="log-2, record 1 must be whole. Received: tr"):
        read(tmp_path / "log-*")
