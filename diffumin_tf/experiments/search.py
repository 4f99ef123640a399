"""Which combination of a grid comes next, and what became of the others."""

import itertools

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState

from diffumin_tf.experiments.trial import Trial

_NUMBER, _TOLD = "number", "told"
_METRICS = ("auc", "gauc", "log_loss")
_ENDED = (TrialState.COMPLETE, TrialState.FAIL)


class Search:
    """An Optuna study of a grid, kept in a file.

    The order is the seed's alone: a search that was killed goes on with the trial
    that it lost, a longer one begins with a shorter one's trials, and no combination
    comes twice. Hence combinations are queued here: Optuna's `GridSampler` comes back
    to a killed trial last, within a budget never, and its `RandomSampler` repeats some.

    Args:
        space: Label of each choice to the texts of its values.
        budget: How many combinations to try, at most all.
        seed: Seed of their order.
        path: The file, a SQLite database, made if absent; one process at a time.
    """

    def __init__(self, space, budget, seed, path):
        self._space = {
            name: CategoricalDistribution(texts) for name, texts in space.items()
        }
        grid = list(itertools.product(*space.values()))
        order = np.random.default_rng(seed).permutation(len(grid))[:budget]
        self._points = [dict(zip(space, grid[n], strict=True)) for n in order]
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = optuna.create_study(
            study_name="tune",
            storage=f"sqlite:///{path}",
            direction="maximize",
            # Draws nothing: every trial is queued.
            sampler=optuna.samplers.RandomSampler(),
            load_if_exists=True,
        )
        self._end_killed()

    def next(self):
        """Begins the next trial.

        Returns:
            Its number, from 1, and its combination, label to text; None where all
            have ended.
        """
        done = {trial.number for trial in self.trials()}
        left = (n for n in range(1, len(self._points) + 1) if n not in done)
        number = next(left, None)
        if number is None:
            return None
        point = self._points[number - 1]
        # One may be waiting, where a process died just here.
        if not self._study.get_trials(states=(TrialState.WAITING,)):
            self._study.enqueue_trial(point, user_attrs={_NUMBER: number})
        self._running = self._study.ask(self._space)
        return number, point

    def finish(self, metrics):
        """Ends the trial begun last.

        Args:
            metrics: What a run's `metrics.json` holds.
        """
        self._running.set_user_attr(_TOLD, {name: metrics[name] for name in _METRICS})
        self._study.tell(self._running, metrics["auc"])

    def fail(self, reason):
        """Ends the trial begun last, which has no result, and says why."""
        self._running.set_user_attr(_TOLD, {"failure": reason})
        self._study.tell(self._running, state=TrialState.FAIL)

    def trials(self):
        """The `Trial`s within the budget that have ended, by number."""
        found = {}
        for stored in self._study.get_trials(deepcopy=False, states=_ENDED):
            seen = stored.user_attrs
            number = seen[_NUMBER]
            # Of a trial that was killed nothing was told.
            if _TOLD in seen and number <= len(self._points):
                found[number] = Trial(number, self._points[number - 1], **seen[_TOLD])
        return [found[number] for number in sorted(found)]

    def _end_killed(self):
        """Optuna would count them as running for ever."""
        for killed in self._study.get_trials(states=(TrialState.RUNNING,)):
            auc = killed.user_attrs.get(_TOLD, {}).get("auc")
            state = TrialState.FAIL if auc is None else TrialState.COMPLETE
            self._study.tell(killed.number, auc, state=state)
