"""TFRecord files of TF Serving's PredictionLog: logged requests, warm-up requests."""

import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import prediction_log_pb2

from diffumin_tf.data.readable_errors import plain_message
from diffumin_tf.data.shard_files import compression_of


def find_logs(pattern):
    """The files that a pattern such as `logs/requests*` names, in order.

    Raises:
        FileNotFoundError: If there is none.
    """
    paths = sorted(tf.io.gfile.glob(str(pattern)))
    if not paths:
        raise FileNotFoundError(
            f"a pattern must name files of logged requests. Received: {pattern}, which "
            "names none."
        )
    return paths


def read_prediction_logs(path):
    """Yields each `PredictionLog` of a file, and the words for where it stands.

    Args:
        path: The file; it is compressed if it ends in `.gz`.

    Raises:
        ValueError: If a record is damaged or holds something else; it names the file
            and the record, of which the first is number 0.
    """
    number = 0
    records = tf.data.TFRecordDataset(str(path), compression_of(str(path)))
    try:
        for record in records.as_numpy_iterator():
            where = f"{path}, record {number}"
            yield _parse(record, where), where
            number += 1
    except tf.errors.OpError as error:
        raise ValueError(
            f"{path}, record {number} must be whole. Received: {plain_message(error)}."
        ) from error


def _parse(record, where):
    try:
        return prediction_log_pb2.PredictionLog.FromString(record)
    except DecodeError:
        raise ValueError(
            f"{where} must be a PredictionLog. Received: {len(record)} other bytes."
        ) from None
