import subprocess
import sys
import textwrap

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.serving.example_signature import parse_examples
from diffumin_tf.serving.export import export
from tests.training.small_run import make_recipe, write_untrained_run

INPUTS = {
    "user_key": tf.TensorSpec([None], tf.int64, "user_key"),
    "context_price": tf.TensorSpec([None], tf.float32, "context_price"),
    "history_poi": tf.TensorSpec([None, None], tf.int64, "history_poi"),
    "history_city": tf.TensorSpec([None, None], tf.string, "history_city"),
}
FIRST = {
    "user_key": [-7],
    "context_price": [0.5],
    "history_poi": [3, 4],
    "history_city": [b"a", b"b"],
}
SECOND = {"user_key": [2**62], "context_price": [-1.0]}


def example(values):
    """A serialized example; the type of a feature is that of its values."""
    features = {}
    for name, entries in values.items():
        kind = np.asarray(entries).dtype.kind
        if kind == "i":
            feature = {"int64_list": tf.train.Int64List(value=entries)}
        elif kind == "f":
            feature = {"float_list": tf.train.FloatList(value=entries)}
        else:
            feature = {"bytes_list": tf.train.BytesList(value=entries)}
        features[name] = tf.train.Feature(**feature)
    whole = tf.train.Example(features=tf.train.Features(feature=features))
    return whole.SerializeToString()


def parse(*users):
    serialized = tf.constant([example(user) for user in users])
    return tf.function(lambda values: parse_examples(values, INPUTS))(serialized)


def test_histories_are_padded_and_an_empty_one_may_be_absent():
    parsed = parse(FIRST, SECOND)
    assert parsed["user_key"].numpy().tolist() == [-7, 2**62]
    assert parsed["context_price"].numpy().tolist() == [0.5, -1.0]
    assert parsed["history_poi"].numpy().tolist() == [[3, 4], [0, 0]]
    assert parsed["history_city"].numpy().tolist() == [[b"a", b"b"], [b"", b""]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"user_key": None}, "user_key.*is required"),
        ({"user_key": [0.5]}, "user_key.*types don't match|types don't.*user_key"),
        ({"history_poi": [3]}, "history_poi history_city must be equally long"),
    ],
)
def test_error_names_the_feature(change, message):
    user = {n: v for n, v in {**FIRST, **change}.items() if v is not None}
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        parse(FIRST, user)


def _requests(world, split):
    """One dict an impression, histories of the length that they have."""
    first, end = world.schema.splits[split]
    for user in world.users().as_numpy_iterator():
        for place, time in enumerate(user["impression_time"]):
            if first <= time < end:
                yield _request(user, place)


def _request(user, place):
    request = {}
    for name, values in user.items():
        role = name.split("/")[0]
        if role == "history":
            request[name] = values[: user["history_length"][place]][::-1]
        elif role in ("user", "user_key"):
            request[name] = values
        elif role in ("target", "context", "impression_time"):
            request[name] = values[place : place + 1]
    return {name.replace("/", "_"): value for name, value in request.items()}


def _padded(requests):
    """The same requests as the tensors of `serving_default`."""
    length = max(len(request["history_poi"]) for request in requests)
    return {
        name: np.stack([np.pad(r[name], (0, length - len(r[name]))) for r in requests])
        if name.startswith("history_")
        else np.concatenate([request[name] for request in requests])
        for name in requests[0]
    }


def test_scores_equal_those_of_tensors_without_this_package(tmp_path):
    recipe = make_recipe(num_users=3)
    write_untrained_run(tmp_path / "run", recipe)
    path = export(tmp_path / "run", recipe)
    requests = list(_requests(recipe.data.source, "test"))
    np.savez(tmp_path / "batch.npz", **_padded(requests))
    with tf.io.TFRecordWriter(str(tmp_path / "requests")) as writer:
        for request in requests:
            writer.write(example(request))
    code = f"""
        import sys
        sys.modules["diffumin_tf"] = None  # any import of it fails
        import numpy as np
        import tensorflow as tf
        signatures = tf.saved_model.load({str(path)!r}).signatures
        with np.load({str(tmp_path / "batch.npz")!r}) as batch:
            inputs = {{n: tf.constant(batch[n]) for n in batch.files}}
        examples = list(tf.data.TFRecordDataset({str(tmp_path / "requests")!r}))
        found = signatures["serve_examples"](examples=tf.stack(examples))
        want = signatures["serving_default"](**inputs)
        np.savez({str(tmp_path / "scores.npz")!r}, found=found["click_probability"],
                 want=want["click_probability"])
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    subprocess.run(command, check=True, cwd=tmp_path)
    with np.load(tmp_path / "scores.npz") as scores:
        assert len(scores["want"]) == len(requests) > 3
        assert np.ptp(scores["want"]) > 1e-4
        # The same operations on the same tensors.
        np.testing.assert_allclose(scores["found"], scores["want"], atol=1e-6)
