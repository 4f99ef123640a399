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
        # A function of ours: TensorFlow would trace one of its own at each call.
        self._joined = tf.function(
            lambda value: strategy.gather(value, 0), autograph=False
        )
        self._are_remote = isinstance(strategy, tf.distribute.ParameterServerStrategy)
        self._remote_steps = None

    @property
    def count(self):
        """How many share a step, int."""
        return self._strategy.num_replicas_in_sync

    @property
    def is_chief(self):
        """Whether this process writes the run and evaluates it: of several, one."""
        return self._strategy.extended.should_checkpoint

    def distribute(self, dataset):
        """Batches for `Strategy.run`: one after the other goes to the next device.

        Each process reads all of them. A step for which there is not one for each
        device is left out, as one device would drop its smaller batch.

        Args:
            dataset: Batches of the rows that one device takes.
        """
        if self._are_remote:  # This process reads, and sends batches to the workers.
            return dataset
        if self.count == 1:
            return self._strategy.distribute_datasets_from_function(lambda _: dataset)
        order = self._gather(lambda number: number).tolist()

        def own_part(context):
            num_own = self.count // context.num_input_pipelines
            first = order.index(num_own * context.input_pipeline_id)
            return _parts(dataset, self.count, first, num_own)

        return self._strategy.distribute_datasets_from_function(own_part)

    def on_each(self, step):
        """A `tf.function` of a batch that has each device make a step of its part."""
        # As `fit` does: to search the step's source for control flow takes seconds.
        return tf.function(
            lambda batch: self._strategy.run(step, (batch,)), autograph=False
        )

    def prepare(self, step, spec):
        """A function of a batch that returns losses by name, those of one device here.

        It is traced once for all sizes of a batch: a first trace for the first size
        alone would cost seconds, and round differently where a resumed run begins.

        Args:
            step: What `on_each` returned.
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
        """One array of the rows of all devices, those of other processes included."""
        return value.numpy() if self.count == 1 else self._joined(value).numpy()

    def chiefs(self, number):
        """The chief's number, for which all processes wait.

        Args:
            number: A float; that of the others is not looked at.
        """
        return float(self._gather(lambda _: number)[0])

    def check_alike(self, place):
        """Raises where processes would go on from different steps.

        Args:
            place: List of int, what says where this one is.

        Raises:
            ValueError: if one is elsewhere; they do not see the same run directory.
        """
        places = np.unique(self._gather(lambda _: place), axis=0).tolist()
        if len(places) > 1:
            raise ValueError(
                "run_dir must be one directory that all workers see. Received: "
                f"checkpoints of different steps there, {places}."
            )

    def _gather(self, make):
        """What a function makes of the number of each device, `[count, ...]`.

        In the order in which rows are gathered. That is the order of the names: worker
        10 comes before worker 2, but the chief is always first.
        """
        if self.count == 1:
            return np.array([make(0)])
        return self.join(
            self._strategy.experimental_distribute_values_from_function(
                lambda c: tf.constant(np.array([make(c.replica_id_in_sync_group)]))
            )
        )


def _parts(dataset, count, first, num_own):
    """Of each `count` elements some that follow each other; a smaller rest is left."""

    def own(*parts):
        return tf.data.Dataset.zip(parts).skip(first).take(num_own)

    return dataset.window(count, drop_remainder=True).flat_map(own)
