"""Zips that came from outside (workbooks, manuscripts): what can be told before they are opened, and reading that no lie makes large.

Called by the engines that read such files. Knows no format but the zip's own.
"""

import struct
import zlib
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

FAULTS = (
    BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError, OverflowError, RuntimeError, ValueError,
)  # fmt: skip
"""What opening and reading a broken zip may raise."""
_MARK = b"PK\x01\x02"
_PIECE = 1 << 20


def count_listed(content: bytes) -> int:
    """How many entries the directory has at most: told by its marks, since opening would make an object of each."""
    return content.count(_MARK)


def part_of(archive: ZipFile, name: str) -> bytes:
    """One part, unpacked piece by piece and never beyond the size that its entry tells: read at one go, it would be unpacked whole first."""
    if archive.getinfo(name).compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadZipFile("压缩方法不是通常的")
    with archive.open(name) as part:
        return b"".join(iter(lambda: part.read(_PIECE), b""))
