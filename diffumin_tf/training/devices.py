"""The devices of a strategy, seen from the loop that feeds them."""

import numpy as np
import tensorflow as tf

from diffumin_tf.training.remote_steps import RemoteSteps


class Devices:
    """Gives each device of a strategy its part of the rows.

    Args:
        strategy: A `tf.distribute.Strategy`.
    """

    def __init__(self, strategy):
        self._strategy = strategy
        self._are_remote = isinstance(strategy, tf.distribute.ParameterServerStrategy)
        self._remote_steps = None

    @property
    def count(self):
        """How many share a step, int."""
        return self._strategy.num_replicas_in_sync

    def distribute(self, dataset):
        """Batches for `Strategy.run`: one after the other goes to the next device.

        Args:
            dataset: Batches of the rows that one device takes.
        """
        if self._are_remote:  # This process reads, and sends batches to the workers.
            return dataset
        return self._strategy.distribute_datasets_from_function(
            lambda context: dataset.shard(
                context.num_input_pipelines, context.input_pipeline_id
            )
        )

    def prepare(self, step, spec):
        """A function of a batch that returns losses by name, those of one device here.

        It is traced once for all sizes of a batch: a first trace for the first size
        alone would cost seconds, and round differently where a resumed run begins.

        Args:
            step: `tf.function` of a batch, to be called on each device.
            spec: `element_spec` of what `distribute` returned.
        """
        if not self._are_remote:
            traced = step.get_concrete_function(spec)
            return lambda batch: self.first(traced(batch))
        if self._remote_steps is None:
            self._remote_steps = RemoteSteps(self._strategy, step, spec)
        return self._remote_steps

    def finish(self):
        """Waits until all steps are made that were begun."""
        if self._remote_steps is not None:
            self._remote_steps.finish()

    def first(self, values):
        """What the first device here returned: a dictionary, alike on all of them."""
        local = self._strategy.experimental_local_results
        return {name: local(value)[0] for name, value in values.items()}

    def join(self, value):
        """One array of the rows of the devices here."""
        return np.concatenate(self._strategy.experimental_local_results(value))
