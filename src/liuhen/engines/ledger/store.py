"""Where the log's files lie. Paths are those of C2SP tlog-tiles, so that the folder can be served or copied as it is."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Protocol

from liuhen.kernel.identifiers import new_id

_AT_ONCE = 64
_SYNCS = ThreadPoolExecutor(4, thread_name_prefix="log-sync")


class LogStore(Protocol):
    """Small files by path. `write` MUST be all or nothing, and durable when it returns."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None where there is none."""

    def write(self, path: str, content: bytes) -> None:
        """Put the whole file, durably; an existing one is replaced as one step."""

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """The same for many, each by itself all or nothing; all are durable when it returns."""

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
        self.write_all({path: content})

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """First every file is whole on the disk, then each gets its name, then each folder is synced once.

        The syncs of many files go side by side: the disk then makes one of them. One after the other they were the dearest part of sealing.
        """
        paths = list(files)
        for at in range(0, len(paths), _AT_ONCE):
            self._write_some({path: files[path] for path in paths[at : at + _AT_ONCE]})

    def _write_some(self, files: Mapping[str, bytes]) -> None:
        waiting: list[tuple[Path, Path, int]] = []
        try:
            try:
                for path, content in files.items():
                    waiting.append(self._beside(self._root / path))
                    _put(waiting[-1][2], content)
                _synced([descriptor for _, _, descriptor in waiting])
            finally:
                for _, _, descriptor in waiting:
                    os.close(descriptor)
            for fresh, target, _ in waiting:
                fresh.replace(target)
        except BaseException:
            for fresh, _, _ in waiting:
                fresh.unlink(missing_ok=True)
            raise
        _sync(*dict.fromkeys(target.parent for _, target, _ in waiting))

    def _beside(self, target: Path) -> tuple[Path, Path, int]:
        """A file of another name beside the one it will be."""
        if not target.parent.exists():
            target.parent.mkdir(parents=True, mode=0o750)
            _sync_up(target.parent, self._root)
        fresh = target.with_name(f".{target.name}.{new_id().hex}")
        return fresh, target, os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)

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

    def write_all(self, files: Mapping[str, bytes]) -> None:
        for path, content in files.items():
            self.write(path, content)

    def drop(self, folder: str) -> None:
        for path in [path for path in self.files if path.startswith(f"{folder}/")]:
            del self.files[path]


def _put(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:  # A disk nearly full takes a part of it.
        left = left[os.write(descriptor, left) :]


def _synced(descriptors: list[int]) -> None:
    """Every one of them durable. Raises `OSError` where one is not."""
    if len(descriptors) == 1:
        os.fsync(descriptors[0])
    else:
        done = [_SYNCS.submit(os.fsync, one) for one in descriptors]
        wait(done)  # Also where one failed: whoever closes them must be the last to hold them.
        for one in done:
            one.result()


def _sync(*folders: Path) -> None:
    descriptors = [os.open(folder, os.O_RDONLY | os.O_DIRECTORY) for folder in folders]
    try:
        _synced(descriptors)
    finally:
        for one in descriptors:
            os.close(one)


def _sync_up(folder: Path, root: Path) -> None:
    """New folders are only there once their parents are durable."""
    while True:
        _sync(folder)
        if folder == root or root not in folder.parents:
            return
        folder = folder.parent
