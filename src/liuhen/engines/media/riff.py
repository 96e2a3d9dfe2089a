"""The frame of an AVI or WAV file: the recording time it writes, and whether it was closed.

The decoder library reads the rest; it hides the raw text of the time and forgives a cut file, and both matter here.
"""

import struct
from typing import BinaryIO

from liuhen.engines.media.clocks import from_written
from liuhen.engines.media.reading import Reading

_LISTS = (b"hdrl", b"INFO", b"odml", b"ncdt")
LIST_LIMIT = 1 << 20
CHUNK_LIMIT = 10_000


def read_riff(source: BinaryIO, size: int, reading: Reading) -> None:
    """Add the written time and the findings on the frame."""
    source.seek(0)
    claimed = struct.unpack_from("<I", source.read(12).ljust(12, b"\0"), 4)[0] + 8
    kinds, at = set(), 12
    for _ in range(CHUNK_LIMIT):
        source.seek(at)
        head = source.read(12)
        if len(head) < 8:
            break
        kind, length = struct.unpack_from("<4sI", head)
        name = head[8:12] if kind == b"LIST" else kind
        kinds.add(name)
        if name in _LISTS:
            _read_list(source.read(min(length, LIST_LIMIT)), reading)
        at += 8 + length + length % 2
    if reading.format != "avi":
        return
    if size < claimed < 0xFFFFFFF0:
        missing = claimed - size
        reading.note("truncated", f"文件比 AVI 文件头声称的短 {missing} 字节。", measure=missing)
    elif b"idx1" not in kinds and claimed <= 8:
        reading.note("not_finished", "AVI 文件头没有写完，也没有索引，录制未正常结束。")


def _read_list(payload: bytes, reading: Reading) -> None:
    at = 0
    while len(payload) - at >= 8:
        kind, length = struct.unpack_from("<4sI", payload, at)
        if kind in (b"IDIT", b"ICRD"):
            clock = from_written(payload[at + 8 : at + 8 + length].rstrip(b"\0\r\n "), "avi")
            if clock and clock not in reading.clocks:
                reading.clocks.append(clock)
        at += 8 + length + length % 2
