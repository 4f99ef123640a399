"""Of what kind a run's model and optimizer are, kept beside their checkpoints.

Checkpoints number an optimizer's variables and do not say whose they are.
"""

STATE = "state.json"


def describe_state(model, optimizer):
    """What another run must know of this one to go on from its checkpoint.

    Args:
        model: The run's model.
        optimizer: Its optimizer, built.

    Returns:
        Dictionary for `state.json`: the classes of both, and what each variable of the
        optimizer is, with its shape. Only the last word of a variable's name says what
        it is, such as `"velocity"`: before it stands the name of a weight, which counts
        the models that a process has made.
    """
    return {
        "model": type(model).__name__,
        "optimizer": _kind(optimizer),
        "optimizer_variables": [
            [variable.name.rpartition("_")[2], list(variable.shape)]
            for variable in optimizer.variables
        ],
    }


def carried_variables(state):
    """Numbers of the optimizer's variables that a run hands on.

    All but learning rates. They are settings, which the new run has of its own; the
    old ones would win over them in silence.

    Args:
        state: As `describe_state` returns it.
    """
    words = [word for word, _ in state["optimizer_variables"]]
    return [number for number, word in enumerate(words) if word != "rate"]


def _kind(optimizer):
    inner = ", ".join(_kind(one) for one in getattr(optimizer, "optimizers", ()))
    return type(optimizer).__name__ + (f"({inner})" if inner else "")
