"""Steps that other machines make."""

from collections import deque

import tensorflow as tf

_QUEUED = 2  # Steps a worker: while one is made the next one's batch is on its way.


class RemoteSteps:
    """Has the workers of a parameter-server strategy make the steps, in no fixed order.

    Each batch goes to the worker that is free next. A single worker makes one step
    after the other.

    Args:
        strategy: A `tf.distribute.ParameterServerStrategy`.
        step: Function of a batch that returns losses by name.
        spec: What `element_spec` says of a batch.
    """

    def __init__(self, strategy, step, spec):
        self._coordinator = tf.distribute.coordinator.ClusterCoordinator(strategy)
        # Traced by the coordinator, and once for all sizes of a batch.
        self._step = tf.function(step, input_signature=(spec,), autograph=False)
        devices = [device.name for device in tf.config.list_logical_devices("CPU")]
        self._most = _QUEUED * sum("/job:worker/" in name for name in devices)
        self._waiting = deque()
        self._losses = None

    def __call__(self, batch):
        """Hands a batch on, and waits where too many do already.

        Returns:
            Losses by name, of the newest step that is known to be made.
        """
        self._waiting.append(self._coordinator.schedule(self._step, (batch,)))
        if self._losses is None or len(self._waiting) > self._most:
            self._losses = self._waiting.popleft().fetch()
        return self._losses

    def finish(self):
        """Waits until all steps are made."""
        self._coordinator.join()
        self._waiting.clear()
