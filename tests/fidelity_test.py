"""docs/fidelity.md: every option it names exists, and the preset holds no other."""

import re
from pathlib import Path

import pytest

from diffumin_tf import config

ROOT = Path(__file__).resolve().parents[1]
ROWS = re.findall(r"^\| (\d+) \|(.*)$", (ROOT / "docs/fidelity.md").read_text(), re.M)
OPTION = re.compile(r"`([A-Z]\w+\.\w+) = ([^`]+)`")


@pytest.fixture(scope="module", autouse=True)
def registered():
    config.register_all()


def test_every_difference_has_a_row():
    numbers = [int(number) for number, _ in ROWS]
    assert set(range(17, 46)) <= set(numbers)
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize(
    "text",
    [text for _, text in ROWS if OPTION.search(text)],
    ids=lambda text: text[:40],
)
def test_options_of_a_row_can_be_set(text):
    bindings = [f"{name} = {value}" for name, value in OPTION.findall(text)]
    config.load(["gin/world.gin"], bindings)


def test_the_preset_sets_what_the_page_names():
    preset = (ROOT / "gin/models/released.gin").read_text()
    named = {name for _, text in ROWS for name, _ in OPTION.findall(text)}
    bound = set(re.findall(r"^([A-Z]\w+\.\w+) =", preset, re.M))
    # How the named ones are made in detail.
    details = {n for n in bound if n.startswith(("VarianceScaling", "LazyAda"))}
    assert bound - details <= named
