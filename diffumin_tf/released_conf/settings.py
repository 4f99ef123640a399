"""The keys of a `task_conf.json`, each read, repaired, or told of."""

import re

from diffumin_tf.config_checks import did_you_mean
from diffumin_tf.released_conf.entry import REPAIRED, TAKEN, UNKNOWN, UNUSED, Entry
from diffumin_tf.released_conf.kind import whole
from diffumin_tf.released_conf.model_keys import FEATURE_NUM, INPUT_UNITS, MODEL_KEYS
from diffumin_tf.released_conf.other_keys import OTHER_KEYS

_HEADING = re.compile(r"-{3,}.*")
_OTHER_SPELLING = "n_heads"
_KEYS = {key.name: key for key in (*MODEL_KEYS, *OTHER_KEYS)}
_KNOWN = (*_KEYS, INPUT_UNITS, FEATURE_NUM, _OTHER_SPELLING)
# Of the keys that the released files lack although the code reads them.
_DEFAULTS = {"channel_num": 4, "num_heads": 2, "dff_factor": 3}


def read_settings(settings, input_class, path):
    """Reads every key that is there, and puts in those that the code misses.

    Args:
        settings: The file's object.
        input_class: Its `InputClass`.
        path: The file, for errors.

    Returns:
        The values of the known keys, converted; and a list of `Entry` in the file's
        order, those of missing keys last.

    Raises:
        ValueError: If a value is of a wrong type or out of range, or a key is
            missing that has no known value.
    """
    values, entries = {}, []
    for name, value in settings.items():
        if name in _KEYS:
            values[name] = _KEYS[name].kind.read(name, value, path)
            entries.append(_KEYS[name].entry(value, values[name]))
        else:
            entries.append(_special(name, value, settings, input_class, path))
    missing = [k for k in MODEL_KEYS if k.required and k.name not in values]
    for key in missing:
        value, reason = _missing(key.name, values, settings, input_class, path)
        values[key.name] = key.kind.read(key.name, value, path)
        bound = key.bound(values[key.name])
        entries.append(Entry(REPAIRED, key.name, reason, None, False, bound))
    if FEATURE_NUM not in settings:
        text = "missing, and the code fails without it; the data's schema decides"
        entries.append(Entry(REPAIRED, FEATURE_NUM, text, has_value=False))
    return values, entries


def _special(name, value, settings, input_class, path):
    if name == INPUT_UNITS:
        text = f"{input_class.dataset} stands for the data of {input_class.name}"
        return Entry(TAKEN, name, text, value)
    if name == FEATURE_NUM:
        return _feature_num(value, input_class, path)
    if name == _OTHER_SPELLING:
        return _head_spelling(value, settings, path)
    if _HEADING.fullmatch(name):
        return Entry(UNUSED, name.strip("-"), "a heading", value)
    text = f"not known, so nothing was made of it{did_you_mean(name, _KNOWN)}"
    return Entry(UNKNOWN, name, text, value)


def _feature_num(value, input_class, path):
    fields = len(input_class.lists)
    received = whole().read(FEATURE_NUM, value, path)
    if received == fields:
        return Entry(TAKEN, FEATURE_NUM, "as many as the data's schema has", value)
    text = (
        f"contradicts {input_class.name}, which reads {fields} fields of the history, "
        f"and the code fails; the data's schema decides: {fields}"
    )
    return Entry(REPAIRED, FEATURE_NUM, text, value)


def _head_spelling(value, settings, path):
    heads = whole().read(_OTHER_SPELLING, value, path)
    if "num_heads" not in settings:
        text = "the code reads num_heads, which is missing and gets this value"
        return Entry(UNUSED, _OTHER_SPELLING, text, value)
    if settings["num_heads"] == heads:
        return Entry(UNUSED, _OTHER_SPELLING, "the code reads num_heads", value)
    text = "contradicts num_heads, which is the one that the code reads and that holds"
    return Entry(REPAIRED, _OTHER_SPELLING, text, value)


def _missing(name, values, settings, input_class, path):
    """A value for a key that the released code fails without, and why that one."""
    fails = "missing, and the code fails without it"
    if name == "subseq_len" and "seq_len" in values:
        recent = min(input_class.short_term_length, values["seq_len"])
        return recent, f"{fails}; the paper's length on these data, or seq_len if less"
    if name == "num_heads" and _OTHER_SPELLING in settings:
        return settings[_OTHER_SPELLING], f"{fails}; as {_OTHER_SPELLING} says"
    # A misspelt key would else leave a model of another size without a word.
    hint = did_you_mean(name, [other for other in settings if other not in _KNOWN])
    if name in _DEFAULTS and not hint:
        return _DEFAULTS[name], f"{fails}; {_origin(name)}"
    raise ValueError(f"{path} must have the key {name}. Received: none{hint}.")


def _origin(name):
    if name == "channel_num":
        return "the paper's best"
    return "as in the released Mix5k_DiffuMIN"
