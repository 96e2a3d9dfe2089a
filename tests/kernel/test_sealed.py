"""Sealed bodies: what was sealed to a house opens there, whole and in order, and nowhere else."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from liuhen.kernel.errors import Malformed, Tampered
from liuhen.kernel.sealed import PIECE, SEALED_PIECE, Opener, measure, public_bytes, seal, sealed_size

HOUSE = X25519PrivateKey.from_private_bytes(bytes(range(32)))


def pieces_of(plain: bytes) -> list[bytes]:
    return [plain[start : start + PIECE] for start in range(0, len(plain), PIECE)]


def sealed(plain: bytes, bound: bytes = b"{}") -> tuple[bytes, bytes]:
    fresh, pieces = seal(pieces_of(plain), house=public_bytes(HOUSE), bound=bound)
    return fresh, b"".join(pieces)


def opened(fresh: bytes, body: bytes, bound: bytes = b"{}", key: X25519PrivateKey = HOUSE) -> bytes:
    opener = Opener.made(key, fresh=fresh, bound=bound, sealed=len(body))
    cut = [body[start : start + SEALED_PIECE] for start in range(0, len(body), SEALED_PIECE)]
    return b"".join(opener.open(number, piece) for number, piece in enumerate(cut))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_sealed_bytes_open_to_the_same(size: int) -> None:
    plain = bytes(i % 251 for i in range(size))
    fresh, body = sealed(plain)
    assert len(body) == sealed_size(size)
    assert measure(len(body)).plain == size
    assert opened(fresh, body) == plain


def test_same_file_sealed_twice_looks_different() -> None:
    assert sealed(b"x")[1] != sealed(b"x")[1]


@pytest.mark.parametrize("size", [0, 15, SEALED_PIECE + 1, SEALED_PIECE + 16])
def test_length_that_no_body_has_is_malformed(size: int) -> None:
    with pytest.raises(Malformed, match="长度"):
        measure(size)


def test_other_key_other_words_and_shortened_body_do_not_open() -> None:
    fresh, body = sealed(bytes(2 * PIECE))
    assert opened(fresh, body) == bytes(2 * PIECE)
    for attempt in (
        lambda: opened(fresh, body, key=X25519PrivateKey.generate()),
        lambda: opened(fresh, body, bound=b"[]"),
        lambda: opened(fresh, body[:SEALED_PIECE]),
        lambda: opened(public_bytes(X25519PrivateKey.generate()), body),
    ):
        with pytest.raises(Tampered, match="第 1 块"):
            attempt()


def test_public_key_that_is_none_is_malformed() -> None:
    for fresh in (b"short", bytes(32)):  # The second one leads every exchange to nothing.
        with pytest.raises(Malformed, match="公钥"):
            opened(fresh, bytes(16))
