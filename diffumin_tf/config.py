"""Run configuration: the only module that knows gin.

Layers, models and data never import gin. They are plain classes, listed in
`configurables.py`, whose arguments gin files may bind. This module reads the files,
refuses whatever would be ignored in silence, and calls an entry point with the
objects that were asked for.
"""

import copy
import tokenize
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager

import gin
from gin import config_parser

from diffumin_tf.config_checks import (
    MACRO,
    Binding,
    ConfigError,
    Reference,
    did_you_mean,
    live_bindings,
)
from diffumin_tf.config_files import find_gin_file
from diffumin_tf.config_signatures import accepted_parameters, required_parameters

_PREPARATIONS = ("prepare_data", "prepare_alibaba", "prepare_eleme")
ENTRY_POINTS = ("Recipe", "train", *_PREPARATIONS)


def register(module: str, *configurables: Callable) -> None:
    """Makes functions or classes known to gin, leaving them as they are.

    Args:
        module: The prefix that tells equal names apart, such as "keras.optimizers".
        *configurables: What gin files may refer to and bind the arguments of.
    """
    with gin.unlock_config():
        for configurable in configurables:
            gin.external_configurable(configurable, module=module)


def register_all() -> None:
    """Registers everything that `configurables.py` lists."""
    from diffumin_tf.configurables import CONFIGURABLES

    for module, listed in CONFIGURABLES.items():
        register(module, *listed)


def load(
    gin_files: Sequence[str],
    gin_bindings: Sequence[str] = (),
    entry_points: Iterable[str] = ENTRY_POINTS,
) -> None:
    """Replaces the configuration by the given files, then the given bindings.

    A file that was read before is not read again by an `include`: what all models
    share is included by each model's file, and must not undo what a run file set
    when another model's file comes after it.

    Args:
        gin_files: Paths of gin files, found as `config_files.find_gin_file` says.
        gin_bindings: Lines such as "NUM_CHANNELS = 8"; later ones win.
        entry_points: The configurables that the program itself calls; whatever
            they do not lead to counts as unused.

    Raises:
        ConfigError: If a file is missing or malformed, a name is unknown, a macro
            is not bound, a binding is never used, or a required value is not set.
    """
    gin.clear_config()
    written, read = [], set()
    for name in gin_files:
        written += _read_file(find_gin_file(name), read)
    for text in gin_bindings:
        written += _read(text, f"--gin_bindings='{_one_line(text)}'", read)
    selectors = [_find(name).selector for name in entry_points]
    # Only what can take effect reaches gin, so that a saved configuration holds
    # nothing that loading it again would have to refuse.
    for binding in live_bindings(written, selectors):
        key = (binding.scope, binding.selector, binding.parameter)
        gin.bind_parameter(key, binding.value)
    gin.finalize()


def call(function: Callable, **arguments):
    """Calls a registered function with the arguments given and those configured.

    Raises:
        ConfigError: If an argument without a default is neither given nor bound.
    """
    bound = gin.get_bindings(function, resolve_references=False)
    for parameter in required_parameters(function):
        if parameter not in bound and parameter not in arguments:
            name = f"{function.__name__}.{parameter}"
            raise ConfigError(f"{name} has no default and nothing binds it")
    return gin.get_configurable(function)(**arguments)


def bound_text(parameter: str) -> str:
    """Returns what a parameter such as "ClickData.source" is bound to, as gin text.

    Raises:
        ConfigError: If nothing binds it.
    """
    try:
        return repr(gin.query_parameter(parameter))
    except ValueError:
        raise ConfigError(f"nothing binds {parameter}") from None


def bound_argument(parameter: str) -> dict[str, object]:
    """Makes what a parameter such as "train.strategy" is bound to, before a call.

    Returns:
        It by its own name, to be given to that call; nothing if nothing binds it.
    """
    try:
        bound = gin.query_parameter(parameter)
    except ValueError:
        return {}
    # How gin itself makes what a reference stands for.
    return {parameter.rpartition(".")[2]: copy.deepcopy(bound)}


