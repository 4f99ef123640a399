"""Exported models of the sizes of a workload, and a request for them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import batches, steps
from benchmarks.competitors import make_competitors
from diffumin_tf.features import FeatureSpec, Field, Table
from diffumin_tf.serving.local_model import LocalModel
from diffumin_tf.serving.servable import Servable

NAMES = ("DiffuMIN", "SoftSIM", "TWIN")
_SHARES = {"item": 0.9, "shop": 0.08, "city": 0.02}
_NOW = 1_700_000_000


def make_features(workload):
    """Three hashed fields of a behaviour and of the target, and three of the user."""
    tables = [
        Table(name, "hashed", max(int(share * workload.num_rows) - 3, 1))
        for name, share in _SHARES.items()
    ]
    fields = [
        Field(f"{role}/{name}", name, role)
        for role in ("history", "target", "user")
        for name in _SHARES
    ]
    return FeatureSpec(tuple(tables), tuple(fields))


def export_models(folder, workload, names=NAMES, jit_compile=False):
    """Writes untrained models as SavedModels and loads them.

    Args:
        folder: Where to write.
        workload: A `Workload`; l, table, channels and T' are read.
        names: Which of the models.
        jit_compile: Whether XLA compiles them.

    Returns:
        Name to `LocalModel`.
    """
    features, loaded = make_features(workload), {}
    sized = replace(workload, num_rows=features.num_rows)
    models = {"DiffuMIN": steps.make_diffumin(sized), **make_competitors(sized)}
    for name in names:
        model = models[name]
        num_fields = len(features.history_fields)
        length = workload.sequence_length
        model.build(
            {
                "history": (None, length, num_fields),
                "target": (None, num_fields),
                "other": (None, len(features.other_fields)),
            }
        )
        path = Path(folder, name)
        Servable(model, features, length, jit_compile).save(path)
        loaded[name] = LocalModel(path)
    return loaded


def draw_request(workload, candidates, seed=0):
    """Raw ids for the signature `rank`: name to array, times included."""
    rng = np.random.default_rng(seed)
    length = workload.sequence_length
    ids = {
        "history": batches.draw_rows(rng, (1, length), workload),
        "target": batches.draw_rows(rng, (candidates,), workload),
        "user": batches.draw_rows(rng, (1,), workload),
    }
    gaps = rng.lognormal(8, 2, (1, length)).astype("int64")
    request = {
        f"{role}_{name}": values[..., place].astype("int64")
        for role, values in ids.items()
        for place, name in enumerate(_SHARES)
    }
    return request | {
        "user_key": np.array([1 + seed]),
        "impression_time": np.array([_NOW]),
        "history_time": _NOW - np.cumsum(gaps, axis=1),
    }
