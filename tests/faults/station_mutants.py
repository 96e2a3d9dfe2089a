"""Faults put into the station on purpose, one at a time, in the process that is going to be struck."""

import base64
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, BinaryIO

from liuhen.engines.ledger import Receipt
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text, now
from liuhen.kernel.digests import Digest
from liuhen.kernel.sealed import seal
from liuhen.station import memory, sending, source, spool, sync, upload
from liuhen.station.card import Found
from liuhen.station.spool import Spool
from liuhen.station.sync import Docking, Outcome, Sent, Verified
from liuhen.station.upload import Server

MUTANTS: dict[str, Callable[[], None]] = {"eatmydata": lambda: None}


def mutant(change: Callable[[], None]) -> Callable[[], None]:
    MUTANTS[change.__name__.strip("_").replace("_", "-")] = change
    return change


@mutant
def _clears_before_the_receipt_is_verified() -> None:
    """Any receipt will do, and no leave is asked for."""

    def clear(
        brought: Any, *, source: Any, card: str, server: Any, config: Any, memory: Any, patience: float
    ) -> None:
        source.remove(brought.found)

    def receipt(self: Server, address: str, *, patience: float) -> dict[str, Any]:
        told: dict[str, Any] = self._ask("GET", f"{address}/receipt").json()
        return told

    real = Docking._heard

    def heard(self: Docking, sent: Sent, server: Server, *, waits: bool) -> Any:
        ended = real(self, sent, server, waits=waits)
        if self.clears and not isinstance(ended, Verified):
            with suppress(FileNotFoundError):  # Asked about once more, it is gone already.
                self.source.remove(sent.found)
        return ended

    sync.clear, Server.receipt, Docking._heard = clear, receipt, heard  # type: ignore[method-assign,assignment]


@mutant
def _clears_what_was_sent_while_its_receipt_is_awaited() -> None:
    """All bytes are at the house, and a receipt of another file has come: that one will come too."""
    real = Docking._note

    def note(self: Docking, one: Any) -> Any:
        yield from real(self, one)
        if self.clears and isinstance(one, Verified):
            for sent in self._awaited:
                with suppress(FileNotFoundError):
                    self.source.remove(sent.found)

    Docking._note = note  # type: ignore[method-assign]


@mutant
def _clears_what_is_only_spooled() -> None:
    real = Docking._one

    def one(self: Docking, found: Found, **more: Any) -> Any:
        ended = real(self, found, **more)
        if isinstance(ended, Outcome) and ended.state == "暂存":
            self.source.remove(found)
        return ended

    Docking._one = one  # type: ignore[method-assign]


@mutant
def _clearing_remembered_after_the_removal() -> None:
    real = memory.Memory.keep
    removed = source.Folder.remove
    held: list[Any] = []

    def keep(self: memory.Memory, key: str, **facts: Any) -> dict[str, Any]:
        if "cleared_at" in facts:
            held.append((self, key, facts))
            return {**facts, "key": key}
        return real(self, key, **facts)

    def remove(self: source.Folder, found: Found) -> None:
        removed(self, found)
        for where, key, facts in held:
            real(where, key, **facts)
        held.clear()

    memory.Memory.keep, source.Folder.remove = keep, remove  # type: ignore[method-assign]


@mutant
def _removal_not_synced() -> None:
    source.remove_durably = lambda path: path.unlink()


@mutant
def _list_signed_after_reading() -> None:
    """The list is made when the card is done."""
    real_tell, real_run = Docking._tell_list, Docking.run
    held: list[Any] = []

    def tell(self: Docking, *given: Any) -> Any:
        held.append((self, given))
        return [], ""

    def run(self: Docking) -> Any:
        yield from real_run(self)
        for where, given in held:
            real_tell(where, *given)
        held.clear()

    Docking._tell_list, Docking.run = tell, run  # type: ignore[method-assign]


@mutant
def _list_sent_and_not_kept_first() -> None:
    """The list is told, and while the line is down nothing of it is left."""
    real = memory.Memory.keep

    def keep(self: memory.Memory, key: str, **facts: Any) -> dict[str, Any]:
        return facts if "list" in facts else real(self, key, **facts)

    memory.Memory.keep = keep  # type: ignore[method-assign]


@mutant
def _upload_remembered_after_sending() -> None:
    real_keep, real_send = memory.Memory.keep, Server.send
    held: list[Any] = []

    def keep(self: memory.Memory, key: str, **facts: Any) -> dict[str, Any]:
        if "upload" in facts and "receipt" not in facts and "cleared_at" not in facts:
            held.append((self, key, facts))
            return facts
        return real_keep(self, key, **facts)

    def send(self: Server, *given: Any, **more: Any) -> None:
        real_send(self, *given, **more)
        for where, key, facts in held:
            real_keep(where, key, **facts)
        held.clear()

    memory.Memory.keep, Server.send = keep, send  # type: ignore[method-assign]


