"""`bin/train`: trains a model as gin files say."""

from datetime import datetime
from pathlib import Path

from absl import flags

from diffumin_tf.commands import runner

GIN_FILE = flags.DEFINE_multi_string(
    "gin_file", None, "A gin file, such as gin/industry.gin. Repeatable; later wins."
)
INIT_FROM = flags.DEFINE_string(
    "init_from", None, "The directory of an earlier run, to start from its weights."
)


def main() -> None:
    """Runs the command."""
    flags.mark_flag_as_required("gin_file")
    runner.run(_train)


def _train():
    from diffumin_tf import config
    from diffumin_tf.training.recipe import Recipe
    from diffumin_tf.training.train import train

    config.register_all()
    config.load(GIN_FILE.value, [*runner.GIN_BINDINGS.value, *_bindings()])
    # First: a cluster is joined before TensorFlow computes anything.
    strategy = config.bound_argument("train.strategy")
    run_dir = runner.RUN_DIR.value or _new_run_dir(**strategy)
    config.call(
        train,
        **strategy,
        recipe=config.call(Recipe),
        run_dir=run_dir,
        describe_config=config.operative_config,
    )


def _bindings():
    """The flag as a line of gin, so that the run's `config.gin` holds it."""
    if INIT_FROM.value is None:
        return []
    return [f"train.init_from = {INIT_FROM.value!r}"]


def _new_run_dir(strategy=None):
    if strategy and strategy.cluster_resolver:
        raise ValueError(
            "--run_dir must be given with a strategy of several machines, the same to "
            "each process. Received: none."
        )
    name = Path(GIN_FILE.value[-1]).stem
    return str(Path("runs") / f"{name}-{datetime.now():%Y%m%d-%H%M%S}")


if __name__ == "__main__":
    main()
