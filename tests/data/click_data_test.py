"""Tests of the batches of one source: times only for those who ask."""

import numpy as np
import pytest

from diffumin_tf.data import open_source
from tests.training.small_run import BATCH_SIZE, make_data

DAY = 86_400


@pytest.fixture(scope="module")
def data():
    return make_data(num_users=6, validation_days=3)


@pytest.mark.parametrize("with_time", [False, True])
def test_history_times_are_there_on_demand(data, with_time):
    datasets = (
        data.training(0, with_time),
        data.validation(with_time),
        data.split("test", with_time),
    )
    for dataset in datasets:
        features = dataset.element_spec[0]
        assert ("history_time" in features) == with_time
        assert features["impression_time"].dtype == "int64"


def test_error_no_directory_says_how_to_get_it(tmp_path):
    message = f"Received: {tmp_path / 'data'}, which is none. Run bin/prepare_data."
    with pytest.raises(FileNotFoundError, match=message):
        open_source(str(tmp_path / "data"), how_to_get="Run bin/prepare_data.")


def times(dataset):
    return np.concatenate([batch[0]["impression_time"] for batch in dataset])


def test_days_of_the_training_split_alone():
    """Days 2 and 3 are trained on, day 4 is validated with, 5 to 11 are not read."""
    data = make_data(num_users=60, train_days=(2, 5), validation_days=1)
    first, _ = data.source.schema.splits["train"]
    stored = np.concatenate(
        [user["impression_time"] for user in data.source.users().as_numpy_iterator()]
    )
    day = (stored - first) // DAY
    # A batch that is not full is dropped in training, and kept in validation.
    count = np.isin(day, [2, 3]).sum() // BATCH_SIZE * BATCH_SIZE
    trained = times(data.training())
    assert len(trained) == count > 0
    assert set((trained - first) // DAY) == {2, 3}
    np.testing.assert_array_equal(
        np.sort(times(data.validation())), np.sort(stored[day == 4])
    )


def test_without_days_all_of_the_split_is_trained_on():
    whole = make_data(num_users=20)
    same = make_data(num_users=20, train_days=(0, 12))
    np.testing.assert_array_equal(times(whole.training()), times(same.training()))


@pytest.mark.parametrize("days", [(0, 13), (-1, 2), (3, 3), (4, 3), (1, 2, 3), 3])
def test_error_days_beyond_the_training_split(days):
    with pytest.raises(ValueError, match="train_days must be.*of 12 days"):
        make_data(num_users=1, train_days=days)


def test_error_validation_takes_all_of_the_days():
    with pytest.raises(ValueError, match="received 1 of 1 days"):
        make_data(num_users=1, train_days=(3, 4), validation_days=1)
