"""A shuffle that the program's global seed does not change."""

import tensorflow as tf


def shuffled_windows(windows, seed):
    """Shuffles the elements of each window, in an order of (seed, its number) alone.

    Not `Dataset.shuffle`, whose order also depends on the program's global seed.

    Args:
        windows: `tf.data.Dataset` of batches, of tensors or ragged ones.
        seed: Two integers.
    """

    def shuffle(number, window):
        window_seed = tf.random.fold_in(tf.constant(seed, tf.int64), number)
        places = tf.range(tf.cast(tf.shape(tf.nest.flatten(window)[0])[0], tf.int32))
        order = tf.random.experimental.stateless_shuffle(places, window_seed)
        return tf.nest.map_structure(lambda values: tf.gather(values, order), window)

    return windows.enumerate().map(shuffle)
