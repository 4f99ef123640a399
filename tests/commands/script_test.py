import pytest

from tests.commands.script import BIN


@pytest.mark.parametrize("path", sorted(BIN.iterdir()), ids=lambda path: path.name)
def test_script_is_executable(path):
    assert path.stat().st_mode & 0o111
