"""The directory in which a preparation keeps what it has done so far."""

import json
import shutil
from pathlib import Path

from diffumin_tf.atomic_file import atomic_file

_PLAN = "plan.json"


class WorkDirectory:
    """Results of stages, by name: a stage that is done is not done again.

    Args:
        path: The directory; made if absent.
        plan: What is being done, as text. A directory of another plan is refused.

    Raises:
        FileExistsError: If another plan was begun there.
    """

    def __init__(self, path, plan):
        self.path = Path(path)
        file = self.path / _PLAN
        if file.exists() and file.read_text(encoding="utf-8") != plan:
            raise FileExistsError(
                "a preparation must go on with the arguments and files it was begun "
                f"with. Received: others than {file} holds; remove {self.path} to "
                "begin anew."
            )
        self._write(_PLAN, plan)

    def once(self, stage, function):
        """Returns a stage's result, from the file that an earlier run left if any.

        Args:
            stage: Its name.
            function: Called with nothing; returns what JSON can hold. It must leave
                the same files whether or not an earlier call was cut short.
        """
        file = self.path / f"{stage}.json"
        if file.exists():
            return json.loads(file.read_text(encoding="utf-8"))
        result = json.loads(json.dumps(function()))
        self._write(file.name, json.dumps(result))
        return result

    def once_told(self, command, stage, function):
        """As `once`, and prints the stage if it is yet to be done.

        Args:
            command: What is being run, printed before the stage.
            stage: As `once` takes it.
            function: As `once` takes it.
        """
        if not self.is_done(stage):
            print(f"{command}: {stage}", flush=True)
        return self.once(stage, function)

    def is_done(self, stage):
        """Whether a stage has left its result."""
        return (self.path / f"{stage}.json").exists()

    def empty(self, name):
        """Returns an empty directory of this name."""
        path = self.path / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    def remove(self):
        """Removes everything."""
        shutil.rmtree(self.path)

    def _write(self, name, text):
        with atomic_file(self.path / name) as draft:
            draft.write_text(text, encoding="utf-8")
