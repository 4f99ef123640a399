"""Kills commands at random moments, and checks that the end is the same.

    python tests/kill_runs.py [--kills=20] [--seed=0] [train|compare|prepare_data ...]

Each command runs once undisturbed. Then it is started on a new directory, killed by
SIGKILL at a random moment between its start and its end, and started again until it
has been killed as often as asked; the last start runs to its end. What the two leave
must be equal (weights and arrays bit by bit, the other files byte by byte but for the
directory's name), and hold nothing half-written.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from tests.data.logs.small_logs import write_checkins  # noqa: E402

# What tells when, by whom and how often something ran, not what came out.
NOT_COMPARED = ("versions.json", "speed.json", "tensorboard", "checkpoints", ".lock")
UNFINISHED = (".tmp", "_temp", "tempstate", "unfinished", "preparing")
SMALL = (
    "NUM_USERS = 24",
    "SEQUENCE_LENGTH = 120",
    "BATCH_SIZE = 16",
    "NUM_SAMPLING_STEPS = 2",
    "Denoiser.num_blocks = 1",
    "TransformerEncoder.num_blocks = 1",
    "PredictionTower.hidden_units = (8,)",
    "train.jit_core = False",
    "train.checkpoint_steps = 3",
)


@dataclass
class Command:
    """A command of `bin/`.

    Attributes:
        name: Its file.
        arguments: Its flags.
        output: The flag that takes its directory.
        renames: Whether the directory appears when all is done; then the command
            refuses to start again.
    """

    name: str
    arguments: list[str]
    output: str
    renames: bool = False

    def start(self, directory, log):
        """Starts it in a process of its own."""
        program = [sys.executable, str(ROOT / "bin" / self.name), *self.arguments]
        output = self.output.format(directory / "out")
        return subprocess.Popen([*program, output], cwd=ROOT, stdout=log, stderr=log)


def make_command(name, scratch):
    """The command called `name` on data small enough to end in seconds.

    `train_din_s` is `train` of a model that is traced faster than DiffuMIN.
    """
    of_diffumin = ("NUM_SAMPLING", "Denoiser")
    lines = [line for line in SMALL if not line.startswith(of_diffumin)]
    if name in ("train", "train_din_s"):
        flags = ["--gin_file=gin/industry.gin"]
        if name == "train_din_s":
            flags.append("--gin_file=gin/models/din_s.gin")
        bindings = lines if name == "train_din_s" else SMALL
        flags += [f"--gin_bindings={line}" for line in bindings]
        return Command("train", flags, "--run_dir={}")
    if name == "compare":
        bindings = [
            'RUN_FILE = "gin/industry.gin"',
            "Comparison.focus = None",
            "Comparison.num_seeds = 1",
            "Comparison.measures_times = False",
            f"Comparison.bindings = {lines}",
            "Comparison.variants = [@twin/Variant(), @din_s/Variant()]",
        ]
        flags = [f"--gin_bindings={line}" for line in bindings]
        file = "--gin_file=gin/compare_small.gin"
        return Command(name, [file, *flags], "--output={}")
    write_checkins(scratch)
    raw = f"--gin_bindings=RAW_DIR = {str(scratch)!r}"
    return Command(name, ["--gin_file=gin/checkins.gin", raw], "--output={}", True)


def finish(command, directory):
    """Runs a command to its end; returns the seconds it took."""
    started = time.monotonic()
    with open(directory / "log.txt", "ab") as log:
        status = command.start(directory, log).wait()
    _check(command, directory, status)
    return time.monotonic() - started


def _check(command, directory, status):
    if status:
        print((directory / "log.txt").read_text()[-2000:])
        raise SystemExit(f"{command.name} ended with status {status}.")


def kill_at(command, directory, seconds):
    """Starts a command and kills it; returns the seconds it took if it had ended."""
    started = time.monotonic()
    with open(directory / "log.txt", "ab") as log:
        process = command.start(directory, log)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None
    _check(command, directory, status)
    return time.monotonic() - started


def differences(expected, found):
    """What is in one directory and not, or not the same, in the other."""
    names = [_names(expected), _names(found)]
    wrong = [f"only in one: {name}" for name in sorted(names[0] ^ names[1])]
    for name in sorted(names[0] & names[1]):
        if not _equal(expected / name, found / name, expected, found):
            wrong.append(f"differs: {name}")
    for folder in sorted(expected.rglob("checkpoints")):
        wrong += _weight_differences(folder, found / folder.relative_to(expected))
    left = [p for p in found.rglob("*") if any(part in p.name for part in UNFINISHED)]
    return wrong + [f"half-written: {path}" for path in left]


def _names(directory):
    paths = (p.relative_to(directory) for p in directory.rglob("*") if p.is_file())
    return {path for path in paths if not set(path.parts) & set(NOT_COMPARED)}


def _equal(one, other, expected, found):
    if one.suffix == ".npz":
        # A zip file holds the time of writing.
        with np.load(one) as first, np.load(other) as second:
            same = all(np.array_equal(first[name], second[name]) for name in first)
            return first.files == second.files and same
    text = other.read_bytes().replace(str(found).encode(), str(expected).encode())
    return one.read_bytes() == text


def _weight_differences(expected, found):
    """Names of variables whose newest values differ, those of counted saves aside."""
    first, second = (
        tf.train.load_checkpoint(tf.train.latest_checkpoint(folder))
        for folder in (expected, found)
    )
    shapes = first.get_variable_to_shape_map()
    names = [n for n in shapes if n.endswith("VALUE") and "save_counter" not in n]
    return [
        f"differs: {name} in {expected}"
        for name in names
        if not np.array_equal(first.get_tensor(name), second.get_tensor(name))
    ]


def check(name, kills, rng, scratch):
    """Returns what differs after `kills` kills of a command."""
    whole, killed, raw = (scratch / name / part for part in ("whole", "killed", "raw"))
    for directory in (whole, killed, raw):
        directory.mkdir(parents=True)
    command = make_command(name, raw)
    duration = finish(command, whole)
    print(f"{name}: {duration:.0f} s undisturbed", flush=True)
    wrong, landed = [], 0
    while landed < kills:
        moment = rng.uniform(0, duration)
        seconds = kill_at(command, killed, moment)
        landed += seconds is None
        print(
            f"  {moment:.1f} s: {'ended before' if seconds else 'killed'}", flush=True
        )
        if seconds or is_done(command, killed):
            wrong += differences(whole / "out", killed / "out")
            shutil.rmtree(killed / "out")  # The next kill meets a fresh directory.
        # On a machine less busy by now later moments would never be met.
        duration = min(duration, seconds or duration)
    finish(command, killed)
    return wrong + differences(whole / "out", killed / "out")


def is_done(command, directory):
    """Whether a killed command has nothing left to do."""
    return command.renames and (directory / "out").exists()


def main():
    """Checks each command named, and ends with status 1 if any differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("commands", nargs="*", default=[])
    options = parser.parse_args()
    rng = random.Random(options.seed)
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.commands or ("train", "prepare_data", "compare"):
            wrong = check(name, options.kills, rng, Path(scratch))
            print("\n".join(wrong) or f"{name}: equal after {options.kills} kills")
            failed |= bool(wrong)
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
