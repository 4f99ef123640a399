"""Every output and gradient of every golden file, of paper and released code."""

import os
from pathlib import Path

import pytest

from tests import check_golden

_ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("DIFFUMIN_SHARED", _ROOT.parent / "shared"))
FILES = sorted((SHARED / "golden").glob("*.npz"))
NONE = pytest.param(
    None, marks=pytest.mark.skip(reason=f"no golden files in {SHARED / 'golden'}")
)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("path", FILES or [NONE], ids=lambda path: path and path.stem)
def test_golden_file(path, dtype):
    off = {name: x for name, x in check_golden.check(path, dtype).items() if x > 1}
    assert not off, f"{len(off)} arrays out of tolerance, worst {next(iter(off))}"
