"""Sending what was spooled, once the line is back: sealed as it lies, from the byte the house has, until its verified receipt is in hand.

What went straight from its card in part goes on from there while the card is in: a sealed copy would begin anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from liuhen.kernel.errors import LiuhenError, Malformed, Unavailable
from liuhen.station.card import told_of
from liuhen.station.config import Config
from liuhen.station.contact import keep_in_touch
from liuhen.station.memory import Memory
from liuhen.station.port import Port
from liuhen.station.reports import UNKNOWN_SERVER, Reports
from liuhen.station.spool import Spool, Spooled
from liuhen.station.sync import Outcome
from liuhen.station.upload import Server, UnknownServer, check_receipt

Original = Callable[[Spooled], BinaryIO | None]


def send_spooled(
    config: Config, *, patience: float, port: Port | None = None, original: Original = lambda _spooled: None
) -> Iterator[Outcome]:
    """Every spooled file, one after the other; stops at the first for which the line is down. A copy is dropped only with a
    verified receipt over the digest that was read from the card; one that the house could not open is kept and told.
    `original` opens the file on its card where that is still in.
    """
    spool, port = Spool(config), port or Port(label="暂存区")
    waiting = list(spool.entries())
    port.lists(len(waiting), sum(one.size for one in waiting))
    try:
        config = keep_in_touch(config)
    except UnknownServer as error:
        Reports(config.folder).add(UNKNOWN_SERVER, error.why)
        port.fails(str(error))
        return
    except LiuhenError:
        pass  # Each file says for itself what is wrong.
    sender = _Sender(config, spool, Server(config), port, patience, original)
    for spooled in waiting:
        port.begins(spooled.file)
        try:
            outcome = sender.alone(spooled)
        except Unavailable as error:
            port.ends(spooled.file, "暂存", str(error), spooled.size)
            yield Outcome(spooled.file, spooled.size, "暂存", None, str(error))
            break
        port.ends(spooled.file, outcome.state, outcome.reason, spooled.size)
        yield outcome
    port.is_over([])


@dataclass(frozen=True, slots=True)
class _Sender:
    """One going through the spool."""

    config: Config
    spool: Spool
    server: Server
    port: Port
    patience: float
    original: Original

    def alone(self, spooled: Spooled) -> Outcome:
        """As it is once nobody else has it: another program may have brought it in the meantime."""
        memory = Memory(self.config.folder)
        try:
            with memory.alone(spooled.key):
                now = self.spool.entry(spooled.key)
                if now is None:
                    told = memory.recall(spooled.key).get("receipt")
                    return Outcome(spooled.file, spooled.size, "完成", told)
                return self._one(now)
        except OSError as error:
            why = f"读暂存区出错（{told_of(error)}）：请重新插卡采集"
            return Outcome(spooled.file, spooled.size, "异常", None, why)

    def _one(self, spooled: Spooled) -> Outcome:
        if spooled.refused:
            return Outcome(spooled.file, spooled.size, "异常", None, spooled.refused)
        try:
            told = self._brought(spooled)
        except Unavailable:
            raise
        except LiuhenError as error:
            if isinstance(error, Malformed):  # These bytes will never do; the card has the original.
                self.spool.note(spooled, refused=str(error))
            return Outcome(spooled.file, spooled.size, "异常", None, str(error))
        if told["state"] == "late":
            why = "已送达，服务器尚未给出回执：稍后自动再问，不会重传"
            return Outcome(spooled.file, spooled.size, "校验中", None, why)
        if told["state"] != "verified":
            return Outcome(spooled.file, spooled.size, "校验中", told, "已入库，复核回执未到：稍后再试即可")
        self.spool.drop(spooled.key)
        return Outcome(spooled.file, spooled.size, "完成", told)

    def _brought(self, spooled: Spooled) -> dict[str, Any]:
        memory = Memory(self.config.folder)
        direct = "" if spooled.upload else str(memory.recall(spooled.key).get("upload", ""))
        upload = direct if direct and self._went_straight(spooled, direct) else self._sent(spooled)
        self.port.checks()
        told = self.server.receipt(upload, patience=self.patience)
        if "signature" not in told:
            return {"state": "late"}  # All of it is there; the next files need not wait for this receipt.
        check_receipt(told, digest=spooled.digest, size=spooled.size, config=self.config)
        memory.keep(spooled.key, upload=upload, receipt=told, file=spooled.file)
        return told

    def _went_straight(self, spooled: Spooled, upload: str) -> bool:
        """Whether all of it is at the house as it lay on the card: the line broke before the house could say so, or a part was
        there and the rest went now. A card that fails or is no longer the same leaves it to the sealed copy."""
        if self.server.has_all(upload, spooled.size):
            return True
        if not self.server.offset(upload):
            return False
        try:
            file = self.original(spooled)
            if file is None:
                return False
            with file:
                self.server.send(upload, file, size=spooled.size, progress=self.port.sends)
        except Unavailable:
            raise
        except (LiuhenError, OSError):
            return False
        return True

    def _sent(self, spooled: Spooled) -> str:
        """The sealed body is at the house; under which upload."""
        size, upload = self.spool.body_size(spooled), spooled.upload
        with self.spool.open(spooled) as body:
            if body.seek(0, 2) != size:
                raise Malformed(
                    f"暂存的“{spooled.file}”长度不对，可能被截断",
                    do="请把存储卡重新插入采集站，从卡上的原件重新采集。",
                )
            if not upload or self.server.offset(upload) is None:
                upload = self.server.begin(size, spooled.metadata)
                self.spool.note(spooled, upload=upload)
            self.server.send(upload, body, size=size, progress=self.port.sends)
        return upload
