"""Preparation of Tianchi 131047 (Ele.me), raw parts to the native format."""

from diffumin_tf.data.eleme.prepare import prepare_eleme

__all__ = ["prepare_eleme"]
