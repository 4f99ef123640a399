"""JSON read strictly: what `json.loads` lets pass in silence is an error here."""

import json
import re
from pathlib import Path


def read_json_object(path):
    """Reads a file that holds one JSON object.

    Args:
        path: The file, in UTF-8.

    Returns:
        The object as a dict, in the file's order.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no JSON, holds something else than an object, a key
            twice in one object, or a number that is not finite.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be JSON in UTF-8. Received: {error}.") from None
    try:
        found = json.loads(
            text,
            object_pairs_hook=lambda pairs: _without_doubles(pairs, text, path),
            parse_constant=lambda name: _refuse_constant(name, path),
        )
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        raise ValueError(f"{where}: must be JSON. Received: {error.msg}.") from None
    except RecursionError:
        raise ValueError(f"{path} must be flat JSON. Received: deep nesting.") from None
    if not isinstance(found, dict):
        raise ValueError(
            f"{path} must hold a JSON object. Received: {type(found).__name__}."
        )
    return found


def _without_doubles(pairs, text, path):
    found = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(
                f"{path} must name each key once. Received: {json.dumps(name)} twice "
                f"in one object (on lines {_lines_of(name, text)})."
            )
        found[name] = value
    return found


def _lines_of(name, text):
    spellings = {json.dumps(name), json.dumps(name, ensure_ascii=False)}
    pattern = "|".join(rf"{re.escape(spelling)}\s*:" for spelling in spellings)
    starts = [match.start() for match in re.finditer(pattern, text)]
    return ", ".join(str(text.count("\n", 0, start) + 1) for start in starts)


def _refuse_constant(name, path):
    raise ValueError(f"{path} must hold finite numbers. Received: {name}.")
