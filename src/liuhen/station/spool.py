"""The sealed spool: copies of a card's files for the time the line is down, sealed to the house. The station cannot read them back.

A spooled copy is 暂存 and nothing more: it is no receipt, and nothing is ever cleared from a card on account of it. Each step is
durable before the next: the sealed body under another name, the same renamed, then its note. Whoever seals a body holds it
until it is noted, by a lock that dies with its holder. A body without a note that nobody holds is the remains of a crash; it
is removed, and the file is read from the card again.
"""

import base64
import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text, now
from liuhen.kernel.digests import Digest, Hasher, digest_of
from liuhen.kernel.errors import Refused, Unavailable
from liuhen.kernel.sealed import PIECE, seal, sealed_size
from liuhen.station.config import Config
from liuhen.station.holding import held_file, remove_unless_held
from liuhen.station.memory import Memory, make_durable
from liuhen.station.source import remove_durably


@dataclass(frozen=True, slots=True)
class Spooled:
    """One sealed copy: what was declared of it, the digest of the plain bytes as read from the card, how it fared."""

    key: str
    declared: dict[str, str]
    fresh: str
    size: int
    upload: str = ""
    refused: str = ""

    @property
    def file(self) -> str:
        return self.declared["path"]

    @property
    def digest(self) -> Digest:
        return Digest(self.declared["sha256"], self.declared["sm3"])

    @property
    def metadata(self) -> dict[str, str]:
        """What the house is told: the same that was sealed in, and with what to open."""
        return {**self.declared, "sealed": self.fresh}


class Spool:
    """The spool of one station."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._notes = Memory(config.folder, "spool")
        self._folder = config.folder / "spool"

    def add(
        self,
        key: str,
        file: BinaryIO,
        *,
        declared: Mapping[str, str],
        size: int,
        progress: Callable[[int], None] = lambda _size: None,
    ) -> None:
        """Seal one file from the card. Raises `Unavailable` without a house key or without room, `Refused` where the
        file is no longer the one that was read before."""
        if not self._config.house_key:
            raise Unavailable(
                "本站登记时没有配发暂存公钥，不能暂存", do="原件仍在卡上；请由系统管理员重新登记采集站。"
            )
        with _held_to_seal(self._part(key)) as target:
            if self._is_spooled(key):  # Perhaps by another program, while this one waited for it.
                self._part(key).unlink()
                return
            self._check_room(size)
            self._write(key, file, into=target, declared=declared, size=size, progress=progress)

    def sweep(self) -> None:
        """Remove what a crash left; called once for each card that is spooled. What other ports and programs are sealing stays."""
        found = set(self._folder.iterdir())
        for path in sorted(found):
            if path.suffix == ".part" or (
                path.suffix == ".sealed" and path.with_suffix(".json") not in found
            ):
                remove_unless_held(
                    path, and_not=path.with_suffix(".json") if path.suffix == ".sealed" else None
                )

    def _write(
        self,
        key: str,
        file: BinaryIO,
        *,
        into: BinaryIO,
        declared: Mapping[str, str],
        size: int,
        progress: Callable[[int], None],
    ) -> None:
        said = {name: value for name, value in declared.items() if value}
        hasher = Hasher()
        fresh, pieces = seal(
            _pieces(file, hasher, progress), house=self._config.house_key, bound=canonical(said)
        )
        into.truncate(0)
        into.writelines(pieces)
        into.flush()
        os.fsync(into.fileno())
        if hasher.digest() != Digest(said["sha256"], said["sm3"]) or hasher.size != size:
            raise Refused("卡上的文件在两次读取之间变了，未暂存", do="原件保留在卡上，请重新插入再采集。")
        self._part(key).replace(self._body(key))
        make_durable(self._folder)
        self._notes.keep(
            key, declared=said, fresh=base64.b64encode(fresh).decode(), size=size, at=as_utc_text(now()), refused="", upload=""
        )  # fmt: skip

    def entries(self) -> Iterator[Spooled]:
        """What is spooled, complete and with its note."""
        for key, entry in self._notes.entries():
            if self._body(key).exists():
                yield _spooled(key, entry)

    def entry(self, key: str) -> Spooled | None:
        """One sealed copy as it is now; None where there is none, or none any more."""
        found = self._notes.recall(key)
        return _spooled(key, found) if found and self._body(key).exists() else None

    def upload_of(self, key: str) -> str:
        """Under which upload the sealed copy of this file is being sent, nothing where it is not."""
        return str(self._notes.recall(key).get("upload", ""))

    def open(self, spooled: Spooled) -> BinaryIO:
        """The sealed bytes."""
        return self._body(spooled.key).open("rb")

    def body_size(self, spooled: Spooled) -> int:
        """How many bytes are to be sent; what was truncated here is sent as it should be long, and refused there."""
        return sealed_size(spooled.size)

    def note(self, spooled: Spooled, **facts: str) -> None:
        self._notes.keep(spooled.key, **facts)

    def drop(self, key: str) -> None:
        """The house has it, verified. The note goes first: a body without one is swept."""
        self._notes.forget(key)
        if self._body(key).exists():
            remove_durably(self._body(key))

    def _is_spooled(self, key: str) -> bool:
        """Noted, with its body; a copy that the house could not open is sealed anew."""
        known = self._notes.recall(key)
        return bool(known) and not known.get("refused") and self._body(key).exists()

    def _check_room(self, size: int) -> None:
        free = shutil.disk_usage(self._folder).free
        if free - sealed_size(size) < self._config.spool_keeps_free:
            raise Unavailable(
                f"采集站暂存空间不足（剩余 {free >> 20} MB，须留 {self._config.spool_keeps_free >> 20} MB）",
                do="原件仍在卡上，请勿清除；请尽快恢复网络或改用其他采集站。",
            )

    def _body(self, key: str) -> Path:
        """Named as its note is, so that a listing tells which bodies have none."""
        return self._folder / f"{digest_of(key.encode(errors='surrogateescape')).sha256}.sealed"

    def _part(self, key: str) -> Path:
        return self._body(key).with_suffix(".part")


def _spooled(key: str, noted: Mapping[str, Any]) -> Spooled:
    return Spooled(
        key, dict(noted["declared"]), noted["fresh"], int(noted["size"]),
        str(noted.get("upload", "")), str(noted.get("refused", "")),
    )  # fmt: skip


@contextlib.contextmanager
def _held_to_seal(part: Path) -> Iterator[BinaryIO]:
    """The file to seal into, held until it is noted; nothing of it is left where the sealing failed."""
    with held_file(part) as target:
        try:
            yield target
        except Exception:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise


def _pieces(file: BinaryIO, hasher: Hasher, progress: Callable[[int], None]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        while len(piece) < PIECE and (more := file.read(PIECE - len(piece))):
            piece += more
        hasher.update(piece)
        progress(len(piece))
        yield piece
