"""A bag as a disc image: ISO 9660 level 3 with Joliet names, which any system reads; the files are those of the bag, byte by byte.

Originals are read from their store in pieces while the image is written, and the last piece of one that was altered never comes.
"""

import hashlib
import re
import struct
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import BinaryIO, cast

import pycdlib
from pycdlib.pycdlibexception import PyCdlibException

from liuhen.engines.dossier.bag import BagFile
from liuhen.kernel.errors import Malformed

_NAME = 24


class _Reading:
    """The pieces of one file as a file that is read from its beginning to its end, as often as asked for."""

    def __init__(self, file: BagFile) -> None:
        self._file, self._at, self._held = file, 0, b""
        self._pieces: Iterator[bytes] = iter(())
        self.mode = "rb"

    def seek(self, offset: int, whence: int = 0) -> int:
        """To the beginning, or where it stands already. Raises `ValueError` for anything else: an image is written in one go."""
        at = offset if whence == 0 else self._file.size if whence == 2 else self._at + offset
        if at == 0 and whence == 0:
            self._pieces, self._held, self._at = self._file.pieces(), b"", 0
        elif whence == 2:
            self._at = at
        elif at != self._at:
            raise ValueError(f"{self._file.path}: {offset}")
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._held) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._held += piece
        taken, self._held = (self._held, b"") if size < 0 else (self._held[:size], self._held[size:])
        self._at += len(taken)
        return taken


def write_image(files: Sequence[BagFile], target: BinaryIO, *, volume: str) -> None:
    """Write the image of `files` to `target`, which can be sought in. `volume` is the label a drive shows: at most 16 letters and digits."""
    disc = pycdlib.PyCdlib()
    disc.new(interchange_level=3, joliet=3, vol_ident=re.sub(r"[^A-Z0-9_]", "_", volume.upper())[:16])
    made: set[str] = set()
    for file in files:
        folders, _, _ = file.path.rpartition("/")
        for folder in _each_folder(folders):
            if folder not in made:
                made.add(folder)
                disc.add_directory(_plain(folder), joliet_path=f"/{folder}")
        reading = cast("BinaryIO", _Reading(file))
        disc.add_fp(reading, file.size, f"{_plain(file.path)};1", joliet_path=f"/{file.path}")
    disc.write_fp(target)
    disc.close()


def differing_files(image: BinaryIO) -> list[str]:
    """The files of the bag in `image` that are not what its own manifests say, or cannot be read. Raises `Malformed` where there is no bag to read."""
    disc = pycdlib.PyCdlib()
    try:
        disc.open_fp(image)
        found = [
            path
            for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt")
            for digest, _, path in (
                line.partition("  ") for line in _held(disc, name).decode("utf-8").splitlines()
            )
            if _digest_of(disc, path) != digest
        ]
        disc.close()
    except (PyCdlibException, UnicodeDecodeError, struct.error, IndexError) as error:
        raise Malformed("光盘的目录或者清单已经损坏，读不出文件") from error
    return found


def _held(disc: pycdlib.PyCdlib, path: str) -> bytes:
    target = BytesIO()
    disc.get_file_from_iso_fp(target, joliet_path=f"/{path}")
    return target.getvalue()


class _Digesting:
    """A file that keeps nothing but the digest of what is written to it."""

    mode = "wb"

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self.digest.update(piece)
        return len(piece)


def _digest_of(disc: pycdlib.PyCdlib, path: str) -> str:
    target = _Digesting()
    try:
        disc.get_file_from_iso_fp(cast("BinaryIO", target), joliet_path=f"/{path}")
    except PyCdlibException:
        return ""
    return target.digest.hexdigest()


def _each_folder(path: str) -> Iterator[str]:
    parts = path.split("/") if path else []
    yield from ("/".join(parts[: count + 1]) for count in range(len(parts)))


def _plain(path: str) -> str:
    """The same path in the few characters of ISO 9660, for systems that read nothing else."""
    parts = [re.sub(r"[^A-Z0-9_.]", "_", part.upper()) for part in path.split("/")]
    stem, dot, ending = parts[-1].rpartition(".")
    last = f"{(stem or ending).replace('.', '_')[:_NAME]}{'.' + ending[:3] if dot else ''}"
    return "/" + "/".join([*(part.replace(".", "_")[:_NAME] for part in parts[:-1]), last])
