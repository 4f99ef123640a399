"""Scores of single impressions, for whatever comes after."""

from diffumin_tf.data.readable_errors import readable_errors, readable_memory_errors
from diffumin_tf.training.checkpoints import restore_model
from diffumin_tf.training.evaluate import predict
from diffumin_tf.training.run_directory import RunDirectory
from diffumin_tf.training.score_file import check_score_file, write_score_file


def write_scores(run_dir, recipe, output, split="test", source=None):
    """Scores a split with a finished run and writes a row an impression.

    The rows are in stored order: user by user, each by time. They hold `user_key`,
    `impression_time`, the target's ids as stored, `label` and `score`, the click
    probability.

    Args:
        run_dir: The run's directory.
        recipe: The run's `Recipe`.
        output: A name that ends in `.csv` or `.parquet`.
        split: The split to score.
        source: Other data of the same features; None for the run's own.

    Raises:
        ValueError: if the output is neither, or the data are wrong.
        OSError: if the run has no checkpoint or the file cannot be written.
        MemoryError: if the model or a batch does not fit into memory.
    """
    check_score_file(output)
    data = recipe.data if source is None else recipe.data.with_source(source)
    fields = data.features.fields
    targets = [field.name for field in fields if field.role == "target"]
    names = ("user_key", "impression_time", *targets, "label", "score")
    with readable_memory_errors():
        model = recipe.build_model()
        restore_model(RunDirectory(run_dir), model)
        with readable_errors(data.source):
            dataset = data.split(split, model.reads_time, carry=targets)
            columns = predict(model, dataset, carried=("impression_time", *targets))
    write_score_file(output, {name: columns[name] for name in names})
    print(f"wrote {len(columns['score'])} scores to {output}")
