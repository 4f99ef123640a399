"""Finds what a configuration says in vain, before anything is built.

A misspelt name in a gin file is rarely a syntax error: `NUM_CHANELS = 8` merely
binds a macro that nothing reads. These checks follow the references of all bindings
from the entry points of the program, so whatever is not reached is reported.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MACRO = "gin.macro"


class ConfigError(ValueError):
    """A configuration that cannot run; the message is a single line."""


@dataclass(frozen=True)
class Reference:
    """An `@scope/selector` or `%MACRO` inside a value.

    Attributes:
        scope: The scope to call it in, empty for that of the reader; a macro's name.
        selector: The complete name of the configurable, `MACRO` for a macro.
        required: The parameters without a default, where gin makes the call itself
            (`@selector()`); whoever is handed a plain `@selector` may pass them.
    """

    scope: str
    selector: str
    required: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Binding:
    """One `scope/selector.parameter = value`, and where it was written.

    Attributes:
        scope: The scope, empty for none; a macro's name.
        selector: The complete name of the configurable, `MACRO` for a macro.
        parameter: The parameter's name.
        value: What gin parsed.
        references: The references inside the value.
        is_required: Whether the value contains gin's REQUIRED.
        name: The left-hand side as it was written.
        origin: The file and line, or the flag.
        is_flag: Whether it came from the command line.
    """

    scope: str
    selector: str
    parameter: str
    value: Any
    references: tuple[Reference, ...]
    is_required: bool
    name: str
    origin: str
    is_flag: bool


def live_bindings(written: list[Binding], entry_points: Iterable[str]):
    """Checks all bindings and returns those that can take effect.

    What a file binds must be of use in the files taken together, later overrides
    aside: an ablation that replaces a part leaves the settings of that part behind,
    which is no mistake. What a flag binds must be of use in the end, or the person
    who typed it is misled.

    Args:
        written: All bindings in the order they were read; later ones win.
        entry_points: Complete names of the configurables that the program calls.

    Returns:
        The bindings in force that an entry point leads to.

    Raises:
        ConfigError: If a macro is used but not bound, a binding is never used, or a
            required value is not set.
    """
    _check_macros(written)
    last = {(b.scope, b.selector, b.parameter): b for b in written}
    calls = dict(_calls(last.values(), entry_points))
    live = {binding for applied in calls.values() for binding in applied}
    of_use = {b for _, applied in _calls(written, entry_points) for b in applied}
    for binding in last.values():
        if binding not in (live if binding.is_flag else of_use):
            raise ConfigError(_unused(binding, written))
    _check_required(calls)
    return [binding for binding in last.values() if binding in live]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Returns `; did you mean ...?` where something known is close, else nothing."""
    close = difflib.get_close_matches(name, sorted(set(known)), n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _check_macros(written):
    bound = {binding.scope for binding in written if binding.selector == MACRO}
    for binding in written:
        for reference in binding.references:
            if reference.selector == MACRO and reference.scope not in bound:
                raise ConfigError(
                    f"{binding.origin}: macro %{reference.scope} is not bound"
                    + did_you_mean(reference.scope, bound)
                )


def _check_required(calls):
    for call, applied in calls.items():
        for binding in applied:
            if binding.is_required:
                raise ConfigError(
                    f"{binding.origin}: {binding.name} is required and not set; add "
                    f"it to a gin file or pass --gin_bindings='{binding.name} = ...'"
                )
        for parameter in call.required:
            if parameter not in {binding.parameter for binding in applied}:
                name = f"{call.selector.split('.')[-1]}.{parameter}"
                raise ConfigError(f"{name} has no default and nothing binds it")


def _calls(bindings, entry_points):
    """Yields each call that an entry point leads to, and the bindings it takes."""
    by_selector = {}
    for binding in bindings:
        by_selector.setdefault(binding.selector, []).append(binding)
    waiting = [Reference("", selector) for selector in entry_points]
    seen = set(waiting)
    while waiting:
        call = waiting.pop()
        candidates = by_selector.get(call.selector, ())
        applied = [b for b in candidates if _applies(b.scope, call.scope)]
        yield call, applied
        for inner in (inner for b in applied for inner in b.references):
            scope = inner.scope or call.scope
            inner = Reference(scope, inner.selector, inner.required)
            if inner not in seen:
                seen.add(inner)
                waiting.append(inner)


def _applies(scope, active):
    return not scope or f"{active}/".startswith(f"{scope}/")


def _unused(binding, written):
    if binding.selector == MACRO:
        used = {r.scope for b in written for r in b.references if r.selector == MACRO}
        reason = did_you_mean(binding.scope, used - {binding.scope})
    else:
        reason = f"; nothing in force calls {binding.selector.split('.')[-1]}"
    return f"{binding.origin}: {binding.name} is never used{reason}"
