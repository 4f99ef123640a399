"""Which values a key of the released settings may have."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# TensorFlow's int32, which the released code counts in.
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Kind:
    """A type and its range.

    Attributes:
        expected: Both, in words.
        convert: Function of a JSON value that returns it as this package takes it,
            or None where it is not of this kind.
    """

    expected: str
    convert: Callable[[Any], Any]

    def read(self, name, value, path):
        """Returns `value` converted.

        Raises:
            ValueError: If it is not of this kind.
        """
        converted = self.convert(value)
        if converted is None:
            raise ValueError(
                f"{name} must be {self.expected}. Received: {json.dumps(value)} in "
                f"{path}."
            )
        return converted


def whole(least=1):
    """A whole number, `1000.0` too: the released files write some as floats."""
    return Kind(
        f"a whole number in {least}..{_LARGEST}", lambda value: _whole(value, least)
    )


def wholes():
    """A list of one or more positive whole numbers, as a tuple."""
    return Kind("a list of whole numbers from 1 on", _wholes)


def number(expected, holds):
    """A finite number for which `holds`, as a float."""
    return Kind(expected, lambda value: _number(value, holds))


def choice(**spellings):
    """One of the released spellings, as this package spells it."""
    return Kind(
        f"one of {', '.join(map(json.dumps, spellings))}",
        lambda value: spellings.get(value) if isinstance(value, str) else None,
    )


def only(*values):
    """One of the given values, of the same type."""
    return Kind(
        " or ".join(map(json.dumps, values)),
        lambda value: next(
            (v for v in values if type(v) is type(value) and v == value), None
        ),
    )


def flag():
    """True or false, which the released files also write as 1 and 0."""
    return Kind("true, false, 0 or 1", _flag)


def text():
    """Any text."""
    return Kind("a text", lambda value: value if isinstance(value, str) else None)


def _whole(value, least):
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and least <= value <= _LARGEST else None


def _wholes(value):
    if not isinstance(value, list) or not value:
        return None
    converted = tuple(_whole(each, 1) for each in value)
    return None if None in converted else converted


def _number(value, holds):
    if type(value) not in (int, float) or abs(value) > 1e300:
        return None
    return float(value) if math.isfinite(value) and holds(value) else None


def _flag(value):
    return bool(value) if type(value) in (bool, int) and value in (0, 1) else None
