"""The parts of the data set: files named by day and number, perhaps in zip files."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from diffumin_tf.data.eleme.cut_zip import DamagedArchive, cut_members

_BYTES_AT_ONCE = 1 << 22
_MAX_LINE = 1 << 26
_NAME = re.compile(r"D(\d+)_(\d+)(\.csv)?(\.zip)?", re.IGNORECASE)


@dataclass(frozen=True)
class Lines:
    """Lines that follow each other in one file.

    Attributes:
        where: The file, with the member where it is in a zip file.
        day: Its day.
        first: Number of the first line, from 1.
        lines: Byte strings without their ends.
    """

    where: str
    day: int
    first: int
    lines: list[bytes]


def find_parts(folder, how_to_get=""):
    """The files of a folder that are parts or may hold some, by day and number.

    Args:
        folder: Where `D1_0.csv`, `D1_0.zip` and so on stand, or any other zip files
            that hold such.
        how_to_get: Said where there are none.

    Returns:
        List of `(day, path)`; None for the day of a zip file that does not tell it.

    Raises:
        FileNotFoundError: If there are none.
        ValueError: If a part is there twice.
    """
    paths = sorted(Path(folder).glob("*"), key=_order)
    suffixes = {path: path.suffix.lower() for path in paths}
    parts = [
        (part_day(path.name), path)
        for path in paths
        if suffixes[path] == ".zip" or suffixes[path] == ".csv" and _match(path)
    ]
    if not parts:
        raise FileNotFoundError(
            "raw_dir must hold Ele.me's parts, D1_0.csv and so on or zip files of "
            f"them. Received: {folder}, which holds none. {how_to_get}".strip()
        )
    _check_once([path for _, path in parts if _match(path)])
    return parts


def part_day(name):
    """The day that a file's name tells, or None."""
    match = _NAME.fullmatch(Path(name).name)
    return int(match[1]) if match else None


def part_lines(path, days, damages):
    """Yields the `Lines` of a file, those before a damage if it has one.

    Args:
        path: The file.
        days: The days wanted; members of others are left out.
        damages: List to which what is damaged is added, in words.
    """
    for where, name, chunks in _texts(path, damages):
        day = part_day(name)
        day = part_day(path) if day is None else day
        if day in days:
            yield from _lines(where, day, chunks, damages)


def _match(path):
    return _NAME.fullmatch(path.name)


def _order(path):
    match = _match(path)
    return (int(match[1]), int(match[2])) if match else (0, 0), path.name


def _check_once(paths):
    seen = {}
    for path in paths:
        key = _match(path).group(1, 2)
        if key in seen:
            raise ValueError(
                f"raw_dir must hold each part once. Received: {seen[key]} and {path}."
            )
        seen[key] = path


def _texts(path, damages):
    """Yields (where, name, chunks) for the file, or for each member of a zip file."""
    if path.suffix.lower() != ".zip":
        yield str(path), path.name, _plain(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        for name, chunks in cut_members(path):
            if not name.endswith("/"):
                yield f"{path}/{name}", name, chunks
        damages.append(f"{path} has no directory at its end: it is cut short.")
        return
    with archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                where = f"{path}/{entry.filename}"
                yield where, entry.filename, _member(archive, entry)


def _plain(path):
    with open(path, "rb") as file:
        while chunk := file.read(_BYTES_AT_ONCE):
            yield chunk


def _member(archive, entry):
    try:
        with archive.open(entry) as file:
            while chunk := file.read(_BYTES_AT_ONCE):
                yield chunk
    # `RuntimeError` for what is encrypted or compressed in an unknown way.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise DamagedArchive(f"is damaged, {error},") from None


def _lines(where, day, chunks, damages):
    """Yields whole lines; of a damaged text the last line, cut anywhere, is lost."""
    rest, number = b"", 1
    try:
        for chunk in chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            if lines:
                yield Lines(where, day, number, lines)
            number += len(lines)
            if len(rest) > _MAX_LINE:
                raise DamagedArchive(f"has a line of more than {_MAX_LINE} bytes")
    except DamagedArchive as error:
        damages.append(f"{where} {error} after line {number - 1}.")
        return
    if rest:
        yield Lines(where, day, number, [rest])
    elif number == 1:
        damages.append(f"{where} is empty.")
