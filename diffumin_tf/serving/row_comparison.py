"""What was logged for an impression beside what the data hold of it."""

import numpy as np

from diffumin_tf.serving.history_difference import find_difference
from diffumin_tf.serving.input_difference import InputDifference
from diffumin_tf.serving.read_histories import read_part
from diffumin_tf.serving.request_inputs import serving_name

_RELATIVE = 1e-6  # Some eight steps of a float32: it has been a float64, or a text.


class RowComparison:
    """Finds the inputs that differ.

    Attributes:
        names: The inputs that are compared.

    Args:
        inputs: The `RequestInputs`.
        sequence_length: Most behaviours that the model reads.
        keys: Names of inputs that are equal, for rows are found by them.
    """

    def __init__(self, inputs, sequence_length, keys):
        self.names = [name for name in inputs.rows() if name not in keys]
        self._most = sequence_length
        self._fields = [serving_name(field) for field in inputs.features.history_fields]

    def differences(self, row, stored):
        """Name to `InputDifference`, of the inputs that differ.

        Args:
            row: A `LoggedRow`.
            stored: The request that the data would make, its histories whole.
        """
        found = self._histories(row.histories, {n: stored[n] for n in row.histories})
        for name in self.names:
            if name in row.histories:
                continue
            logged, value = row.values[name], stored[name]
            if not _same(logged, value):
                found[name] = InputDifference(logged, value)
        return found

    def _histories(self, logged, stored):
        read, wanted = (self._read(each, self._most) for each in (logged, stored))
        names = [name for name in read if not np.array_equal(read[name], wanted[name])]
        if not names:
            return {}
        whole = self._how(self._read(logged), self._read(stored))
        found = {}
        for name in names:
            # A mistake of whole behaviours is plainer than what it does to one input.
            alone = whole.is_of_values and len(read) > 1
            how = self._how_alone(name, logged, stored) if alone else None
            found[name] = InputDifference(read[name], wanted[name], how or whole)
        return found

    def _read(self, histories, most=None):
        return read_part(histories, self._fields, most)

    def _how_alone(self, name, logged, stored):
        """None where only padding differs, which another input made a behaviour."""
        columns = [read_part({name: each[name]}, [name]) for each in (logged, stored)]
        if np.array_equal(*(column[name][: self._most] for column in columns)):
            return None
        return self._how(*columns)

    def _how(self, logged, stored):
        columns = (list(values.values()) for values in (logged, stored))
        return find_difference(*columns, self._most)


def _same(logged, stored):
    if isinstance(stored, np.floating):
        one, other = float(logged), float(stored)
        return abs(one - other) <= _RELATIVE * max(abs(one), abs(other))
    return logged == stored
