"""Which arguments a function or class takes, through `**kwargs` too."""

import inspect
from collections.abc import Callable


def accepted_parameters(target: Callable) -> set[str] | None:
    """Returns the names of the arguments of `target`, or None if any name may do.

    A class that passes `**kwargs` on also takes what its bases name: a Keras layer
    takes `dtype`, but not every misspelt word that its signature would let through.
    """
    signatures = _signatures(target)
    names = {p.name for signature in signatures for p in signature if _is_named(p)}
    if len(signatures) == 1 and any(p.kind is p.VAR_KEYWORD for p in signatures[0]):
        return None
    return names


def required_parameters(target: Callable) -> tuple[str, ...]:
    """Returns the names of the arguments of `target` that have no default."""
    own = _signatures(target)[0]
    return tuple(p.name for p in own if _is_named(p) and p.default is p.empty)


def _signatures(target):
    if not inspect.isclass(target):
        return [list(inspect.signature(target).parameters.values())]
    constructors = [
        list(inspect.signature(vars(base)["__init__"]).parameters.values())[1:]
        for base in target.__mro__
        if base is not object and "__init__" in vars(base)
    ]
    own, *inherited = constructors or [[]]
    passes_on = any(p.kind is p.VAR_KEYWORD for p in own)
    return [own, *inherited] if passes_on else [own]


def _is_named(parameter):
    return parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
