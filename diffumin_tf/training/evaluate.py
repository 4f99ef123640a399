"""Scores a split and says how good the scores are."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from diffumin_tf import metrics
from diffumin_tf.data.readable_errors import readable_errors, readable_memory_errors
from diffumin_tf.data.reference_predictors import reference_scores
from diffumin_tf.metric_summary import summarize
from diffumin_tf.training.checkpoints import SEEN_USERS, restore_model
from diffumin_tf.training.progress import Progress
from diffumin_tf.training.run_directory import RunDirectory

_COLUMNS = ("user_key", "history_length", "true_ctr")


def evaluate(
    run_dir,
    recipe,
    split="test",
    output=None,
    base_run=None,
):
    """Evaluates a finished run; prints its metrics and writes them.

    Args:
        run_dir: The run's directory.
        recipe: The run's `Recipe`.
        split: The split to score.
        output: JSON file for the metrics; by default `metrics-<split>.json` in
            the run directory.
        base_run: Directory of another finished run; adds `rela_impr`, the relative
            improvement over its test AUC (equation 25).

    Returns:
        The metrics, by name.

    Raises:
        MemoryError: if the model or a batch does not fit into memory.
    """
    run = RunDirectory(run_dir)
    source = recipe.data.source
    with readable_memory_errors():
        model = recipe.build_model()
        restore_model(run, model)
        with readable_errors(source):
            columns = predict(model, recipe.data.split(split, model.reads_time))
            results = report(columns, source, split, run.read_array(SEEN_USERS))
    if base_run is not None:
        base = json.loads(Path(base_run, "metrics.json").read_text())["auc"]
        results["rela_impr"] = metrics.rela_impr(results["auc"], base)
        print(f"RelaImpr over {base_run}: {results['rela_impr']:+.2f} %")
    run.write_json(output or f"metrics-{split}.json", results)
    return results


def predict(model, dataset, carried=()):
    """Scores every impression of a dataset.

    Args:
        model: A built `CTRModel`.
        dataset: Batches as `ClickData` makes them.
        carried: Further columns of the batches to return.

    Returns:
        A dict of arrays over the impressions: `label`, `score` (click probability)
        and those of `user_key`, `history_length`, `true_ctr` and the carried columns
        that the batches hold.
    """
    # The export computes with the same, uncompiled operations: XLA would round
    # differently, and a rounding can send a behaviour to another channel.
    # A name with a slash is a raw column's, which no model reads.
    seen = {n: spec for n, spec in dataset.element_spec[0].items() if "/" not in n}
    score = tf.function(
        lambda inputs: model.predict_step((inputs,)), input_signature=[seen]
    )
    collected = []
    progress = Progress("evaluate")
    for features, label, *_ in dataset:
        names = [name for name in (*_COLUMNS, *carried) if name in features]
        batch = {name: features[name] for name in names}
        inputs = {name: features[name] for name in seen}
        batch |= {"label": label, "score": score(inputs)}
        collected.append({name: value.numpy() for name, value in batch.items()})
        progress.update(len(collected), examples=len(label))
    progress.close()
    return {
        name: np.concatenate([batch[name] for batch in collected])
        for name in collected[0]
    }


def report(columns, source, split, seen_users=None, with_references=True):
    """The metrics of scored impressions, printed and returned.

    Args:
        columns: What `predict` returned.
        source: Where the impressions came from.
        split: The split they make up.
        seen_users: Keys of the users that training saw; None if unknown.
        with_references: Whether to add the AUC of the synthetic world's reference
            predictors.

    Returns:
        The metrics, by name.
    """
    users, seen = columns["user_key"], None
    if seen_users is not None:
        seen = np.isin(users, seen_users)
    results = summarize(
        columns["label"],
        columns["score"],
        users,
        columns["history_length"],
        seen,
        columns.get("true_ctr"),
    )
    if with_references:
        results |= _references(columns["label"], source, split)
    _print(results)
    return results


def _references(labels, source, split):
    """AUC of the two reference predictors, where the source is the synthetic world."""
    if source.schema.world is None:
        return {}
    users = (source.users().as_numpy_iterator() for _ in range(2))
    scores = reference_scores(*users, source.schema, test_split=split)
    return {
        f"reference_{name}_auc": metrics.auc(labels, score)
        for name, score in scores.items()
    }


def _print(results):
    for name, value in results.items():
        if isinstance(value, dict):
            print(f"{name}:")
            for bucket, entry in value.items():
                shown = _shown(entry["auc"])
                print(f"{bucket:>29}  {shown}  ({entry['impressions']} impressions)")
        else:
            print(f"{name:>29}  {_shown(value)}")


def _shown(value):
    return f"{value:.4f}" if isinstance(value, float) else value
