"""One card from its list to the receipts: clock, list, digest, send, receipt, and where it is allowed, clear.

The next files are sent while receipts of earlier ones are awaited, so many at most; each is cleared by its own verified receipt alone.
What was done is remembered after each step, so that the program may be killed at any moment and simply run again.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, TypeVar

from liuhen.kernel.clock import as_utc_text, now
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import LiuhenError, Refused, Unavailable
from liuhen.kernel.sealed import sealed_size
from liuhen.station.card import Found, important_first, read_digest, told_of
from liuhen.station.clearing import Brought, clear, finish_clearings
from liuhen.station.config import Config
from liuhen.station.contact import keep_in_touch
from liuhen.station.identity import Identity
from liuhen.station.listing import list_to_tell, tell_lists
from liuhen.station.lock import admit, check_network
from liuhen.station.memory import Memory
from liuhen.station.pace import Pace, SlowLine
from liuhen.station.port import Port
from liuhen.station.reports import UNKNOWN_SERVER, Reports
from liuhen.station.source import Source
from liuhen.station.spool import Spool
from liuhen.station.upload import Server, UnknownServer, check_receipt

T = TypeVar("T")
_UNTOLD = "清除尚未报告服务器：请再次对接这张卡"
_LATE = "复核回执未到"
_LOOKS_OUT_EVERY = 10.0
# So many files of a card may wait for their receipts, and as many for their leaves: a cut costs that many questions, no byte.
IN_FLIGHT = 16
_SPOOLED = "已加密暂存在采集站，尚未入库：原件仍在卡上，请勿清除"


class _OnlySpooled(Exception):
    """The line is down or too slow; the file is in the sealed spool under this key, not at the house."""


class _NoReceiptYet(Exception):
    """All bytes are at the house, its receipt is late. That is no reason to leave the line."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file ended: a receipt, or the reason why there is none; and whether it was cleared from the card. One that `waits`
    has its receipt, and is cleared once the line is back: no fault."""

    file: str
    size: int
    state: str
    receipt: dict[str, Any] | None
    reason: str = ""
    cleared: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A file of which the house has every byte, and we no verified receipt yet."""

    found: Found
    digest: Digest
    key: str
    upload: str
    declared: dict[str, str]


@dataclass(frozen=True, slots=True)
class Verified:
    """A file with its verified receipt, checked with our own key; what is left is to clear it where that is allowed."""

    brought: Brought
    told: dict[str, Any]


