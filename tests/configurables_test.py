"""What gin files may name, as a run file would name it."""

from pathlib import Path

import gin
import keras
import pytest

from diffumin_tf import config
from diffumin_tf.data import IndustryWorld
from diffumin_tf.data.records import write_users
from diffumin_tf.training.optimizers import LazyAdagrad, LazyAdam, SplitOptimizer
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.train import train

RUN = Path(__file__).resolve().parents[1] / "gin/industry.gin"


@pytest.fixture(scope="module", autouse=True)
def registered():
    config.register_all()


def test_table_and_optimisers_of_the_released_code():
    config.load(
        [str(RUN)],
        [
            "NUM_USERS = 6",
            "FeatureEmbedding.admission_count = 5",
            "FeatureEmbedding.embeddings_initializer = @Zeros()",
            "SplitOptimizer.embedding = @LazyAdagrad()",
            "LazyAdagrad.learning_rate = 10.0",
            "SplitOptimizer.dense = @LazyAdam()",
            "LazyAdam.learning_rate = 0.0003",
        ],
    )
    embedding = config.call(Recipe).new_model().embedding
    assert embedding.admission_count == 5
    assert type(embedding.embeddings_initializer) is keras.initializers.Zeros
    optimizer = gin.get_bindings(train)["optimizer"]
    assert type(optimizer) is SplitOptimizer
    assert [type(one) for one in optimizer.optimizers] == [LazyAdagrad, LazyAdam]
    rates = [float(one.learning_rate) for one in optimizer.optimizers]
    assert rates == pytest.approx([10, 3e-4])


def test_table_in_parts():
    config.load(
        [str(RUN)],
        [
            "NUM_USERS = 6",
            "Recipe.make_embedding = @sharded_embedding",
            "sharded_embedding.make_embedding = @FeatureEmbedding",
            "sharded_embedding.num_shards = 4",
        ],
    )
    embedding = config.call(Recipe).new_model().embedding
    assert (embedding.num_shards, embedding.embedding_dim) == (4, 8)
    assert embedding.embeddings_initializer.maxval == 2


def test_batches_from_a_data_service(tmp_path):
    world = IndustryWorld(2)
    write_users(tmp_path / "world", map(world.user, range(2)), world.schema, 1)
    config.load(
        [str(RUN)],
        [
            f"DATA_DIR = {str(tmp_path / 'world')!r}",
            "ClickData.service = @DataService()",
            "DataService.address = 'here:5050'",
        ],
    )
    assert config.call(Recipe).data.service.address == "here:5050"


@pytest.mark.parametrize("name", ["VarianceScaling", "Zeros"])
def test_initializers_of_keras(name):
    bindings = ["NUM_USERS = 6", f"OMIELayer.kernel_initializer = @{name}()"]
    config.load([str(RUN)], bindings)
    omie = config.call(Recipe).new_model().omie
    assert type(omie.projection.kernel_initializer) is getattr(keras.initializers, name)
