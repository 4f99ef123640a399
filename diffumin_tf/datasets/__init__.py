"""TensorFlow Datasets of impressions; importing this registers the builders."""

from diffumin_tf.datasets.alibaba.alibaba_dataset_builder import Builder as Alibaba
from diffumin_tf.datasets.eleme.eleme_dataset_builder import Builder as Eleme
from diffumin_tf.datasets.movielens_ctr.movielens_ctr_dataset_builder import (
    Builder as MovielensCtr,
)
from diffumin_tf.datasets.prepared_log.prepared_log_dataset_builder import (
    Builder as PreparedLog,
)
from diffumin_tf.datasets.prepared_log.prepared_log_dataset_builder import (
    PreparedLogConfig,
)
from diffumin_tf.datasets.users_builder import ExampleConfig

__all__ = [
    "Alibaba",
    "Eleme",
    "ExampleConfig",
    "MovielensCtr",
    "PreparedLog",
    "PreparedLogConfig",
]
