import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.readable_errors import plain_message, readable_errors


class Source:
    """A source whose records are, or are not, to blame."""

    def __init__(self, error=None):
        self.error = error

    def check(self):
        if self.error:
            raise self.error


def refuse(number):
    tf.raw_ops.Assert(condition=number < 2, data=["number must be small:", number])
    return number


def read():
    return list(tf.data.Dataset.range(5).map(refuse))


def test_the_source_says_what_is_wrong():
    with pytest.raises(ValueError, match="^label must be 0 or 1$"):
        with readable_errors(Source(ValueError("label must be 0 or 1"))):
            read()


@pytest.mark.parametrize("source", [object(), Source()])
def test_a_source_that_knows_nothing_leaves_the_message(source):
    with pytest.raises(ValueError) as caught:
        with readable_errors(source):
            read()
    assert "number must be small:" in str(caught.value)
    assert not any(noise in str(caught.value) for noise in ("{{", "[Op:", "\n"))


def test_errors_of_a_model_keep_their_type_and_blame_no_data():
    source = Source(AssertionError("the source was asked"))
    with pytest.raises(tf.errors.InvalidArgumentError):
        with readable_errors(source):
            tf.reshape(np.ones(3), [2, 2])


def test_plain_message():
    noise = "{{function_node f}} corrupted record at 12\n\t [[{{node x}}]] [Op:Next] n:"
    error = tf.errors.DataLossError(None, None, noise)
    assert plain_message(error) == "corrupted record at 12"
