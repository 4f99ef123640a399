"""What TF Serving answers to a request, given by an exported model in this process."""

from pathlib import Path

from diffumin_tf.atomic_file import atomic_file
from diffumin_tf.serving.predict_request import (
    make_predict_request,
    make_predict_response,
    parse_predict_request,
    read_predict_request,
    read_predict_response,
)
from diffumin_tf.serving.rest_answer import rest_answer
from diffumin_tf.serving.rest_request import parse_rest_request


def answer(model, request):
    """Returns the `PredictResponse` to a `PredictRequest`.

    Args:
        model: A `LocalModel`. It has no name: that of the request is returned.
        request: The request; its version, if it names one, must be the model's, and
            its output filter is kept to. Labels of versions are a server's: not read.

    Raises:
        ValueError: If the request is not what the model takes.
    """
    name, signature, arrays = read_predict_request(request)
    spec = request.model_spec
    if spec.HasField("version") and spec.version.value != model.version:
        raise ValueError(
            f"a request must ask for the version that is there, {model.version}. "
            f"Received: {spec.version.value}."
        )
    outputs = model.predict(arrays, signature)
    unknown = [name for name in request.output_filter if name not in outputs]
    if unknown:
        raise ValueError(
            f"output_filter must name outputs of {signature}: {', '.join(outputs)}. "
            f"Received: {', '.join(unknown)}."
        )
    wanted = {each: outputs[each] for each in request.output_filter or outputs}
    return make_predict_response(name, signature, wanted, model.version)


def answer_rest(model, text):
    """Returns the JSON that answers a REST request.

    Args:
        model: A `LocalModel`.
        text: The request's body.

    Raises:
        ValueError: If the request is not what the model takes.
    """
    request = parse_rest_request(text, model.signatures)
    return rest_answer(model.predict(request.arrays, request.signature), request.rows)


def answer_file(model, path, output=None):
    """Answers the request in a file.

    Args:
        model: A `LocalModel`.
        path: A name that ends in `.json`, REST, or `.pb`, a serialized
            `PredictRequest`.
        output: Where to write the answer: a serialized `PredictResponse` if it ends
            in `.pb`, else JSON. Nothing is written by default.

    Returns:
        The answer as JSON.

    Raises:
        ValueError: If the request is not what the model takes.
        OSError: If a file cannot be read or written.
    """
    body = Path(path).read_bytes()
    try:
        request, rows = _read(model, body, is_rest=str(path).endswith(".json"))
        response = answer(model, request)
        text = rest_answer(read_predict_response(response)[2], rows)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if output:
        binary = str(output).endswith(".pb")
        written = response.SerializeToString() if binary else f"{text}\n".encode()
        with atomic_file(output) as draft:
            draft.write_bytes(written)
    return text


def _read(model, body, is_rest):
    """The `PredictRequest`, and whether it came as rows."""
    if not is_rest:
        return parse_predict_request(body), False
    request = parse_rest_request(body, model.signatures)
    return make_predict_request("", request.signature, request.arrays), request.rows
