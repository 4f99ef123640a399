"""The members of a zip file whose end is missing, and its directory with it."""

import struct
import zlib

_BYTES_AT_ONCE = 1 << 22
_HEADER = struct.Struct("<8xH8xI4xHH")
_MEMBER = b"PK\x03\x04"
_STORED, _DEFLATED = 0, 8
# Behind a member may stand its sizes, told once more.
_MOST_BETWEEN = 24


class DamagedArchive(Exception):
    """What is wrong with an archive from here on."""


def cut_members(path):
    """Yields the members of a zip file, from one to the next without the directory.

    Args:
        path: The file.

    Yields:
        `(name, chunks)`: an iterator of the member's bytes, which raises
        `DamagedArchive` where they end too early.
    """
    with open(path, "rb") as file:
        while header := _next_header(file):
            method, num_bytes, name_bytes, extra_bytes = header
            name = file.read(name_bytes).decode("utf-8", "replace")
            file.seek(extra_bytes, 1)
            if method not in (_STORED, _DEFLATED):
                file.seek(num_bytes, 1)
                continue
            chunks = _stored(file, num_bytes) if method == _STORED else _inflated(file)
            yield name, chunks
            try:
                for _ in chunks:  # What the caller left.
                    pass
            except DamagedArchive:
                return


def _next_header(file):
    """The header of the next member, None for none; then its name follows."""
    place = file.tell()
    found = file.read(_MOST_BETWEEN + len(_MEMBER)).find(_MEMBER)
    file.seek(place + max(found, 0))
    header = file.read(_HEADER.size)
    return _HEADER.unpack(header) if found >= 0 and len(header) == _HEADER.size else ()


def _stored(file, num_bytes):
    while num_bytes:
        some = file.read(min(num_bytes, _BYTES_AT_ONCE))
        if not some:
            raise DamagedArchive("is cut short")
        yield some
        num_bytes -= len(some)


def _inflated(file):
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    while not stream.eof:
        some = file.read(_BYTES_AT_ONCE)
        if not some:
            raise DamagedArchive("is cut short")
        try:
            yield stream.decompress(some)
        except zlib.error as error:
            raise DamagedArchive(f"is damaged, {error},") from None
    file.seek(-len(stream.unused_data), 1)
