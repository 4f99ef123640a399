"""The embedding table in parts embeds as the one in one piece."""

from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import FeatureEmbedding
from diffumin_tf.training.sharded_embedding import ShardedEmbedding, sharded_embedding

IDS = np.array([[[0, 6], [3, 3]]])


def test_embeds_as_one_in_one_piece():
    one, parts = FeatureEmbedding(7, 2), ShardedEmbedding(7, 2, num_shards=3)
    parts.build()
    one.build()
    one.table.assign(tf.convert_to_tensor(parts.table.value))
    np.testing.assert_array_equal(parts(IDS), one(IDS))
    assert [v.path for v in parts.trainable_variables] == [parts.table.path]
    assert parts.table.path.endswith("/table")


def test_is_made_again_from_its_config():
    layer = ShardedEmbedding(7, 2, num_shards=3)
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(layer)
    )
    again.build()
    assert [part.shape[0] for part in again.table.value.variables] == [3, 2, 2]


def test_takes_the_settings_of_another():
    other = partial(FeatureEmbedding, embedding_dim=3, trains_padding=True)
    layer = sharded_embedding(num_rows=9, make_embedding=other, num_shards=4)
    expected = {**other(num_rows=9).get_config(), "num_shards": 4}
    found = layer.get_config()
    assert found.pop("name") and expected.pop("name")
    assert found == expected


def test_error_admission_count():
    with pytest.raises(ValueError, match="no admission count. .*admission_count=2"):
        ShardedEmbedding(7, admission_count=2)
