"""The sealed spool: copies of a card's files for the time the line is down, sealed to the house. The station cannot read them back.

A spooled copy is 暂存 and nothing more: it is no receipt, and nothing is ever cleared from a card on account of it. Each step is
durable before the next: the sealed body under another name, the same renamed, then its note. A body without a note is
the remains of a crash; it is removed, and the file is read from the card again.
"""

import base64
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text, now
from liuhen.kernel.digests import Digest, Hasher, digest_of
from liuhen.kernel.errors import Refused, Unavailable
from liuhen.kernel.sealed import PIECE, seal, sealed_size
from liuhen.station.config import Config
from liuhen.station.memory import Memory, make_durable
from liuhen.station.source import remove_durably

_LOCK = threading.Lock()
_UNDER_WAY: set[Path] = set()


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
        if (known := self._notes.recall(key)) and not known.get("refused"):
            return
        body = self._body(key)
        part = body.with_suffix(".part")
        with _LOCK:
            self._sweep()
            self._check_room(size)
            _UNDER_WAY.update((body, part))
        try:
            self._write(key, file, declared=declared, size=size, progress=progress)
        finally:
            _UNDER_WAY.difference_update((body, part))

    def _write(
        self,
        key: str,
        file: BinaryIO,
        *,
        declared: Mapping[str, str],
        size: int,
        progress: Callable[[int], None],
    ) -> None:
        said = {name: value for name, value in declared.items() if value}
        hasher = Hasher()
        fresh, pieces = seal(
            _pieces(file, hasher, progress), house=self._config.house_key, bound=canonical(said)
        )
        body = self._body(key)
        part = body.with_suffix(".part")
        with part.open("wb") as target:
            for piece in pieces:
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        if hasher.digest() != Digest(said["sha256"], said["sm3"]) or hasher.size != size:
            part.unlink()
            raise Refused("卡上的文件在两次读取之间变了，未暂存", do="原件保留在卡上，请重新插入再采集。")
        part.replace(body)
        make_durable(self._folder)
        self._notes.keep(
            key, declared=said, fresh=base64.b64encode(fresh).decode(), size=size, at=as_utc_text(now()), refused="", upload=""
        )  # fmt: skip

    def entries(self) -> Iterator[Spooled]:
        """What is spooled, complete and with its note."""
        for key, entry in self._notes.entries():
            if self._body(key).exists():
                yield Spooled(
                    key, dict(entry["declared"]), entry["fresh"], int(entry["size"]),
                    str(entry.get("upload", "")), str(entry.get("refused", "")),
                )  # fmt: skip

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

    def _sweep(self) -> None:
        """What a crash left: bodies without a note, but for those that other ports are sealing now."""
        noted = {self._body(key) for key, _entry in self._notes.entries()}
        for path in [*self._folder.glob("*.sealed"), *self._folder.glob("*.part")]:
            if path not in noted and path not in _UNDER_WAY:
                path.unlink(missing_ok=True)

    def _check_room(self, size: int) -> None:
        free = shutil.disk_usage(self._folder).free
        if free - sealed_size(size) < self._config.spool_keeps_free:
            raise Unavailable(
                f"采集站暂存空间不足（剩余 {free >> 20} MB，须留 {self._config.spool_keeps_free >> 20} MB）",
                do="原件仍在卡上，请勿清除；请尽快恢复网络或改用其他采集站。",
            )

    def _body(self, key: str) -> Path:
        return self._folder / f"{digest_of(key.encode(errors='surrogateescape')).sha256}.sealed"


def _pieces(file: BinaryIO, hasher: Hasher, progress: Callable[[int], None]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        while len(piece) < PIECE and (more := file.read(PIECE - len(piece))):
            piece += more
        hasher.update(piece)
        progress(len(piece))
        yield piece
