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
        """`[B]`, and `[B, L]` for histories: each row brings its own history."""
        return self._user(None) | self._candidates(None)

    def rank(self):
        """One user, `[1]` and `[1, L]`, and any number of candidates, `[N]`."""
        return self.user() | self.candidates()

    def user(self):
        """What of `rank` is the user's: `[1]` and `[1, L]`."""
        return self._user(1)

    def candidates(self):
        """What of `rank` comes with the candidates: `[N]`; the time, `[1]`.

        Fields of the context may have one value for all.
        """
        return self._candidates(1)

    @property
    def history_names(self):
        """Names of the inputs that are histories, ids first."""
        columns = ["history_time"] * self.with_time + ["history_size"] * self.with_sizes
        return [serving_name(f) for f in self.features.history_fields] + columns

    def _user(self, count):
        inputs = {"user_key": tf.TensorSpec([count], tf.int64, "user_key")}
        for name in self.history_names:
            inputs[name] = tf.TensorSpec([count, None], tf.int64, name)
        return inputs | self._of_roles(_OF_USERS, count)

    def _candidates(self, num_times):
        name = "impression_time"
        inputs = {name: tf.TensorSpec([num_times], tf.int64, name)}
        return inputs | self._of_roles(("target", "context"), None)

    def _of_roles(self, roles, count):
        inputs = {}
        for field in self.features.fields + self.features.dense_fields:
            if field.role in roles:
                name = serving_name(field)
                shape = [count, None] if field.role == "history" else [count]
                dtype = _DTYPES.get(getattr(field, "dtype", None), tf.float32)
                inputs[name] = tf.TensorSpec(shape, dtype, name)
        return inputs


def serving_name(field):
    """The name of a field's tensor in a request: `"history_poi"`."""
    return field.name.replace("/", "_")
