import pytest

from diffumin_tf.experiments.choice import Choice


def test_one_setting():
    choice = Choice("NUM_CHANNELS", [2, 0.0001, "a'b", None, (8, 4)])
    assert choice.label == "NUM_CHANNELS"
    assert choice.texts == ("2", "0.0001", '"a\'b"', "None", "(8, 4)")
    found = [choice.lines(text) for text in choice.texts]
    assert found[1] == ["NUM_CHANNELS = 0.0001"]
    assert found[2] == ['NUM_CHANNELS = "a\'b"']
    assert found[4] == ["NUM_CHANNELS = (8, 4)"]


def test_settings_that_move_together():
    choice = Choice(["A", "x/B.c"], [[0.05, -0.5], [0.2, -2.0]])
    assert choice.label == "A + x/B.c"
    assert choice.texts == ("[0.05, -0.5]", "[0.2, -2.0]")
    assert choice.lines(choice.texts[1]) == ["A = 0.2", "x/B.c = -2.0"]


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("A", [], r"at least one value. Received: values=\(\) of A"),
        ("A", 3, "at least one value. Received: values=3 of A"),
        ("A", "abc", "at least one value. Received: values='abc' of A"),
        ("", [1], "name must not be empty"),
        ([], [[]], "name must not be empty"),
        ("A", [1, 2, 1], r"must differ. Received: \['1', '2', '1'\] of A"),
        ("A", [float("nan")], "must be a number.*nan of A"),
        ("A", [len], "must be a number.*built-in function len> of A"),
        (["A", "B"], [1], r"A \+ B must be a list of 2. Received: 1"),
        (["A", "B"], [[1, 2], [3]], r"A \+ B must be a list of 2. Received: \[3\]"),
    ],
)
def test_error_arguments(name, values, message):
    with pytest.raises(ValueError, match=message):
        Choice(name, values)
