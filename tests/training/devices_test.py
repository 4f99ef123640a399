from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.training.devices import Devices


class Workers:
    """Stands for a strategy of several processes, told of by one of them.

    Rows are gathered in the order of the workers' names.
    """

    def __init__(self, count, num_workers, index=0, told=()):
        self.num_replicas_in_sync = count
        self.extended = SimpleNamespace(should_checkpoint=index == 0)
        self._num_workers, self._index, self._told = num_workers, index, told

    def experimental_distribute_values_from_function(self, make):
        num_own = self.num_replicas_in_sync // self._num_workers
        workers = sorted(range(self._num_workers), key=str)
        contexts = (
            SimpleNamespace(replica_id_in_sync_group=num_own * worker + place)
            for worker in workers
            for place in range(num_own)
        )
        return tf.concat(self._told or [make(c) for c in contexts], 0)

    def gather(self, value, axis):
        return value

    def distribute_datasets_from_function(self, make):
        context = SimpleNamespace(
            num_input_pipelines=self._num_workers, input_pipeline_id=self._index
        )
        return make(context)


@pytest.mark.parametrize(("count", "num_workers"), [(12, 12), (4, 2), (24, 12), (2, 1)])
def test_parts_in_the_order_of_gathered_rows_are_the_batches_in_theirs(
    count, num_workers
):
    batches = tf.data.Dataset.range(3 * count - 1).map(lambda n: ({"a": n}, n))
    workers = sorted(range(num_workers), key=str)
    parts = [
        [int(n) for _, n in Devices(Workers(count, num_workers, w)).distribute(batches)]
        for w in workers
    ]
    steps = np.reshape(parts, (num_workers, 2, -1)).swapaxes(0, 1)
    # The third step, for which a batch is missing, is nobody's.
    assert steps.ravel().tolist() == list(range(2 * count))


def test_one_device_has_all():
    devices = Devices(tf.distribute.get_strategy())
    found = devices.distribute(tf.data.Dataset.range(3))
    assert [devices.join(n) for n in found] == [0, 1, 2]
    assert devices.count == 1 and devices.is_chief
    assert devices.chiefs(0.25) == 0.25
    devices.check_alike([1, 2])


def test_the_chief_decides():
    told = [tf.constant([number], tf.float64) for number in (0.75, 0.5)]
    assert Devices(Workers(2, 2, 1, told)).chiefs(0.5) == 0.75
    assert not Devices(Workers(2, 2, 1)).is_chief


def test_error_workers_at_different_steps():
    told = [tf.constant([[1, 4]]), tf.constant([[0, 0]])]
    with pytest.raises(ValueError, match=r"all workers see.*\[\[0, 0\], \[1, 4\]\]"):
        Devices(Workers(2, 2, 1, told)).check_alike([0, 0])
