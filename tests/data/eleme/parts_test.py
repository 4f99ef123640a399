"""Files to lines: names, zip files, damage."""

import zipfile
import zlib

import pytest

from diffumin_tf.data.eleme import parts
from diffumin_tf.data.eleme.parts import find_parts, part_day, part_lines
from tests.data.eleme.small_parts import write, write_zip

_TEXT = b"".join(b"%d,%d\n" % (n, n * n) for n in range(200_000))


def _read(path, days=(1,)):
    """(lines of each member, damages)."""
    damages, members = [], {}
    for lines in part_lines(path, days, damages):
        known = members.setdefault(lines.where, [])
        assert lines.first == len(known) + 1
        known += lines.lines
    return members, damages


def test_parts_are_in_order_of_day_and_number(tmp_path):
    for name in ("D10_0.csv", "D2_10.csv", "D2_9.csv.zip", "D1_0.zip", "all.zip"):
        (tmp_path / name).touch()
    for name in ("readme.txt", "notes.csv"):
        (tmp_path / name).touch()
    found = [(day, path.name) for day, path in find_parts(tmp_path)]
    assert found == [
        (None, "all.zip"),
        (1, "D1_0.zip"),
        (2, "D2_9.csv.zip"),
        (2, "D2_10.csv"),
        (10, "D10_0.csv"),
    ]


@pytest.mark.parametrize(
    ("name", "day"),
    [("D1_0.csv", 1), ("data/d12_3.zip", 12), ("D1.csv", None), ("XD1_0.csv", None)],
)
def test_day_of_a_name(name, day):
    assert part_day(name) == day


def test_error_no_parts_says_how_to_get_them(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"{tmp_path}, which.*none. Ask Anna."):
        find_parts(tmp_path, "Ask Anna.")


def test_error_a_part_twice(tmp_path):
    (tmp_path / "D1_0.csv").touch()
    (tmp_path / "D1_0.zip").touch()
    with pytest.raises(ValueError, match="part once. Received: .*csv and .*D1_0.zip"):
        find_parts(tmp_path)


def test_lines_of_a_plain_part_of_several_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "_BYTES_AT_ONCE", 7)
    path = tmp_path / "D1_0.csv"
    write(path, [b"a", b"", b"long " * 9])
    path.write_bytes(path.read_bytes() + b"no end")
    lines = [b"a", b"", b"long " * 9, b"no end"]
    assert _read(path) == ({str(path): lines}, [])


def test_an_empty_file_is_named(tmp_path):
    path = tmp_path / "D1_0.csv"
    path.touch()
    assert _read(path) == ({}, [f"{path} is empty."])


def test_lines_without_an_end_stop_there(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "_BYTES_AT_ONCE", 100)
    monkeypatch.setattr(parts, "_MAX_LINE", 1_000)
    path = tmp_path / "D1_0.csv"
    write(path, [b"a", b"x" * 5_000, b"b"])
    damage = f"{path} has a line of more than 1000 bytes after line 1."
    assert _read(path) == ({str(path): [b"a"]}, [damage])


def test_members_of_a_zip_file_tell_their_days(tmp_path):
    path = tmp_path / "all.zip"
    members = {"x/": b"", "x/D1_0.csv": b"a\nb\n", "D2_0.csv": b"c\n", "readme": b"d"}
    write_zip(path, members)
    assert _read(path) == ({f"{path}/x/D1_0.csv": [b"a", b"b"]}, [])
    assert _read(path, (2,)) == ({f"{path}/D2_0.csv": [b"c"]}, [])


def test_a_zip_file_tells_the_day_of_a_member_that_does_not(tmp_path):
    path = tmp_path / "D1_0.zip"
    write_zip(path, {"part.csv": b"a\n"})
    assert _read(path) == ({f"{path}/part.csv": [b"a"]}, [])


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_rows_before_the_cut_of_a_zip_file_are_kept(share, tmp_path):
    path = tmp_path / "D1_0.zip"
    write_zip(path, {"D1_0.csv": _TEXT})
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    (members, damages), where = _read(path), f"{path}/D1_0.csv"
    lines = members[where]
    assert damages == [
        f"{where} is cut short after line {len(lines)}.",
        f"{path} has no directory at its end: it is cut short.",
    ]
    # Whole lines, and all but the last of those that the bytes hold.
    held = zlib.decompressobj(-15).decompress(path.read_bytes()[30 + 8 :])
    assert lines == held.split(b"\n")[:-1] and len(lines) > 5_000


def test_rows_before_the_cut_of_what_was_not_compressed_are_kept(tmp_path):
    path = tmp_path / "D1_0.zip"
    members = {"D1_0.csv": b"a\nb\n", "D1_1.csv": _TEXT}
    write_zip(path, members, zipfile.ZIP_STORED)
    data = path.read_bytes()
    place = data.index(_TEXT[:20])
    path.write_bytes(data[: place + _TEXT.index(b"\n777,") + 5])
    found, damages = _read(path)
    assert found[f"{path}/D1_0.csv"] == [b"a", b"b"]
    assert found[f"{path}/D1_1.csv"] == _TEXT.split(b"\n")[:777]
    assert damages[0] == f"{path}/D1_1.csv is cut short after line 777."


def test_whole_members_before_the_cut_are_whole(tmp_path):
    path = tmp_path / "D1_0.zip"
    members = {
        "a/": b"",
        "a/D1_0.csv": b"a\nb\n",
        "D2_0.csv": b"c\n",
        "D1_1.csv": _TEXT,
    }
    write_zip(path, members)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    found, damages = _read(path)
    assert found[f"{path}/a/D1_0.csv"] == [b"a", b"b"]
    assert list(found) == [f"{path}/a/D1_0.csv", f"{path}/D1_1.csv"]
    assert len(damages) == 2 and "D1_1.csv is cut short after line" in damages[0]


def test_only_the_directory_is_missing(tmp_path):
    path = tmp_path / "D1_0.zip"
    write_zip(path, {"D1_0.csv": b"a\nb\n"})
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"PK\1\2")])
    damage = f"{path} has no directory at its end: it is cut short."
    assert _read(path) == ({f"{path}/D1_0.csv": [b"a", b"b"]}, [damage])


def test_rows_before_bytes_that_were_changed_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "_BYTES_AT_ONCE", 1_000)
    path = tmp_path / "D1_0.zip"
    write_zip(path, {"D1_0.csv": _TEXT})
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 50] = bytes(50)
    path.write_bytes(data)
    members, (damage,) = _read(path)
    (lines,) = members.values()
    assert f"{path}/D1_0.csv is damaged, " in damage
    assert damage.endswith(f"after line {len(lines)}.")
    assert len(lines) > 50_000
    assert lines[:50_000] == _TEXT.split(b"\n")[:50_000]


@pytest.mark.parametrize("data", [b"", b"no zip file at all" * 99])
def test_a_file_that_is_no_zip_file_is_named(data, tmp_path):
    path = tmp_path / "D1_0.zip"
    path.write_bytes(data)
    damage = f"{path} has no directory at its end: it is cut short."
    assert _read(path) == ({}, [damage])
