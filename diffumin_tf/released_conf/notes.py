"""What to know of settings that were taken over as they are."""

from dataclasses import replace

from diffumin_tf.released_conf.entry import UNUSED

_GIB = 2**30
_WORTH_SAYING = 0.5 * _GIB
_LINEAR_ONLY = ("beta_start", "beta_end")


def with_notes(entries, values, input_class):
    """Returns the entries, some with more to say.

    Args:
        entries: A list of `Entry`.
        values: The settings, by key.
        input_class: The `InputClass`.
    """
    width = len(input_class.lists) * values["embed_dim"]
    size = 4 * values["batch_size"] * values["seq_len"] * width
    return [_noted(entry, values, size) for entry in entries]


def _noted(entry, values, size):
    if entry.name == "batch_size" and size > _WORTH_SAYING:
        text = (
            f"its histories are {size / _GIB:.1f} GiB once embedded, and a step holds "
            "several tensors of that size; bin/train refuses what cannot fit"
        )
        return replace(entry, text="; ".join(filter(None, (entry.text, text))))
    if entry.name in _LINEAR_ONLY and values["beta_sche"] != "linear":
        text = f"the {values['beta_sche']} schedule has none"
        return replace(entry, group=UNUSED, text=text)
    return entry
