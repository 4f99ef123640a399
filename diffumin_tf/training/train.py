"""The main job: trains a model, keeps what it takes to go on, evaluates."""

from contextlib import nullcontext

import keras
import tensorflow as tf

from diffumin_tf.data.readable_errors import (
    readable_errors,
    readable_file_errors,
    readable_memory_errors,
)
from diffumin_tf.training.checkpoints import exclusive
from diffumin_tf.training.devices import Devices
from diffumin_tf.training.evaluate import predict, report
from diffumin_tf.training.followed_run import FollowedRun
from diffumin_tf.training.initial_run import find_initial_run
from diffumin_tf.training.memory_check import check_memory
from diffumin_tf.training.model_size import model_size
from diffumin_tf.training.run_directory import RunDirectory
from diffumin_tf.training.run_features import FEATURES
from diffumin_tf.training.run_state import STATE, describe_state
from diffumin_tf.training.training_loop import TrainingLoop
from diffumin_tf.training.worker_errors import readable_worker_errors


def train(
    run_dir,
    recipe,
    optimizer,
    epochs=1,
    seed=0,
    jit_core=True,
    patience=None,
    checkpoint_steps=1000,
    log_steps=50,
    test_split="test",
    with_references=True,
    describe_config=None,
    init_from=None,
    strategy=None,
):
    """Trains, resuming where an earlier process of the same run stopped.

    Args:
        run_dir: Directory of the run, made if absent.
        recipe: The run's `Recipe`: data and model.
        optimizer: A Keras optimizer. A learning-rate schedule and gradient clipping
            are arguments of its own.
        epochs: Passes over the training split.
        seed: Seed of initial weights; the model's and the data's are their own.
        jit_core: Whether XLA compiles the inside of a step.
        patience: Epochs without a better validation AUC before training stops; None
            trains them all. Needs `ClickData.validation_days`.
        checkpoint_steps: Steps between checkpoints. Where a data service makes the
            batches there is one at the end of each epoch alone, for no place within
            one can be found again: an interrupted epoch starts anew.
        log_steps: Steps between TensorBoard points.
        test_split: Split to evaluate at the end; None for none.
        with_references: Whether the metrics hold those of predictors that count, where
            the data are the synthetic world; they are the same for every run.
        describe_config: Callable that returns the configuration in force as text,
            called once everything is built. A directory that holds another
            configuration's run is refused.
        init_from: Directory of a finished or interrupted run that this one starts
            from: its weights, its optimizer's state but the learning rates, and the
            users it has seen. Epochs, steps and patience are counted anew. A run that
            has a checkpoint of its own goes on from that instead.
        strategy: The `tf.distribute.Strategy` whose devices share each batch, such as
            `mirrored()`; None for one device. What is learned is what one device
            would learn, whatever their number. Of several processes the chief alone
            writes the directory and evaluates.

    Returns:
        The metrics of the test split, by name; None without one, and on the workers
        that are not the chief.

    Raises:
        ValueError: if a number is out of range, `patience` lacks validation data or
            the data are wrong; if the features or the model are not those of
            `init_from`, or of the checkpoint to resume from.
        OSError: if the directory cannot be written, another process trains there, or
            `init_from` has no checkpoint or is still being trained. A
            `ConnectionError` if another process of the run is lost.
        MemoryError: if table and steps do not fit into memory.
    """
    data = recipe.data
    is_alone = strategy is None
    strategy = strategy or tf.distribute.get_strategy()
    _check(data, epochs, patience, checkpoint_steps)
    _check_devices(data, strategy)
    if test_split is not None:
        data.source.schema.split(test_split)  # Raises now, not after hours, if unknown.
    initial = find_initial_run(run_dir, init_from, data.features)
    keras.utils.set_random_seed(seed)
    with strategy.scope():
        model = recipe.new_model()
        if tf.distribute.has_strategy():
            # One made outside of the scope does not know of the other devices.
            optimizer = type(optimizer).from_config(optimizer.get_config())
    check_memory(model, optimizer, data, strategy)
    devices = Devices(strategy)
    run = RunDirectory(run_dir) if devices.is_chief else FollowedRun(run_dir)
    with (
        exclusive(run) if devices.is_chief else nullcontext(),
        readable_memory_errors(),
        readable_file_errors(run.path),
        readable_errors(data.source),
        nullcontext() if is_alone else readable_worker_errors(),
    ):
        with strategy.scope():
            recipe.build(model)
            optimizer.build(model.trainable_variables)
            seen_users = initial.restore(model, optimizer) if initial else ()
            model.compile(optimizer, jit_core=jit_core)
        seeds = {"train": seed, "model": model.seed, "data": data.seed}
        run.start(describe_config() if describe_config else "", seeds)
        run.write_json("model_size.json", model_size(model))
        run.write_json(FEATURES, data.features.to_dict())
        run.write_json(STATE, describe_state(model, optimizer))
        loop = TrainingLoop(
            run, data, model, devices, checkpoint_steps, log_steps, seen_users
        )
        loop.run(epochs, patience)
        if test_split is None or not devices.is_chief:
            return None
        columns = predict(model, data.split(test_split, model.reads_time))
        run.write_columns(f"scores-{test_split}.npz", columns)
        results = report(
            columns, data.source, test_split, loop.seen_users, with_references
        )
        run.write_json("metrics.json", results)
        return results


def _check(data, epochs, patience, checkpoint_steps):
    if epochs < 1 or checkpoint_steps < 1:
        raise ValueError(
            "epochs and checkpoint_steps must be at least 1; received "
            f"epochs={epochs}, checkpoint_steps={checkpoint_steps}."
        )
    if patience is not None and not data.validation_days:
        raise ValueError(
            "patience needs a validation set; received "
            f"patience={patience} with validation_days=0."
        )


def _check_devices(data, strategy):
    count = strategy.num_replicas_in_sync
    if data.batch_size % count:
        raise ValueError(
            "batch_size must be a multiple of the devices that share a batch; received "
            f"batch_size={data.batch_size} for {count} devices."
        )
    is_remote = isinstance(strategy, tf.distribute.ParameterServerStrategy)
    if is_remote and count > 1:
        raise ValueError(
            "workers of parameter servers must have one device each. Received: "
            f"{count}."
        )
    if data.service and count > 1:
        raise ValueError(f"a data service must feed one device. Received: {count}.")
