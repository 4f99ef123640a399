"""`movielens_ctr`: GroupLens' ratings, with what each user liked before."""

from diffumin_tf.data.movielens import prepare_movielens
from diffumin_tf.datasets.users_builder import ExampleConfig, RawLogBuilder
from diffumin_tf.features import Field

FIELDS = (
    Field("user/userId", "userId", "user"),
    Field("history/movieId", "movieId", "history"),
    Field("target/movieId", "movieId", "target"),
    Field("history/genres", "genres", "history", "string"),
    Field("target/genres", "genres", "target", "string"),
)


class Builder(RawLogBuilder):
    """Examples of `ratings.csv` and `movies.csv`."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = """
    Get ml-latest-small or ml-25m from GroupLens (grouplens.org/datasets/movielens),
    unpack it, and name the folder that holds ratings.csv and movies.csv: the manual
    directory is that folder itself.
    """
    HOMEPAGE = "https://grouplens.org/datasets/movielens/"
    BUILDER_CONFIGS = [
        ExampleConfig(
            "latest_small", sequence_length=500, description="100,836 ratings."
        ),
        ExampleConfig("25m", sequence_length=500, description="25 million ratings."),
    ]
    FIELDS = FIELDS

    def _prepare(self, raw_dir, output):
        prepare_movielens(raw_dir, output)
