"""Watching the ports: a card that appears is docked at once, several side by side; one that goes leaves its tile behind.

A port is a mount point below one of the watched roots, or, where the keeper says so, any folder there. `opens` makes of it what is
docked: a plain card, or a maker's adapter.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.errors import LiuhenError
from liuhen.station.card import told_of
from liuhen.station.config import Config, with_told
from liuhen.station.lock import look_out
from liuhen.station.memory import Memory
from liuhen.station.port import Port, Shown
from liuhen.station.sending import send_spooled
from liuhen.station.source import Folder, Source
from liuhen.station.spool import Spool, Spooled
from liuhen.station.sync import Docking

_EVERY = 1.0
_SETTLES = 1.0
_SENDS_EVERY = 20.0
_LOOKS_OUT_EVERY = 30.0


class Watch:
    """The ports of one station. `stop` ends the watching after what is under way."""

    def __init__(
        self,
        roots: Sequence[Path],
        *,
        config: Config,
        patience: float,
        clears: bool,
        any_folder: bool = False,
        opens: Callable[[Path], Source] = Folder,
    ) -> None:
        self._roots, self._config, self._patience, self._clears = roots, config, patience, clears
        self._any_folder, self._opens = any_folder, opens
        self._ports: dict[Path, Port] = {}
        self._sources: dict[Path, Source] = {}
        self._at_work: dict[Path, threading.Thread] = {}
        self._gone: set[Path] = set()
        self._stopped = threading.Event()
        self._spool, self._sender, self._sent_at = Port(label="暂存区"), threading.Thread(), -_SENDS_EVERY
        self._docked_at, self._looked_out_at = 0.0, -_LOOKS_OUT_EVERY
        self._network, self._outlook = "", threading.Thread()

    def run(self, *, every: float = _EVERY) -> Iterator[tuple[Shown, ...]]:
        """Look again and again; yields the ports whenever they look different."""
        before: tuple[Shown, ...] = ()
        while not self._stopped.is_set():
            self.look()
            shown = self.shown()
            if shown != before:
                before = shown
                yield shown
            self._stopped.wait(every)
        for thread in list(self._at_work.values()):
            thread.join()

    def stop(self) -> None:
        self._stopped.set()

    def look(self) -> None:
        """One look at the roots: dock what is new, forget what went."""
        there = set(self._cards())
        again = there & self._waiting_for_the_line()
        for card in sorted((there - self._at_work.keys()) | again):
            port = self._ports.setdefault(card, Port(label=card.name))
            thread = threading.Thread(
                target=self._dock, args=(card, port), name=f"port-{card.name}", daemon=True
            )
            self._at_work[card] = thread
            thread.start()
        for card in [
            card for card, thread in self._at_work.items() if card not in there and not thread.is_alive()
        ]:
            del self._at_work[card]  # Plugged in again it is docked again.
            self._sources.pop(card, None)
        self._send_spooled()
        self._look_out()

    def _look_out(self) -> None:
        """Whether another way out is open, also when no card comes; beside the looking, because the house may be slow to answer."""
        if self._outlook.is_alive() or time.monotonic() - self._looked_out_at < _LOOKS_OUT_EVERY:
            return
        self._looked_out_at = time.monotonic()
        self._outlook = threading.Thread(target=self._note_network, name="network", daemon=True)
        self._outlook.start()

    def _note_network(self) -> None:
        self._network = look_out(with_told(self._config))

    def shown(self) -> tuple[Shown, ...]:
        ports = tuple(port.shown() for _card, port in sorted(self._ports.items()))
        if self._network:
            network = Port(label="本站网络")
            network.fails(f"{self._network}。请断开另外的网络，并报告系统管理员；断开之前本站不采集")
            ports = (network.shown(), *ports)
        spool = self._spool.shown()
        return (*ports, spool) if spool.files else ports

    def _cards(self) -> Iterator[Path]:
        for root in self._roots:
            try:
                found = sorted(root.iterdir())
            except OSError:
                continue
            yield from (one for one in found if one.is_dir() and (self._any_folder or one.is_mount()))

    def _waiting_for_the_line(self) -> set[Path]:
        """Cards that wait for a receipt or a leave, once nothing is spooled any more. A spool may be empty for other reasons
        than receipts: a card whose files have none is docked again.
        """
        if self._sender.is_alive() or not self._ports or any(Spool(self._config).entries()):
            return set()
        over = {card for card, port in self._ports.items() if not self._is_at_work(card)}
        left = {card for card in over if self._ports[card].shown().line}
        for card in left:
            self._ports[card].arrives(self._has_receipt)
        rested = time.monotonic() - self._docked_at > _SENDS_EVERY
        undone = {card for card in left if self._clears or self._ports[card].shown().state != "完成"}
        return undone if rested else set()

    def _has_receipt(self, key: str) -> bool:
        told = Memory(self._config.folder).recall(key).get("receipt") or {}
        return bool(told.get("state") == "verified")

    def _is_at_work(self, card: Path) -> bool:
        return card in self._at_work and self._at_work[card].is_alive()

    def _send_spooled(self) -> None:
        """One sender at a time, and not while cards are being read: what is still on a card goes straight from it."""
        is_busy = self._sender.is_alive() or any(thread.is_alive() for thread in self._at_work.values())
        if (
            is_busy
            or time.monotonic() - self._sent_at < _SENDS_EVERY
            or not any(Spool(self._config).entries())
        ):
            return
        self._sent_at = time.monotonic()
        self._sender = threading.Thread(target=self._send, name="spool", daemon=True)
        self._sender.start()

    def _send(self) -> None:
        try:
            config = with_told(self._config)
            for _outcome in send_spooled(
                config, patience=self._patience, port=self._spool, original=self._original
            ):
                pass
        except OSError as error:
            self._spool.fails(f"读暂存区出错（{told_of(error)}）")

    def _original(self, spooled: Spooled) -> BinaryIO | None:
        """The file as it lies on its card, where that was let in and is still there. Whether the bytes are the same the house checks at the end."""
        for source in [source for card in self._cards() if (source := self._sources.get(card))]:
            with suppress(OSError, LiuhenError):
                for found in source.files():
                    if (found.inside, found.size, as_utc_text(found.modified)) == (
                        spooled.file, spooled.size, spooled.declared.get("modified"),
                    ):  # fmt: skip
                        return source.open(found)
        return None

    def _dock(self, card: Path, port: Port) -> None:
        self._read(card, port)
        self._docked_at = time.monotonic()

    def _read(self, card: Path, port: Port) -> None:
        time.sleep(_SETTLES)  # A card that was just mounted may still be filling its list.
        source = self._opens(card)
        self._sources.pop(card, None)  # What the station's lock keeps out is not read later either.
        docking = Docking(source, with_told(self._config), self._patience, clears=self._clears, port=port)
        try:
            for _outcome in docking.run():
                pass
            self._sources[card] = source
        except LiuhenError as error:
            port.fails(str(error))
        except OSError as error:
            port.fails(f"读卡出错（{told_of(error)}），原件保留在卡上")
