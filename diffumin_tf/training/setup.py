"""From a run's settings to a built model, and back from its checkpoint."""

import tensorflow as tf

CHECKPOINTS = "checkpoints"
SEEN_USERS = "seen_users.npy"


def build_model(data, make_model, make_embedding):
    """Makes a model for a data set's features and builds its variables.

    Args:
        data: A `ClickData`.
        make_model: Callable that takes `embedding=` and returns a `CTRModel`.
        make_embedding: Callable that takes `num_rows=` and returns a
            `FeatureEmbedding`.
    """
    features = data.features
    model = make_model(embedding=make_embedding(num_rows=features.num_rows))
    fields = len(features.history_fields)
    shapes = {
        "history": (None, data.sequence_length, fields),
        "target": (None, fields),
        "other": (None, len(features.other_fields)),
    }
    if features.dense_fields:
        shapes["dense"] = (None, len(features.dense_fields))
    model.build(shapes)
    return model


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
