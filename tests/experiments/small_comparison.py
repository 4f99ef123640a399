"""A comparison small enough for tests: two tiny models on a few users."""

from diffumin_tf.data.popularity import item_popularity
from diffumin_tf.experiments.comparison import Comparison
from diffumin_tf.experiments.variant import Variant

SMALL = (
    "NUM_USERS = 24",
    "SEQUENCE_LENGTH = 120",
    "BATCH_SIZE = 16",
    "PredictionTower.hidden_units = (8,)",
    "TransformerEncoder.num_blocks = 1",
    "train.jit_core = False",
    "train.checkpoint_steps = 3",
    "train.with_references = False",
)
MODELS = (
    Variant("DIN(S)", gin_files=("gin/models/din_s.gin",)),
    Variant("DIN, all", gin_files=("gin/models/din.gin",)),
)


def small_comparison(**changes):
    arguments = {
        "run_file": "gin/industry.gin",
        "variants": MODELS,
        "baseline": "DIN(S)",
        "focus": "DIN, all",
        "num_seeds": 2,
        "references": (item_popularity,),
        "bindings": SMALL,
        "bootstrap_samples": 50,
        "measures_times": False,  # Else no two comparisons are equal.
        "own_processes": False,  # They take seconds to start.
    }
    return Comparison(**{**arguments, **changes})
