"""A recorder's card made of nothing, with the faults of real ones: `python -m tests.faults.fuse MOUNT SPEC`.

Speaks the kernel's FUSE protocol (7.31) over /dev/fuse by itself, read-only but for removal. A process of its own: when it ends the
card has vanished, and every access to it fails as to an unplugged device.
"""

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_IN, _OUT = struct.Struct("<IIQQIIII"), struct.Struct("<IiQ")
_ATTR = struct.Struct("<QQQQqQIIIIIIIIII")
_LOOKUP, _FORGET, _GETATTR, _UNLINK, _OPEN, _READ, _STATFS, _RELEASE = 1, 2, 3, 10, 14, 15, 17, 18
_FLUSH, _INIT, _OPENDIR, _READDIR, _RELEASEDIR, _FSYNCDIR, _INTERRUPT, _BATCH_FORGET = (
    25,
    26,
    27,
    28,
    29,
    30,
    36,
    42,
)
_SILENT = (_FORGET, _BATCH_FORGET, _INTERRUPT)
_DIRECT = 1
_GROWTH, _GROWS_TO = 4096, 1 << 20


@dataclass
class Node:
    """A file, or a folder where `names` is there. `fails_at` is the offset from which reading fails."""

    size: int = 0
    modified: int = 1_795_000_000
    seed: str = ""
    fails_at: int = -1
    grows: bool = False
    is_bad: bool = False
    names: dict[bytes, int] | None = None

    def read(self, offset: int, size: int) -> bytes:
        if 0 <= self.fails_at < offset + size:
            if offset >= self.fails_at:
                raise OSError(errno.EIO, "")
            size = self.fails_at - offset
        if self.grows:
            self.size = min(self.size + _GROWTH, _GROWS_TO)
        return content(self.seed, offset, max(0, min(size, self.size - offset)))


def content(seed: str, offset: int, size: int) -> bytes:
    """The bytes of a file: a block that its seed gives, again and again, numbered."""
    block = hashlib.sha512(seed.encode()).digest()
    first = offset // 64
    whole = b"".join(block[8:] + n.to_bytes(8, "big") for n in range(first, (offset + size) // 64 + 1))
    return whole[offset - first * 64 : offset - first * 64 + size]


@dataclass
class Card:
    """What the kernel asks, and how it is answered."""

    vanishes_after: int = 0
    nodes: list[Node] = field(default_factory=lambda: [Node(), Node(names={})])
    _opened: int = 0

    def add(self, path: bytes, node: Node) -> None:
        where = self.nodes[1]
        *folders, name = path.split(b"/")
        for folder in folders:
            where = self._folder(where, folder)
        assert where.names is not None
        where.names[name] = len(self.nodes)
        self.nodes.append(node)

    def _folder(self, where: Node, name: bytes) -> Node:
        assert where.names is not None
        if name not in where.names:
            where.names[name] = len(self.nodes)
            self.nodes.append(Node(names={}))
        return self.nodes[where.names[name]]

    def answer(  # noqa: PLR0911  one line a question of the kernel's
        self, code: int, key: int, body: bytes
    ) -> bytes:
        node = self.nodes[key] if key else Node()
        if code == _INIT:
            return struct.pack("<IIIIHHIIHHI28x", 7, 31, 1 << 17, 0, 12, 9, 1 << 17, 1, 32, 0, 0)
        if code == _LOOKUP:
            found = (node.names or {}).get(body[:-1])
            if found is None:
                raise OSError(errno.ENOENT, "")
            return struct.pack("<QQQQII", found, 0, 0, 0, 0, 0) + self._attributes(found)
        if code == _GETATTR:
            return struct.pack("<QII", 0, 0, 0) + self._attributes(key)
        if code in (_OPEN, _OPENDIR):
            self._opened += code == _OPEN
            if self.vanishes_after and self._opened > self.vanishes_after:
                os._exit(0)
            return struct.pack("<QII", key, _DIRECT if code == _OPEN else 0, 0)
        if code in (_READ, _READDIR):
            _handle, offset, size = struct.unpack_from("<QQI", body)
            return node.read(offset, size) if code == _READ else self._entries(node, offset, size)
        if code == _UNLINK:
            (node.names or {}).pop(body[:-1])
        elif code == _STATFS:
            return bytes(80)
        elif code not in (_FLUSH, _RELEASE, _RELEASEDIR, _FSYNCDIR):
            raise OSError(errno.ENOSYS, "")
        return b""

    def _attributes(self, key: int) -> bytes:
        node = self.nodes[key]
        mode = stat.S_IFREG | 0o644 if node.names is None else stat.S_IFDIR | 0o755
        return _ATTR.pack(
            key, node.size, (node.size + 511) // 512, 0, node.modified, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0
        )

    def _entries(self, node: Node, offset: int, size: int) -> bytes:
        if node.is_bad or node.names is None:
            raise OSError(errno.EIO, "")
        told, left = b"", size
        names = list(node.names.items())
        for place in range(offset, len(names)):
            name, key = names[place]
            row = struct.pack("<QQII", key, place + 1, len(name), 0) + name
            row += bytes(-len(row) % 8)
            if len(row) > left:
                break
            told, left = told + row, left - len(row)
        return told


def serve(mount: Path, card: Card) -> None:
    device = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"card", os.fsencode(mount), b"fuse", 0, options) != 0:
        raise OSError(ctypes.get_errno(), "mount")
    while True:
        try:
            asked = os.read(device, 1 << 18)
        except OSError as error:
            if error.errno == errno.ENODEV:
                return  # Unmounted.
            continue
        _length, code, unique, key, *_rest = _IN.unpack_from(asked)
        try:
            body, wrong = card.answer(code, key, asked[_IN.size :]), 0
        except OSError as error:
            body, wrong = b"", -(error.errno or errno.EIO)
        if code not in _SILENT:
            with contextlib.suppress(FileNotFoundError):  # The asker was interrupted.
                os.write(device, _OUT.pack(_OUT.size + len(body), wrong, unique) + body)


def card_of(spec: dict[str, Any]) -> Card:
    card = Card(vanishes_after=spec.get("vanishes_after", 0))
    for row in spec["files"]:
        path = bytes.fromhex(row.pop("path"))
        card.add(path, Node(**row))
    for path in spec.get("bad_folders", []):
        card._folder(card.nodes[1], path.encode()).is_bad = True
    return card


def is_possible() -> bool:
    return os.path.exists("/dev/fuse") and os.geteuid() == 0  # noqa: PTH110


@contextlib.contextmanager
def mounted(mount: Path, files: list[dict[str, Any]], **more: Any) -> Iterator[Path]:
    """A card with these files: `path` in bytes, and what a `Node` may have."""
    mount.mkdir(parents=True)
    spec = mount.with_name("spec.json")
    spec.write_text(json.dumps({"files": [{**row, "path": row["path"].hex()} for row in files], **more}))
    server = subprocess.Popen([sys.executable, "-m", "tests.faults.fuse", str(mount), str(spec)])
    try:
        until = time.monotonic() + 60
        while not os.path.ismount(mount):
            assert server.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        yield mount
    finally:
        server.kill()
        server.wait()
        ctypes.CDLL(None).umount2(os.fsencode(mount), 2)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), card_of(json.loads(Path(sys.argv[2]).read_text())))
