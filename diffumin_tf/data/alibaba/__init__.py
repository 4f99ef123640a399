"""Alibaba's display advertising data (Tianchi 56) as users in the native format."""

from diffumin_tf.data.alibaba.prepare import prepare_alibaba

__all__ = ["prepare_alibaba"]
