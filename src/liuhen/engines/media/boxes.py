"""The box walk: reads the index of an MP4/MOV/3GP file without any decoder library.

Cost grows with the index (`moov`, `moof`), not with the file. Nothing here recurses on what the file says, every
count is bounded before memory is taken, and a box that lies ends the walk instead of being believed.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from liuhen.kernel.errors import Malformed

INDEX_LIMIT = 256 << 20
BOX_LIMIT = 400_000


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the top floor: `start` of its header, `size` as declared, `header` bytes before the payload."""

    kind: bytes
    start: int
    size: int
    header: int

    @property
    def end(self) -> int:
        return self.start + self.size


@dataclass(slots=True)
class Layout:
    """The top floor of a file, and the bytes of its indexes."""

    boxes: list[Box] = field(default_factory=list)
    moov: bytes = b""
    moofs: list[tuple[int, bytes]] = field(default_factory=list)
    overrun: Box | None = None

    def has(self, kind: bytes) -> bool:
        return any(box.kind == kind for box in self.boxes)


def lay_out(source: BinaryIO, size: int) -> Layout:
    """Walk the top floor. Raises `Malformed` where an index is larger than any honest one."""
    layout, at, index_bytes = Layout(), 0, 0
    while size - at >= 8 and len(layout.boxes) < BOX_LIMIT:
        box = _box_at(source, at, size)
        if box is None:
            break
        layout.boxes.append(box)
        if box.end > size:
            layout.overrun = box
        if box.kind in (b"moov", b"moof"):
            index_bytes += box.size
            if index_bytes > INDEX_LIMIT:
                raise Malformed(f"索引声称有 {index_bytes >> 20} MB，超出可信的大小")
            _keep_index(source, box, layout)
        at = box.end
    return layout


def _box_at(source: BinaryIO, at: int, size: int) -> Box | None:
    source.seek(at)
    head = source.read(16)
    length, kind = struct.unpack_from(">I4s", head)
    header = 8
    if length == 1 and len(head) == 16:
        length, header = struct.unpack_from(">Q", head, 8)[0], 16
    elif length == 0:
        length = size - at
    # A kind is four printable bytes (0xA9 is ©); anything else means the walk has lost its way.
    if length < header or not all(32 <= byte < 127 or byte == 0xA9 for byte in kind):
        return None
    return Box(kind, at, length, header)


def _keep_index(source: BinaryIO, box: Box, layout: Layout) -> None:
    source.seek(box.start + box.header)
    payload = source.read(box.size - box.header)
    if box.kind == b"moov":
        layout.moov = layout.moov or payload
    else:
        layout.moofs.append((box.start, payload))


def children(payload: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes inside `payload`, in order; stops where a size does not fit."""
    at, count = 0, 0
    while len(payload) - at >= 8 and count < BOX_LIMIT:
        length, kind = struct.unpack_from(">I4s", payload, at)
        header = 8
        if length == 1 and len(payload) - at >= 16:
            length, header = struct.unpack_from(">Q", payload, at + 8)[0], 16
        elif length == 0:
            length = len(payload) - at
        if length < header or at + length > len(payload):
            return
        yield kind, payload[at + header : at + length]
        at, count = at + length, count + 1


def child(payload: bytes, *path: bytes) -> bytes:
    """The first box found along `path`, or empty bytes."""
    for kind in path:
        payload = next((inner for name, inner in children(payload) if name == kind), b"")
    return payload


def number(payload: bytes, at: int, width: int = 4, *, signed: bool = False) -> int:
    """A big-endian number. Raises `Malformed` where the box is too short for it."""
    piece = payload[at : at + width]
    if len(piece) < width:
        raise Malformed("索引中的一项比应有的短")
    return int.from_bytes(piece, "big", signed=signed)
