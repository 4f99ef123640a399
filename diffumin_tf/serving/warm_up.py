"""The requests that TF Serving runs before it serves a version."""

from pathlib import Path

import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from diffumin_tf.atomic_file import atomic_file
from diffumin_tf.data.readable_errors import readable_file_errors
from diffumin_tf.serving.predict_request import (
    make_predict_request,
    read_predict_request,
)
from diffumin_tf.serving.prediction_log import read_prediction_logs

EXTRA = "assets.extra"  # What TF Serving leaves alone, but for these requests.
WARM_UP_FILE = f"{EXTRA}/tf_serving_warmup_requests"
# With more TF Serving refuses the version.
MAX_REQUESTS = 1000


def write_warm_up(path, requests):
    """Writes the requests to the place where TF Serving looks for them.

    Args:
        path: Directory of the version.
        requests: Pairs of a signature's name and its inputs, name to array.

    Raises:
        ValueError: If there are none, or more than TF Serving takes.
        OSError: If the file cannot be written.
    """
    requests = list(requests)
    if not 1 <= len(requests) <= MAX_REQUESTS:
        raise ValueError(
            f"warm-up requests must be 1 to {MAX_REQUESTS}, TF Serving's limit. "
            f"Received: {len(requests)} for {path}."
        )
    target = Path(path) / WARM_UP_FILE
    target.parent.mkdir(exist_ok=True)
    with readable_file_errors(target.parent), atomic_file(target) as draft:
        with tf.io.TFRecordWriter(str(draft)) as writer:
            for signature, arrays in requests:
                writer.write(_log(signature, arrays).SerializeToString())


def read_warm_up(path):
    """The warm-up requests of a version.

    Args:
        path: Directory of the version.

    Returns:
        A list of pairs of a signature's name and its inputs, name to array.

    Raises:
        FileNotFoundError: If it has none.
        ValueError: If a record is damaged or no request to predict.
    """
    source = Path(path) / WARM_UP_FILE
    if not source.is_file():
        raise FileNotFoundError(
            f"the version must have warm-up requests. Received: {path}, which has no "
            f"{WARM_UP_FILE}."
        )
    return [_request(*entry) for entry in read_prediction_logs(source)]


def _log(signature, arrays):
    # The server knows which model it loads: the name is not read.
    request = make_predict_request("", signature, arrays)
    log = prediction_log_pb2.PredictLog(request=request)
    return prediction_log_pb2.PredictionLog(predict_log=log)


def _request(log, where):
    if not log.HasField("predict_log"):
        raise ValueError(
            f"{where} must be a PredictionLog with a predict_log. Received: "
            f"{log.WhichOneof('log_type')}."
        )
    _, signature, arrays = read_predict_request(log.predict_log.request)
    return signature, arrays
