"""From requests of raw ids to a model's batches, in the graph that is served."""

import tensorflow as tf

from diffumin_tf.data.encoding import IdEncoder, deduplicate_batch
from diffumin_tf.features import PADDING_ROW
from diffumin_tf.serving.request_checks import checked, spread
from diffumin_tf.serving.request_inputs import serving_name

_HISTORY, _LENGTH = "encoded_history", "encoded_length"
_NAMED = ("user_key", "impression_time")


class RequestEncoder(tf.Module):
    """Maps raw ids as training did, and puts a model's batch together.

    Histories come most recent behaviour first and end where no field holds a value.
    One that is longer than what the model reads keeps its recent part.

    Args:
        inputs: The `RequestInputs`.
        sequence_length: Most behaviours that the model reads.
        least_length: Positions that it needs; shorter histories are padded.
        fixed_sizes: Whether the sizes of a batch depend on the number of users and of
            rows alone: all histories are padded to the full length.
    """

    def __init__(self, inputs, sequence_length, least_length, fixed_sizes=False):
        super().__init__()
        self.inputs = inputs
        self.sequence_length = sequence_length
        self.least_length = sequence_length if fixed_sizes else least_length
        self.fixed_sizes = fixed_sizes
        self.ids = IdEncoder(inputs.features, check=True)

    def batch(self, raw):
        """The batch of a request.

        Args:
            raw: Tensors as `RequestInputs.rows` names them.
        """
        raw = checked(raw, self.inputs.history_names)
        return self._batch(raw | self._encode_history(raw))

    def encode_user(self, raw):
        """What of a batch is the user's alone, to be kept and used again.

        Args:
            raw: Tensors as `RequestInputs.user` names them.

        Returns:
            `encoded_history` `[U, L, F]` int32, rows of the embedding table: they are
            the same in every version that is trained on the same features.
            `encoded_length` `[U]` int32. And, as they came, the inputs that are no
            ids of a history, histories of numbers cut to those L positions.
        """
        raw = checked(raw, self.inputs.history_names)
        ids = [serving_name(field) for field in self._fields]
        others = {name: values for name, values in raw.items() if name not in ids}
        return others | self._encode_history(raw)

    def encoded_inputs(self):
        """`tf.TensorSpec`s of what `encode_user` returns, by name."""
        ids = [serving_name(field) for field in self._fields]
        user = self.inputs.user()
        return {
            _HISTORY: tf.TensorSpec([None, None, len(ids)], tf.int32, _HISTORY),
            _LENGTH: tf.TensorSpec([None], tf.int32, _LENGTH),
            **{name: spec for name, spec in user.items() if name not in ids},
        }

    def encoded_batch(self, raw):
        """The batch of candidates for a user whom `encode_user` encoded.

        Args:
            raw: What that returned, and tensors as `RequestInputs.candidates` names
                them.
        """
        return self._batch(checked(raw, (_HISTORY, *self.inputs.number_names)))

    @property
    def _fields(self):
        return self.inputs.features.history_fields

    def _encode_history(self, raw):
        values = {f.name: self._fit(raw[serving_name(f)]) for f in self._fields}
        length = _filled_length(list(values.values()))
        rows = self.ids.stack(self._fields, values)
        seen = tf.sequence_mask(length, tf.shape(rows)[1])[:, :, tf.newaxis]
        encoded = {_HISTORY: tf.where(seen, rows, PADDING_ROW), _LENGTH: length}
        return encoded | {
            name: self._fit(raw[name]) for name in self.inputs.number_names
        }

    def _batch(self, raw):
        """The batch of N candidates of one encoded user, or of as many users."""
        spec = self.inputs.features
        fields = [f for f in spec.fields + spec.dense_fields if f.role != "history"]
        counted = next(serving_name(f) for f in fields if f.role == "target")
        names = {f.name: serving_name(f) for f in fields} | {n: n for n in _NAMED}
        named = {n: spread(tensor, raw, counted) for n, tensor in names.items()}
        length = spread(_LENGTH, raw, counted)
        batch = {
            "history": raw[_HISTORY],
            "history_start": tf.zeros_like(length),
            "history_length": length,
            **self.ids.encode_impressions(named),
        }
        batch |= {name: raw[name] for name in self.inputs.number_names}
        if self.inputs.with_time:
            batch["impression_time"] = named["impression_time"]
        return deduplicate_batch(batch, spec.num_rows, self.fixed_sizes)

    def _fit(self, values):
        """`[U, L]`: the recent positions, filled up to those that are needed."""
        values = values[:, : self.sequence_length]
        missing = tf.maximum(self.least_length - tf.shape(values)[1], 0)
        return tf.pad(values, [[0, 0], [0, missing]], constant_values=_no(values))


def _filled_length(columns):
    """`[U]` int32: positions up to the last one that holds a value."""
    filled = tf.reduce_any(tf.stack([c != _no(c) for c in columns]), axis=0)
    place = tf.range(1, tf.shape(filled)[1] + 1)
    return tf.reduce_max(tf.where(filled, place, 0), axis=1)


def _no(values):
    return tf.zeros([], values.dtype)
