"""The main job: trains a model, keeps what it takes to go on, evaluates."""

import keras
import numpy as np
import tensorflow as tf

from diffumin_tf import metrics
from diffumin_tf.data.readable_errors import (
    readable_errors,
    readable_file_errors,
    readable_memory_errors,
)
from diffumin_tf.training.checkpoints import (
    SEEN_USERS,
    checkpoint_manager,
    exclusive,
    learning_rates,
    restore_newest,
)
from diffumin_tf.training.evaluate import predict, report
from diffumin_tf.training.initial_run import find_initial_run
from diffumin_tf.training.memory_check import check_memory
from diffumin_tf.training.model_size import model_size
from diffumin_tf.training.progress import Progress
from diffumin_tf.training.run_directory import RunDirectory
from diffumin_tf.training.run_features import FEATURES
from diffumin_tf.training.run_state import STATE, describe_state


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
        checkpoint_steps: Steps between checkpoints.
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

    Returns:
        The metrics of the test split, by name, or None.

    Raises:
        ValueError: if a number is out of range, `patience` lacks validation data or
            the data are wrong; if the features or the model are not those of
            `init_from`, or of the checkpoint to resume from.
        OSError: if the directory cannot be written, another process trains there, or
            `init_from` has no checkpoint or is still being trained.
        MemoryError: if table and steps do not fit into memory.
    """
    data = recipe.data
    _check(data, epochs, patience, checkpoint_steps)
    if test_split is not None:
        data.source.schema.split(test_split)  # Raises now, not after hours, if unknown.
    initial = find_initial_run(run_dir, init_from, data.features)
    keras.utils.set_random_seed(seed)
    model = recipe.new_model()
    check_memory(model, optimizer, data)
    run = RunDirectory(run_dir)
    with (
        exclusive(run),
        readable_memory_errors(),
        readable_file_errors(run.path),
        readable_errors(data.source),
    ):
        recipe.build(model)
        optimizer.build(model.trainable_variables)
        seen_users = initial.restore(model, optimizer) if initial else ()
        model.compile(optimizer, jit_core=jit_core)
        seeds = {"train": seed, "model": model.seed, "data": data.seed}
        run.start(describe_config() if describe_config else "", seeds)
        run.write_json("model_size.json", model_size(model))
        run.write_json(FEATURES, data.features.to_dict())
        run.write_json(STATE, describe_state(model, optimizer))
        loop = _Loop(run, data, model, checkpoint_steps, log_steps, seen_users)
        loop.run(epochs, patience)
        if test_split is None:
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


class _Loop:
    """Epochs and steps of one run, with what is needed to go on after a kill."""

    def __init__(self, run, data, model, checkpoint_steps, log_steps, seen_users=()):
        self._run = run
        self._data = data
        self._model = model
        self._checkpoint_steps = checkpoint_steps
        self._log_steps = log_steps
        counter = {"trainable": False, "dtype": "int64"}
        self._epoch = tf.Variable(0, name="epoch", **counter)
        self._step = tf.Variable(0, name="step_of_epoch", **counter)
        self._best = tf.Variable(-1.0, trainable=False, name="best_validation_auc")
        self._waited = tf.Variable(0, name="epochs_without_gain", **counter)
        self._manager = checkpoint_manager(
            run,
            model,
            model.optimizer,
            epoch=self._epoch,
            step=self._step,
            best=self._best,
            waited=self._waited,
        )
        self._seen = set(np.asarray(seen_users).tolist())
        # As `fit` does: to search the step's source for control flow takes seconds.
        self._train_step = tf.function(model.train_step, autograph=False)

    @property
    def seen_users(self):
        """Keys of the users that this run and those before it saw, sorted."""
        return np.array(sorted(self._seen), np.int64)

    def run(self, epochs, patience):
        """Trains up to `epochs`, from the newest checkpoint if there is one."""
        if newest := restore_newest(self._manager):
            print(f"resuming from {newest}")
            self._seen = set(self._run.read_array(SEEN_USERS).tolist())
        writer = tf.summary.create_file_writer(str(self._run.path / "tensorboard"))
        with writer.as_default():
            while int(self._epoch) < epochs and not self._out_of_patience(patience):
                self._run_epoch(epochs)
                self._validate()
                self._epoch.assign_add(1)
                self._step.assign(0)
                self._save()

    def _run_epoch(self, epochs):
        epoch, first = int(self._epoch), int(self._step)
        self._reset_metrics()
        users = set()
        dataset = self._data.training(epoch, self._model.reads_time)
        # Traced once for all sizes of a batch: a first trace for the first size alone
        # would cost seconds, and round differently where a resumed run begins.
        train_step = self._train_step.get_concrete_function(dataset.element_spec)
        # The order depends on seed and epoch alone, so skipping finds the place.
        batches = dataset.skip(first)
        with Progress(f"epoch {epoch + 1}/{epochs}") as progress:
            for done, batch in enumerate(batches, start=first + 1):
                losses = train_step(batch)
                self._step.assign(done)
                users.update(np.unique(batch[0]["user_key"]).tolist())
                progress.num_steps = self._estimate(done - first, len(users))
                progress.update(done, losses, examples=len(batch[1]))
                if done % self._log_steps == 0:
                    self._log(losses)
                    self._reset_metrics()
                if done % self._checkpoint_steps == 0:
                    self._seen |= users
                    self._save()
        self._seen |= users
        # None where an earlier process has done all but the last step.
        if progress.examples_per_second is not None:
            speed = {"examples_per_second": progress.examples_per_second}
            self._run.write_json("speed.json", speed)

    def _estimate(self, steps, users):
        """Steps of an epoch, if the users to come have as many impressions."""
        return max(steps, round(steps / users * self._data.source.schema.num_users))

    def _reset_metrics(self):
        for tracker in self._model.metrics:
            tracker.reset_state()

    def _validate(self):
        dataset = self._data.validation(self._model.reads_time)
        if dataset is None:
            return
        columns = predict(self._model, dataset)
        auc = metrics.auc(columns["label"], columns["score"])
        print(f"validation AUC {auc:.4f}")
        self._log({"validation_auc": auc})
        better = auc > float(self._best)
        self._best.assign(max(auc, float(self._best)))
        self._waited.assign(0 if better else self._waited + 1)

    def _out_of_patience(self, patience):
        return patience is not None and int(self._waited) >= patience

    def _log(self, values):
        optimizer = self._model.optimizer
        for name, value in values.items():
            tf.summary.scalar(name, float(value), int(optimizer.iterations))
        for name, rate in learning_rates(optimizer).items():
            tf.summary.scalar(f"learning_rate/{name}", rate, int(optimizer.iterations))

    def _save(self):
        # First, so that a kill in between leaves too many users, whose steps are
        # done again, and never too few.
        self._run.write_array(SEEN_USERS, self.seen_users)
        self._manager.save()
