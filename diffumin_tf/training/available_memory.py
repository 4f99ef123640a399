"""How much memory this process may still take."""

from pathlib import Path

# What /proc/self/cgroup calls the memory controller, where that is mounted, and its
# names for limit, usage and what of the usage is cached files: versions 2 and 1.
_CONTROLLERS = {
    "": ("sys/fs/cgroup", "memory.max", "memory.current", ""),
    "memory": (
        "sys/fs/cgroup/memory",
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_",
    ),
}


def available_memory(root="/"):
    """Bytes that can be taken before the system or a container's limit says no.

    Args:
        root: Directory with `proc` and `sys`.

    Returns:
        The smaller of what the machine has and what the control groups of the process
        leave it; None where neither can be read, as outside Linux.
    """
    root = Path(root)
    known = [_machine(root / "proc/meminfo"), *_groups(root)]
    return min((free for free in known if free is not None), default=None)


def _machine(path):
    found = _numbers(path)
    return found["MemAvailable"] * 1024 if "MemAvailable" in found else None


def _groups(root):
    """What each control group of the process leaves it, the outer ones' included."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, group = line.split(":", 2)
        kind = "memory" if "memory" in controllers.split(",") else controllers
        if kind not in _CONTROLLERS:
            continue
        mount, *names = _CONTROLLERS[kind]
        # Inside a container the path may be that of the host: then only the mount,
        # which is the container's own group, is there.
        inner = Path(group.lstrip("/"))
        for part in (inner, *inner.parents):
            yield _left_by(root / mount / part, *names)


def _left_by(directory, limit, usage, prefix):
    limit, used = (_text(directory / name).strip() for name in (limit, usage))
    if not limit.isdigit() or not used.isdigit():  # "max": no limit
        return None
    counts = _numbers(directory / "memory.stat")
    # The kernel drops cached files before it says no.
    kinds = ("active_file", "inactive_file")
    cached = sum(counts.get(prefix + kind, 0) for kind in kinds)
    return max(int(limit) - int(used) + cached, 0)


def _numbers(path):
    """The first number of each line of a file, by the name before it."""
    lines = (line.replace(":", " ").split() for line in _text(path).splitlines())
    return {line[0]: int(line[1]) for line in lines if len(line) > 1}


def _text(path):
    try:
        return path.read_text()
    except OSError:
        return ""
