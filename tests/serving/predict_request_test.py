import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2

from diffumin_tf.serving.predict_request import (
    make_predict_request,
    make_predict_response,
    parse_predict_request,
    read_predict_request,
    read_predict_response,
)

ARRAYS = {
    "ids": np.array([[2**62, -1]]),
    "price": np.array([0.1], np.float32),
    "cities": np.array([[b"\xff\x00", b""]], object),
    "none": np.zeros([1, 0], object),
    "seen": np.array(True),
}


def assert_same(found, wanted):
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        assert found[name].tolist() == array.tolist()


def test_a_request_comes_back_after_the_wire():
    request = make_predict_request("ctr", "rank", ARRAYS)
    name, signature, found = read_predict_request(request.SerializeToString())
    assert (name, signature) == ("ctr", "rank")
    assert_same(found, ARRAYS)


def test_a_response_comes_back_with_the_version():
    response = make_predict_response("ctr", "rank", ARRAYS, version=7)
    assert response.model_spec.version.value == 7
    name, signature, found = read_predict_response(response)
    assert (name, signature) == ("ctr", "rank")
    assert_same(found, ARRAYS)


def test_a_version_without_number_is_left_out():
    response = make_predict_response("ctr", "rank", {}, version=None)
    assert not response.model_spec.HasField("version")


def test_a_request_that_another_client_made():
    request = predict_pb2.PredictRequest()
    request.inputs["ids"].CopyFrom(tf.make_tensor_proto([1, 2], tf.int64))
    name, signature, arrays = read_predict_request(request)
    assert (name, signature) == ("", "serving_default")
    assert_same(arrays, {"ids": np.array([1, 2])})


def test_text_is_sent_as_bytes():
    request = make_predict_request("", "s", {"city": np.array(["Malmö", ""])})
    (city,) = read_predict_request(request)[2].values()
    assert city.tolist() == ["Malmö".encode(), b""]


def test_error_no_request():
    with pytest.raises(ValueError, match="serialized PredictRequest. Received: 3 byte"):
        parse_predict_request(b"\xff\xff\xff")


@pytest.mark.parametrize("change", [{"dtype": 0}, {"tensor_content": b"1234567"}])
def test_error_names_the_damaged_tensor(change):
    request = make_predict_request("", "s", {"fine": [1], "ids": [1, 2]})
    for name, value in change.items():
        setattr(request.inputs["ids"], name, value)
    with pytest.raises(ValueError, match="fit its shape. Received in ids: "):
        read_predict_request(request)
