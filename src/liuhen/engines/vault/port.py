"""What every vault promises. Backends live beside; tests/engines/vault/contract.py holds each to this."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Malformed

_KEY = re.compile(r"[0-9a-f-]{8,64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """An object that is durably in the vault."""

    digest: Digest
    size: int


def check_key(key: str) -> None:
    """Raise `Malformed` for a key that could be anything but one plain file name."""
    if not _KEY.fullmatch(key):
        raise Malformed(f"上传编号“{key[:80]}”不合格式")


class Incoming(Protocol):
    """One object on its way in. Bytes are hashed while they arrive; nothing is stored before `commit`."""

    @property
    def received(self) -> int:
        """Bytes taken so far, durable or not."""

    def write(self, piece: bytes | memoryview) -> None:
        """Take the next bytes. May wait for the disk. Raises `Unavailable` when the disk is full."""

    def sync(self) -> int:
        """Make everything received durable; return how much that is. A resumed upload starts from there."""

    def measured(self) -> Stored:
        """Make everything received durable, and say what it is. Nothing is stored; it stays as it was begun."""

    def commit(self, expect: Digest | None = None) -> Stored:
        """Store what was received. MUST be durable when it returns.

        Raises `Tampered` where `expect` differs, and then leaves nothing behind.
        """

    def confirm(self, digest: Digest) -> None:
        """Within the act that registers it: what was stored is at its address still, or again where it was set aside meanwhile.

        Raises `Tampered` where the same bytes were condemned in between: then nothing may be registered, and they come again.
        """

    def close(self) -> None:
        """Let go for now; the bytes made durable stay for a later `incoming` with the same key."""

    def discard(self) -> None:
        """Give up: leave nothing behind."""


class Vault(Protocol):
    """证据库：按内容寻址，一次写入，不改不删。"""

    def incoming(self, key: str) -> Incoming:
        """Begin an object, or go on with the one begun under the same key (hexadecimal, chosen by the caller).

        Raises `Malformed` for another kind of key.
        """

    def begun(self, key: str, size: int) -> Iterator[bytes]:
        """The first `size` bytes of what was begun under a key, read from the medium; it ends early where there are fewer.

        Raises `Unavailable` where the medium cannot be read.
        """

    def forget(self, key: str) -> None:
        """Leave nothing of what was begun under a key and is not open. Idempotent."""

    def put(self, content: BinaryIO, *, expect: Digest | None = None) -> Stored:
        """Store once. MUST be idempotent, and MUST leave nothing behind when it raises."""

    def open(self, digest: Digest) -> BinaryIO:
        """Read an object. Raises `Tampered` where there is none: a row without its object is an alarm."""

    def path(self, digest: Digest) -> Path:
        """Where the object lies as a plain file, for the reader that must not pass bytes through Python."""

    def holds(self, digest: Digest) -> bool:
        """Whether an object of this address is there (its bytes are not read)."""

    def reread(self, digest: Digest) -> Stored:
        """Read every byte from the medium again and return what was found. Raises `Tampered` where it differs.

        SM3 is reckoned where the digest given names it; the address alone costs a sixth.
        """

    def walk(self) -> Iterator[Digest]:
        """Every address present, in order; SM3 is unknown here."""

    def set_aside(self, digest: Digest) -> None:
        """Take an object out of reach, durably, without touching its bytes. Idempotent. Raises `Tampered` where there is none."""

    def put_back(self, digest: Digest) -> None:
        """Back at its address as if nothing had happened. Idempotent. Raises `Tampered` where it is neither aside nor there."""

    def condemn(self, digest: Digest) -> bool:
        """What was set aside can not be put back any more; True while something condemned is there. Idempotent."""

    def destroy(self, digest: Digest) -> None:
        """Overwrite and remove what was condemned, and only that; nothing where it is gone already."""

    def aside(self) -> Iterator[Digest]:
        """Every address that was set aside, in order."""

    def free_bytes(self) -> int:
        """How much may still be stored before the reserve is touched; 0 means refuse."""
