"""A bag as one zip file: stored, never compressed, entry after entry, without dates of its own, so that the same bag is the same bytes.

Each file is read twice: first for its CRC-32, which stands before the bytes, then to be written. ZIP64 only where it must be.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence

from liuhen.engines.dossier.bag import BagFile

_MOST32 = 0xFFFFFFFF
_MOST16 = 0xFFFF
_DAY = 0x21  # 1980-01-01, the first day a zip can tell: when the bag was made stands inside it
_UTF8 = 0x800
_PLAIN_FILE = 0o100644 << 16


def zipped(files: Sequence[BagFile], folder: str) -> Iterator[bytes]:
    """The zip in pieces, all files under `folder`."""
    at, directory = 0, list[bytes]()
    for file in files:
        name, crc = f"{folder}/{file.path}".encode(), 0
        for piece in file.pieces():
            crc = zlib.crc32(piece, crc)
        yield _local(name, file.size, crc)
        yield from file.pieces()
        directory.append(_entry(name, file.size, crc, at))
        at += _local_size(name, file.size) + file.size
    listed = b"".join(directory)
    yield listed
    yield _ending(len(files), len(listed), at)


def zip_size(files: Sequence[BagFile], folder: str) -> int:
    """How many bytes `zipped` will give."""
    at, listed = 0, 0
    for file in files:
        name = f"{folder}/{file.path}".encode()
        listed += len(_entry(name, file.size, 0, at))
        at += _local_size(name, file.size) + file.size
    return at + listed + len(_ending(len(files), listed, at))


def _local_size(name: bytes, size: int) -> int:
    return len(_local(name, size, 0))


def _local(name: bytes, size: int, crc: int) -> bytes:
    extra = struct.pack("<2H2Q", 1, 16, size, size) if size >= _MOST32 else b""
    told = min(size, _MOST32)
    version = 45 if extra else 20
    head = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", version, _UTF8, 0, 0, _DAY, crc, told, told, len(name), len(extra)
    )
    return head + name + extra


def _entry(name: bytes, size: int, crc: int, at: int) -> bytes:
    wide = [*([size, size] if size >= _MOST32 else []), *([at] if at >= _MOST32 else [])]
    extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    told, version = min(size, _MOST32), 45 if wide else 20
    head = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 3 << 8 | version, version, _UTF8, 0, 0, _DAY, crc, told, told,
        len(name), len(extra), 0, 0, 0, _PLAIN_FILE, min(at, _MOST32),
    )  # fmt: skip
    return head + name + extra


def _ending(count: int, size: int, at: int) -> bytes:
    wide = b""
    if count >= _MOST16 or size >= _MOST32 or at >= _MOST32:
        wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, at)
        wide += struct.pack("<4sLQL", b"PK\x06\x07", 0, at + size, 1)
    told = min(count, _MOST16)
    return wide + struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, told, told, min(size, _MOST32), min(at, _MOST32), 0
    )
