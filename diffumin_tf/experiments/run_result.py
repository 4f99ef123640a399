"""What a comparison keeps of a run: small enough to be committed."""

import dataclasses
import json
import types
import typing
from dataclasses import dataclass
from pathlib import Path

from diffumin_tf.training.run_directory import RunDirectory

_COSTS = (
    "table_parameters",
    "other_parameters",
    "examples_per_second",
    "request_ms",
    "machine",
)


@dataclass(frozen=True)
class RunResult:
    """The figures of one run, or of a predictor that needs none.

    Attributes:
        model: The model's name.
        seed: The run's seed; None for a predictor without one.
        auc: Exact AUC.
        gauc: None where no user has both classes.
        log_loss: None where the scores are no probabilities.
        num_impressions: How many impressions were scored.
        num_users: How many users they belong to.
        label: Fingerprint of their labels.
        user_key: Fingerprint of whose they are.
        configuration: Fingerprint of the model's configuration, whatever the seed;
            None where there is none.
        bootstrap_seed: Seed of the resamples.
        resampled_auc: The AUC in each resample of the users, in six digits.
        calibration: Predicted over observed clicks; None where the scores are no
            probabilities, or in results of before it was kept, as are all below.
        ece: Expected calibration error; None as above.
        table_parameters: Trained numbers of the embedding table, and of tables beside
            it.
        other_parameters: All other trained numbers.
        examples_per_second: Of training; None where it was not timed.
        request_ms: Milliseconds that scoring 500 candidates of one user took; None
            where it was not timed.
        machine: What the times were measured on.
    """

    model: str
    seed: int | None
    auc: float
    gauc: float | None
    log_loss: float | None
    num_impressions: int
    num_users: int
    label: str
    user_key: str
    configuration: str | None
    bootstrap_seed: int
    resampled_auc: tuple[float, ...]
    calibration: float | None = None
    ece: float | None = None
    table_parameters: int | None = None
    other_parameters: int | None = None
    examples_per_second: float | None = None
    request_ms: float | None = None
    machine: str | None = None

    def __post_init__(self):
        object.__setattr__(self, "resampled_auc", tuple(self.resampled_auc))
        for field in dataclasses.fields(self):
            value, expected = getattr(self, field.name), _expected(field)
            if not isinstance(value, expected):
                raise ValueError(
                    f"{field.name} of a result must be of type "
                    f"{getattr(expected, '__name__', expected)}. Received: {value!r}."
                )

    @property
    def costs(self):
        """What the run cost, by the names of the attributes; scores do not tell it."""
        return {name: getattr(self, name) for name in _COSTS}

    def write(self, path):
        """Writes the result as JSON, at once or not at all."""
        # A line a figure: what differs between two files is seen at once.
        lines = [f'  "{n}": {json.dumps(v)}' for n, v in vars(self).items()]
        text = "{\n" + ",\n".join(lines) + "\n}\n"
        path = Path(path)
        directory = RunDirectory(path.parent)
        directory.remove_unfinished()
        directory.write_text(path.name, text)


def read_result(path):
    """Reads what `RunResult.write` wrote.

    Raises:
        ValueError: If it is something else.
    """
    try:
        return RunResult(**json.loads(Path(path).read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} must hold the result of a run: {error}") from error


def _expected(field):
    """What `isinstance` takes for the annotation of a field."""
    is_union = isinstance(field.type, types.UnionType)
    return field.type if is_union else typing.get_origin(field.type) or field.type
