"""Both ways to SM3 give the standard's digests; a library that is missing, broken or wrong is not used."""

import ctypes
import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuhen.kernel import sm3

VECTORS = {
    b"": "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
    b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    sm3._maker.cache_clear()
    yield
    sm3._maker.cache_clear()


def digest(content: bytes) -> str:
    hashed = sm3.new_sm3()
    hashed.update(content)
    return hashed.hexdigest()


class Library:
    """A library of this machine's kind with some answers of its own."""

    def __init__(self, **answers: object) -> None:
        self._answers, self._real = answers, ctypes.CDLL("libgcrypt.so.20")

    def __getattr__(self, name: str) -> object:
        real = getattr(self._real, name)
        if name not in self._answers:
            return real
        answer = self._answers[name]

        def answering(*_given: object) -> object:
            return answer

        return answering


@pytest.mark.parametrize("library", ["libgcrypt.so.20", "libnone.so.9", "libc.so.6"])
def test_published_digests_come_with_the_library_without_it_and_with_another(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sm3, "_LIBRARY", library)
    assert {content: digest(content) for content in VECTORS} == VECTORS
    quick = isinstance(sm3.new_sm3(), sm3._Gcrypt)
    assert quick == (library == "libgcrypt.so.20")


@pytest.mark.parametrize(
    "wrong",
    [{"gcry_check_version": None}, {"gcry_md_open": 5}, {"gcry_md_open": 0}, {"gcry_md_write": None}],
    ids=["does not start", "refuses SM3", "gives no handle", "gives another digest"],
)
def test_library_that_fails_its_trial_is_not_used(
    wrong: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(**wrong)
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: library)
    assert {content: digest(content) for content in VECTORS} == VECTORS
    assert not isinstance(sm3.new_sm3(), sm3._Gcrypt)


def test_digest_that_cannot_be_copied_is_no_digest() -> None:
    hashed = sm3._Gcrypt(sm3._loaded("libgcrypt.so.20"))
    hashed._library = Library(gcry_md_copy=1)
    with pytest.raises(MemoryError):
        hashed.hexdigest()


@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(1, 3))
def test_every_kind_of_bytes_in_every_cut_gives_what_openssl_gives(pieces: list[bytes], step: int) -> None:
    hashed, other = sm3.new_sm3(), hashlib.new("sm3")
    for piece in pieces:
        for shape in (
            piece,
            bytearray(piece),
            memoryview(bytearray(piece))[1:],
            memoryview(bytearray(piece))[::step],
        ):
            hashed.update(shape)
            other.update(bytes(shape))
            assert hashed.hexdigest() == other.hexdigest()
