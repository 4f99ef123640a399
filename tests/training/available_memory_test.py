from pathlib import Path

import pytest

from diffumin_tf.training.available_memory import available_memory

MEMINFO = "MemTotal:       8192 kB\nMemAvailable:   4096 kB\nHugePages_Total:   0\n"
MACHINE = 4096 * 1024
NO_LIMIT = 9223372036854771712  # what version 1 writes


def write(root, **files):
    """Files of a system; a name's double underscores stand for slashes."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def write_group(directory, limit, used, prefix=""):
    """A control group of version 2, or of version 1 with its prefix of totals."""
    names = ("memory.max", "memory.current")
    if prefix:
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
    directory.mkdir(parents=True, exist_ok=True)
    for name, value in zip(names, (limit, used), strict=True):
        (directory / name).write_text(f"{value}\n")
    files = f"{prefix}active_file 30\n{prefix}inactive_file 7\n"
    (directory / "memory.stat").write_text(f"anon 5\n{files}")


def test_the_machine_alone(tmp_path):
    write(tmp_path, proc__meminfo=MEMINFO)
    assert available_memory(tmp_path) == MACHINE


def test_nothing_is_known(tmp_path):
    assert available_memory(tmp_path) is None
    write(tmp_path, proc__meminfo="MemTotal: 8192 kB\n")
    assert available_memory(tmp_path) is None


@pytest.mark.parametrize(
    ("line", "mount", "prefix"),
    [
        ("0::", "sys/fs/cgroup", ""),
        ("9:cpu,memory:", "sys/fs/cgroup/memory", "total_"),
    ],
)
@pytest.mark.parametrize(
    ("limits", "left"),
    [
        ({"a/b": (1000, 600)}, 1000 - 600 + 37),  # cached files can be dropped
        ({"a/b": (1000, 600), "a": (900, 700)}, 900 - 700 + 37),
        # Seen from inside a container, whose own group is what is mounted.
        ({"": (1000, 900)}, 1000 - 900 + 37),
        ({"a/b": (100, 900)}, 0),
        ({"a/b": (NO_LIMIT, 900)}, MACHINE),
        ({"a/b": ("max", 900)}, MACHINE),
        ({}, MACHINE),
    ],
)
def test_the_tightest_control_group(tmp_path, line, mount, prefix, limits, left):
    write(
        tmp_path,
        proc__meminfo=MEMINFO,
        proc__self__cgroup=f"3:cpuset:/a\n1:name=systemd:/\n{line}/a/b\n",
    )
    for group, (limit, used) in limits.items():
        write_group(tmp_path / mount / group, limit, used, prefix)
    assert available_memory(tmp_path) == left


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="needs Linux")
def test_this_machine():
    assert 0 < available_memory() < 2**50
