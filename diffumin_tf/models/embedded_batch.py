"""A batch between the input layer and the rest of a model."""

from typing import Any, NamedTuple

from keras import ops

from diffumin_tf.layers import row_noise
from diffumin_tf.layers.gather_behaviours import gather_behaviours
from diffumin_tf.layers.row_histories import history_index, row_histories

_MODEL_INPUTS = (
    "history",
    "history_start",
    "history_length",
    "user_index",
    "user_key",
    "noise_key",
    "target",
    "other",
    "dense",
    "rows",
)
_TIME_INPUTS = ("history_time", "impression_time")
_SIZE_INPUT = "history_size"


class EmbeddedBatch(NamedTuple):
    """A batch after the input layer; `L` is the stored length of a history.

    Attributes:
        history: `[U, L, d]` float, E, most recent behaviour first.
        mask: `[B, L]` bool, what each row may see of its history.
        start: `[B]` int, position of its most recent behaviour.
        length: `[B]` int, how many behaviours it sees.
        user_index: `[B]` int, its history row; None as in `row_histories`.
        user_key: `[B]` int, its user.
        target: `[B, d]` float, e_s.
        other: `[B, …]` float, e_other without its numbers: the target's own fields
            first, and e_s too where it is projected from them.
        noise_key: `[B]` int, what its random draws hang on.
        dense: `[B, M]` float, the numbers; None without any.
        history_time: `[U, L]` int, seconds; None unless the model reads time.
        impression_time: `[B]` int, seconds; None unless the model reads time.
        history_size: `[U, L]` int, the behaviours that each of the history stands
            for; None where it is one, and unless the model reads time.
        history_ids: `[U, L, F]` int, what `history` was looked up by, or None.
        target_ids: `[B, F]` int, what `target` was looked up by, or None; equal ids
            of a field are equal in both.
        lookup: Callable that embeds such ids, or None.
    """

    history: Any
    mask: Any
    start: Any
    length: Any
    user_index: Any
    user_key: Any
    target: Any
    other: Any
    noise_key: Any
    dense: Any = None
    history_time: Any = None
    impression_time: Any = None
    history_size: Any = None
    history_ids: Any = None
    target_ids: Any = None
    lookup: Any = None

    def behaviours(self, positions):
        """Some behaviours of each row, `[B, k, d]`, by their positions, `[B, k]` int.

        Where there are ids, they are looked up anew: a pick from E would have a
        gradient as large as E, nearly all of it zero.
        """
        if self.lookup is None:
            return gather_behaviours(self.history, positions, self.user_index)
        ids = gather_behaviours(self.history_ids, positions, self.user_index)
        return self.lookup(ids)


def select_inputs(inputs, with_time=False):
    """The columns of a batch that models read; it may carry others for evaluation.

    Args:
        inputs: A batch by name.
        with_time: Whether the model reads time. No other model sees the times.
    """
    names = _MODEL_INPUTS + ((*_TIME_INPUTS, _SIZE_INPUT) if with_time else ())
    return {name: inputs[name] for name in names if name in inputs}


def embed_batch(inputs, lookup, with_time=False, padded_length=None):
    """A batch of ids to an `EmbeddedBatch`.

    Args:
        inputs: A batch as `CTRModel` describes it.
        lookup: Callable that embeds ids: `[..., F]` int to `[..., d]` float.
        with_time: As in `select_inputs`.
        padded_length: As in `history_window`.

    Raises:
        ValueError: if a time is missing.
    """
    names = [name for name in ("history", "target", "other") if name in inputs]
    embedded = {name: lookup(inputs[name]) for name in names if inputs[name].shape[-1]}
    start, length, mask = history_window(inputs, padded_length)
    dense = inputs.get("dense")
    return EmbeddedBatch(
        history=embedded["history"],
        mask=mask,
        start=start,
        length=length,
        user_index=inputs.get("user_index"),
        user_key=user_keys(inputs),
        target=embedded["target"],
        other=_other(embedded),
        noise_key=noise_keys(inputs),
        dense=None if dense is None else ops.cast(dense, embedded["target"].dtype),
        history_ids=inputs["history"],
        target_ids=inputs["target"],
        lookup=lookup,
        **(_times(inputs) if with_time else {}),
    )


def _other(embedded):
    """e_other without its numbers: the target, the other features."""
    parts = [embedded[name] for name in ("target", "other") if name in embedded]
    return ops.concatenate(parts, axis=-1)


def _times(inputs):
    if missing := [name for name in _TIME_INPUTS if name not in inputs]:
        raise ValueError(
            "A model that reads time needs 'history_time' and 'impression_time'; "
            f"received {sorted(inputs)}, without {missing}."
        )
    times = {name: inputs[name] for name in _TIME_INPUTS}
    return {**times, _SIZE_INPUT: inputs.get(_SIZE_INPUT)}


def history_window(inputs, padded_length=None):
    """The part of its stored history that each row of a batch sees.

    Args:
        inputs: A batch as `CTRModel` describes it. Without `history_length` a
            history ends with its last id that is not padding; without
            `history_start` it begins at position 0.
        padded_length: Length that every shorter history is taken to have, whatever
            is padding in it; None for its own.

    Returns:
        `start` and `length`, `[B]` int, and `mask`, `[B, L]` bool.
    """
    history, length = inputs["history"], inputs.get("history_length")
    place = ops.arange(ops.shape(history)[1], dtype="int32")[None]
    if length is None:
        filled = ops.any(history != 0, axis=-1)
        length = ops.max(ops.where(filled, place + 1, 0), axis=1)
        length = row_histories(length, inputs["target"], inputs.get("user_index"))
    length = ops.cast(length, "int32")
    if padded_length is not None:
        length = ops.maximum(length, padded_length)
    start = ops.cast(inputs.get("history_start", ops.zeros_like(length)), "int32")
    after = place >= start[:, None]
    return start, length, ops.logical_and(after, place < (start + length)[:, None])


def user_keys(inputs):
    """`[B]` int: who the rows belong to; a history row is a user unless said."""
    num_rows, num_histories = (ops.shape(inputs[n])[0] for n in ("target", "history"))
    index = history_index(num_rows, num_histories, inputs.get("user_index"))
    return inputs.get("user_key", index)


def noise_keys(inputs):
    """`[B]` int: what is given, or made of the ids that name the impression.

    Raises:
        ValueError: if it is not given and the batch holds no ids, but positions.
    """
    if "noise_key" in inputs:
        return inputs["noise_key"]
    if "rows" in inputs:
        raise ValueError(
            "A deduplicated batch needs 'noise_key', taken from the raw ids; "
            f"received {sorted(inputs)}."
        )
    key = ops.zeros_like(inputs["target"][:, 0])
    for column in [inputs.get("user_key", key), *ops.unstack(inputs["target"], axis=1)]:
        key = row_noise.combine(key, column)
    return key
