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
        received: int, what has come of the epoch that is read.
    """

    def __init__(self, run, data):
        self._run = run
        self._service = data.service
        kept = run.path / DATA_SERVICE
        found = run.read_json(DATA_SERVICE) if kept.exists() else {}
        self.examples = found.get("examples") or data.count_training()
        self.received = 0
        self._epochs = found.get("received", [])

    def read(self, batches):
        """Yields the batches of an epoch, up to its last example.

        Args:
            batches: What `DataService.distribute` returned.
        """
        self.received = 0
        for batch in self._service.read(batches):
            self.received += len(batch[1])
            yield batch
            # Else each epoch would wait for a worker that died in an earlier one.
            if self.received == self.examples:
                break

    def note(self, epoch):
        """Writes down, and prints, what an epoch has received.

        Args:
            epoch: Its number, from 0.
        """
        # A run that was killed right after the line below does the epoch again.
        self._epochs = [*self._epochs[:epoch], self.received]
        lost = [self.examples - count for count in self._epochs]
        self._run.write_json(
            DATA_SERVICE,
            {"examples": self.examples, "received": self._epochs, "lost": lost},
        )
        print(f"data service: {lost[-1]} of {self.examples} examples lost")
