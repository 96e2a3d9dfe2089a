"""Holding a folder or a file against all other ports and programs of this station. Each lock dies with its holder, so nobody is locked
out by a program that was killed. Nothing here knows what is held for.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Alone in this folder; waits. Not to be taken twice by one."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def held_file(path: Path) -> Iterator[BinaryIO]:
    """Alone with this file, which is made where it is not there; waits. It stays held under a later name, too."""
    while True:
        opened = path.open("ab")  # Not cut short before it is held.
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            if _is_still(opened, path):  # Else it was renamed or removed meanwhile.
                yield opened
                return
        finally:
            opened.close()


def remove_unless_held(path: Path, *, and_not: Path | None = None) -> None:
    """What a dead holder left; not where `and_not` is there by the time it is certain that nobody holds it."""
    try:
        with path.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(opened, path) and not (and_not and and_not.exists()):
                path.unlink()
    except (BlockingIOError, FileNotFoundError):
        return


def _is_still(opened: BinaryIO, path: Path) -> bool:
    """Whether the name still leads to what was opened."""
    try:
        return os.path.samestat(os.fstat(opened.fileno()), path.stat())
    except FileNotFoundError:
        return False
