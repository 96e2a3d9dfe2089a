"""Bytes sealed to a house: whoever has its public key can seal, only its private key opens. Format: docs/formats/spool.md.

X25519 with a fresh pair for each file, HKDF-SHA-256, AES-256-GCM by pieces; each nonce is the piece's number and whether it is
the last. Whoever seals keeps nothing that opens: the fresh private key is gone when `seal` returns. Knows no files.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from liuhen.kernel.errors import Malformed, Tampered

PIECE = 1 << 16
TAG = 16
SEALED_PIECE = PIECE + TAG
_CONTEXT = b"liuhen-spool-v1\n"
_KEY = 32


@dataclass(frozen=True, slots=True)
class Measure:
    """How long a sealed body is, told by its own length: `pieces` of them, `plain` bytes inside."""

    sealed: int
    pieces: int
    plain: int


def sealed_size(plain: int) -> int:
    """The length of the body of `plain` bytes. Nothing is one piece too."""
    return plain + TAG * max(1, -(-plain // PIECE))


def measure(sealed: int) -> Measure:
    """Raises `Malformed` for a length that no sealed body has."""
    pieces = max(1, -(-sealed // SEALED_PIECE))
    plain = sealed - TAG * pieces
    if plain < 0 or sealed_size(plain) != sealed:
        raise Malformed(f"{sealed} 字节不是密封内容的长度", do="请由采集站从存储卡重新采集。")
    return Measure(sealed, pieces, plain)


def public_bytes(key: X25519PrivateKey) -> bytes:
    """The 32 bytes of the public half."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def seal(pieces: Iterable[bytes], *, house: bytes, bound: bytes) -> tuple[bytes, Iterator[bytes]]:
    """The fresh public key, and the sealed pieces as they are asked for. `bound` is what is said beside; it is sealed in.

    `pieces` are of PIECE bytes each, the last one of at most that; nothing at all is one empty piece.
    """
    fresh = X25519PrivateKey.generate()
    mine = public_bytes(fresh)
    cipher = AESGCM(_shared(fresh, house, mine=mine, house=house, bound=bound))
    return mine, _sealed(cipher, pieces)


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the pieces of one body, each by its number."""

    measure: Measure
    cipher: AESGCM

    @classmethod
    def made(cls, key: X25519PrivateKey, *, fresh: bytes, bound: bytes, sealed: int) -> "Opener":
        """Raises `Malformed` for a public key or a length that is none."""
        secret = _shared(key, fresh, mine=fresh, house=public_bytes(key), bound=bound)
        return cls(measure(sealed), AESGCM(secret))

    def open(self, number: int, piece: bytes) -> bytes:
        """The plain bytes of piece `number`, from 0. Raises `Tampered` where it is not that piece of this body."""
        is_last = number == self.measure.pieces - 1
        try:
            return self.cipher.decrypt(_nonce(number, is_last=is_last), piece, None)
        except InvalidTag as error:
            raise Tampered(
                f"密封内容的第 {number + 1} 块（共 {self.measure.pieces} 块）已被改动、调换或截断，未入库",
                do="请把存储卡重新插入采集站，从卡上的原件重新采集。",
            ) from error


def _sealed(cipher: AESGCM, pieces: Iterable[bytes]) -> Iterator[bytes]:
    number, held = 0, b""
    for count, piece in enumerate(pieces):
        if count:
            yield cipher.encrypt(_nonce(number, is_last=False), held, None)
            number += 1
        held = piece
    yield cipher.encrypt(_nonce(number, is_last=True), held, None)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _shared(own: X25519PrivateKey, other: bytes, *, mine: bytes, house: bytes, bound: bytes) -> bytes:
    try:
        secret = own.exchange(X25519PublicKey.from_public_bytes(other))
    except ValueError as error:
        raise Malformed("密封用的公钥无效", do="请由系统管理员重新登记采集站。") from error
    return HKDF(SHA256(), length=_KEY, salt=mine + house, info=_CONTEXT + bound).derive(secret)
