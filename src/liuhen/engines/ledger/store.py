"""Where the log's files lie. Paths are those of C2SP tlog-tiles, so that the folder can be served or copied as it is."""

import os
from pathlib import Path
from typing import Protocol

from liuhen.kernel.identifiers import new_id


class LogStore(Protocol):
    """Small files by path. `write` MUST be all or nothing, and durable when it returns."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None where there is none."""

    def write(self, path: str, content: bytes) -> None:
        """Put the whole file, durably; an existing one is replaced as one step."""

    def drop(self, folder: str) -> None:
        """Remove the files of a folder that others stand for; what is gone already is no fault."""


class FileLogStore:
    """The log as a folder of plain files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o750)

    def read(self, path: str) -> bytes | None:
        try:
            return (self._root / path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: str, content: bytes) -> None:
        target = self._root / path
        if not target.parent.exists():
            target.parent.mkdir(parents=True, mode=0o750)
            _sync_up(target.parent, self._root)
        fresh = target.with_name(f".{target.name}.{new_id().hex}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            left = memoryview(content)
            while left:  # A disk nearly full takes a part of it.
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        except BaseException:
            fresh.unlink()
            raise
        finally:
            os.close(descriptor)
        fresh.replace(target)
        _sync(target.parent)

    def drop(self, folder: str) -> None:
        target = self._root / folder
        if not target.is_dir():
            return
        for file in target.iterdir():
            file.unlink(missing_ok=True)
        target.rmdir()


class MemoryLogStore:
    """The same in memory, for tests."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def write(self, path: str, content: bytes) -> None:
        self.files[path] = content

    def drop(self, folder: str) -> None:
        for path in [path for path in self.files if path.startswith(f"{folder}/")]:
            del self.files[path]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_up(folder: Path, root: Path) -> None:
    """New folders are only there once their parents are durable."""
    while True:
        _sync(folder)
        if folder == root or root not in folder.parents:
            return
        folder = folder.parent
