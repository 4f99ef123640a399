"""What the requests of a served model hold: names, dtypes and shapes."""

from dataclasses import dataclass

import tensorflow as tf

from diffumin_tf.features import FeatureSpec

_DTYPES = {"int64": tf.int64, "string": tf.string}
_OF_USERS = ("history", "user")


@dataclass(frozen=True)
class RequestInputs:
    """The inputs of each signature, by name: a field's slash becomes an underscore.

    Attributes:
        features: The `FeatureSpec` of the raw ids.
        with_time: Whether the model reads `history_time`, in seconds.
        with_sizes: Whether it reads `history_size`, the sizes of clusters.
    """

    features: FeatureSpec
    with_time: bool = False
    with_sizes: bool = False

    @classmethod
    def of(cls, model, features):
        """Those of a `CTRModel`."""
        return cls(features, model.reads_time, model.reads_sizes)

    def rows(self):
        """`[B]`, and `[B, L]` for histories. One user may stand for all rows.

        No size is fixed, not even that of one user: TF Serving does not compare
        shapes, and TensorFlow would go by what is fixed, whatever was sent.
        """
        return self.user() | self.candidates()

    def user(self):
        """What is the user's: `[U]` and `[U, L]`."""
        inputs = {"user_key": tf.TensorSpec([None], tf.int64, "user_key")}
        inputs |= self._of_roles(_OF_USERS)
        for name in self.number_names:
            inputs[name] = tf.TensorSpec([None, None], tf.int64, name)
        return inputs

    def candidates(self):
        """What comes with each row: `[B]`, or `[1]` where it is the same for all."""
        name = "impression_time"
        inputs = {name: tf.TensorSpec([None], tf.int64, name)}
        return inputs | self._of_roles(("target", "context"))

    @property
    def history_names(self):
        """Names of the inputs that are histories, ids first."""
        ids = [serving_name(field) for field in self.features.history_fields]
        return ids + self.number_names

    @property
    def number_names(self):
        """Names of those of them that hold no ids."""
        return ["history_time"] * self.with_time + ["history_size"] * self.with_sizes

    def _of_roles(self, roles):
        inputs = {}
        for field in self.features.fields + self.features.dense_fields:
            if field.role in roles:
                name = serving_name(field)
                shape = [None, None] if field.role == "history" else [None]
                dtype = _DTYPES.get(getattr(field, "dtype", None), tf.float32)
                inputs[name] = tf.TensorSpec(shape, dtype, name)
        return inputs


def serving_name(field):
    """The name of a field's tensor in a request: `"history_poi"`."""
    return field.name.replace("/", "_")
