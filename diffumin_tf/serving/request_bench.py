"""Times of an exported model's own warm-up requests, in this process."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from diffumin_tf.data.description_tables import TextTable
from diffumin_tf.serving.predict_request import make_predict_request
from diffumin_tf.serving.request_times import RequestTimes

_PERCENTS = (50, 95, 99)


def bench(model, requests, repeats, clients=1, clock=None):
    """Sends each kind of request so many times.

    A time is that from arrays to arrays: neither a network nor the making of messages
    is in it. Before the first time is taken, each request is sent once.

    Args:
        model: A `LocalModel`.
        requests: Pairs of a signature's name and its inputs, name to array. Those of
            one signature and number of rows are of one kind, and take turns.
        repeats: Requests that are sent of a kind, by all clients together.
        clients: Threads that send at once, each its next one once it has an answer.
        clock: Returns the time in seconds; that of the machine by default.

    Returns:
        A list of `RequestTimes`, one a kind, in the order of `requests`.
    """
    for name, count in (("repeats", repeats), ("clients", clients)):
        if count < 1:
            raise ValueError(f"{name} must be at least 1. Received: {count}.")
    kinds = {}
    for signature, arrays in requests:
        kinds.setdefault((signature, _rows(arrays)), []).append(arrays)
    clock = clock or time.perf_counter
    return [
        _bench_kind(model, signature, rows, several, repeats, clients, clock)
        for (signature, rows), several in kinds.items()
    ]


def bench_table(times, clients):
    """Returns a `TextTable` of `RequestTimes`; for several clients with answers/s."""
    columns = ["signature", "rows", "bytes", *(f"p{p} ms" for p in _PERCENTS), "errors"]
    columns += ["answers/s"] * (clients > 1)
    sent = {len(each.milliseconds) + len(each.errors) for each in times}
    title = f"{'/'.join(map(str, sorted(sent)))} requests a line, {clients} client"
    rows = tuple(_cells(each, clients) for each in times)
    return TextTable(title + "s" * (clients > 1), tuple(columns), rows)


def _bench_kind(model, signature, rows, several, repeats, clients, clock):
    sizes = [make_predict_request("", signature, a).ByteSize() for a in several]

    def send(number):
        arrays = several[number % len(several)]
        start = clock()
        try:
            model.predict(arrays, signature)
        except (ValueError, MemoryError) as error:
            return None, str(error)
        return 1000 * (clock() - start), None

    for number in range(len(several)):
        send(number)
    with ThreadPoolExecutor(clients) as pool:
        start = clock()
        sent = list(pool.map(send, range(repeats)))
        seconds = clock() - start
    return RequestTimes(
        signature,
        rows,
        round(np.mean(sizes)),
        tuple(took for took, _ in sent if took is not None),
        tuple(error for _, error in sent if error is not None),
        seconds,
    )


def _rows(arrays):
    return max((len(array) for array in arrays.values() if np.ndim(array)), default=0)


def _cells(times, clients):
    cells = [times.signature, str(times.rows), f"{times.request_bytes:,}"]
    cells += [f"{times.percentile(percent):.2f}" for percent in _PERCENTS]
    cells += [str(len(times.errors))]
    cells += [f"{times.answers_per_second:.1f}"] * (clients > 1)
    return tuple(cells)
