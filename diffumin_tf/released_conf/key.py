"""One key of the released settings."""

import json
from dataclasses import dataclass

from diffumin_tf.released_conf.entry import REPAIRED, TAKEN, Entry
from diffumin_tf.released_conf.kind import Kind

_FLOAT = "a float, where the code needs an int and fails"


@dataclass(frozen=True)
class Key:
    """A key that is known, and what becomes of it.

    Attributes:
        name: As the released files spell it.
        kind: The values that it may have.
        bindings: Lines of gin with `{}` for the value.
        text: Why nothing becomes of it, or what else there is to say.
        group: One of `entry.GROUPS`.
        required: Whether the settings make no sense without it.
    """

    name: str
    kind: Kind
    bindings: tuple[str, ...] = ()
    text: str = ""
    group: str = TAKEN
    required: bool = True

    def entry(self, value, converted):
        """The entry of a value that was read from the file."""
        group, text = self.group, self.text
        if type(value) is float and type(converted) is int:
            group = REPAIRED
            text = "; ".join(filter(None, (_FLOAT, text)))
        return Entry(group, self.name, text, value, bindings=self.bound(converted))

    def bound(self, converted):
        """The key's lines of gin for a value."""
        # As JSON a text stands in double quotes, as in the gin files.
        is_text = isinstance(converted, str)
        value = json.dumps(converted) if is_text else repr(converted)
        return tuple(line.format(value) for line in self.bindings)
