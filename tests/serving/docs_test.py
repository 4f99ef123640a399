"""The requests of docs/serving.md fit an export of the built-in world."""

import ast
import json
import re
from pathlib import Path

import pytest
import tensorflow as tf

from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.serving.input_check import check_inputs
from diffumin_tf.serving.rest_request import parse_rest_request

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "serving.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


def specs(users, candidates):
    """What the page says that a signature takes, for so many users and targets."""
    shapes = {"history": [users, None], "user": [users]}
    found = {
        name: tf.TensorSpec([users], tf.int64)
        for name in ("user_key", "impression_time")
    }
    for field in IndustryWorld(2).schema.features.fields:
        shape = shapes.get(field.role, [candidates])
        if field.role == "context":
            shape = [None]
        name = field.name.replace("/", "_")
        found[name] = tf.TensorSpec(shape, field.dtype)
    return found


SIGNATURES = {"rank": specs(1, None), "serving_default": specs(None, None)}


@pytest.mark.parametrize("text", blocks("json"))
def test_rest_requests_fit(text):
    request = parse_rest_request(text, SIGNATURES)
    check_inputs(request.arrays, SIGNATURES[request.signature], request.signature)


def test_both_protocols_show_the_same_request():
    (code,) = [block for block in blocks("python") if "grpc" in block]
    inputs = re.search(r"^inputs = (\{.*?^\})", code, re.S | re.M)[1]
    shown = {json.loads(block).get("signature_name"): block for block in blocks("json")}
    assert shown.keys() == {"rank", None}
    assert json.loads(shown["rank"])["inputs"] == ast.literal_eval(inputs)


def test_files_that_the_page_names_are_there():
    root = Path(__file__).resolve().parents[2]
    named = re.findall(r"serving/[\w-]+\.(?:yml|config)", PAGE)
    assert named and all((root / name).is_file() for name in named)
    for code in blocks("python"):
        ast.parse(code)
