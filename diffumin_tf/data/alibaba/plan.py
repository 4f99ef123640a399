"""What to make of the raw folder: every choice that the result depends on."""

import json
from dataclasses import asdict, dataclass

from diffumin_tf.data.resumable import file_states


@dataclass(frozen=True)
class Plan:
    """The arguments of `prepare_alibaba` of the same names, checked."""

    sequence_length: int | None
    min_count: int
    described_only: bool
    num_shards: int
    max_bad_share: float

    def __post_init__(self):
        for name in ("sequence_length", "min_count", "num_shards"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1. Received: {value}.")
        if not 0 <= self.max_bad_share < 1:
            raise ValueError(
                "max_bad_share must be at least 0 and below 1. "
                f"Received: {self.max_bad_share}."
            )

    def to_text(self, paths):
        """The plan and the state of the files it reads, as JSON."""
        files = file_states(paths)
        return json.dumps({"arguments": asdict(self), "files": files}, indent=2) + "\n"
