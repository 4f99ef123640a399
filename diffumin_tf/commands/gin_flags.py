"""Flags that stand for what gin would bind, and win over it."""


def define(define_flag, listed):
    """Defines flags that are not set by default.

    Args:
        define_flag: Such as `flags.DEFINE_string`.
        listed: Name of the flag to what it binds and what it is.

    Returns:
        List of what each binds and its flag.
    """
    return [
        (bound, define_flag(name, None, text)) for name, (bound, text) in listed.items()
    ]


def given(defined):
    """What the flags given bind, to their values; of what `define` returned."""
    return {bound: flag.value for bound, flag in defined if flag.value is not None}


def lines(values):
    """Lines of gin."""
    return [f"{bound} = {value!r}" for bound, value in values.items()]
