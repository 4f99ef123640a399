"""Tests of the batches of one source: times only for those who ask."""

import pytest

from diffumin_tf.data import open_source
from tests.training.small_run import make_data


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
