import numpy as np
import pytest

from diffumin_tf.training.users_met import UsersMet

BATCHES = ([5, 5, 7], [7, 7, 5], [5, 9, 9])


@pytest.mark.parametrize(
    ("run_length", "num_records"),
    # One after the other 5, 7, 5, 9: a key of two records. In runs, three users.
    [(None, [2, 3, 4]), (2, [2, 2, 3])],
)
def test_records(run_length, num_records):
    met, found = UsersMet(run_length), []
    for keys in BATCHES:
        met.add(np.array(keys))
        found.append(met.num_records)
    assert found == num_records
    assert met.keys == {5, 7, 9}
