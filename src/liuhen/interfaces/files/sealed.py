"""What a station spooled arrives sealed: opened piece by piece while it comes, so that only plain bytes reach the vault.

`SealedArriving` counts in sealed bytes towards the one who sends, and feeds the plain bytes to the vault's own `FileIncoming`.
A piece is opened whole or not at all: what came of an unfinished one is dropped at a break and sent again.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from liuhen.engines.vault.arriving import FileIncoming
from liuhen.engines.vault.port import Stored
from liuhen.kernel.canonical import canonical
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Malformed
from liuhen.kernel.sealed import PIECE, SEALED_PIECE, TAG, Opener


def opener_of(declared: Mapping[str, Any], size: int, key: X25519PrivateKey) -> Opener | None:
    """How to open an upload; None where it comes plain. Raises `Malformed` for a key or a length that is none."""
    if not declared.get("sealed"):
        return None
    if not declared.get("sha256"):
        raise Malformed("密封的上传没有申报原件摘要", do="请由采集站从存储卡重新采集。")
    try:
        fresh = base64.b64decode(declared["sealed"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("sealed 不是 base64") from error
    bound = canonical({name: value for name, value in declared.items() if name != "sealed"})
    return Opener.made(key, fresh=fresh, bound=bound, sealed=size)


class SealedArriving:
    """Keeps what `FileIncoming` promises, in sealed bytes."""

    def __init__(self, inner: FileIncoming, opener: Opener) -> None:
        self._inner, self._opener, self._pending = inner, opener, bytearray()
        self._has_nothing = False  # A body of nothing was opened: no plain byte tells it.
        self._to_whole_pieces()

    @property
    def received(self) -> int:
        return self._border() + len(self._pending)

    def write(self, piece: bytes | memoryview) -> None:
        """Raises `Tampered` for a piece that does not open; nothing of it reaches the vault."""
        self._pending += piece
        while self._pending and len(self._pending) >= (wanted := self._wanted()):
            sealed = bytes(self._pending[:wanted])
            del self._pending[:wanted]
            try:
                plain = self._opener.open(self._number(), sealed)
            except BaseException:
                self._pending.clear()
                raise
            self._has_nothing = not plain
            self._inner.write(plain)

    def is_roomy(self) -> bool:
        return self._inner.is_roomy()

    def wait_for_room(self) -> None:
        self._inner.wait_for_room()

    def sync(self) -> int:
        self._pending.clear()
        self._inner.sync()
        return self._border()

    def rewind(self, size: int) -> None:
        """To the last whole piece within the first `size` sealed bytes."""
        self._pending.clear()
        self._inner.rewind(min(size // SEALED_PIECE * PIECE, self._inner.received))

    def measured(self) -> Stored:
        self._pending.clear()
        return self._inner.measured()

    def commit(self, expect: Digest | None = None) -> Stored:
        return self._inner.commit(expect)

    def confirm(self, digest: Digest) -> None:
        self._inner.confirm(digest)

    def close(self) -> None:
        self._inner.close()

    def discard(self) -> None:
        self._inner.discard()

    def _number(self) -> int:
        """The piece that is to come."""
        return self._inner.received // PIECE

    def _wanted(self) -> int:
        last = self._opener.measure.pieces - 1
        return self._opener.measure.sealed - last * SEALED_PIECE if self._number() >= last else SEALED_PIECE

    def _border(self) -> int:
        plain = self._inner.received
        if self._has_nothing or (plain and plain == self._opener.measure.plain):
            return self._opener.measure.sealed
        return plain + TAG * (plain // PIECE)

    def _to_whole_pieces(self) -> None:
        """After a crash the vault may have half a piece."""
        plain = self._inner.received
        if plain % PIECE and plain != self._opener.measure.plain:
            self._inner.rewind(plain - plain % PIECE)
