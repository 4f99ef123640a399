"""How much of what DiffuMIN's channels keep is of the target's category.

    python benchmarks/kept_categories.py --run_dir=RUN [--field=1]

In the synthetic world a click hangs on how often the target's category stands in the
whole history. Printed for a run's test split, impressions whose history has it at least
once: which share of the history is of that category, which share of what each channel
keeps and averages, how many of the category's behaviours any channel keeps, and how
much of the target's category embedding e each interest r holds, r · e / e · e; and the
AUC of each as a score by itself.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import ops  # noqa: E402

from diffumin_tf import config  # noqa: E402
from diffumin_tf.case_study.trained_run import TrainedRun  # noqa: E402
from diffumin_tf.layers.row_histories import row_histories  # noqa: E402
from diffumin_tf.metrics import auc  # noqa: E402
from diffumin_tf.models import DiffuMIN  # noqa: E402
from diffumin_tf.models.embedded_batch import select_inputs  # noqa: E402
from diffumin_tf.training.recipe import Recipe  # noqa: E402
from diffumin_tf.training.run_directory import CONFIG  # noqa: E402


def shares(kept, same, mask):
    """What of a history, and of what its channels keep, is of the target's category.

    Args:
        kept: `[B, l, c]`, positive where a channel keeps a behaviour.
        same: `[B, l]` bool, behaviours of the target's category.
        mask: `[B, l]` bool, behaviours that exist.

    Returns:
        By name, `[B]` each: `count` in the history, `history` its share there,
        `channel 0` and so on its share of what that channel keeps, `best channel` the
        largest of these, and `found`, the share of `count` that any channel keeps.
    """
    kept = (np.asarray(kept) > 0) & mask[..., None]
    same = same & mask
    count = same.sum(1)
    channels = (kept & same[..., None]).sum(1) / np.maximum(kept.sum(1), 1)
    found = (kept.any(2) & same).sum(1) / np.maximum(count, 1)
    by_channel = {f"channel {n}": share for n, share in enumerate(channels.T)}
    return {
        "count": count,
        "history": count / np.maximum(mask.sum(1), 1),
        **by_channel,
        "best channel": channels.max(1),
        "found": found,
    }


def read(run, field):
    """The figures of every test impression, by name, and its label."""

    @tf.function(autograph=False)
    def keep(inputs):
        batch = run.model.embed(inputs)
        seen = run.model.omie(
            batch.history,
            batch.target,
            batch.mask,
            batch.user_index,
            return_intermediates=True,
        )
        ids = row_histories(batch.history_ids, batch.target, batch.user_index)
        same = ids[..., field] == batch.target_ids[:, field, None]
        interests, target = (
            _of_field(values, field, ids.shape[-1])
            for values in (seen["interests"], batch.target[:, None])
        )
        products = ops.sum(interests * target, -1) / ops.sum(target * target, -1)
        return (seen["kept"], same, batch.mask), products

    found, labels = [], []
    for inputs, label, *_ in run.data.split("test", run.model.reads_time):
        inputs = select_inputs(inputs, run.model.reads_time)
        selection, products = keep(inputs)
        columns = enumerate(products.numpy().T)
        own = {f"category in r_{n}": column for n, column in columns}
        found.append(shares(*(each.numpy() for each in selection)) | own)
        labels.append(label.numpy())
    joined = {name: np.concatenate([f[name] for f in found]) for name in found[0]}
    return joined, np.concatenate(labels)


def _of_field(values, field, num_fields):
    """The part of `[..., d]` embeddings that is one field's."""
    return ops.split(values, num_fields, axis=-1)[field]


def report(found, labels):
    """The lines of the table."""
    met = found["count"] > 0
    yield f"{met.sum():,} of {len(met):,} impressions: the category is in the history"
    yield "| | median | 10 % | 90 % | AUC alone, all impressions |"
    yield "|---|---|---|---|---|"
    for name, values in found.items():
        low, middle, high = np.percentile(values[met], (10, 50, 90))
        score = auc(labels, values.astype(float))
        yield f"| {name} | {middle:.3g} | {low:.3g} | {high:.3g} | {score:.4f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run_dir", required=True)
    parser.add_argument("--field", type=int, default=1, help="the category's place")
    options = parser.parse_args()
    config.register_all()
    config.load([os.path.join(options.run_dir, CONFIG)], [])
    run = TrainedRun.load(options.run_dir, config.call(Recipe), DiffuMIN)
    print(*report(*read(run, options.field)), sep="\n")


if __name__ == "__main__":
    main()
