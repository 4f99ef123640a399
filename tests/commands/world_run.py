"""Untrained runs on a small world, as `bin/train` leaves them."""

from diffumin_tf import config
from diffumin_tf.training.recipe import Recipe
from tests.training.small_run import write_untrained_run

BINDINGS = (
    "NUM_USERS = 6",
    "SEQUENCE_LENGTH = 120",
    "SHORT_TERM_LENGTH = 9",
    "IndustryWorld.impressions_per_user = 40",
    "PredictionTower.hidden_units = (8,)",
)


def write_world_run(path, model):
    """Leaves a run of the model of `gin/models`; returns its recipe."""
    config.register_all()
    config.load(["gin/world.gin", f"gin/models/{model}.gin"], BINDINGS)
    recipe = config.call(Recipe)
    write_untrained_run(path, recipe)
    (path / "config.gin").write_text(config.operative_config())
    return recipe
