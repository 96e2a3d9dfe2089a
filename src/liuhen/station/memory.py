"""What the station remembers between runs: for each file its upload and its receipt. Written durably, one step each.

A crash at any point loses at most the last step, and doing that step again is harmless: the server knows the upload.
Several ports and programs (`watch`, `sync`, `send`) may share one station folder; who writes holds the folder for that moment.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from liuhen.station.holding import held, held_file, remove_unless_held

_SWEPT: set[Path] = set()


class Memory:
    """One small file an entry, named by its key: a card's file, a list still to be told, a clearing under way."""

    def __init__(self, folder: Path, kind: str = "files") -> None:
        self._folder = folder / kind
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            make_durable(folder)  # What is kept in it is lost with its own name.

    def recall(self, key: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._path(key).read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return found

    def keep(self, key: str, **facts: Any) -> dict[str, Any]:
        """Add to what is known of a file; durable when it returns."""
        with held(self._folder):
            self._sweep()
            whole = {**self.recall(key), **facts, "key": key}
            path = self._path(key)
            fresh = path.with_suffix(".new")
            with fresh.open("wb") as file:
                file.write(json.dumps(whole, ensure_ascii=False).encode())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
            make_durable(self._folder)
        return whole

    def entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every entry with its key; for the kinds of which there are few."""
        for path in sorted(self._folder.glob("*.json")):
            try:
                found = json.loads(path.read_bytes())
                yield str(found["key"]), found
            except (FileNotFoundError, ValueError, KeyError):
                continue

    def forget(self, key: str) -> None:
        """What is done need not be remembered. A crash before it was forgotten only means that it is done again."""
        self._path(key).unlink(missing_ok=True)

    @contextlib.contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """Alone with this file among all ports and programs while it is brought; waits. Two at once would make two recordings of it."""
        path = self._path(key).with_suffix(".lock")
        with held_file(path):
            yield
            path.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Once a run: what a crash left half written, or held. The folder is held, so nobody is writing it now."""
        if self._folder not in _SWEPT:
            for left in self._folder.glob("*.new"):
                left.unlink(missing_ok=True)
            for left in self._folder.glob("*.lock"):
                remove_unless_held(left)
            _SWEPT.add(self._folder)

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode(errors='surrogateescape')).hexdigest()}.json"


def make_durable(folder: Path) -> None:
    """What was written, renamed or removed in a folder stays so."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
