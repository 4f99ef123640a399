"""What a conversion did."""

from dataclasses import dataclass, field


@dataclass
class ConversionReport:
    """Counts of a conversion; what could not travel is counted, never silent.

    Attributes:
        users: Users written.
        impressions: Impressions written.
        counts: What was left out, in words, to how often; told unless 0.
        not_taken: Released columns that the native format does not get.
    """

    users: int = 0
    impressions: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    not_taken: tuple[str, ...] = ()

    def add(self, note, count):
        """Adds to the count of a note."""
        self.counts[note] = self.counts.get(note, 0) + int(count)

    def lines(self):
        """Returns the report as lines of text."""
        told = [f"{self.users} users, {self.impressions} impressions"]
        told += [f"{count} {note}" for note, count in self.counts.items() if count]
        if self.not_taken:
            told.append(f"columns not taken: {', '.join(self.not_taken)}")
        return told
