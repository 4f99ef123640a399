"""Gin files are found from any directory."""

import pytest

from diffumin_tf import config_files
from diffumin_tf.config_checks import ConfigError


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    folder = tmp_path / "package" / "gin"
    (folder / "models").mkdir(parents=True)
    (folder / "industry.gin").touch()
    (folder / "models" / "diffumin.gin").touch()
    monkeypatch.setattr(config_files, "SHIPPED", folder)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return folder


@pytest.mark.parametrize("name", ["gin/industry.gin", "industry.gin"])
def test_shipped_files_from_another_directory(shipped, name):
    assert config_files.find_gin_file(name) == shipped / "industry.gin"


def test_a_file_of_the_working_directory_comes_first(shipped, tmp_path):
    own = tmp_path / "elsewhere" / "industry.gin"
    own.touch()
    found = config_files.find_gin_file("industry.gin")
    assert str(found) == "industry.gin"
    assert config_files.find_gin_file(str(own)) == found


def test_a_file_beside_the_including_one_comes_before_the_shipped(shipped, tmp_path):
    company = tmp_path / "company"
    company.mkdir()
    (company / "industry.gin").touch()
    found = config_files.find_gin_file("industry.gin", company / "run.gin")
    assert found == company / "industry.gin"
    found = config_files.find_gin_file("models/diffumin.gin", company / "run.gin")
    assert found == shipped / "models" / "diffumin.gin"


def test_a_missing_file_names_those_that_come_close(shipped):
    message = "^gin file 'gin/industri.gin' not found; did you mean gin/industry.gin"
    with pytest.raises(ConfigError, match=message):
        config_files.find_gin_file("gin/industri.gin")
