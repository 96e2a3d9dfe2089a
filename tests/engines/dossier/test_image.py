"""光盘映像：any reader of ISO 9660 finds the bag's files in it, byte by byte, under their own names and under plain ones."""

import hashlib
from io import BytesIO

import pycdlib
import pytest

from liuhen.engines.dossier import BagFile, write_image
from liuhen.engines.dossier.image import _Reading, differing_files
from liuhen.kernel.errors import Malformed, Tampered


def read_back(image: BytesIO) -> dict[str, bytes]:
    """Every file of an image by its Joliet path."""
    disc = pycdlib.PyCdlib()
    disc.open_fp(image)
    found = {}
    for folder, _, names in disc.walk(joliet_path="/"):
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            out = BytesIO()
            disc.get_file_from_iso_fp(out, joliet_path=path)
            found[path.lstrip("/")] = out.getvalue()
    plain = [name for _, _, names in disc.walk(iso_path="/") for name in names]
    assert len(plain) == len(set(plain)) or len(plain) == len(found)
    disc.close()
    return found


def whole(path: str, content: bytes) -> BagFile:
    return BagFile(path, len(content), "", lambda: iter((content[:3], content[3:])))


def test_image_holds_every_file_of_the_bag_under_its_own_name() -> None:
    files = [
        whole("verify.html", b"<html>"),
        whole("data/originals/001.mp4", b"\x00" * 5000),
        whole("data/originals/002.mp4", b"y"),
        whole("LICENSE", b"x"),
        whole("empty.txt", b""),
    ]
    image = BytesIO()
    write_image(files, image, volume="BMZ-光盘-1")
    assert read_back(image) == {file.path: b"".join(file.pieces()) for file in files}
    assert image.getvalue()[32768 + 1 : 32768 + 6] == b"CD001"


def test_file_that_was_altered_stops_the_image() -> None:
    def pieces():  # type: ignore[no-untyped-def]
        yield b"abc"
        raise Tampered("原件已改变")

    with pytest.raises(Tampered):
        write_image([BagFile("a.bin", 6, "", pieces)], BytesIO(), volume="X")


def test_an_image_is_written_in_one_go() -> None:

    reading = _Reading(whole("a", b"abcdef"))
    assert (reading.seek(0), reading.read(2), reading.tell(), reading.read()) == (0, b"ab", 2, b"cdef")
    assert (reading.seek(0, 1), reading.seek(0, 2), reading.seek(0), reading.read(9)) == (6, 6, 0, b"abcdef")
    with pytest.raises(ValueError, match="a: 3"):
        reading.seek(3)


def test_each_file_of_a_disc_is_held_against_its_manifests() -> None:
    film = b"\x07" * 5000
    manifest = (
        f"{hashlib.sha256(film).hexdigest()}  data/originals/001.mp4\n{'0' * 64}  data/lost.txt\n".encode()
    )
    tags = f"{hashlib.sha256(manifest).hexdigest()}  manifest-sha256.txt\n".encode()
    image = BytesIO()
    files = [whole("data/originals/001.mp4", film), whole("manifest-sha256.txt", manifest), whole("tagmanifest-sha256.txt", tags)]  # fmt: skip
    write_image(files, image, volume="X")
    assert differing_files(image) == ["data/lost.txt"]
    held = image.getvalue()
    at = held.index(film)
    assert differing_files(BytesIO(held[:at] + b"\x08" + held[at + 1 :])) == [
        "data/originals/001.mp4",
        "data/lost.txt",
    ]
    with pytest.raises(Malformed, match="目录或者清单"):
        differing_files(BytesIO(bytes(40_000)))
