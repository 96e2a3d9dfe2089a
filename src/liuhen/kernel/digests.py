"""Digests of bytes: SHA-256 is the address of an original, SM3 (GB/T 32905) stands beside it.

Used by the vault, the station, the journal and the verifiers. Knows no files: bytes come in pieces.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from liuhen.kernel.errors import Malformed
from liuhen.kernel.sm3 import new_sm3

_HEX64 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """Both digests of the same bytes, as lower-case hexadecimal. `sm3` may be empty where only one is known."""

    sha256: str
    sm3: str = ""

    def __post_init__(self) -> None:
        for name, value in (("SHA-256", self.sha256), ("SM3", self.sm3 or self.sha256)):
            if not _HEX64.fullmatch(value):
                raise Malformed(f"{name} 摘要应为 64 位小写十六进制，收到的是“{value[:80]}”")

    def agrees_with(self, other: "Digest") -> bool:
        """True where every algorithm known on both sides is equal."""
        return self.sha256 == other.sha256 and (not self.sm3 or not other.sm3 or self.sm3 == other.sm3)

    def __str__(self) -> str:
        return f"sha256:{self.sha256}" + (f" sm3:{self.sm3}" if self.sm3 else "")


class Hasher:
    """Both digests of one stream, fed in pieces; the address alone where `sm3` is not asked for, at a sixth of the cost."""

    def __init__(self, *, sm3: bool = True) -> None:
        self._sha256, self._sm3 = hashlib.sha256(), new_sm3() if sm3 else None
        self.size = 0

    def update(self, piece: bytes | bytearray | memoryview) -> None:
        self._sha256.update(piece)
        if self._sm3 is not None:
            self._sm3.update(piece)
        self.size += len(piece)

    def digest(self) -> Digest:
        return Digest(sha256=self._sha256.hexdigest(), sm3=self._sm3.hexdigest() if self._sm3 else "")


def digest_of(pieces: bytes | Iterable[bytes]) -> Digest:
    """The digest of bytes, or of an iterable of pieces."""
    hasher = Hasher()
    for piece in (pieces,) if isinstance(pieces, bytes) else pieces:
        hasher.update(piece)
    return hasher.digest()
