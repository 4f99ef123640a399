import math
import threading

import numpy as np
import pytest

from diffumin_tf.serving.predict_request import make_predict_request
from diffumin_tf.serving.request_bench import bench, bench_table
from diffumin_tf.serving.request_times import RequestTimes

ONE = {"target_poi": np.arange(1), "history_poi": np.ones([1, 9], int)}
MANY = {"target_poi": np.arange(7), "history_poi": np.ones([1, 9], int)}
LONG = {"target_poi": np.arange(7), "history_poi": np.ones([1, 900], int)}


class Model:
    """Answers nothing, and moves a clock by the milliseconds that it is told."""

    def __init__(self, *milliseconds):
        self.milliseconds = milliseconds
        self.now = 0.0
        self.sent = []

    def clock(self):
        return self.now

    def predict(self, arrays, signature):
        took = self.milliseconds[len(self.sent) % len(self.milliseconds)]
        self.sent.append((signature, arrays))
        if took is None:
            raise ValueError(f"refused {len(self.sent)}")
        self.now += took / 1000


def test_times_and_percentiles():
    # The first is not counted: 200 requests of 1, 2, ..., 200 ms remain.
    model = Model(999, *range(1, 201))
    (times,) = bench(model, [("rank", MANY)], 200, clock=model.clock)
    assert (times.signature, times.rows, times.errors) == ("rank", 7, ())
    np.testing.assert_allclose(times.milliseconds, range(1, 201))
    # Between the 100th and the 101st; 0.99 * 199 = 197.01 steps after the first.
    assert times.percentile(50) == pytest.approx(100.5)
    assert times.percentile(95) == pytest.approx(190.05)
    assert times.percentile(99) == pytest.approx(198.01)
    assert times.seconds == pytest.approx(20.1)
    assert times.answers_per_second == pytest.approx(200 / 20.1)


def test_requests_of_one_kind_take_turns_and_kinds_keep_their_order():
    model = Model(1)
    requests = [("rank", MANY), ("rank", ONE), ("rank", LONG), ("interests", ONE)]
    times = bench(model, requests, 3, clock=model.clock)
    kinds = [(each.signature, each.rows, len(each.milliseconds)) for each in times]
    assert kinds == [("rank", 7, 3), ("rank", 1, 3), ("interests", 1, 3)]
    sizes = [
        make_predict_request("", "rank", arrays).ByteSize() for arrays in (MANY, LONG)
    ]
    assert times[0].request_bytes == round(sum(sizes) / 2)
    lengths = [arrays["history_poi"].shape[1] for _, arrays in model.sent[:5]]
    assert lengths == [9, 900, 9, 900, 9]


def test_what_is_refused_is_counted_and_not_timed():
    model = Model(5, None, 5)
    (times,) = bench(model, [("rank", ONE)], 6, clock=model.clock)
    assert times.errors == ("refused 2", "refused 5")
    np.testing.assert_allclose(times.milliseconds, [5, 5, 5, 5])


def test_nothing_but_errors():
    model = Model(None)
    (times,) = bench(model, [("rank", ONE)], 2, clock=iter(range(99)).__next__)
    assert math.isnan(times.percentile(50)) and times.answers_per_second == 0


def test_clients_send_at_once():
    meeting = threading.Barrier(4, timeout=20)

    class Meeting:
        """Answers once four requests are under way; before, when there is one."""

        alone = True

        def predict(self, arrays, signature):
            if not self.alone:
                meeting.wait()
            self.alone = False

    (times,) = bench(Meeting(), [("rank", ONE)], 12, clients=4)
    assert len(times.milliseconds) == 12 and times.errors == ()


def test_table():
    times = [
        RequestTimes("rank", 500, 42_000, (1.0, 2.0, 3.0), (), 2.0),
        RequestTimes("serving_default", 1, 900, (4.0, 4.0), ("no",), 2.0),
    ]
    assert bench_table(times, 1).lines() == [
        "3 requests a line, 1 client",
        "  signature        rows   bytes  p50 ms  p95 ms  p99 ms  errors",
        "  rank              500  42,000    2.00    2.90    2.98       0",
        "  serving_default     1     900    4.00    4.00    4.00       1",
    ]
    table = bench_table(times, 8)
    assert table.title == "3 requests a line, 8 clients"
    assert [row[-1] for row in table.rows] == ["1.5", "1.0"]
    assert table.columns[-1] == "answers/s"


@pytest.mark.parametrize("counts", [{"repeats": 0}, {"clients": 0}])
def test_error_counts(counts):
    (name,) = counts
    with pytest.raises(ValueError, match=f"{name} must be at least 1. Received: 0."):
        bench(Model(1), [("rank", ONE)], **{"repeats": 1, **counts})
