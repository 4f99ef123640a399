"""Released settings as a run file and as a report."""

import textwrap
from dataclasses import dataclass

from diffumin_tf.released_conf.entry import GROUPS, TAKEN, Entry
from diffumin_tf.released_conf.input_class import InputClass

_WIDTH = 88


@dataclass(frozen=True)
class ImportedConf:
    """What was made of a `task_conf.json`.

    Attributes:
        source: The file's path, as it was given.
        input_class: The data that it is for.
        entries: What became of each key.
        bindings: The lines of gin that the keys became.
    """

    source: str
    input_class: InputClass
    entries: tuple[Entry, ...]
    bindings: tuple[str, ...]

    def report(self):
        """The entries by group, one a line, as text."""
        lines = [f"{self.source}: {self.input_class.name}"]
        for group in GROUPS:
            members = self._members(group)
            lines += ["", f"{group} ({len(members)})" + ":" * bool(members)]
            lines += [f"  {entry.line()}" for entry in members]
        return "\n".join(lines)

    def run_file(self, output):
        """The gin file's text; `output` is the path that its header names."""
        # Macros first, as in the run files that were written by hand.
        bound = (*self.bindings, *self.input_class.bindings)
        macros = [line for line in bound if "." not in line.partition("=")[0]]
        others = [line for line in bound if line not in macros]
        blocks = (
            self._header(output),
            ["include 'models/released.gin'", f"include '{self.input_class.dataset}'"],
            ["SEED = 0", *macros],
            [*others, "train.seed = %SEED"],
        )
        return "\n\n".join("\n".join(block) for block in blocks) + "\n"

    def _header(self, output):
        source = " ".join(self.source.split())
        command = f"bin/train --gin_file={' '.join(str(output).split())}"
        lines = [
            f"# {self.input_class.name} of the released code.",
            "#",
            f"# Made of:  {source}, by bin/import_task_conf",
            f"# Command:  {command}",
            "# Data:     a synthetic world, unless DATA_DIR names a directory of data.",
            "# Commonly overridden: DATA_DIR, NUM_USERS, BATCH_SIZE, SEED.",
        ]
        for group in GROUPS:
            members = self._members(group)
            if group == TAKEN:  # What went over as it is needs no word.
                members = [e for e in members if e.bindings and e.text]
            if members:
                lines += ["#", f"# {group[0].upper()}{group[1:]}:"]
                lines += [part for entry in members for part in _comment(entry.line())]
        return lines

    def _members(self, group):
        return [entry for entry in self.entries if entry.group == group]


def _comment(line):
    return textwrap.wrap(
        line,
        _WIDTH,
        initial_indent="# - ",
        subsequent_indent="#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )
