"""A source of a few users with one impression each."""

import tensorflow as tf

from diffumin_tf.data.schema import IMPRESSION


class ChosenClicks:
    """The users of some clicks, in stored order, each with that impression alone.

    To be read in place of the source: a user's other impressions would be scored too.

    Args:
        source: Object with `schema` and `users(seed, epoch)`.
        clicks: The `Click`s, of as many users.
    """

    def __init__(self, source, clicks):
        self.schema = source.schema
        self._source = source
        self._keys = [click.user_key for click in clicks]
        self._places = [click.place for click in clicks]

    def users(self, seed=None, epoch=0):
        """Returns a `tf.data.Dataset` of users, each name to 1-D tensor."""
        cut = [n for n, c in self.schema.columns.items() if c.axis == IMPRESSION]

        def is_chosen(user):
            return tf.reduce_any(user["user_key"] == self._keys)

        def keep_click(user):
            row = tf.argmax(tf.cast(user["user_key"] == self._keys, tf.int32))
            place = tf.gather(self._places, row)
            return user | {name: user[name][place : place + 1] for name in cut}

        users = self._source.users(seed=seed, epoch=epoch).filter(is_chosen)
        # Nothing is read behind the last of them.
        return users.take(len(self._keys)).map(keep_click)
