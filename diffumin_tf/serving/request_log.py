"""The rows of the requests that a server logged."""

from collections import Counter

import numpy as np
import tensorflow as tf

from diffumin_tf.data.readable_errors import plain_message
from diffumin_tf.serving.example_signature import EXAMPLES, parse_examples
from diffumin_tf.serving.input_check import check_inputs
from diffumin_tf.serving.logged_row import LoggedRow
from diffumin_tf.serving.predict_request import (
    read_predict_request,
    read_predict_response,
)
from diffumin_tf.serving.prediction_log import find_logs, read_prediction_logs
from diffumin_tf.serving.read_histories import read_part
from diffumin_tf.serving.servable import EXAMPLE_ROWS, RANK, ROWS, SCORE


class RequestLog:
    """Reads the files of a log, request by request.

    Attributes:
        requests: How many have been read.
        not_compared: Of those the ones that hold no impressions, by the name of the
            signature, or of the kind where it is no request to predict.
        versions: How many of the answers were given by which version.

    Args:
        pattern: The files, as `logs/requests*`.
        inputs: The `RequestInputs`.

    Raises:
        FileNotFoundError: If there are none.
    """

    def __init__(self, pattern, inputs):
        self.requests, self.not_compared, self.versions = 0, Counter(), Counter()
        self._paths = find_logs(pattern)
        self._history_names = inputs.history_names
        self._user_names = list(inputs.user())
        self._rows = inputs.rows()
        self._specs = {
            ROWS: self._rows,
            RANK: self._rows,
            EXAMPLE_ROWS: {EXAMPLES.name: EXAMPLES},
        }

    def chunks(self, num_rows):
        """Yields lists of `LoggedRow`, in order.

        Args:
            num_rows: A list ends with the request that brings it to so many.

        Raises:
            ValueError: If a record is damaged, or a request is none that the
                signature takes; it names the file and the record.
        """
        rows = []
        for path in self._paths:
            for log, where in read_prediction_logs(path):
                rows += self._read(log, where)
                if len(rows) >= num_rows:
                    yield rows
                    rows = []
        if rows:
            yield rows

    def _read(self, log, where):
        self.requests += 1
        if not log.HasField("predict_log"):
            self.not_compared[log.WhichOneof("log_type") or "nothing"] += 1
            return []
        try:
            return self._rows_of(log.predict_log, where)
        except tf.errors.OpError as error:
            raise ValueError(f"{where}: {plain_message(error)}") from error
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error

    def _rows_of(self, log, where):
        _, signature, arrays = read_predict_request(log.request)
        if signature not in self._specs:
            self.not_compared[signature] += 1
            return []
        check_inputs(arrays, self._specs[signature], signature)
        if signature == RANK:
            self._check_one_user(arrays)
        if signature == EXAMPLE_ROWS:
            arrays = self._parse(arrays[EXAMPLES.name])
        count = self._count(arrays)
        scores = self._scores(log, count)
        histories = self._histories(arrays)
        return [
            LoggedRow(
                self._values(arrays, row),
                histories[row % len(histories)],
                where,
                scores and scores[row],
            )
            for row in range(count)
        ]

    def _check_one_user(self, arrays):
        sizes = {name: len(arrays[name]) for name in self._user_names}
        if wrong := {name: size for name, size in sizes.items() if size != 1}:
            raise ValueError(f"{RANK} must be of one user. Received: {wrong}.")

    def _parse(self, examples):
        try:
            parsed = parse_examples(examples, self._rows)
        except UnicodeDecodeError as error:  # TensorFlow quotes the bytes.
            raise ValueError(
                f"{EXAMPLES.name} must hold serialized tf.train.Examples. Received: "
                "bytes that are none."
            ) from error
        return {name: values.numpy() for name, values in parsed.items()}

    def _count(self, arrays):
        """How many rows; an input has one value for all of them, or one each."""
        sizes = {name: len(values) for name, values in arrays.items()}
        count = min(sizes.values()) and max(sizes.values())
        wrong = {name: n for name, n in sizes.items() if n not in (1, count)}
        if wrong:
            raise ValueError(
                f"an input must hold one value, or {count}, one a row. Received: "
                f"{wrong}."
            )
        return count

    def _values(self, arrays, row):
        return {
            name: values[row if len(values) > 1 else 0]
            for name, values in arrays.items()
            if name not in self._history_names
        }

    def _histories(self, arrays):
        """A dict for each row that has a history of its own."""
        columns = {name: arrays[name] for name in self._history_names}
        lengths = {name: values.shape[1] for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(
                f"histories must be equally long. Received lengths: {lengths}."
            )
        found = []
        for row in zip(*columns.values(), strict=True):
            # As far as any of them reaches: it may be the padding that is wrong.
            part = read_part(dict(zip(columns, row, strict=True)), list(columns))
            # Copies: a view would keep the padding of the whole request.
            found.append({name: np.array(values) for name, values in part.items()})
        return found

    def _scores(self, log, count):
        """The answers, a float a row, or None."""
        if not log.HasField("response") or SCORE not in log.response.outputs:
            return None
        scores = read_predict_response(log.response)[2][SCORE]
        if scores.shape != (count,):
            raise ValueError(
                f"an answer must hold {count} scores, one a row. Received: a shape of "
                f"{scores.shape}."
            )
        self.versions[log.response.model_spec.version.value] += 1
        return scores.tolist()
