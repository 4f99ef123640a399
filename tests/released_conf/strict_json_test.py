import re

import pytest

from diffumin_tf.released_conf.strict_json import read_json_object

WRONG = {
    '{"a": 1,\n "b" 2}': "{}, line 2, column 6: must be JSON. Received: ",
    "": "{}, line 1, column 1: must be JSON. Received: ",
    "[1]": "{} must hold a JSON object. Received: list.",
    '{"a": NaN}': "{} must hold finite numbers. Received: NaN.",
    "[" * 100_000: "{} must be flat JSON. Received: deep nesting.",
    '{"a": 1,\n"b": 2,\n"a": 1}': '{} must name each key once. Received: "a" twice in '
    "one object (on lines 1, 3).",
    '{"x": {"é": 1, "é": 2}}': r'{} must name each key once. Received: "\u00e9" twice '
    "in one object (on lines 1, 1).",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:12])
def test_error(text, tmp_path):
    path = tmp_path / "conf.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(WRONG[text].format(path))):
        read_json_object(path)


def test_error_not_text(tmp_path):
    path = tmp_path / "conf.json"
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(ValueError, match=f"{path} must be JSON in UTF-8"):
        read_json_object(path)


def test_keeps_the_order_and_equal_keys_of_different_objects(tmp_path):
    path = tmp_path / "conf.json"
    path.write_text('{"b": {"a": 1.0}, "a": {"a": 1}}', encoding="utf-8")
    found = read_json_object(path)
    assert list(found) == ["b", "a"]
    assert [type(found[name]["a"]) for name in found] == [float, int]
