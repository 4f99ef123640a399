"""The users of a synthetic world as a dataset, each made when asked for."""

import tensorflow as tf

from diffumin_tf.data.numpy_map import map_numpy


def world_users(world, seed=None, epoch=0):
    """Returns a `tf.data.Dataset` of users, each as `world.user` returns it.

    Args:
        world: Object with `num_users`, `schema` and `user(number)`.
        seed: None for the order of the user numbers; otherwise the order is a
            permutation that depends on (seed, epoch) alone.
        epoch: Number of the pass over the users.
    """
    numbers = tf.data.Dataset.range(world.num_users)
    if seed is not None:
        key = tf.constant([seed, epoch], tf.int64)
        last = world.num_users - 1
        numbers = numbers.map(
            lambda n: tf.random.experimental.index_shuffle(n, key, last)
        )
    dtypes = {name: column.dtype for name, column in world.schema.columns.items()}
    return map_numpy(numbers, lambda number: world.user(int(number)), dtypes)
