import dataclasses

import duckdb
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.records import UserRecords, write_users
from diffumin_tf.layers import PredictionTower, TWINAttention
from diffumin_tf.models import TWIN
from diffumin_tf.training.checkpoints import restore_model
from diffumin_tf.training.evaluate import predict
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory
from diffumin_tf.training.score import write_scores
from tests.training.small_run import make_data, make_recipe, write_untrained_run

TARGETS = ["target/poi", "target/third_id", "target/aor_id"]
WORLD = IndustryWorld(5)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    write_untrained_run(path, make_recipe(num_users=5))
    return path


@pytest.fixture(scope="module")
def three_users(tmp_path_factory):
    """Three of the world's users, in reverse, on disk."""
    path = tmp_path_factory.mktemp("data") / "three"
    schema = dataclasses.replace(WORLD.schema, num_users=3)
    write_users(path, map(WORLD.user, (4, 2, 0)), schema, 1)
    return UserRecords(path)


def read(path):
    return duckdb.sql(f"SELECT * FROM '{path}'").fetchnumpy()


def expected(users, split):
    """Every column but the score, by a loop over users and their impressions."""
    first, end = WORLD.schema.splits[split]
    rows = {name: [] for name in ("user_key", "impression_time", *TARGETS, "label")}
    for user in users:
        for place, time in enumerate(user["impression_time"]):
            if first <= time < end:
                rows["user_key"].append(user["user_key"][0])
                for name in ("impression_time", *TARGETS, "label"):
                    rows[name].append(user[name][place])
    return rows


@pytest.mark.slow
def test_a_row_an_impression_in_stored_order(run, tmp_path):
    recipe = make_recipe(num_users=5)
    write_scores(run, recipe, tmp_path / "scores.csv")
    found = read(tmp_path / "scores.csv")
    model = recipe.build_model()
    restore_model(RunDirectory(run), model)
    scores = predict(model, recipe.data.split("test"))["score"]
    # The text of a float32 has the digits that tell it from its neighbours.
    np.testing.assert_array_equal(found.pop("score").astype("float32"), scores)
    want = expected(map(WORLD.user, range(5)), "test")
    assert list(found) == list(want)
    for column, values in want.items():
        np.testing.assert_array_equal(found[column], values, err_msg=column)


@pytest.mark.slow
def test_other_data_of_the_same_features(run, three_users, tmp_path):
    path = tmp_path / "scores.parquet"
    recipe = make_recipe(num_users=5)
    write_scores(run, recipe, path, split="train", source=three_users)
    found = read(path)
    for column, values in expected(map(WORLD.user, (4, 2, 0)), "train").items():
        np.testing.assert_array_equal(found[column], values, err_msg=column)
    write_scores(run, recipe, path, split="train")
    own = read(path)
    # The same users in other batches: float32 rounding, no more.
    for user in (4, 2, 0):
        np.testing.assert_allclose(
            found["score"][found["user_key"] == WORLD.user(user)["user_key"]],
            own["score"][own["user_key"] == WORLD.user(user)["user_key"]],
            atol=1e-6,
        )


def test_the_model_gets_its_inputs_but_no_raw_column():
    class Model:
        def predict_step(self, data):
            assert "impression_time" in data[0] and "target/poi" not in data[0]
            return tf.cast(data[0]["impression_time"], tf.float32)

    data = make_recipe(num_users=5).data
    batches = data.split("test", with_time=True, carry=["target/poi"])
    found = predict(Model(), batches, carried=("impression_time", "target/poi"))
    assert found["score"].tolist() == found["impression_time"].astype("f").tolist()


@pytest.mark.slow
def test_a_model_that_reads_time(tmp_path):
    """The impression's time is both carried to the file and read."""

    def make(embedding):
        tower = PredictionTower((8,))
        return TWIN(embedding, TWINAttention(9), tower=tower, short_term_length=10)

    recipe = Recipe(make_data(num_users=5), make)
    write_untrained_run(tmp_path, recipe)
    write_scores(tmp_path, recipe, tmp_path / "scores.parquet")
    found = read(tmp_path / "scores.parquet")
    model = recipe.build_model()
    restore_model(RunDirectory(tmp_path), model)
    scores = predict(model, recipe.data.split("test", model.reads_time))["score"]
    np.testing.assert_array_equal(found["score"], scores)
    wanted = expected(map(WORLD.user, range(5)), "test")
    np.testing.assert_array_equal(found["impression_time"], wanted["impression_time"])


def test_error_other_features(run, tmp_path):
    recipe = make_recipe(num_users=5)
    with pytest.raises(ValueError, match=r"the features of the run.*\['tables'\]"):
        write_scores(run, recipe, tmp_path / "s.csv", source=IndustryWorld(6))
    assert not list(tmp_path.iterdir())


def test_error_no_such_split(run, tmp_path):
    with pytest.raises(ValueError, match="split must be one of.*'dev'"):
        write_scores(run, make_recipe(num_users=5), tmp_path / "s.csv", split="dev")


def test_error_the_name_comes_before_the_work(tmp_path):
    with pytest.raises(ValueError, match="output must end in"):
        write_scores(tmp_path, None, tmp_path / "scores.json")
