from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.serving.local_model import LocalModel, find_version
from tests.serving.tiny_model import CANDIDATES, ROWS, SCORES, save_tiny_model


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("base") / "3")


@pytest.fixture(scope="module")
def model(path):
    return LocalModel(path)


def test_signatures(model, path):
    assert set(model.signatures) == {"serving_default", "rank", "cities"}
    inputs = model.signatures["rank"]
    assert inputs["history_poi"].shape.as_list() == [1, None]
    assert inputs["target_poi"].dtype == "int64"
    assert (model.path, model.version) == (path, 3)


def test_predict(model):
    assert model.predict(ROWS)["click_probability"].tolist() == SCORES
    found = model.predict(CANDIDATES, "rank")["click_probability"]
    assert found.dtype == np.float32 and found.tolist() == [13, 23, 33]


def test_strings_in_and_out(model):
    for cities in (np.array([b"a", b"bc"], object), np.array(["a", "bc"])):
        found = model.predict({"city": cities}, "cities")
        assert found["city_bytes"].tolist() == [b"a", b"bc"]
        assert found["length"].tolist() == [1, 2]


def test_empty_tensors(model):
    no_rows = {name: array[:0] for name, array in ROWS.items()}
    assert model.predict(no_rows)["click_probability"].shape == (0,)
    no_history = ROWS | {"history_poi": np.zeros([2, 0], np.int64)}
    assert model.predict(no_history)["click_probability"].tolist() == [0.25, -1.5]


def test_threads_get_their_own_answers(model):
    def ask(number):
        request = CANDIDATES | {"target_poi": np.arange(number, number + 3)}
        return model.predict(request, "rank")["click_probability"].tolist()

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(ask, range(500)))
    assert found == [[n + 3, n + 4, n + 5] for n in range(500)]


def test_all_that_is_wrong_is_told_at_once(model):
    request = {"history_poi": np.zeros([2], np.int32), "user_key": np.zeros(1)}
    with pytest.raises(ValueError) as caught:
        model.predict(request)
    assert str(caught.value) == (
        "a request must have the inputs of serving_default: context_price float32 [?], "
        "history_poi int64 [?, ?]. Received: no context_price; user_key, which is none "
        "of them; history_poi of type int32; history_poi of shape [2]."
    )


@pytest.mark.parametrize("history", [np.zeros([2, 3], np.int64), np.zeros([0, 3], int)])
def test_error_several_users_for_one(model, history):
    with pytest.raises(ValueError, match=r"history_poi of shape \[[02], 3\]\.$"):
        model.predict(CANDIDATES | {"history_poi": history}, "rank")


def test_error_numbers_for_strings(model):
    with pytest.raises(
        ValueError, match=r"city string \[\?\]. Received: city of type i"
    ):
        model.predict({"city": np.array([1])}, "cities")


def test_error_unknown_signature(model):
    with pytest.raises(ValueError, match="cities, rank, serving_default. Rec.*'score'"):
        model.predict({}, "score")


def test_what_the_graph_refuses_is_told_plainly(model):
    with pytest.raises(ValueError) as caught:
        model.predict(ROWS | {"history_poi": np.array([[1], [-7]])})
    told = "[history_poi must not be negative. Received:] [[1][-7]]"
    assert str(caught.value) == f"serving_default: assertion failed: {told}"


def test_error_out_of_memory(model, monkeypatch):
    def fail(**inputs):
        raise tf.errors.ResourceExhaustedError(
            None, None, "OOM when allocating [[{{x}}]]"
        )

    monkeypatch.setitem(model._functions, "rank", fail)
    with pytest.raises(
        MemoryError, match="must fit into memory. Received: OOM when al"
    ):
        model.predict(CANDIDATES, "rank")


def test_the_highest_version_is_taken(tmp_path):
    for name in ("2", "10", ".draft-11", "old"):
        save_tiny_model(tmp_path / name, weight=float(len(name)))
    (tmp_path / "12").touch()
    assert find_version(tmp_path) == tmp_path / "10"
    model = LocalModel(str(tmp_path))
    assert model.version == 10
    assert model.predict(ROWS)["click_probability"].tolist() == [4, -3]
    assert LocalModel(tmp_path / "2").version == 2
    assert LocalModel(tmp_path / "old").version is None


def test_a_highest_version_without_model_is_no_reason_for_an_older(tmp_path):
    save_tiny_model(tmp_path / "1")
    (tmp_path / "2").mkdir()
    with pytest.raises(FileNotFoundError, match="/2, which has no saved_model.pb"):
        LocalModel(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empty", "Received: .*/empty, which has neither"),
        ("file", "/file, which is no"),
    ],
)
def test_error_no_model(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for missing in (name, "none"):
        with pytest.raises(OSError, match=message if missing == name else "/none, whi"):
            LocalModel(tmp_path / missing)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("saved_model.pb", 100),
        ("saved_model.pb", 0),
        ("variables/variables.index", 0),
        ("variables/variables.data-00000-of-00001", 0),
    ],
)
def test_error_a_damaged_model(tmp_path, name, size):
    path = save_tiny_model(tmp_path / "1") / name
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(OSError, match=str(tmp_path)) as caught:
        LocalModel(tmp_path)
    assert "\n" not in str(caught.value)
