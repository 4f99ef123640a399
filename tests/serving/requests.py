"""Requests to an exported model, made of the users of a source."""

import numpy as np
import tensorflow as tf


def requests(source, span, length=120):
    """The signature's inputs for every impression of a time span, one row each.

    `history_time` is among them, which only models that read time take.
    """
    rows = []
    for user in source.users().as_numpy_iterator():
        for index, time in enumerate(user["impression_time"]):
            if span[0] <= time < span[1]:
                rows.append(_request(user, index, length))
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _request(user, index, length):
    row = {"user_key": user["user_key"][0]}
    row["impression_time"] = user["impression_time"][index]
    seen = user["history_length"][index]
    for name, values in user.items():
        role = name.split("/")[0]
        if role == "history" or name == "history_time":
            recent = values[:seen][::-1][:length]
            row[name] = np.pad(recent, (0, length - len(recent)))
        elif role in ("target", "context"):
            row[name] = values[index]
        elif role == "user":
            row[name] = values[0]
    return {name.replace("/", "_"): value for name, value in row.items()}


def score_requests(path, batch):
    """The click probabilities of the SavedModel at `path`, `[B]`."""
    signature = tf.saved_model.load(str(path)).signatures["serving_default"]
    inputs = {name: tf.constant(value) for name, value in batch.items()}
    return signature(**inputs)["click_probability"].numpy()
