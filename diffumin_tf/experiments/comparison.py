"""What is compared with what."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from diffumin_tf.experiments.variant import Variant


@dataclass(frozen=True)
class Comparison:
    """Models that differ in a few lines of gin, each trained with the same seeds.

    Attributes:
        run_file: The gin file that all runs share, as `bin/train` takes it; its
            macro SEED takes the seeds.
        variants: The models.
        baseline: Name of the variant that the others are held against.
        name: What the files of tables and figures are called, so that comparisons
            that share runs can share a directory.
        focus: Name of the variant that is also held against the best of the others;
            None for none.
        published_on: What data the published AUCs of the variants are of, such as
            "the paper's industrial data, which is private"; "" if it is these.
        num_seeds: Runs of each model.
        first_seed: The first seed; the others follow it.
        references: Scores that need no training: callables of a source and the name
            of a split, listed under their own names.
        bindings: Lines of gin for every run.
        bootstrap_samples: Resamples of the test users behind an interval.
        bootstrap_seed: Seed of these resamples.
        measures_times: Whether runs are timed, in training and in scoring a request.
        own_processes: Whether each run has a process of its own, whose memory ends with
            it: what is compiled for a run stays as long as its process. False where
            the gin files name configurables that a script has registered.
    """

    run_file: str
    variants: tuple[Variant, ...]
    baseline: str
    name: str = "results"
    focus: str | None = None
    published_on: str = ""
    num_seeds: int = 10
    first_seed: int = 0
    references: tuple[Callable, ...] = ()
    bindings: tuple[str, ...] = ()
    bootstrap_samples: int = 1000
    bootstrap_seed: int = 0
    measures_times: bool = True
    own_processes: bool = True

    def __post_init__(self):
        if not re.fullmatch(r"[\w-]+", self.name):
            raise ValueError(
                "name must be letters, digits, - and _, for files are called so. "
                f"Received: {self.name!r}."
            )
        names = [variant.name for variant in self.variants]
        _check_role("baseline", self.baseline, names)
        if self.focus is not None:
            _check_role("focus", self.focus, names)
        slugs = Counter(variant.slug for variant in self.variants)
        if double := [slug for slug, count in slugs.items() if count > 1]:
            raise ValueError(
                "variants must have names that differ in letters or digits. Received: "
                f"{names}, of which more than one would be kept in {double}."
            )
        least = {"num_seeds": 1, "first_seed": 0, "bootstrap_samples": 1}
        for name, minimum in least.items():
            if getattr(self, name) < minimum:
                raise ValueError(
                    f"{name} must be at least {minimum}. Received: "
                    f"{name}={getattr(self, name)}."
                )

    @property
    def seeds(self):
        """The seeds, in the order in which they are run."""
        return range(self.first_seed, self.first_seed + self.num_seeds)

    def gin_files(self, variant):
        """The gin files of a variant's runs; later ones win."""
        return [self.run_file, *variant.gin_files]

    def gin_bindings(self, variant, seed):
        """The lines of gin of one run; later ones win."""
        return [*self.bindings, *variant.bindings, f"SEED = {seed}"]


def _check_role(role, name, names):
    if name not in names:
        raise ValueError(
            f"{role} must name one of the variants. Received: {role}={name!r} with "
            f"{names}."
        )
