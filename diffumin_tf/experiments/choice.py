"""One setting that is tuned."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """A setting and the values to try.

    Attributes:
        name: The left-hand side of its line of gin, such as "NUM_CHANNELS" or
            "DiffuMIN.diffusion_weight"; a list of them for settings that move
            together, and then each value is a list as long.
        values: Numbers, texts, booleans, None, or lists of these.
    """

    name: str | tuple[str, ...]
    values: tuple

    def __post_init__(self):
        for field in ("name", "values"):
            value = getattr(self, field)
            if isinstance(value, list):
                object.__setattr__(self, field, tuple(value))
        if not self.names or not all(self.names):
            raise ValueError(f"name must not be empty. Received: {self.name!r}.")
        if not isinstance(self.values, tuple) or not self.values:
            raise ValueError(
                "a choice must have a list of at least one value. Received: "
                f"values={self.values!r} of {self.label}."
            )
        for value in self.values:
            self._check(value)
        if len(set(self.texts)) < len(self.texts):
            raise ValueError(
                f"values must differ. Received: {list(self.texts)} of {self.label}."
            )

    @property
    def names(self):
        """The names of the settings: one, or those that move together."""
        return (self.name,) if isinstance(self.name, str) else self.name

    @property
    def label(self):
        """What tables call it."""
        return " + ".join(self.names)

    @property
    def texts(self):
        """The values as texts, of which `lines` makes gin again."""
        return tuple(repr(value) for value in self.values)

    def lines(self, text):
        """The lines of gin that set the value of a text."""
        value = ast.literal_eval(text)
        values = (value,) if isinstance(self.name, str) else value
        pairs = zip(self.names, values, strict=True)
        return [f"{name} = {value!r}" for name, value in pairs]

    def _check(self, value):
        try:
            is_plain = ast.literal_eval(repr(value)) == value
        except (SyntaxError, ValueError):
            is_plain = False
        if not is_plain:
            raise ValueError(
                "a value must be a number, a text, a boolean, None or a list of these. "
                f"Received: {value!r} of {self.label}."
            )
        if isinstance(self.name, str):
            return
        if not isinstance(value, tuple | list) or len(value) != len(self.name):
            raise ValueError(
                f"a value of {self.label} must be a list of {len(self.name)}. "
                f"Received: {value!r}."
            )