@mutant
def _memory_not_synced() -> None:
    memory.os = _Stand(os, fsync=_only_folders)  # type: ignore[attr-defined]


@mutant
def _memory_names_not_synced() -> None:
    memory.make_durable = source.make_durable = spool.make_durable = lambda _folder: None


@mutant
def _memory_written_in_place() -> None:
    def keep(self: memory.Memory, key: str, **facts: Any) -> dict[str, Any]:
        whole = {**self.recall(key), **facts, "key": key}
        with self._path(key).open("wb") as file:
            file.write(json.dumps(whole, ensure_ascii=False).encode())
            file.flush()
            os.fsync(file.fileno())
        memory.make_durable(self._folder)
        return whole

    memory.Memory.keep = keep  # type: ignore[method-assign]


@mutant
def _spool_not_synced() -> None:
    spool.os = _Stand(os, fsync=lambda _descriptor: None)  # type: ignore[attr-defined]


@mutant
def _spool_noted_before_its_bytes() -> None:
    def write(
        self: Spool,
        key: str,
        file: BinaryIO,
        *,
        declared: Mapping[str, str],
        size: int,
        progress: Any,
        **_: Any,
    ) -> None:
        said = {name: value for name, value in declared.items() if value}
        fresh, pieces = seal(
            spool._pieces(file, spool.Hasher(), progress), house=self._config.house_key, bound=canonical(said)
        )
        told = base64.b64encode(fresh).decode()
        self._notes.keep(
            key, declared=said, fresh=told, size=size, at=as_utc_text(now()), refused="", upload=""
        )
        with self._body(key).open("wb") as target:
            target.writelines(pieces)
            target.flush()
            os.fsync(target.fileno())
        spool.make_durable(self._folder)

    Spool._write = write  # type: ignore[method-assign]


@mutant
def _spool_dropped_before_the_receipt() -> None:
    real = Server.send

    def send(self: Server, address: str, file: BinaryIO, **more: Any) -> None:
        real(self, address, file, **more)
        for one in Spool(self._config).entries():
            if one.upload == address:
                Spool(self._config).drop(one.key)

    Server.send = send  # type: ignore[method-assign]


@mutant
def _receipt_not_compared_with_the_file() -> None:
    """Whatever the house signed is taken; the line gives each file the receipt of the one before it."""

    def check(told: Mapping[str, Any], *, digest: Digest, size: int, config: Any) -> Receipt:
        return Receipt.opened(dict(told), config.receipt_key)

    sync.check_receipt = sending.check_receipt = upload.check_receipt = check
    swap_receipts()


@mutant
def _receipt_not_checked_with_our_key() -> None:
    """The signature is not looked at; the line forges it."""

    def check(told: Mapping[str, Any], *, digest: Digest, size: int, config: Any) -> Receipt:
        real = Receipt.opened({**told, "signature": _GOOD[told["recording"]]}, config.receipt_key)
        return Receipt("verified", real.recording, digest, size, real.line, real.at, real.log)

    sync.check_receipt = sending.check_receipt = upload.check_receipt = check
    forge_receipts()


_GOOD: dict[str, Any] = {}


def swap_receipts() -> None:
    """A line that lies: each answer is the receipt of the file before."""
    real, before = Server.receipt, list[dict[str, Any]]()

    def receipt(self: Server, address: str, *, patience: float) -> dict[str, Any]:
        before.append(real(self, address, patience=patience))
        return before[-2] if len(before) > 1 else before[-1]

    Server.receipt = receipt  # type: ignore[method-assign]


def forge_receipts() -> None:
    """A line that lies: the state and the signature are not the house's."""
    real = Server.receipt

    def receipt(self: Server, address: str, *, patience: float) -> dict[str, Any]:
        told = real(self, address, patience=patience)
        if "signature" not in told:
            return told
        _GOOD[told["recording"]] = told["signature"]
        return {**told, "signature": {**told["signature"], "value": base64.b64encode(bytes(64)).decode()}}

    Server.receipt = receipt  # type: ignore[method-assign]


LIES: dict[str, Callable[[], None]] = {"lie-swapped": swap_receipts, "lie-forged": forge_receipts}
MUTANTS |= LIES


def _only_folders(descriptor: int) -> None:
    import stat

    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.fsync(descriptor)


class _Stand:
    """A module with some of its names changed."""

    def __init__(self, real: Any, **changed: Any) -> None:
        self._real, self.__dict__["_changed"] = real, changed

    def __getattr__(self, name: str) -> Any:
        return self._changed[name] if name in self._changed else getattr(self._real, name)
