"""What came of the epochs that a tf.data service sent."""

DATA_SERVICE = "data_service.json"


class ServedEpochs:
    """Counts the examples that each epoch of a run received, and those lost.

    They stand in `data_service.json` of the run: `examples` an epoch, and for each
    epoch how many were `received` and `lost`.

    Args:
        run: `RunDirectory`.
        data: `ClickData`, which is read once to count, unless the file is there.

    Attributes:
        examples: int, what an epoch holds.
    """

    def __init__(self, run, data):
        self._run = run
        kept = run.path / DATA_SERVICE
        found = run.read_json(DATA_SERVICE) if kept.exists() else {}
        self.examples = found.get("examples") or data.count_training()
        self._received = found.get("received", [])

    def note(self, epoch, received):
        """Writes down, and prints, what an epoch has received.

        Args:
            epoch: Its number, from 0.
            received: int, examples.
        """
        # A run that was killed right after the line below does the epoch again.
        self._received = [*self._received[:epoch], received]
        lost = [self.examples - count for count in self._received]
        self._run.write_json(
            DATA_SERVICE,
            {"examples": self.examples, "received": self._received, "lost": lost},
        )
        print(f"data service: {lost[-1]} of {self.examples} examples lost")
