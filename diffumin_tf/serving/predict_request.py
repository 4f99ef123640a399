"""TF Serving's PredictRequest and PredictResponse, from and to arrays."""

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import predict_pb2

# What TF Serving takes where a request names no signature.
DEFAULT_SIGNATURE = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY


def make_predict_request(model_name, signature, arrays):
    """Returns the `PredictRequest` with these inputs.

    Args:
        model_name: What the server calls the model.
        signature: Name of the signature.
        arrays: Name to array; strings as an array of bytes or of str.
    """
    request = predict_pb2.PredictRequest()
    _fill(request, request.inputs, model_name, signature, arrays)
    return request


def make_predict_response(model_name, signature, arrays, version=None):
    """Returns the `PredictResponse` with these outputs.

    Args:
        model_name: What the server calls the model.
        signature: Name of the signature.
        arrays: Name to array.
        version: Number of the version that answered; None where it has none.
    """
    response = predict_pb2.PredictResponse()
    _fill(response, response.outputs, model_name, signature, arrays)
    if version is not None:
        response.model_spec.version.value = version
    return response


def read_predict_request(request):
    """The model's name, the signature's name and the inputs by name.

    Args:
        request: A `PredictRequest`, or one as bytes.

    Returns:
        Two strings and a dict of arrays; strings come as arrays of bytes. The
        signature is the default one where the request names none.

    Raises:
        ValueError: If it is no request, or a tensor's values do not fit its shape.
    """
    if isinstance(request, bytes):
        request = parse_predict_request(request)
    return _read(request.model_spec, request.inputs)


def read_predict_response(response):
    """The same of a `PredictResponse` and its outputs."""
    return _read(response.model_spec, response.outputs)


def parse_predict_request(serialized):
    """Returns the `PredictRequest` in `serialized`.

    Raises:
        ValueError: If the bytes are none.
    """
    try:
        return predict_pb2.PredictRequest.FromString(serialized)
    except DecodeError:
        raise ValueError(
            "a request must be a serialized PredictRequest. Received: "
            f"{len(serialized)} bytes that are none."
        ) from None


def _fill(message, tensors, model_name, signature, arrays):
    message.model_spec.name = model_name
    message.model_spec.signature_name = signature
    for name, array in arrays.items():
        array = np.asarray(array)
        # TensorFlow cannot tell the type of an empty array of Python objects.
        dtype = tf.string if array.dtype.kind in "OSU" else None
        tensors[name].CopyFrom(tf.make_tensor_proto(array, dtype))


def _read(spec, tensors):
    arrays = {name: _array(name, proto) for name, proto in tensors.items()}
    return spec.name, spec.signature_name or DEFAULT_SIGNATURE, arrays


def _array(name, proto):
    try:
        return tf.make_ndarray(proto)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "a tensor of a request must have a type, and values that fit its shape. "
            f"Received in {name}: {error}."
        ) from None
