"""Clearing a file from the card: the last and only step that takes something away, so each thing is checked again.

A verified receipt checked with our own key; a leave of the server for this station, for this object, sealed; the file on the card
read once more and still the same. What is begun is remembered first, so that a crash leaves either the file or the knowledge that
it was cleared, and the server is told in the end.
"""

from dataclasses import dataclass
from typing import Any

from liuhen.engines.ledger import Receipt
from liuhen.engines.ledger.leave import Leave
from liuhen.kernel.clock import as_utc_text, now
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import LiuhenError, Refused, Unavailable
from liuhen.station.card import Found, read_digest
from liuhen.station.config import Config
from liuhen.station.memory import Memory
from liuhen.station.source import Source
from liuhen.station.upload import Server


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that the server has: its digest as read from the card, its upload, its verified receipt."""

    found: Found
    digest: Digest
    upload: str
    receipt: Receipt


def clear(
    brought: Brought,
    *,
    source: Source,
    card: str,
    server: Server,
    config: Config,
    memory: Memory,
    patience: float,
) -> None:
    """Clear one file. Raises `Refused` where anything does not fit; then the file stays."""
    if brought.receipt.state != "verified":
        raise Refused("服务器尚未复核，不能清除", do="原件保留在卡上。")
    leave = Leave.opened(
        server.leave(brought.upload, patience=patience), config.receipt_key, also=config.receipt_twin
    )
    _check(leave, brought, config)
    with source.open(brought.found) as file:
        if read_digest(file) != brought.digest:
            raise Refused("卡上的文件在入库之后又变了，不清除", do="请重新对接，变动后的文件将另行入库。")
    key = f"{card}|{brought.found.inside}|{brought.digest.sha256}"
    with memory.alone(card):  # Else a second program takes it for what a crash left.
        entry = memory.keep(
            key, card=card, path=brought.found.inside, upload=brought.upload, cleared_at=as_utc_text(now())
        )
        source.remove(brought.found)
        _tell(memory, server, key, entry)


def finish_clearings(card: str, source: Source, *, server: Server, memory: Memory) -> None:
    """What was begun and not told: gone from this card means cleared; still there means that it was not.

    The card is listed again where anything was begun: what the docking listed may be older than another program's clearing.
    """
    with memory.alone(card):
        begun = [(key, entry) for key, entry in memory.entries() if entry["card"] == card]
        still_there = {found.inside for found in source.files()} if begun else set()
        for key, entry in begun:
            if entry["path"] in still_there:
                memory.forget(key)
            else:
                _tell(memory, server, key, entry)


def _check(leave: Leave, brought: Brought, config: Config) -> None:
    receipt = brought.receipt
    same = (leave.recording, leave.size, leave.log) == (receipt.recording, receipt.size, receipt.log)
    if not same or leave.digest != brought.digest or leave.station != config.id:
        raise Refused("服务器的清除许可与这个文件不符", do="原件保留在卡上，请立即报告系统管理员。")


def _tell(memory: Memory, server: Server, key: str, entry: dict[str, Any]) -> None:
    try:
        server.tell_cleared(entry["upload"], path=entry["path"], cleared_at=entry["cleared_at"])
    except Unavailable:
        return  # Told at the next docking.
    except LiuhenError:
        memory.keep(key, refused=True)
        return
    memory.forget(key)
