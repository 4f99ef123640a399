import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.readable_errors import (
    WHAT_TO_LOWER,
    plain_message,
    readable_errors,
    readable_memory_errors,
)


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


OUT_OF_MEMORY = "OOM when allocating tensor with shape[8,9] and type float"
AROUND = {
    "operation": "{{function_node __wrapped__Fill}} %s [Op:Fill] name: ",
    "iterator": (
        "{{function_node f}} Error in user-defined function with iterator: "
        "Iterator::Root::ParallelMapV2: %s\n\t [[{{node a/b}}]] [Op:IteratorGetNext]"
    ),
    "graph": (
        "Graph execution error:\n\nDetected at node a/b defined at (most recent call "
        'last):\n  File "a.py", line 1, in f\n\n%s\n\t [[{{node a/b}}]]\nHint: If you '
        "want to see a list\n [Op:__inference_f_42]"
    ),
    "compiled": "%s. [Op:__inference_<lambda>_65]",
}


@pytest.mark.parametrize("place", AROUND)
def test_memory_that_runs_out_is_told_in_one_line(place):
    error = tf.errors.ResourceExhaustedError(None, None, AROUND[place] % OUT_OF_MEMORY)
    source = Source(AssertionError("the source was asked"))
    with pytest.raises(MemoryError) as caught:
        with readable_memory_errors(), readable_errors(source):
            raise error
    assert str(caught.value) == (
        f"a run must fit into memory. Received: {OUT_OF_MEMORY}. {WHAT_TO_LOWER}"
    )


@pytest.mark.slow  # TensorFlow waits ten seconds for memory to come free.
def test_memory_that_really_runs_out():
    def fill():
        """4 PiB, which no machine gives."""
        return tf.cumsum(tf.random.stateless_uniform([2**40, 1024], [1, 2]))

    with pytest.raises(MemoryError, match="to allocate 4.00PiB. Lower BATCH_SIZE"):
        with readable_memory_errors():
            tf.function(fill, jit_compile=True)()


def test_a_full_disk_is_not_out_of_memory():
    full = tf.errors.ResourceExhaustedError(None, None, "f; No space left on device")
    with pytest.raises(tf.errors.ResourceExhaustedError):
        with readable_memory_errors():
            raise full


def test_plain_message():
    noise = "{{function_node f}} corrupted record at 12\n\t [[{{node x}}]] [Op:Next] n:"
    error = tf.errors.DataLossError(None, None, noise)
    assert plain_message(error) == "corrupted record at 12"


def test_plain_message_of_a_graph_that_was_loaded():
    head = (
        "Graph execution error:\n\nDetected at node a/b defined at (most recent call "
    )
    message = f"{head}last):\n<stack traces unavailable>\nids must be small: [7]\n\t [["
    error = tf.errors.InvalidArgumentError(None, None, f"{message}{{{{node a}}}}]]")
    assert plain_message(error) == "ids must be small: [7]"
