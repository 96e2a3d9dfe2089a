"""Zips from outside: how many parts they list, and parts that are read no further than they say."""

import io
import zipfile

import pytest

from liuhen.kernel.archives import FAULTS, count_listed, part_of


def a_zip(method: int = zipfile.ZIP_DEFLATED, **parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def read(content: bytes, name: str = "a") -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return part_of(archive, name)


def test_parts_are_counted_before_anything_is_opened() -> None:
    assert [count_listed(a_zip(**{str(n): b"" for n in range(many)})) for many in (0, 1, 40)] == [0, 1, 40]


def test_part_comes_out_as_it_went_in() -> None:
    content = bytes(range(256)) * 20_000
    assert read(a_zip(a=content)) == read(a_zip(zipfile.ZIP_STORED, a=content)) == content


def test_part_that_is_longer_than_its_entry_says_is_no_part() -> None:
    content = bytearray(a_zip(a=bytes(5 << 20)))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(FAULTS):
        read(bytes(content))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_part_packed_in_a_way_no_office_uses_is_not_unpacked(method: int) -> None:
    with pytest.raises(zipfile.BadZipFile, match="压缩方法"):
        read(a_zip(method, a=b"x" * 99))
