"""Published vectors of SHA-256 (FIPS 180-4) and SM3 (GB/T 32905-2016, appendix A), in every way of cutting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuhen.kernel.digests import Digest, Hasher, digest_of
from liuhen.kernel.errors import Malformed

VECTORS = [
    (
        b"",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
    ),
    (
        b"abc",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    ),
    (b"abcd" * 16, None, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    (
        b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        None,
    ),
]


@pytest.mark.parametrize(("content", "sha256", "sm3"), VECTORS)
def test_published_vector_gives_the_published_digest(content: bytes, sha256: str, sm3: str) -> None:
    found = digest_of(content)
    assert sha256 is None or found.sha256 == sha256
    assert sm3 is None or found.sm3 == sm3


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_content_in_pieces_has_the_digest_of_the_whole(pieces: list[bytes]) -> None:
    hasher = Hasher()
    for piece in pieces:
        hasher.update(memoryview(piece))
    assert hasher.digest() == digest_of(b"".join(pieces)) == digest_of(pieces)
    assert hasher.size == sum(map(len, pieces))


@pytest.mark.parametrize("wrong", ["", "ab", "A" * 64, "g" * 64, "0" * 63 + "\n", "０" * 64, "0" * 65])
def test_text_that_is_no_digest_is_malformed(wrong: str) -> None:
    good = "0" * 64
    assert Digest(good).sm3 == ""
    with pytest.raises(Malformed, match="SHA-256"):
        Digest(wrong)
    if wrong:
        with pytest.raises(Malformed, match="SM3"):
            Digest(good, wrong)


def test_digests_agree_where_both_know_an_algorithm() -> None:
    full = digest_of(b"clip")
    half = Digest(full.sha256)
    assert full.agrees_with(half)
    assert half.agrees_with(full)
    assert full.agrees_with(full)
    assert not full.agrees_with(Digest(full.sha256, "0" * 64))
    assert not full.agrees_with(Digest("0" * 64, full.sm3))


def test_digest_written_names_its_algorithms() -> None:
    full = digest_of(b"")
    assert str(full) == f"sha256:{full.sha256} sm3:{full.sm3}"
    assert str(Digest(full.sha256)) == f"sha256:{full.sha256}"


def test_address_alone_is_reckoned_where_sm3_is_not_asked_for() -> None:
    hasher = Hasher(sm3=False)
    hasher.update(b"abc")
    assert hasher.digest() == Digest(digest_of(b"abc").sha256)
    assert hasher.size == 3
