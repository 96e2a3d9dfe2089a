"""What the tests of the spool share: a card, the line cut below the station, what lies in the spool and in the vault."""

from dataclasses import replace
from pathlib import Path

import pytest

from liuhen.engines.ledger import Receipt
from liuhen.kernel.errors import Unavailable
from liuhen.kernel.sealed import PIECE
from liuhen.station.config import Config
from liuhen.station.source import Folder
from liuhen.station.spool import Spool, Spooled
from liuhen.station.sync import Docking, Outcome
from liuhen.station.upload import Server
from tests.live import House

SIZES = {"a.mp4": 3 * PIECE + 17, "b.mp4": 2 * PIECE, "empty.mp4": 0}
"""The files of the card, in bytes."""


def away(config: Config) -> Config:
    """The same station, its line cut."""
    return replace(config, server="http://127.0.0.1:9")


def spool_card(card: Path, config: Config, *, clears: bool = False) -> list[Outcome]:
    """Docked while the line is down. The keys of memory name the server, so the line is cut below it."""
    with pytest.MonkeyPatch.context() as cut:
        cut.setattr(Server, "_ask", _dead)
        return list(Docking(Folder(card), config, 5, clears=clears).run())


def _dead(*_given: object, **_more: object) -> None:
    raise Unavailable("连接服务器失败")


def bodies(config: Config) -> list[Path]:
    return sorted((config.folder / "spool").glob("*.sealed"), key=lambda path: path.stat().st_size)


def body_of(config: Config, one: Spooled) -> bytes:
    with Spool(config).open(one) as file:
        return file.read()


def original_of(house: House, outcome: Outcome, config: Config) -> bytes:
    """The object in the house's vault, by the digest of the receipt."""
    receipt = Receipt.opened(dict(outcome.receipt or {}), config.receipt_key)
    (path,) = [p for p in (house.home / "vault").rglob(f"*{receipt.digest.sha256}*") if p.is_file()]
    return path.read_bytes()
