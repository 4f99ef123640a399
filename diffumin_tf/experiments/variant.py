"""One model of a comparison."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """What is laid over the run file to get one model of a comparison.

    Attributes:
        name: What the tables call it, such as "DIN(S)".
        gin_files: Gin files read after the run file.
        bindings: Lines of gin read after all files, such as "NUM_CHANNELS = 8".
        group: What it varies, such as "channels": figures have a panel for each;
            None for none.
        published: The AUC that the paper has for it; None for none.
    """

    name: str
    gin_files: tuple[str, ...] = ()
    bindings: tuple[str, ...] = ()
    group: str | None = None
    published: float | None = None

    def __post_init__(self):
        if not self.slug:
            raise ValueError(
                "a variant's name must hold a letter or a digit. Received: "
                f"name={self.name!r}."
            )
        for field in ("gin_files", "bindings"):
            values = getattr(self, field)
            if isinstance(values, str):
                raise ValueError(
                    f"{field} must be a list of texts. Received: {values!r} in "
                    f"variant {self.name!r}."
                )
            object.__setattr__(self, field, tuple(values))
        if self.published is not None and not 0 < self.published < 1:
            raise ValueError(
                "published must be an AUC, between 0 and 1. Received: "
                f"published={self.published} in variant {self.name!r}."
            )

    @property
    def slug(self):
        """The name as a directory: "DIN(S)" gives "din-s"."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
