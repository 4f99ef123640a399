"""`bin/case_study`: interests of a few users in pictures, as the paper's Figure 3."""

import os

from absl import flags

from diffumin_tf.commands import runner

TWIN_RUN_DIR = flags.DEFINE_string(
    "twin_run_dir",
    None,
    "A run of TWIN on the same data; adds what it selects. --gin_bindings hold for "
    "both.",
)
USERS = flags.DEFINE_list(
    "users",
    None,
    "Keys of the users, who must have clicked in the split; by default the "
    "--num_users with the most behaviours before their click.",
)
NUM_USERS = flags.DEFINE_integer("num_users", 2, "How many users, without --users.")
SPLIT = flags.DEFINE_string("split", "test", "The split of the clicks.")
OUTPUT = flags.DEFINE_string(
    "output", None, "Directory of the files; `case_study` in the run's by default."
)
NUM_DRAWS = flags.DEFINE_integer(
    "num_draws", 8, "Draws of each augmented interest; the paper shows 1."
)
PERPLEXITY = flags.DEFINE_float(
    "perplexity", None, "Of t-SNE; 30 by default, or a third of the points if less."
)
SEED = flags.DEFINE_integer(
    "seed", 0, "Seed of t-SNE: what another seed changes in the picture is chance."
)


def main() -> None:
    """Runs the command."""
    flags.mark_flag_as_required("run_dir")
    runner.run(_case_study)


def _case_study():
    from diffumin_tf.case_study.study_extra import check_installed

    users = _users()
    check_installed()
    from diffumin_tf.case_study.case_study import case_study
    from diffumin_tf.models import TWIN, DiffuMIN

    run_dir = runner.RUN_DIR.value
    run = _load(run_dir, DiffuMIN)
    output = OUTPUT.value or os.path.join(run_dir, "case_study")
    case_study(
        run,
        output,
        users,
        NUM_USERS.value,
        SPLIT.value,
        _load(TWIN_RUN_DIR.value, TWIN) if TWIN_RUN_DIR.value else None,
        NUM_DRAWS.value,
        PERPLEXITY.value,
        SEED.value,
    )
    print(f"\nwrote {output}")


def _users():
    if USERS.value is None:
        return None
    try:
        return [int(key) for key in USERS.value]
    except ValueError:
        raise ValueError(
            "users must be whole numbers between commas, such as 3,17. Received: "
            f"--users={','.join(USERS.value)}."
        ) from None


def _load(run_dir, model_class):
    """A `TrainedRun`: made whole before the configuration of the next is loaded."""
    from diffumin_tf import config
    from diffumin_tf.case_study.trained_run import TrainedRun
    from diffumin_tf.training.recipe import Recipe

    runner.load_run(run_dir)
    return TrainedRun.load(run_dir, config.call(Recipe), model_class)


if __name__ == "__main__":
    main()
