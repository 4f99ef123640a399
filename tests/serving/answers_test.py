import json

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2

from diffumin_tf.serving.answers import answer, answer_file, answer_rest
from diffumin_tf.serving.local_model import LocalModel
from diffumin_tf.serving.predict_request import make_predict_request
from tests.serving.tiny_model import CANDIDATES, ROWS, SCORES, save_tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return LocalModel(save_tiny_model(tmp_path_factory.mktemp("base") / "3"))


def lists(arrays):
    return {name: array.tolist() for name, array in arrays.items()}


def scores(response):
    return tf.make_ndarray(response.outputs["click_probability"]).tolist()


def test_both_protocols_give_equal_scores(model):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "ctr"
    request.model_spec.signature_name = "serving_default"
    for name, array in ROWS.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
    response = answer(model, request)
    assert response.model_spec.name == "ctr"
    assert response.model_spec.version.value == 3
    assert scores(response) == SCORES
    columns = answer_rest(model, json.dumps({"inputs": lists(ROWS)}))
    assert json.loads(columns) == {"outputs": SCORES}
    rows = [
        dict(zip(ROWS, values, strict=True))
        for values in zip(*lists(ROWS).values(), strict=True)
    ]
    found = answer_rest(model, json.dumps({"instances": rows}))
    assert json.loads(found) == {"predictions": SCORES}


def test_candidates_of_one_user(model):
    body = {"signature_name": "rank", "inputs": lists(CANDIDATES)}
    assert json.loads(answer_rest(model, json.dumps(body))) == {"outputs": [13, 23, 33]}


def test_only_the_outputs_that_are_asked_for(model):
    request = make_predict_request("", "cities", {"city": np.array([b"ab"], object)})
    assert set(answer(model, request).outputs) == {"city_bytes", "length"}
    request.output_filter.append("length")
    assert set(answer(model, request).outputs) == {"length"}
    request.output_filter.append("size")
    with pytest.raises(ValueError, match="city_bytes, length. Received: size."):
        answer(model, request)


def test_only_the_version_that_is_there(model):
    request = make_predict_request("", "serving_default", ROWS)
    request.model_spec.version.value = 3
    assert scores(answer(model, request)) == SCORES
    request.model_spec.version.value = 2
    with pytest.raises(ValueError, match="that is there, 3. Received: 2."):
        answer(model, request)


def test_files(model, tmp_path):
    made = make_predict_request("ctr", "serving_default", ROWS)
    (tmp_path / "a.pb").write_bytes(made.SerializeToString())
    (tmp_path / "a.json").write_text(json.dumps({"inputs": lists(ROWS)}))
    wanted = json.dumps({"outputs": SCORES})
    for name in ("a.pb", "a.json"):
        assert answer_file(model, tmp_path / name) == wanted
        answer_file(model, tmp_path / name, tmp_path / "answer.json")
        assert (tmp_path / "answer.json").read_text() == f"{wanted}\n"
        answer_file(model, str(tmp_path / name), str(tmp_path / "answer.pb"))
        written = (tmp_path / "answer.pb").read_bytes()
        response = predict_pb2.PredictResponse.FromString(written)
        assert scores(response) == SCORES


def test_error_names_the_file(model, tmp_path):
    (tmp_path / "a.json").write_text('{"inputs": {}}')
    with pytest.raises(ValueError, match="a.json: inputs must have"):
        answer_file(model, tmp_path / "a.json", tmp_path / "answer.json")
    assert not (tmp_path / "answer.json").exists()
