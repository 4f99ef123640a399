"""What XLA is given to compile, before any device's own passes."""

import re

import tensorflow as tf

# Calls of a library and of the host: a TPU has neither, a GPU waits for the host.
FOREIGN = {
    "custom-call",
    "infeed",
    "outfeed",
    "recv",
    "recv-done",
    "send",
    "send-done",
}

_INSTRUCTION = re.compile(r"^ +(?:ROOT )?\S+ = (?:\(.*?\)|\S+) ([a-z][\w-]*)\(", re.M)
_TYPE = re.compile(r"\b([a-z]+\d+|pred)\[")
_BOUNDED = re.compile(r"\[(?:\d+,)*<=\d")


def program(function, *inputs, platform="CPU"):
    """The HLO text of a function.

    Args:
        function: Function of tensors.
        *inputs: Nests of arrays, of which only shapes and dtypes are taken: XLA must
            not know a value.
        platform: `"CPU"` or `"GPU"`, whose kernels lower it; without captured
            variables alone. No device is needed.
    """

    def flat(*tensors):
        return function(*tf.nest.pack_sequence_as(inputs, tensors))

    tensors = map(tf.convert_to_tensor, tf.nest.flatten(inputs))
    specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in tensors]
    compiled = tf.function(flat, autograph=False, jit_compile=True)
    lower = compiled.experimental_get_compiler_ir(*specs)
    return lower(stage="hlo", platform_name=platform)


def operations(text):
    """The set of a program's operations, such as `"dot"`."""
    return set(_INSTRUCTION.findall(text))


def dtypes(text):
    """The set of its dtypes, as HLO names them, such as `"f32"`."""
    return set(_TYPE.findall(text))


def is_static(text):
    """Whether no array of a program has a length that hangs on values."""
    return not _BOUNDED.search(text)
