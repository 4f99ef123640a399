"""Export: the model of a finished run as a version that TF Serving loads."""

import shutil

from diffumin_tf.data.readable_errors import readable_errors
from diffumin_tf.serving.held_out_requests import HeldOutRequests
from diffumin_tf.serving.sample_requests import sample_requests
from diffumin_tf.serving.self_check import check_export, expected_scores
from diffumin_tf.serving.servable import Servable
from diffumin_tf.serving.version_directory import VersionDirectory
from diffumin_tf.serving.warm_up import EXTRA, write_warm_up
from diffumin_tf.training.checkpoints import restore_model
from diffumin_tf.training.run_directory import CONFIG, RunDirectory

_WARM_UP_ROWS = 8
_OF_THE_RUN = (CONFIG, "metrics.json", "versions.json")


def export(
    run_dir,
    recipe,
    export_dir=None,
    version=None,
    keep_versions=3,
    split="test",
    num_checked=256,
    num_candidates=100,
    jit_compile=False,
):
    """Publishes a version, once it has scored held-out impressions as the model does.

    Beside the graph, its `assets.extra` holds the data's schema, the configuration and
    the metrics of the run, the differences that were found, and warm-up requests. A
    model that draws anew at every call, as the released code does, no longer does so.

    Args:
        run_dir: The run's directory.
        recipe: The run's `Recipe`.
        export_dir: The base path; `export` in the run directory by default.
        version: The version's number; None for one more than the highest.
        keep_versions: How many of the highest versions to keep.
        split: The split whose impressions are scored and make the warm-up requests.
        num_checked: Impressions that are scored.
        num_candidates: Candidates that are scored for one user.
        jit_compile: As in `Servable`; the warm-up requests, of `num_candidates`, are
            then compiled for as the version is loaded.

    Returns:
        The path of the version.

    Raises:
        FileExistsError: if there is that version.
        ValueError: if a number is below 1, or the export scores otherwise.
        OSError: if the run has no checkpoint or the disk is full.
    """
    _check_counts(keep_versions, num_checked, num_candidates)
    run, data = RunDirectory(run_dir), recipe.data
    model = recipe.build_model()
    restore_model(run, model)
    model.fix_inference_noise()  # A request that is sent again gets the same score.
    servable = Servable(model, data.features, data.sequence_length, jit_compile)
    requests = HeldOutRequests(
        data.source, servable.inputs, split, data.sequence_length
    )
    with readable_errors(data.source):
        samples = sample_requests(servable, requests, num_checked, num_candidates)
        expected = expected_scores(model, data, split, num_checked)
    versions = VersionDirectory(export_dir or run.path / "export")
    with versions.new_version(version) as (draft, target):
        servable.save(draft)
        found = check_export(draft, samples, expected)
        warm_up = sample_requests(servable, requests, _WARM_UP_ROWS, num_candidates)
        write_warm_up(draft, warm_up.items())
        _write_extra(draft, run, data.source.schema, found)
    versions.keep_newest(keep_versions)
    print(f"exported {target}; largest difference {max(found.values()):.1e}")
    return target


def _check_counts(keep_versions, num_checked, num_candidates):
    counts = {
        "keep_versions": keep_versions,
        "num_checked": num_checked,
        "num_candidates": num_candidates,
    }
    if wrong := {name: count for name, count in counts.items() if count < 1}:
        raise ValueError(f"counts must be at least 1. Received: {wrong}.")


def _write_extra(draft, run, schema, differences):
    extra = RunDirectory(draft / EXTRA)
    extra.write_text("schema.json", schema.to_json())
    extra.write_json("export_check.json", differences)
    for name in _OF_THE_RUN:
        if (run.path / name).exists():
            shutil.copy(run.path / name, extra.path / name)
