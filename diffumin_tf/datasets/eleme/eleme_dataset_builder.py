"""`eleme`: items shown in a food delivery app (Tianchi 131047)."""

from diffumin_tf.data.eleme import prepare_eleme
from diffumin_tf.data.eleme.layout import features
from diffumin_tf.datasets.users_builder import ExampleConfig, RawLogBuilder

# The sizes of the tables are of no matter here.
_SPEC = features(max_table_size=1)


class Builder(RawLogBuilder):
    """Examples of the raw parts."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = """
    Get data set 131047 (Ele.me) of Tianchi, Alibaba Cloud, which takes a registration.
    The manual directory is the folder that holds its parts, D1_0.csv and so on, or zip
    files of them. Those of days 7 and 8 are read.
    """
    HOMEPAGE = "https://tianchi.aliyun.com/dataset/131047"
    BUILDER_CONFIGS = [
        ExampleConfig("l50", sequence_length=50, description="l = 50, as in the paper.")
    ]
    FIELDS = _SPEC.fields
    DENSE_FIELDS = _SPEC.dense_fields

    def _prepare(self, raw_dir, output):
        length = self.builder_config.sequence_length
        prepare_eleme(raw_dir, output, sequence_length=length)
