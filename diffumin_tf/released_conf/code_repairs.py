"""What keeps the released code from running whatever is written for a key.

The `released` preset computes what the code would compute with these repairs, so
no line of gin comes of them.
"""

from diffumin_tf.released_conf.entry import LEFT, REPAIRED, Entry
from diffumin_tf.released_conf.input_class import MIX5K

_TOP_K = 100


def code_repairs(values, input_class):
    """Returns entries of the repairs that these settings need.

    Args:
        values: The settings that were read, by key.
        input_class: The `InputClass`.
    """
    width = len(input_class.lists) * values["embed_dim"]
    texts = [
        "the rank of a symbolic tensor is taken by len(), so neither training nor "
        "inference can be built; the rank is known here",
        "batches must be of one size, so the reader drops the last one, at "
        "evaluation too; here every row is kept",
    ]
    if values["seq_len"] < _TOP_K:
        texts.append(
            f"a channel's {_TOP_K} best are asked of seq_len = {values['seq_len']} "
            "behaviours, which fails; all of them are kept"
        )
    if values["channel_num"] > 1:
        texts.append(
            "the projected target takes the target's name and does not fit beside "
            "the history; the target itself is read there"
        )
    if values["beta_sche"] == "cosine":
        texts.append(
            "the cosine schedule calls functions that TensorFlow does not have; "
            "computed as it is meant"
        )
    if input_class is MIX5K:
        texts += _mix5k_repairs(width)
    fork = "the code needs the authors' own build of TensorFlow; stock parts are used"
    return [
        *(Entry(REPAIRED, "released code", text, has_value=False) for text in texts),
        Entry(LEFT, "released code", fork, has_value=False),
    ]


def _mix5k_repairs(width):
    yield (
        "the README names Long_term_DiffuMIN for the industrial data, which only "
        f"earlier versions have; {MIX5K.name} is taken for it"
    )
    yield "an empty list of dense features fails; they are left out"
    if width != 16:
        yield (
            "the interests are reshaped to 16 a channel, which fails; they are "
            f"{width} wide"
        )
