"""A run's checkpoints."""

import tensorflow as tf

CHECKPOINTS = "checkpoints"
SEEN_USERS = "seen_users.npy"


def checkpoint_manager(run, model, optimizer=None, **state):
    """A manager of the run's checkpoints, of which the last two are kept."""
    objects = {"model": model, **state}
    if optimizer is not None:
        # By hand: TensorFlow does not find moments that are kept in lists.
        variables = enumerate(optimizer.variables)
        objects["optimizer"] = {str(index): v.value for index, v in variables}
    checkpoint = tf.train.Checkpoint(**objects)
    directory = str(run.path / CHECKPOINTS)
    return tf.train.CheckpointManager(checkpoint, directory, max_to_keep=2)


def restore_model(run, model):
    """Loads the newest weights of a run.

    Raises:
        FileNotFoundError: if the run has no checkpoint.
    """
    manager = checkpoint_manager(run, model)
    if manager.latest_checkpoint is None:
        raise FileNotFoundError(
            f"A trained run is needed; there is no checkpoint in {manager.directory}."
        )
    manager.checkpoint.restore(manager.latest_checkpoint).expect_partial()


def learning_rates(optimizer):
    """The rate in force of each optimiser inside, by name."""
    inner = getattr(optimizer, "optimizers", [optimizer])
    return {one.name: float(one.learning_rate) for one in inner}
