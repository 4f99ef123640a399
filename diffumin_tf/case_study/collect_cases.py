"""From runs and clicks to cases."""

import dataclasses

import numpy as np
import tensorflow as tf

from diffumin_tf.case_study.case import Case
from diffumin_tf.case_study.chosen_clicks import ChosenClicks
from diffumin_tf.case_study.diffumin_points import diffumin_points
from diffumin_tf.case_study.point import TWIN, Point
from diffumin_tf.case_study.twin_selection import twin_selection
from diffumin_tf.data.encoding import IdEncoder


def collect_cases(run, clicks, split, num_draws, twin=None):
    """Makes the `Case` of each click, in the order of the clicks.

    TWIN's table and DiffuMIN's are two spaces, whose points have no distance. So what
    TWIN selects is shown as DiffuMIN embeds it: the choice is TWIN's, the place
    DiffuMIN's.

    Args:
        run: The `TrainedRun` of a `DiffuMIN`.
        clicks: The `Click`s, of as many users.
        split: The split they are in.
        num_draws: As in `diffumin_points`.
        twin: The `TrainedRun` of a `TWIN`, which reads the same users; None for none.

    Raises:
        ValueError: If TWIN was trained on other features.
    """
    source = run.data.source
    if twin is not None:
        twin.data.with_source(source)  # Raises before anything is computed.
    users = list(ChosenClicks(source, clicks).users().as_numpy_iterator())
    found = []
    for batch in run.embedded(source, clicks, split):
        found += diffumin_points(run.model, batch, num_draws)
    for points, user in zip(found, users, strict=True):
        points[0] = _with_target(points[0], user, run.data.features)
    if twin is not None:
        for points, user, chosen in zip(
            found, users, _selections(twin, source, clicks, split, users), strict=True
        ):
            points += _behaviours(run, user, chosen)
    keys = [int(user["user_key"][0]) for user in users]
    cases = {key: Case(key, (*found[row],)) for row, key in enumerate(keys)}
    return [cases[click.user_key] for click in clicks]


def _with_target(point, user, features):
    fields = [field for field in features.fields if field.role == "target"]
    ids = {field.short_name: _plain(user[field.name][0]) for field in fields}
    return dataclasses.replace(point, time=int(user["impression_time"][0]), ids=ids)


def _selections(twin, source, clicks, split, users):
    lengths, found = [user["history_length"][0] for user in users], []
    for batch in twin.embedded(source, clicks, split):
        rows = slice(len(found), len(found) + len(batch.start))
        found += twin_selection(twin.model, batch, lengths[rows])
    return found


def _behaviours(run, user, chosen):
    """The `Point`s of behaviours by their places in a stored history."""
    fields = run.data.features.history_fields
    raw = {field.name: user[field.name][chosen] for field in fields}
    encoder = IdEncoder(run.data.features)
    vectors = run.model.embedding(
        encoder.stack(fields, {name: tf.constant(v) for name, v in raw.items()})
    )
    return [
        Point(
            TWIN,
            vector,
            rank=place + 1,
            time=int(user["history_time"][chosen[place]]),
            ids={field.short_name: _plain(raw[field.name][place]) for field in fields},
        )
        for place, vector in enumerate(np.asarray(tf.cast(vectors, tf.float32)))
    ]


def _plain(value):
    return value.decode(errors="replace") if isinstance(value, bytes) else int(value)
