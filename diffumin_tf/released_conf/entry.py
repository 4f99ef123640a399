"""What became of one key."""

import json
from dataclasses import dataclass
from typing import Any

TAKEN = "taken over"
REPAIRED = "repaired"
UNUSED = "without effect in the released code"
LEFT = "cannot be carried over"
UNKNOWN = "unknown"
GROUPS = (TAKEN, REPAIRED, UNUSED, LEFT, UNKNOWN)

_SHOWN = 60


@dataclass(frozen=True)
class Entry:
    """One line of the report.

    Attributes:
        group: One of `GROUPS`.
        name: The key, or what else the line is about.
        text: What was done, or why nothing.
        value: The key's value in the file.
        has_value: Whether it was there.
        bindings: The lines of gin that it became.
    """

    group: str
    name: str
    text: str = ""
    value: Any = None
    has_value: bool = True
    bindings: tuple[str, ...] = ()

    def line(self):
        """The entry in one line of ASCII, whatever the file holds."""
        name = self.name if self.name.isidentifier() else json.dumps(self.name)
        name = _shortened(name if self.has_value else self.name)
        shown = f" = {_shortened(json.dumps(self.value))}" if self.has_value else ""
        became = "; ".join(filter(None, (*self.bindings, self.text)))
        return " ".join(f"{name}{shown}: {became}".split())


def _shortened(text):
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
