"""The released code's run settings, turned into a run file of this package."""

from diffumin_tf.released_conf.import_task_conf import import_task_conf

__all__ = ["import_task_conf"]
