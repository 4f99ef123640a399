"""What a measured step works on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    """Sizes of a batch and of the model; the defaults are the paper's.

    Args:
        batch_size: B, the impressions.
        sequence_length: l, the behaviours each impression sees.
        impressions_a_user: Impressions that share a history, neighbours in the batch.
        slack: Behaviours that a shared history has beyond l, as in `make_dataset`.
        num_channels: c.
        num_sampling_steps: T'.
        sampler: As in `DiffusionGenerator`.
        num_rows: Rows of the embedding table.
        num_ids: Ids in use, spread over the table; None for all that fit.
        short_term_length: k.

    Raises:
        ValueError: if users do not divide the batch, or the ids exceed the table.
    """

    batch_size: int = 256
    sequence_length: int = 5000
    impressions_a_user: int = 1
    slack: int = 0
    num_channels: int = 4
    num_sampling_steps: int = 20
    sampler: str = "ddpm"
    num_rows: int = 1_000_000
    num_ids: int | None = None
    short_term_length: int = 100

    def __post_init__(self):
        if self.batch_size % self.impressions_a_user:
            raise ValueError(
                "batch_size must be a multiple of impressions_a_user; received "
                f"{self.batch_size} and {self.impressions_a_user}."
            )
        if self.num_ids is not None and self.num_ids >= self.num_rows:
            raise ValueError(
                "num_ids must be below num_rows, which hold the padding too; received "
                f"{self.num_ids} and {self.num_rows}."
            )

    @property
    def num_users(self):
        """U, the stored histories."""
        return self.batch_size // self.impressions_a_user

    @property
    def history_bytes(self):
        """Bytes of one `[B, l, d]` float32 tensor, with d = 24."""
        return 4 * self.batch_size * self.sequence_length * 24
