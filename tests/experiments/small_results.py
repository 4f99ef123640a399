"""Results and rows with figures that can be checked by hand."""

from diffumin_tf.experiments.auc_difference import AucDifference
from diffumin_tf.experiments.comparison import Comparison
from diffumin_tf.experiments.measure import Measure
from diffumin_tf.experiments.result_row import ResultRow
from diffumin_tf.experiments.run_result import RunResult
from diffumin_tf.experiments.variant import Variant

_NOTHING = dict.fromkeys(ResultRow.__dataclass_fields__)


def make_result(model, seed, auc, resampled_auc=(0.6, 0.8), **changes):
    """The `RunResult` of a run on 40 impressions of 8 users."""
    figures = {"gauc": 0.5, "log_loss": 0.25, **changes}
    return RunResult(
        model=model,
        seed=seed,
        auc=auc,
        num_impressions=40,
        num_users=8,
        label="ab",
        user_key="cd",
        configuration="ef",
        bootstrap_seed=0,
        resampled_auc=resampled_auc,
        **figures,
    )


def make_results(model, *aucs, **changes):
    """A run for each AUC, seeds from 0."""
    return [make_result(model, seed, auc, **changes) for seed, auc in enumerate(aucs)]


def a_row(model, auc, std=0.01, **changes):
    """A `ResultRow` that has an AUC alone, but for the changes."""
    figures = {"runs": 2, "is_reference": False, "auc": Measure(auc, std)}
    return ResultRow(**{**_NOTHING, "model": model, **figures, **changes})


def over(other, value, low, high, p_value=0.25, rela_impr=4.0):
    """An `AucDifference`."""
    return AucDifference(other, rela_impr, value, low, high, p_value)


def a_comparison(*names, **changes):
    """A `Comparison` of variants of these names; the first is the baseline."""
    variants = tuple(Variant(name) for name in names)
    arguments = {"run_file": "gin/a_b.gin", "variants": variants, "baseline": names[0]}
    return Comparison(**{**arguments, **changes})
