"""Reachability of bindings, without gin."""

import pytest

from diffumin_tf.config_checks import (
    MACRO,
    Binding,
    ConfigError,
    Reference,
    live_bindings,
)


def bind(name, *references, is_flag=False, scope=""):
    selector, parameter = name.split(".") if "." in name else (MACRO, "value")
    return Binding(
        scope=scope if "." in name else name,
        selector=selector,
        parameter=parameter,
        value=None,
        references=tuple(references),
        is_required=False,
        name=name,
        origin="here",
        is_flag=is_flag,
    )


def test_the_last_binding_wins_and_what_it_cuts_off_is_dropped():
    first = bind("run.model", Reference("", "Deep"))
    depth = bind("Deep.depth", Reference("DEPTH", MACRO))
    macro = bind("DEPTH")
    second = bind("run.model", Reference("", "Wide"))
    width = bind("Wide.width")
    written = [first, depth, macro, second, width]
    assert live_bindings(written, ["run"]) == [second, width]
    assert live_bindings(written[:3], ["run"]) == written[:3]


def test_a_flag_must_be_of_use_in_the_end():
    written = [
        bind("run.model", Reference("", "Deep")),
        bind("run.model", Reference("", "Wide")),
        bind("Deep.depth", is_flag=True),
    ]
    with pytest.raises(ConfigError, match="here: Deep.depth is never used; .* Deep"):
        live_bindings(written, ["run"])


def test_an_inner_reference_runs_in_the_scope_of_its_reader():
    outer = bind("run.model", Reference("big", "Model"))
    inner = bind("Model.layer", Reference("", "Layer"))
    scoped = bind("Layer.width", scope="big")
    assert live_bindings([outer, inner, scoped], ["run"]) == [outer, inner, scoped]
    with pytest.raises(ConfigError, match="Layer.width is never used"):
        live_bindings([outer, inner, bind("Layer.width", scope="bi")], ["run"])


def test_references_in_a_circle_end():
    loop = [bind("A", Reference("B", MACRO)), bind("B", Reference("A", MACRO))]
    start = bind("run.x", Reference("A", MACRO))
    assert live_bindings([*loop, start], ["run"]) == [*loop, start]


def test_arguments_that_gin_must_supply():
    model = bind("run.model", Reference("", "Model", required=("width",)))
    with pytest.raises(ConfigError, match="^Model.width has no default and nothing"):
        live_bindings([model], ["run"])
    width = bind("Model.width")
    assert live_bindings([model, width], ["run"]) == [model, width]
