"""A backup set: a folder of sealed files, and for each run one signed index of what belongs to it. Format: docs/formats/backup.md.

Every file lies once under the SHA-256 of its plain bytes, sealed to a key of which the house holds the public half alone. Knows no
database and no office; refuses whatever is not exactly what an index says.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from liuhen.engines.ledger import Signer
from liuhen.engines.ledger.note import Verifier
from liuhen.engines.ledger.statement import check_statement, signed_statement
from liuhen.kernel.canonical import canonical
from liuhen.kernel.errors import Malformed, Tampered
from liuhen.kernel.identifiers import new_id
from liuhen.kernel.sealed import PIECE, SEALED_PIECE, Opener, seal

CONTEXT = b"liuhen-backup-v1\n"
FORMAT = "liuhen-backup-1"
FOLDER = "liuhen-backup"
_HEAD = 32


class Entry(NamedTuple):
    """One file of a run: what it is, its path in the home, its address, its length, and the digest of the sealed file."""

    kind: str
    path: str
    sha256: str
    size: int
    sealed: str


@dataclass(frozen=True, slots=True)
class Index:
    """What one run holds, and how far the record went then. `destroyed` are addresses that were disposed of since they were backed up."""

    number: str
    at: str
    log: str
    size: int
    root: str
    entries: tuple[Entry, ...]
    destroyed: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        return {
            "format": FORMAT, "number": self.number, "at": self.at, "log": self.log, "size": self.size, "root": self.root,
            "entries": [list(entry) for entry in self.entries], "destroyed": list(self.destroyed),
        }  # fmt: skip

    @property
    def digest(self) -> str:
        return hashlib.sha256(canonical(self.body())).hexdigest()


class BackupSet:
    """One folder, on whatever medium it is mounted from."""

    def __init__(self, folder: Path) -> None:
        self._objects, self._runs = folder / FOLDER / "objects", folder / FOLDER / "runs"

    def prepare(self) -> None:
        for folder in (self._objects, self._runs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, address: str) -> Path:
        return self._objects / address[:2] / f"{address}.sealed"

    def add(self, address: str, pieces: Iterable[bytes], *, house: bytes) -> str:
        """Seal one file in; the digest of what was written. Raises `Tampered` where its bytes are not those of `address`."""
        plain = hashlib.sha256()
        fresh, sealed = seal(_counted(pieces, plain), house=house, bound=_bound(address))
        target = self.path(address)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        digest = _write(target, chain([fresh], sealed))
        if plain.hexdigest() != address:
            target.unlink()
            raise Tampered(
                f"备份时读到的内容与登记的摘要 {address[:16]}… 不符", do="请先运行 liuhen verify。"
            )
        return digest

    def is_whole(self, address: str, sealed: str) -> bool:
        """Read from the medium again, past the page cache: whether the sealed file is the one that was written."""
        digest = hashlib.sha256()
        try:
            with self.path(address).open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                while piece := file.read(1 << 20):
                    digest.update(piece)
        except OSError:
            return False
        return digest.hexdigest() == sealed

    def open(self, entry: Entry, key: X25519PrivateKey) -> Iterator[bytes]:
        """The plain bytes. Raises `Tampered` where they are not those of the index, at the latest with the last piece."""
        plain, count = hashlib.sha256(), 0
        try:
            size = self.path(entry.sha256).stat().st_size
            with self.path(entry.sha256).open("rb") as file:
                opener = Opener.made(
                    key, fresh=file.read(_HEAD), bound=_bound(entry.sha256), sealed=size - _HEAD
                )
                for number in range(opener.measure.pieces):
                    piece = opener.open(number, file.read(SEALED_PIECE))
                    plain.update(piece)
                    count += len(piece)
                    yield piece
        except (OSError, Malformed, Tampered) as error:
            raise Tampered(
                f"备份中的 {entry.path} 缺失、损坏，或者密钥不对", do="请换用另一份备份介质。"
            ) from error
        if (plain.hexdigest(), count) != (entry.sha256, entry.size):
            raise Tampered(f"备份中的 {entry.path} 与清单不符", do="请换用另一份备份介质。")

    def remove(self, address: str) -> None:
        """For what was disposed of: nothing of it stays in the set."""
        self.path(address).unlink(missing_ok=True)

    def write_index(self, index: Index, signer: Signer) -> None:
        told = signed_statement(CONTEXT, index.body(), signer)
        _write(self._runs / f"{index.number}.json", [canonical(told)])

    def indexes(self, verifier: Verifier) -> list[Index]:
        """Every run of the set, the oldest first. Raises `Tampered` for one the house did not sign."""
        return [self._read(path, verifier) for path in sorted(self._runs.glob("*.json"))]

    def _read(self, path: Path, verifier: Verifier) -> Index:
        try:
            told = json.loads(path.read_bytes())
            signature = told.pop("signature")
            check_statement(CONTEXT, told, signature, verifier)
            _check_head(told.pop("format"), told["number"], path)
            entries = tuple(Entry(*entry) for entry in told.pop("entries"))
            return Index(**told | {"entries": entries, "destroyed": tuple(told["destroyed"])})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, Malformed, Tampered) as error:
            raise Tampered(
                f"备份清单 {path.name} 不是本机关签名的，或者已被改动", do="请换用另一份备份介质。"
            ) from error


def check_complete(backup: BackupSet, index: Index, indexes: Iterable[Index]) -> None:
    """Every file of a run is there and whole, but what a later run says was disposed of. Raises `Tampered` with the first that is not."""
    gone = {address for one in indexes for address in one.destroyed}
    for entry in index.entries:
        if entry.sha256 not in gone and not backup.is_whole(entry.sha256, entry.sealed):
            raise Tampered(f"备份 {index.number} 中的 {entry.path} 缺失或者损坏", do="请换用另一份备份介质。")


def pieces_of(path: Path) -> Iterator[bytes]:
    """A file in the pieces in which it is sealed."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _check_head(form: str, number: str, path: Path) -> None:
    if form != FORMAT or number != path.stem:
        raise Tampered("备份清单的格式或者编号不对")


def _counted(pieces: Iterable[bytes], digest: Any) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece


def _bound(address: str) -> bytes:
    return CONTEXT + address.encode()


def _write(target: Path, pieces: Iterable[bytes]) -> str:
    """Durably, under a name of its own until it is whole; the digest of what was written."""
    fresh, digest = target.with_name(f"{new_id().hex}.part"), hashlib.sha256()
    with fresh.open("xb") as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return digest.hexdigest()
