"""The devices of a strategy, seen from the loop that feeds them."""

import numpy as np


class Devices:
    """Gives each device of a strategy its part of the rows.

    Args:
        strategy: A `tf.distribute.Strategy`.
    """

    def __init__(self, strategy):
        self._strategy = strategy

    @property
    def count(self):
        """How many share a step, int."""
        return self._strategy.num_replicas_in_sync

    def distribute(self, dataset):
        """Batches for `Strategy.run`: one after the other goes to the next device.

        Args:
            dataset: Batches of the rows that one device takes.
        """
        return self._strategy.distribute_datasets_from_function(
            lambda context: dataset.shard(
                context.num_input_pipelines, context.input_pipeline_id
            )
        )

    def first(self, values):
        """What the first device here returned: a dictionary, alike on all of them."""
        local = self._strategy.experimental_local_results
        return {name: local(value)[0] for name, value in values.items()}

    def join(self, value):
        """One array of the rows of the devices here."""
        return np.concatenate(self._strategy.experimental_local_results(value))
