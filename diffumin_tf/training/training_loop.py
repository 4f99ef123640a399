"""Epochs and steps of a run."""

import numpy as np
import tensorflow as tf

from diffumin_tf import metrics
from diffumin_tf.training.checkpoints import (
    SEEN_USERS,
    checkpoint_manager,
    learning_rates,
    restore_newest,
)
from diffumin_tf.training.evaluate import predict
from diffumin_tf.training.progress import Progress
from diffumin_tf.training.served_epochs import ServedEpochs
from diffumin_tf.training.users_met import UsersMet


class TrainingLoop:
    """Epochs and steps of one run, with what is needed to go on after a kill.

    Args:
        run: `RunDirectory`.
        data: `ClickData`.
        model: The model, compiled.
        devices: The `Devices` of the strategy in whose scope it was made.
        checkpoint_steps: Steps between checkpoints.
        log_steps: Steps between TensorBoard points.
        seen_users: Keys of the users that an earlier run saw.
    """

    def __init__(
        self, run, data, model, devices, checkpoint_steps, log_steps, seen_users=()
    ):
        self._run = run
        self._data = data
        self._model = model
        self._devices = devices
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
        self._served = ServedEpochs(run, data) if data.service else None
        self._train_step = devices.on_each(model.train_step)

    @property
    def seen_users(self):
        """Keys of the users that this run and those before it saw, sorted."""
        return np.array(sorted(self._seen), np.int64)

    def run(self, epochs, patience):
        """Trains up to `epochs`, from the newest checkpoint if there is one."""
        if newest := restore_newest(self._manager):
            print(f"resuming from {newest}")
            self._seen = set(self._run.read_array(SEEN_USERS).tolist())
            self._check_place()
        self._devices.check_alike([int(self._epoch), int(self._step)])
        with self._writer().as_default():
            while int(self._epoch) < epochs and not self._out_of_patience(patience):
                self._run_epoch(epochs)
                self._validate()
                self._epoch.assign_add(1)
                self._step.assign(0)
                self._save()

    def _writer(self):
        if not self._devices.is_chief:
            return tf.summary.create_noop_writer()
        return tf.summary.create_file_writer(str(self._run.path / "tensorboard"))

    def _run_epoch(self, epochs):
        epoch, first = int(self._epoch), int(self._step)
        self._reset_metrics()
        met = UsersMet(self._data.run_length)
        reads_time, num_parts = self._model.reads_time, self._devices.count
        dataset = self._data.training(epoch, reads_time, num_parts)
        # The order depends on seed and epoch alone, so skipping finds the place.
        batches = self._devices.distribute(dataset.skip(first * num_parts))
        train_step = self._devices.prepare(self._train_step, batches.element_spec)
        if self._served:
            batches = self._served.read(batches)
        with Progress(f"epoch {epoch + 1}/{epochs}") as progress:
            for done, batch in enumerate(batches, start=first + 1):
                losses = train_step(batch)
                self._step.assign(done)
                keys = self._devices.join(batch[0]["user_key"])
                met.add(keys)
                progress.num_steps = self._estimate(done - first, met.num_records)
                progress.update(done, losses, examples=len(keys))
                if done % self._log_steps == 0:
                    self._devices.finish()
                    self._log(losses)
                    self._reset_metrics()
                # No one can find the place within an epoch that was served.
                if done % self._checkpoint_steps == 0 and not self._served:
                    self._seen |= met.keys
                    self._save()
            self._devices.finish()
        self._seen |= met.keys
        if self._served:
            self._served.note(epoch)
        # None where an earlier process has done all but the last step.
        if progress.examples_per_second is not None:
            speed = {"examples_per_second": progress.examples_per_second}
            self._run.write_json("speed.json", speed)

    def _estimate(self, steps, num_met):
        """Steps of an epoch, if the records to come have as many impressions."""
        if self._served:
            return max(steps, -(-self._served.examples // self._data.batch_size))
        return max(steps, round(steps / num_met * self._data.source.schema.num_users))

    def _check_place(self):
        if self._served and int(self._step):
            raise ValueError(
                "a run from a data service must go on where an epoch begins. Received: "
                f"a checkpoint of step {int(self._step)} of an epoch, made without one."
            )

    def _reset_metrics(self):
        for tracker in self._model.metrics:
            tracker.reset_state()

    def _validate(self):
        dataset = self._data.validation(self._model.reads_time)
        if dataset is None:
            return
        # By one worker: another machine may round otherwise, and stop otherwise.
        auc = self._auc(dataset) if self._devices.is_chief else 0.0
        auc = self._devices.chiefs(auc)
        print(f"validation AUC {auc:.4f}")
        self._log({"validation_auc": auc})
        better = auc > float(self._best)
        self._best.assign(max(auc, float(self._best)))
        self._waited.assign(0 if better else self._waited + 1)

    def _auc(self, dataset):
        columns = predict(self._model, dataset)
        return metrics.auc(columns["label"], columns["score"])

    def _out_of_patience(self, patience):
        return patience is not None and int(self._waited) >= patience

    def _log(self, values):
        optimizer = self._model.optimizer
        step = int(optimizer.iterations.numpy())
        for name, value in values.items():
            tf.summary.scalar(name, float(value), step)
        for name, rate in learning_rates(optimizer).items():
            tf.summary.scalar(f"learning_rate/{name}", rate, step)

    def _save(self):
        if not self._devices.is_chief:
            return
        # First, so that a kill in between leaves too many users, whose steps are
        # done again, and never too few.
        self._devices.finish()
        self._run.write_array(SEEN_USERS, self.seen_users)
        self._manager.save()
