"""What DiffuMIN makes of a click: target, channels, interests, augmented interests."""

import numpy as np
from keras import ops

from diffumin_tf.case_study.point import AUGMENTED, CHANNEL, INTEREST, TARGET, Point


def diffumin_points(model, batch, num_draws):
    """The points of each row of a batch, `ids` and `time` aside.

    Args:
        model: A built `DiffuMIN`.
        batch: An `EmbeddedBatch` of it.
        num_draws: Draws of the augmented interests, at most `noise_bank_size`: the
            one that the score is made of and those that follow it in the bank.

    Returns:
        A list of `Point`s for each row, the target first.
    """
    seen = model.predict_click(batch, training=False)
    columns = {
        "target": batch.target,
        "score": model.probability(seen["logit"]),
        "channels": seen["channels"],
        "interests": seen["interests"],
        "kept": _num_kept(model, batch, seen),
    }
    if model.use_generator:
        columns["augmented"] = _draws(model.generator, batch, seen, num_draws)
    columns = {name: _numpy(value) for name, value in columns.items()}
    rows = range(len(columns["target"]))
    return [_points({n: v[row] for n, v in columns.items()}) for row in rows]


def _points(row):
    """The `Point`s of one row; everything of a channel follows in its order."""
    points = [Point(TARGET, row["target"], score=float(row["score"]))]
    for place, (channel, interest) in enumerate(
        zip(row["channels"], row["interests"], strict=True)
    ):
        number, kept = place + 1, int(row["kept"][place])
        points.append(Point(CHANNEL, channel, number))
        points.append(Point(INTEREST, interest, number, behaviours=kept))
        for draw, augmented in enumerate(row.get("augmented", ()), start=1):
            points.append(Point(AUGMENTED, augmented[place], number, draw))
    return points


def _num_kept(model, batch, seen):
    """`[B, c]`: the behaviours that each channel aggregates."""
    parts = (batch.history, batch.target, batch.mask, batch.user_index)
    jitter = seen["noise"].get("jitter")
    kept = model.omie(*parts, noise=jitter, return_intermediates=True)["kept"]
    return ops.sum(ops.cast(kept > 0, "int32"), axis=1)


def _draws(generator, batch, seen, count):
    """`[B, draws, c, d]`: r* of the row's own draw of the bank and the next ones."""
    clean, channels = seen["normalized_interests"], seen["channels"]
    found = [seen["augmented_interests"]]
    size = generator.noise_bank_size
    for step in range(1, count):
        # Brought below the size first: the sum could leave the integer's range.
        keys = ops.mod(ops.mod(batch.noise_key, size) + step, size)
        noise = generator.draw_noise(keys, *clean.shape[1:], training=False)
        found.append(generator(clean, channels, noise))
    return ops.stack(found, axis=1)


def _numpy(value):
    value = ops.convert_to_tensor(value)
    if "int" not in str(value.dtype):
        value = ops.cast(value, "float32")  # NumPy has no bfloat16.
    return np.asarray(ops.convert_to_numpy(value))
