"""What XLA is given to compile, before any device's own passes."""

import math
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
_COMPUTATION = re.compile(r"^(?:ENTRY )?(%\S+) \(.*?\) -> .*? {\n(.*?)^}", re.M | re.S)
_ASSIGNED = re.compile(r"^ +(?:ROOT )?(%\S+) = (.*)$", re.M)
_ROOT = re.compile(r"^ +ROOT (%\S+) =", re.M)
_NAME = re.compile(r"%[\w.-]+")
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


def count_products(text, trips):
    """Multiply-adds of a program's matrix products, loops and calls followed.

    What nothing reads is left out, as XLA leaves it out.

    Args:
        text: HLO of a whole module.
        trips: Function of a loop's line that returns how often it runs.
    """
    bodies = {name: body for name, body in _COMPUTATION.findall(text)}

    def count(name):
        total = 0
        for line in _read_lines(bodies[name]):
            if " dot(" in line:
                total += _multiply_adds(line)
            elif called := re.search(r"(?:body|to_apply)=(\S+?)(?:,|$)", line):
                times = trips(line) if " while(" in line else 1
                total += times * count(called[1])
        return total

    (entry,) = re.findall(r"^ENTRY (\S+)", text, re.M)
    return count(entry)


def _read_lines(body):
    """The lines of a computation that its result hangs on."""
    lines = dict(_ASSIGNED.findall(body))
    waiting, read = _ROOT.findall(body), {}
    while waiting:
        name = waiting.pop()
        if name in lines and name not in read:
            read[name] = lines[name]
            waiting += _NAME.findall(lines[name])
    return read.values()


def _multiply_adds(line):
    """Those of a line with a `dot`: outputs times what each sums over."""
    output, operand = (_sizes(found) for found in re.findall(r"\[([\d,]*)\]", line)[:2])
    summed = _sizes(re.search(r"lhs_contracting_dims={([\d,]*)}", line)[1])
    return math.prod(output) * math.prod(operand[axis] for axis in summed)


def _sizes(text):
    return [int(size) for size in text.split(",") if size]
