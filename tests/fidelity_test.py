"""docs/fidelity.md: every option it names exists, and the preset holds no other."""

import re
from pathlib import Path

import pytest

from diffumin_tf import config
from diffumin_tf.training.recipe import Recipe

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/fidelity.md").read_text()
ROWS = re.findall(r"^\| (\d+(?: \(Ele.me\))?) \|(.*)$", PAGE, re.M)
OPTION = re.compile(r"`([A-Z]\w+\.\w+) = ([^`]+)`")


@pytest.fixture(scope="module", autouse=True)
def registered():
    config.register_all()


def test_every_difference_has_a_row():
    numbers = [number for number, _ in ROWS]
    assert set(map(str, range(17, 46))) <= set(numbers)
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize(
    "number, text", [row for row in ROWS if OPTION.search(row[1])], ids=str
)
def test_options_of_a_row_make_a_model(number, text):
    run = "gin/eleme.gin" if "Ele.me" in number else "gin/world.gin"
    bindings = [f"{name} = {value}" for name, value in OPTION.findall(text)]
    config.load([run], ["NUM_USERS = 6", *bindings])
    assert config.call(Recipe).build_model().built


def test_the_preset_sets_what_the_page_names():
    """And nothing else, but for how the start of the tower is spelt."""
    preset = (ROOT / "gin/models/released.gin").read_text()
    named = {name for _, text in ROWS for name, _ in OPTION.findall(text)}
    bound = set(re.findall(r"^([A-Z]\w+\.\w+) =", preset, re.M))
    assert {n for n in bound if not n.startswith("VarianceScaling")} <= named


def test_links_lead_somewhere():
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
        assert all((page.parent / link).exists() for link in links), page
