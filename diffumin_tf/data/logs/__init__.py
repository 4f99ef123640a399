"""Preparation of any log of interactions as users in the native format."""

from diffumin_tf.data.logs.item_table import ItemTable
from diffumin_tf.data.logs.log_columns import LogColumns
from diffumin_tf.data.logs.negative_sampling import NegativeSampling
from diffumin_tf.data.logs.prepare import prepare_data

__all__ = ["ItemTable", "LogColumns", "NegativeSampling", "prepare_data"]
