"""What the tests of the synthetic worlds share."""

import numpy as np


def assert_same_user(user, other):
    """Raises if two users differ in a column, its dtype or its values."""
    assert user.keys() == other.keys()
    for name, values in user.items():
        assert values.dtype == other[name].dtype
        np.testing.assert_array_equal(values, other[name], err_msg=name)
