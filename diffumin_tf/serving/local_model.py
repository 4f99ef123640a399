"""An exported model in this process: what TF Serving would answer, without one."""

from pathlib import Path

import tensorflow as tf

from diffumin_tf.data.readable_errors import plain_message
from diffumin_tf.serving.input_check import check_inputs
from diffumin_tf.serving.predict_request import DEFAULT_SIGNATURE
from diffumin_tf.serving.version_directory import version_number

_MODEL_FILE = "saved_model.pb"


class LocalModel:
    """One version of a SavedModel, any that has signatures.

    Attributes:
        path: Directory of the version.
        version: Its number; None where its directory has another name.
        signatures: Name of a signature to its inputs: name to `tf.TensorSpec`.

    Args:
        path: Directory of a version, or of versions; then the highest is taken, as
            TF Serving does.

    Raises:
        OSError: If there is no version, it is no SavedModel, or a damaged one.
    """

    def __init__(self, path):
        self.path = find_version(path)
        self.version = version_number(self.path)
        # The model owns the variables, which its signatures only refer to.
        self._model = _load(self.path)
        self._functions = dict(self._model.signatures)
        self.signatures = {
            name: dict(sorted(function.structured_input_signature[1].items()))
            for name, function in self._functions.items()
        }

    def predict(self, arrays, signature=DEFAULT_SIGNATURE):
        """Runs a signature; any number of threads may do so at once.

        Args:
            arrays: The inputs by name, of the types that the signature has.
            signature: Its name.

        Returns:
            The outputs, name to array, by name.

        Raises:
            ValueError: If the request is not what the signature takes, or its graph
                refuses it.
            MemoryError: If it does not fit into memory.
        """
        if signature not in self._functions:
            raise ValueError(
                f"signature must be one of {', '.join(sorted(self._functions))}. "
                f"Received: {signature!r}, which {self.path} does not have."
            )
        specs = self.signatures[signature]
        check_inputs(arrays, specs, signature)
        inputs = {name: tf.constant(arrays[name], specs[name].dtype) for name in specs}
        outputs = self._run(signature, inputs)
        return {name: outputs[name].numpy() for name in sorted(outputs)}

    def _run(self, signature, inputs):
        try:
            return self._functions[signature](**inputs)
        except tf.errors.ResourceExhaustedError as error:
            raise MemoryError(
                f"a request must fit into memory. Received: {plain_message(error)}."
            ) from error
        except tf.errors.OpError as error:
            raise ValueError(f"{signature}: {plain_message(error)}") from error


def find_version(path):
    """Returns the directory of the version that TF Serving takes.

    Args:
        path: Directory of a version, or one whose sub-directories are named by
            numbers: the highest is taken. Other names are no versions.

    Raises:
        OSError: If there is none, or it is no SavedModel.
    """
    path = Path(path)
    if (path / _MODEL_FILE).is_file():
        return path
    if not path.is_dir():
        raise NotADirectoryError(
            f"an exported model must be a directory. Received: {path}, which is none."
        )
    versions = {
        version_number(child): child for child in path.iterdir() if child.is_dir()
    }
    versions.pop(None, None)
    if not versions:
        raise FileNotFoundError(
            f"an exported model must have {_MODEL_FILE}, or directories of versions, "
            f"such as 1, that do. Received: {path}, which has neither."
        )
    newest = versions[max(versions)]
    if not (newest / _MODEL_FILE).is_file():
        raise FileNotFoundError(
            f"the highest version must be a SavedModel. Received: {newest}, which has "
            f"no {_MODEL_FILE}."
        )
    return newest


def _load(path):
    try:
        return tf.saved_model.load(str(path))
    # What TensorFlow raises depends on the file that is damaged.
    except (tf.errors.OpError, ValueError, IndexError) as error:
        op = isinstance(error, tf.errors.OpError)
        raise OSError(
            f"an exported model must be whole. Received: {path}: "
            f"{plain_message(error) if op else error}."
        ) from error
