"""A running mean of what every device of a step computes alike."""

import keras


class SharedMean(keras.metrics.Mean):
    """Keras' mean, of which the first device's is saved.

    Keras would sum those of all devices: wrong for what is alike on each, and a save
    would need all processes, where the chief alone writes.
    """

    def add_variable(self, *args, **kwargs):
        kwargs["aggregation"] = "only_first_replica"
        return super().add_variable(*args, **kwargs)
