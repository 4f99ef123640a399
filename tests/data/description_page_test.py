import base64
import re
from xml.etree import ElementTree

import pytest

from diffumin_tf.data.description import describe
from diffumin_tf.data.description_page import write_page
from diffumin_tf.data.description_tables import TextTable
from tests.data.description_test import SPEC, SPLITS, USERS
from tests.data.fake_source import FakeSource

TABLES = [TextTable("A < B", ("field", "n"), (("<script>", "7"),))]


def write(path, users=USERS):
    write_page(path, "the data", describe(FakeSource(SPEC, users, SPLITS)), TABLES)
    return path.read_text(encoding="utf-8")


def test_the_page_holds_its_tables_and_plots(tmp_path):
    page = write(tmp_path / "page.html")
    assert "<h2>A &lt; B</h2>" in page
    assert "<tr><td>&lt;script&gt;</td><td>7</td></tr>" in page
    assert "<tr><td>1970-01-04</td><td>test</td><td>2</td><td>0.5000</td></tr>" in page
    plots = re.findall("data:image/svg.xml;base64,([^']*)'", page)
    assert len(plots) == 2
    for plot in plots:
        assert ElementTree.fromstring(base64.b64decode(plot)).tag.endswith("svg")
    # Nothing is fetched from elsewhere.
    assert not re.findall("(?:src|href)='(?!data:)", page)


def test_the_same_numbers_give_the_same_bytes(tmp_path):
    assert write(tmp_path / "a.html") == write(tmp_path / "b.html")
    assert len(list(tmp_path.iterdir())) == 2


def test_data_without_impressions(tmp_path):
    assert "<h1>the data</h1>" in write(tmp_path / "page.html", USERS[2:])


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr("diffumin_tf.atomic_file.os.replace", fail)
    with pytest.raises(OSError, match="page.html cannot be written: No space"):
        write(tmp_path / "page.html")
    assert not list(tmp_path.iterdir())
