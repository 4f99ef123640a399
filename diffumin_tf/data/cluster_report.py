"""What clustering made of the histories."""

from dataclasses import dataclass


@dataclass
class ClusterReport:
    """Counts over all users.

    Attributes:
        users: Users written.
        compressed: Users of whom anything was compressed.
        behaviours: Behaviours before.
        old: Those of them that were compressed.
        clusters: What they became.
        largest: Size of the largest cluster.
    """

    users: int = 0
    compressed: int = 0
    behaviours: int = 0
    old: int = 0
    clusters: int = 0
    largest: int = 0

    def add(self, sizes, num_old):
        """Adds a user.

        Args:
            sizes: `[n]` int, the sizes in the new history, clusters first.
            num_old: How many behaviours were compressed.
        """
        num_new = int(sizes.sum()) - num_old
        clusters = sizes[: len(sizes) - num_new]
        self.users += 1
        self.compressed += num_old > 0
        self.behaviours += int(sizes.sum())
        self.old += num_old
        self.clusters += len(clusters)
        self.largest = max(self.largest, int(clusters.max(initial=0)))

    def lines(self):
        """Returns the report as lines of text."""
        mean = self.old / self.clusters if self.clusters else 0
        return [
            f"{self.users} users, {self.compressed} with an old part to compress",
            f"{self.old} of {self.behaviours} behaviours became {self.clusters} "
            f"clusters of {mean:.2f} on average, {self.largest} at most",
        ]
