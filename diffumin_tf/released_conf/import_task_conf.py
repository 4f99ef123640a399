"""From the released code's settings to a run file."""

from pathlib import Path

from diffumin_tf.atomic_file import atomic_file, check_output
from diffumin_tf.released_conf.agreement import check_agreement
from diffumin_tf.released_conf.code_repairs import code_repairs
from diffumin_tf.released_conf.data_struct import check_columns
from diffumin_tf.released_conf.imported_conf import ImportedConf
from diffumin_tf.released_conf.input_class import find_input_class
from diffumin_tf.released_conf.model_keys import INPUT_UNITS, MODEL_KEYS
from diffumin_tf.released_conf.notes import with_notes
from diffumin_tf.released_conf.settings import read_settings
from diffumin_tf.released_conf.strict_json import read_json_object


def import_task_conf(task_conf, output, data_struct=None):
    """Writes the run file of a `task_conf.json`.

    Args:
        task_conf: The released settings.
        output: The gin file to write. One that holds the same text already stays as
            it is; any other file is never replaced.
        data_struct: The columns of the released records, checked against the
            settings; None where there are none.

    Returns:
        An `ImportedConf`.

    Raises:
        OSError: If a file cannot be read or written, or another one is in the way.
        ValueError: If the settings or columns are wrong beyond repair.
    """
    output = Path(output)
    _check_output(output)
    conf = _read(task_conf, data_struct)
    text = conf.run_file(output)
    if output.exists():
        _check_same(output, text)
        return conf
    with atomic_file(output) as draft:
        draft.write_text(text, encoding="utf-8")
    return conf


def _read(task_conf, data_struct):
    settings = read_json_object(task_conf)
    input_class = find_input_class(settings.get(INPUT_UNITS), task_conf)
    values, entries = read_settings(settings, input_class, task_conf)
    check_agreement(values, input_class, task_conf)
    entries = [
        *with_notes(entries, values, input_class),
        *code_repairs(values, input_class),
        *check_columns(data_struct, input_class, values["seq_len"]),
    ]
    keys = [key for key in MODEL_KEYS if key.name in values]
    bindings = [line for key in keys for line in key.bound(values[key.name])]
    return ImportedConf(str(task_conf), input_class, tuple(entries), tuple(bindings))


def _check_output(output):
    if output.suffix != ".gin":
        raise ValueError(f"output must end in .gin. Received: {output}.")
    check_output(output)


def _check_same(output, text):
    if not output.is_file() or output.read_bytes() != text.encode("utf-8"):
        raise FileExistsError(
            f"output must be a new file. Received: {output}, which holds another text."
        )
