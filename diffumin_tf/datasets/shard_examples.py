"""Apache Beam makes examples of the shards of users, side by side."""

from functools import partial

import apache_beam as beam
import tensorflow as tf

from diffumin_tf.data.records import read_schema
from diffumin_tf.data.shard_files import compression_of, find_shards
from diffumin_tf.datasets.examples import split_examples


class ShardExamples(beam.PTransform):
    """The examples of a split.

    Args:
        directory: Users in the native format, where every worker sees them.
        split: Name of a split of their schema.
        sequence_length: Most behaviours of an example.
    """

    def __init__(self, directory, split, sequence_length):
        super().__init__()
        self._directory = directory
        self._num_users = read_schema(directory).num_users
        self._read = partial(split_examples, directory, split, sequence_length)

    def expand(self, pipeline):
        """Returns the keys and the examples."""
        paths = find_shards(self._directory)
        # Reshuffled, or one worker would get all shards.
        shards = pipeline | beam.Create(list(enumerate(paths))) | beam.Reshuffle()
        counts = shards | "Count" >> beam.MapTuple(_count_users)
        check = partial(_check_count, self._directory, self._num_users)
        _ = counts | beam.CombineGlobally(sum) | "Check" >> beam.Map(check)
        read = self._read
        return shards | "Read" >> beam.FlatMapTuple(lambda shard, _: read(shard))


def _count_users(_, path):
    records = tf.data.TFRecordDataset(path, compression_of(path))
    return sum(1 for _ in records)


def _check_count(directory, num_users, found):
    # A shard cut between two records, or emptied, has no damaged one.
    if found != num_users:
        raise ValueError(
            f"users must be as many as the schema's num_users, {num_users}. "
            f"Received: {found} in {directory}."
        )
