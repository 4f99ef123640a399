"""Data: sources of users, and the pipeline from them to batches."""

from diffumin_tf.data.click_data import ClickData, open_source
from diffumin_tf.data.data_service import DataService
from diffumin_tf.data.eleme_world import ElemeWorld
from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.pipeline import make_dataset
from diffumin_tf.data.records import UserRecords

__all__ = [
    "ClickData",
    "DataService",
    "ElemeWorld",
    "IndustryWorld",
    "UserRecords",
    "make_dataset",
    "open_source",
]