@dataclass(slots=True)
class Docking:
    """One card at one port. `clears` is the keeper's wish at this station; the server's leave is asked for each file."""

    source: Source
    config: Config
    patience: float
    clears: bool = False
    clock_error: float | None = None
    port: Port = field(default_factory=Port)
    _line_down: str = ""
    _line_is_dead: bool = False
    _awaited: deque[Sent] = field(default_factory=deque)
    _to_clear: deque[Verified] = field(default_factory=deque)
    _spool: Spool | None = None
    _pace: Pace = field(default_factory=lambda: Pace(limit=3600.0))

    def run(self) -> Iterator[Outcome]:
        """Every file of the card, the marked ones first; one that fails does not stop the others.

        Raises `LiuhenError` or `OSError` where the card cannot even be listed, or where the station's lock keeps it from being read.
        """
        clocks = self.source.clocks()
        drift = clocks.error if clocks else self.clock_error
        who = self.source.identity() or Identity()
        files = self.source.files()
        card = who.serial or self.source.label
        problems = self._meet_the_house()
        server = Server(self.config)
        self._pace = Pace(limit=self.config.slow_minutes * 60, left=sum(f.size for f in files))
        self.port.lists(len(files), self._pace.left)
        more, unwanted = self._tell_list(files, who, drift, server)
        problems += more
        admit(self.config, unwanted, serial=who.serial, label=self.source.label)
        if not self._line_down:
            self._finish_clearings(card, server)
        looked = time.monotonic()
        for found in important_first(files):
            if time.monotonic() - looked > _LOOKS_OUT_EVERY:
                check_network(
                    self.config
                )  # A way out that was opened while the card is read stops it at the next file.
                looked = time.monotonic()
            self.port.begins(found.inside)
            yield from self._note(self._one(found, who=who, drift=drift, server=server))
            self._pace.left -= found.size
            yield from self._settle(card, server, most=IN_FLIGHT)
        yield from self._settle(card, server, most=0)
        if self.clears:
            self._tell_clearings(card, server)
        self.port.is_over(problems)

    def _meet_the_house(self) -> list[str]:
        """Nothing of a card is told before the house has proven itself. Another server on the line is as a dead line, and reported."""
        try:
            self.config = keep_in_touch(self.config)
        except UnknownServer as error:
            Reports(self.config.folder).add(UNKNOWN_SERVER, error.why)
            self._line_down = str(error)
            return [str(error)]
        except Unavailable:
            return []  # The files say for themselves that the server is away.
        except LiuhenError as error:
            return [str(error)]
        return []

    def _tell_list(
        self, files: list[Found], who: Identity, drift: float | None, server: Server
    ) -> tuple[list[str], str | None]:
        """Problems, and why the house does not want this card read: nothing where it does, None where it could not be asked.

        The list is written down here first. A station enrolled without a key brings files, but no list.
        """
        if self.config.key is None:
            return [], None
        memory, at = Memory(self.config.folder, "lists"), now()
        signed = list_to_tell(
            files, config=self.config, device=who.serial, officer=who.officer, clock_error=drift, at=at
        )
        key = as_utc_text(at) + self.source.label
        memory.keep(key, list=signed)
        if self._line_down:
            return [], None
        try:
            problems, unwanted = tell_lists(memory, server)
        except Unavailable:
            return [], None  # Told at the next docking; the files say for themselves that the server is away.
        return problems, unwanted.get(key, "")

    def _one(
        self, found: Found, *, who: Identity, drift: float | None, server: Server
    ) -> Sent | Verified | Outcome:
        """One file, from the card to the house; how it ended where it needs no more waiting."""
        if found.problem:
            return Outcome(found.inside, found.size, "异常", None, found.problem)
        return self._told(found, lambda: self._bring(found, who=who, drift=drift, server=server))

    def _told(self, found: Found, step: Callable[[], T]) -> T | Outcome:
        """A step with one file; where it failed, how the file ended."""
        why = ""
        try:
            return step()
        except _OnlySpooled as spooled:
            self.port.leaves_line(self._line_down)
            self.port.awaits(str(spooled), found.size)
            return Outcome(found.inside, found.size, "暂存", None, f"{self._line_down}；{_SPOOLED}")
        except _NoReceiptYet:
            self.port.leaves_line(_LATE)
            why = "已送达，服务器尚未给出回执：稍后再次对接即可，不会重传"
            return Outcome(found.inside, found.size, "校验中", None, why)
        except LiuhenError as error:
            why = str(error)
        except OSError as error:
            why = f"读卡出错（{told_of(error)}），原件保留在卡上"
        return Outcome(found.inside, found.size, "异常", None, why)

    def _note(self, one: Sent | Verified | Outcome) -> Iterator[Outcome]:
        """Where a file goes from here: it waits for its receipt, for its leave, or it has ended."""
        if isinstance(one, Sent):
            self._awaited.append(one)
        elif isinstance(one, Verified) and self.clears:
            self._to_clear.append(one)
        else:
            yield self._end(one if isinstance(one, Outcome) else _whole(one))

    def _end(self, outcome: Outcome) -> Outcome:
        state = "校验中" if outcome.waits else outcome.state
        self.port.ends(outcome.file, state, outcome.reason, outcome.size)
        return outcome

    def _settle(self, card: str, server: Server, *, most: int) -> Iterator[Outcome]:
        """Hear of those that were sent, the first one first: without waiting for it while no more than `most` are under way."""
        while self._awaited:
            heard = self._heard(self._awaited[0], server, waits=len(self._awaited) > most)
            if heard is None:
                break
            self._awaited.popleft()
            yield from self._note(heard)
        while self._to_clear:
            outcome = self._cleared(
                self._to_clear[0], card=card, server=server, waits=len(self._to_clear) > most
            )
            if outcome is None:
                break
            self._to_clear.popleft()
            yield self._end(outcome)

    def _heard(self, sent: Sent, server: Server, *, waits: bool) -> Verified | Outcome | None:
        """What became of a file that was sent; None where it need not be known yet, and is not."""
        if waits:
            self.port.checks()
        return self._told(sent.found, lambda: self._receipt(sent, server, waits=waits))

    def _receipt(self, sent: Sent, server: Server, *, waits: bool) -> Verified | Outcome | None:
        """A line that is gone before the receipt was heard leaves a sealed copy behind, as for a file that was not sent."""
        if self._line_is_dead:
            self._keep_sealed(sent.found, sent.key, sent.declared)
        try:
            told = server.receipt(sent.upload, patience=self.patience if waits else 0.0)
        except Unavailable as error:
            self._leave_line(error)
            self._keep_sealed(sent.found, sent.key, sent.declared)
        if told.get("state") != "verified" and not waits:
            return None
        if "signature" not in told:
            raise _NoReceiptYet
        receipt = check_receipt(told, digest=sent.digest, size=sent.found.size, config=self.config)
        memory = Memory(self.config.folder)
        with memory.alone(sent.key):
            memory.keep(sent.key, receipt=told)
            if told["state"] == "verified":
                Spool(self.config).drop(sent.key)
                return Verified(Brought(sent.found, sent.digest, sent.upload, receipt), told)
        self.port.leaves_line(_LATE)
        why = "已入库，复核回执未到：稍后再次对接即可"
        return Outcome(sent.found.inside, sent.found.size, "校验中", told, why)

    def _leave_line(self, error: Unavailable) -> None:
        """Until this card is done; the next docking asks anew. A station without the house's key has nowhere else to go."""
        if not self.config.house_key:
            raise error
        self._line_down, self._line_is_dead = str(error), True

    def _keep_sealed(self, found: Found, key: str, declared: dict[str, str]) -> NoReturn:
        with Memory(self.config.folder).alone(key):
            self._seal(found, key, declared)

    def _seal(self, found: Found, key: str, declared: dict[str, str]) -> NoReturn:
        spool = self._swept_spool()
        with self.source.open(found) as file:
            spool.add(key, file, declared=declared, size=found.size, progress=self.port.reads)
        raise _OnlySpooled(key)

    def _finish_clearings(self, card: str, server: Server) -> None:
        finish_clearings(card, self.source, server=server, memory=Memory(self.config.folder, "clearings"))

    def _tell_clearings(self, card: str, server: Server) -> None:
        """What the line kept from being told when it was done; it may be back by now, and the card is still in."""

        def untold() -> bool:
            entries = Memory(self.config.folder, "clearings").entries()
            return any(one["card"] == card and not one.get("refused") for _key, one in entries)

        with suppress(LiuhenError, OSError):
            if untold() and not self._line_down:
                self._finish_clearings(card, server)
        if untold():
            self.port.leaves_line(_UNTOLD)

    def _cleared(self, verified: Verified, *, card: str, server: Server, waits: bool) -> Outcome | None:
        """The file is safe either way; a clearing that was refused is told and leaves it on the card. None where the leave is not
        there yet and need not be."""
        if self._line_is_dead:
            return replace(_whole(verified, f"未清除：{self._line_down}"), waits=True)
        try:
            clear(
                verified.brought, source=self.source, card=card, server=server, config=self.config,
                memory=Memory(self.config.folder, "clearings"), patience=self.patience if waits else 0.0,
            )  # fmt: skip
        except Unavailable as error:
            if not waits:
                return None
            self.port.leaves_line(str(error))
            return replace(_whole(verified, f"未清除：{error}"), waits=True)
        except LiuhenError as error:
            return _whole(verified, f"未清除：{error}")
        except OSError as error:
            return _whole(verified, f"未清除：{told_of(error)}")
        return replace(_whole(verified), cleared=True)

    def _bring(self, found: Found, *, who: Identity, drift: float | None, server: Server) -> Sent | Verified:
        memory = Memory(self.config.folder)
        with self.source.open(found) as file:
            digest = read_digest(file, progress=self.port.reads)
            if file.tell() != found.size:
                raise Refused(
                    f"文件在列入清单之后变了：那时 {found.size:,} 字节，现在读到 {file.tell():,} 字节",
                    do="可能还在录制；请停止录制后重新插入，将另行采集。",
                )
        key = f"{self.config.server}|{found.inside}|{found.size}|{digest.sha256}"
        with memory.alone(key):
            return self._bring_read(found, digest, key, who=who, drift=drift, server=server)

    def _bring_read(
        self, found: Found, digest: Digest, key: str, *, who: Identity, drift: float | None, server: Server
    ) -> Sent | Verified:
        """What was read, unless another port or program has brought it meanwhile."""
        known = Memory(self.config.folder).recall(key)
        if known.get("receipt", {}).get("state") == "verified":
            receipt = check_receipt(known["receipt"], digest=digest, size=found.size, config=self.config)
            Spool(self.config).drop(key)
            return Verified(Brought(found, digest, known["upload"], receipt), dict(known["receipt"]))
        declared = {
            "filename": found.name, "path": found.inside, "sha256": digest.sha256, "sm3": digest.sm3,
            "modified": as_utc_text(found.modified), "device": who.serial, "officer": who.officer,
            "clock_error": "" if drift is None else str(drift),
        }  # fmt: skip
        if not self._line_down:
            try:
                return self._send(found, digest, key, declared, server)
            except Unavailable as error:
                self._leave_line(error)
            except SlowLine as slow:
                if not self.config.house_key:
                    self._pace.limit = float("inf")  # Nowhere else to put it: slowly is better than not.
                    return self._send(found, digest, key, declared, server)
                self._line_down = str(slow)
        return self._seal(found, key, declared)

    def _swept_spool(self) -> Spool:
        """The spool, rid of what a crash left there before this card puts its first file into it."""
        if self._spool is None:
            self._spool = Spool(self.config)
            self._spool.sweep()
        return self._spool

    def _send(self, found: Found, digest: Digest, key: str, declared: dict[str, str], server: Server) -> Sent:
        """Straight from the card; what was spooled of it before is then not needed any more."""
        memory, spool = Memory(self.config.folder), Spool(self.config)
        upload, sealed = memory.recall(key).get("upload"), spool.upload_of(key)
        if server.has_all(sealed, sealed_size(found.size)):
            upload = sealed  # It went from the spool, and nobody has heard the house say so.
            memory.keep(key, upload=upload, file=found.inside)
        else:
            if upload is None or server.offset(upload) is None:
                upload = server.begin(found.size, declared)
                memory.keep(key, upload=upload, file=found.inside)
            with self.source.open(found) as file:
                server.send(upload, file, size=found.size, progress=self.port.sends, pace=self._pace)
        return Sent(found, digest, key, upload, declared)


def _whole(one: Verified, reason: str = "") -> Outcome:
    """Brought, with its verified receipt; the reason is why it was not cleared."""
    return Outcome(one.brought.found.inside, one.brought.found.size, "完成", one.told, reason)