def operative_config() -> str:
    """Returns the configuration in force as the text of a gin file.

    Beside every binding that can take effect it holds the defaults of whatever was
    called so far. Loading the text gives the same run.
    """
    # gin's own text leaves out what was not called yet, such as the settings of
    # `evaluate` in a training run.
    merged = {key: dict(values) for key, values in gin.config._CONFIG.items()}
    for key, values in gin.config._OPERATIVE_CONFIG.items():
        merged.setdefault(key, {}).update(values)
    return gin.config._config_str(merged)


def _read_file(path, read, including=()):
    if path in including:
        raise ConfigError(f"{path} includes itself")
    read.add(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return _read(text, str(path), read, (*including, path))


def _read(text, source, read, files=()):
    """Parses `text`; `files` is the chain of includes, empty for a flag."""
    bindings = []
    for statement in _statements(text, source, files):
        where = _where(source, files, statement.location.line_num)
        if isinstance(statement, config_parser.IncludeStatement):
            with _located(where):
                path = find_gin_file(statement.filename, *files[-1:])
            if path not in read or path in files:
                bindings += _read_file(path, read, files)
        elif isinstance(statement, config_parser.BindingStatement):
            with _located(where):
                bindings.append(_binding(statement, where, is_flag=not files))
        elif isinstance(statement, config_parser.ImportStatement):
            with _located(where):
                gin.parse_config(statement.format())
        else:  # The head of a block, `name:`, whose bindings follow one by one.
            with _located(where):
                _find(statement.selector)
    return bindings


class _Delegate(gin.config.ParserDelegate):
    """Reports unknown references together with the names that come close."""

    def configurable_reference(self, scoped_selector, evaluate):
        _find(scoped_selector.rsplit("/", 1)[-1])
        return super().configurable_reference(scoped_selector, evaluate)


def _statements(text, source, files):
    try:
        parser = config_parser.ConfigParser(text, _Delegate())
        yield from parser
    except ConfigError as error:
        line, reason = parser.current_token.start[0], str(error).splitlines()[0]
    except SyntaxError as error:
        line, reason = error.lineno, f"not valid gin: {error.msg.splitlines()[-1]}"
    except tokenize.TokenError as error:
        line, reason = error.args[1][0], f"not valid gin: {error.args[0]}"
    else:
        return
    raise ConfigError(f"{_where(source, files, line)}: {_one_line(reason)}")


def _binding(statement, where, is_flag):
    scope, selector, parameter, value, _ = statement
    name = "/".join(filter(None, (scope, selector)))
    if parameter:
        configurable = _find(selector)
        _check_parameter(configurable, parameter)
        selector, name = configurable.selector, f"{name}.{parameter}"
    else:
        scope, selector, parameter = name, MACRO, "value"
    references = list(gin.config.iterate_references(value))
    return Binding(
        scope=scope,
        selector=selector,
        parameter=parameter,
        value=value,
        references=tuple(_reference(reference) for reference in references),
        is_required=any(repr(r) == "%gin.REQUIRED" for r in references),
        name=name,
        origin=where,
        is_flag=is_flag,
    )


def _reference(reference):
    scope, selector = reference.config_key
    called_by_gin = reference.evaluate and selector != MACRO
    required = (
        required_parameters(reference.configurable.wrapped) if called_by_gin else ()
    )
    return Reference(scope, selector, required)


def _find(selector):
    matches = gin.config._REGISTRY.get_all_matches(selector)
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = ", ".join(sorted(match.selector for match in matches))
        raise ConfigError(f"{selector!r} is ambiguous: {names}")
    known = [configurable.name for _, configurable in gin.config._REGISTRY.items()]
    hint = did_you_mean(selector.split(".")[-1], known)
    raise ConfigError(f"nothing named {selector!r} can be configured{hint}")


def _check_parameter(configurable, name):
    accepted = accepted_parameters(configurable.wrapped)
    if accepted is not None and name not in accepted:
        hint = did_you_mean(name, accepted)
        raise ConfigError(f"{configurable.name} has no parameter {name!r}{hint}")


def _where(source, files, line):
    return f"{source}:{line}" if files else source


@contextmanager
def _located(where):
    try:
        yield
    except (ConfigError, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"{where}: {reason}") from None


def _one_line(text):
    return " ".join(text.split())
