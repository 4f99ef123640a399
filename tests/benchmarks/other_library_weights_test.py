"""Our DIN and TWIN against the predictions of another library's.

The files are what FuxiCTR 2.3.10 predicted after some training, with the weights it
predicted with: `other_library.py --save` on 24 random impressions, histories of 0 to
10 behaviours.
"""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.other_library_weights import compare

FILES = Path(__file__).parent / "fuxictr"


@pytest.mark.parametrize("name", ["din", "din_dice", "twin_two_heads", "twin_top_3"])
def test_equal_weights_give_equal_predictions(name):
    _, theirs, ours = compare(FILES, FILES / f"{name}.npz")
    assert theirs.std() > 0.01  # else any model that answers a constant would do
    # Both compute in float32.
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
