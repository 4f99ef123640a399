"""What synthetic worlds share: users that are made when asked for."""

import numpy as np
import tensorflow as tf

from diffumin_tf.data.numpy_map import map_numpy


class World:
    """Base of the worlds: a subclass has `num_users`, `schema` and `user(number)`."""

    def users(self, seed=None, epoch=0):
        """Returns a `tf.data.Dataset` of users, each as `user` returns it.

        Args:
            seed: None for the order of the user numbers; otherwise the order is
                a permutation that depends on (seed, epoch) alone.
            epoch: Number of the pass over the users.
        """
        numbers = tf.data.Dataset.range(self.num_users)
        if seed is not None:
            key = tf.constant([seed, epoch], tf.int64)
            last = self.num_users - 1
            numbers = numbers.map(
                lambda n: tf.random.experimental.index_shuffle(n, key, last)
            )
        dtypes = {name: column.dtype for name, column in self.schema.columns.items()}
        return map_numpy(numbers, lambda number: self.user(int(number)), dtypes)


def generator(seed, stream):
    """The random numbers of one stream of a world, whoever draws others before."""
    return np.random.Generator(np.random.Philox(key=[seed, stream]))
