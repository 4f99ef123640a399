"""`alibaba`: display ads of Taobao, with what each user did before (Tianchi 56)."""

from diffumin_tf.data.alibaba import prepare_alibaba
from diffumin_tf.data.alibaba.columns import LOOKED_UP, features
from diffumin_tf.datasets.users_builder import ExampleConfig, RawLogBuilder
from diffumin_tf.features import Table

# Examples hold ids as they come: what tables these go to is of no matter here.
_SPEC = features({name: Table(name, "hashed", 1) for name in LOOKED_UP})


class Builder(RawLogBuilder):
    """Examples of the raw folder."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = """
    Get the data set Ali_Display_Ad_Click (number 56) of Tianchi, Alibaba Cloud, which
    takes a registration. The manual directory is the folder that holds raw_sample.csv,
    ad_feature.csv, user_profile.csv and behavior_log.csv, each perhaps as .csv.gz.
    """
    HOMEPAGE = "https://tianchi.aliyun.com/dataset/56"
    BUILDER_CONFIGS = [
        ExampleConfig("l50", sequence_length=50, description="l = 50, as in BARS."),
        ExampleConfig("l1500", sequence_length=1500, description="l = 1500."),
    ]
    FIELDS = _SPEC.fields
    DENSE_FIELDS = _SPEC.dense_fields

    def _prepare(self, raw_dir, output):
        prepare_alibaba(raw_dir, output, self.builder_config.sequence_length)
