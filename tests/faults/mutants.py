"""Faults put into the house on purpose, one at a time: a test of durability that lets one of them live is no test.

Each is applied in the process that is going to be struck, and undone with it.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.faults import acts

from liuhen.apps.evidence import actions as evidence
from liuhen.engines.ledger import store
from liuhen.engines.vault import arriving, files
from liuhen.server.sqlite import base


def _bytes_not_synced() -> None:
    arriving.FileIncoming._fsync = lambda *_: None  # type: ignore[method-assign]


def _names_not_synced() -> None:
    files.FileVault._sync_folder = lambda *_: None  # type: ignore[method-assign]


def _offsets_not_synced() -> None:
    arriving.FileIncoming._sync_names = lambda *_: None  # type: ignore[method-assign]


def _database_lazy() -> None:
    base.PRAGMAS["synchronous"] = 1


def _database_careless() -> None:
    base.PRAGMAS["synchronous"] = 0


def _log_bytes_not_synced() -> None:
    real = os.fsync

    def only_folders(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            real(descriptor)

    store.os = _Stand(os, fsync=only_folders)  # type: ignore[attr-defined]


def _log_names_not_synced() -> None:
    store._sync = lambda *_: None


def _log_written_in_place() -> None:
    def write(self: Any, path: str, content: bytes) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        os.write(descriptor, content)
        os.fsync(descriptor)
        os.close(descriptor)
        store._sync(target.parent)

    def write_all(self: Any, files: dict[str, bytes]) -> None:
        for path, content in files.items():
            write(self, path, content)

    store.FileLogStore.write_all = write_all  # type: ignore[method-assign, assignment]


def _offset_noted_in_place() -> None:
    def note(self: Any, size: int) -> None:
        descriptor = os.open(self._note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(descriptor, json.dumps({"durable": size}).encode())
        os.close(descriptor)

    arriving.FileIncoming._note_durable = note  # type: ignore[method-assign]


def _offset_before_bytes() -> None:
    def make_durable(self: Any) -> None:
        self._durable = self.received
        self._note_durable(self._durable)

    arriving.FileIncoming._make_durable = make_durable  # type: ignore[method-assign]


def _row_before_bytes() -> None:
    """The row is committed and told of before the object has its address."""
    real = evidence._record

    class Later:
        pending: Any = None

    def finish(upload: Any, *, by: Any, clip: Any, arriving: Any, at: Any) -> Any:
        from liuhen.engines.vault import Stored
        from liuhen.kernel.digests import digest_of

        unasked = SimpleNamespace(confirm=lambda _digest: None)
        recording = real(by, clip, unasked, Stored(digest_of(acts.FIRST), len(acts.FIRST)), at, upload=upload)
        Later.pending = arriving, clip
        return recording

    def told(tell: Any, recording: Any) -> None:
        tell("stored", recording=recording.pk.hex, sha256=recording.sha256, size=recording.size)
        if Later.pending:
            incoming, clip = Later.pending
            Later.pending = None
            incoming.commit(clip.expect)

    evidence.finish_upload = finish
    acts.tell_stored = told


def _promise_before_commit() -> None:
    """The receipt is given before the transaction ends."""
    real = evidence.act

    class Early:
        def __init__(self, *given: Any, **named: Any) -> None:
            self._inner = real(*given, **named)

        def __enter__(self) -> Any:
            return self._inner.__enter__()

        def __exit__(self, *error: Any) -> Any:
            recording = evidence.Recording.objects.order_by("-received_at", "-pk").first()
            if recording is not None and error[0] is None:
                _TELL[0]("stored", recording=recording.pk.hex, sha256=recording.sha256, size=recording.size)
            return self._inner.__exit__(*error)

    def teller(promises: Path, real_teller: Any = acts.teller) -> Any:
        _TELL[0] = real_teller(promises)
        return _TELL[0]

    evidence.act = Early
    acts.teller = teller


_TELL: list[Any] = [None]


def _line_apart_from_row() -> None:
    """The rows are committed before their line is written."""
    from django.db import connection

    from liuhen.apps.journal.actions import Pen

    real = Pen._write

    def write(self: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("COMMIT")
            cursor.execute("BEGIN IMMEDIATE")
        real(self)

    Pen._write = write  # type: ignore[method-assign]


def _checkpoint_before_tiles() -> None:
    """What is signed first and written afterwards."""
    from liuhen.engines.ledger import log

    held: list[tuple[Any, dict[str, bytes]]] = []
    real = store.FileLogStore.write_all

    def write_all(self: Any, files: dict[str, bytes]) -> None:
        if log.CHECKPOINT in files:
            real(self, files)
            for told in held:
                real(*told)
            held.clear()
        else:
            held.append((self, files))

    def read(self: Any, path: str, real_read: Any = store.FileLogStore.read) -> bytes | None:
        waiting = [files[path] for _, files in held if path in files]
        return waiting[-1] if waiting else real_read(self, path)

    store.FileLogStore.write_all = write_all  # type: ignore[method-assign, assignment]
    store.FileLogStore.read = read  # type: ignore[method-assign]


def _slices_forgotten_early() -> None:
    """The slices go once the whole has its address, before its row says so."""
    real = evidence._record

    def record(by: Any, clip: Any, arriving: Any, stored: Any, at: Any, **more: Any) -> Any:
        for part in more["joined"]:
            for path in (arriving._part.parent).glob(f"{part.pk.hex}.*"):
                path.unlink()
        return real(by, clip, arriving, stored, at, **more)

    evidence._record = record


def _slice_told_before_its_bytes() -> None:
    """A slice is said to be whole from what is in memory, and its bytes are made durable when it is let go."""
    from liuhen.engines.vault import Stored

    let_go, owed = arriving.FileIncoming.close, set[int]()

    def measured(self: Any) -> Stored:
        self._digest_rest()
        self._settle()
        self._write_tail()
        owed.add(id(self))
        return Stored(self._digest(), self.received)

    def close(self: Any) -> None:
        if id(self) in owed:
            owed.remove(id(self))
            self.sync()
        let_go(self)

    arriving.FileIncoming.measured = measured  # type: ignore[method-assign]
    arriving.FileIncoming.close = close  # type: ignore[method-assign]


class _Stand:
    """A module with some of its names changed."""

    def __init__(self, real: Any, **changed: Any) -> None:
        self._real, self.__dict__["_changed"] = real, changed

    def __getattr__(self, name: str) -> Any:
        return self._changed[name] if name in self._changed else getattr(self._real, name)


# `eatmydata` is not here: the disk of the tests leaves out every fsync of an unchanged run.
MUTANTS: dict[str, Callable[[], None]] = {
    "bytes-not-synced": _bytes_not_synced,
    "names-not-synced": _names_not_synced,
    "offsets-not-synced": _offsets_not_synced,
    "database-lazy": _database_lazy,
    "database-careless": _database_careless,
    "log-bytes-not-synced": _log_bytes_not_synced,
    "log-names-not-synced": _log_names_not_synced,
    "log-written-in-place": _log_written_in_place,
    "offset-noted-in-place": _offset_noted_in_place,
    "offset-before-bytes": _offset_before_bytes,
    "row-before-bytes": _row_before_bytes,
    "promise-before-commit": _promise_before_commit,
    "line-apart-from-row": _line_apart_from_row,
    "checkpoint-before-tiles": _checkpoint_before_tiles,
    "eatmydata": lambda: None,
}

# Of the day in slices alone.
OF_SLICES: dict[str, Callable[[], None]] = {
    "slices-forgotten-early": _slices_forgotten_early,
    "slice-told-before-its-bytes": _slice_told_before_its_bytes,
}
