"""The camera's card: every file listed before anything is read or sent, each with its digests once it was read.

Names are bytes and stay so; nothing on a card is followed out of it.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from liuhen.kernel.digests import Digest, Hasher

_PIECE = 1 << 20
_MARKED_FOLDERS = frozenset({"IMP", "IMPORTANT", "EMPHASIZED", "EVENT", "LOCK", "重点", "重要"})


@dataclass(frozen=True, slots=True)
class Found:
    """One file on the card, as listed."""

    path: Path
    name: str
    inside: str
    size: int
    modified: datetime
    problem: str = ""


def list_card(card: Path) -> list[Found]:
    """Every file below `card`, sorted; what is no plain file or cannot be listed is told with its reason."""
    return sorted(_walk(card), key=lambda found: found.inside)


def important_first(files: Iterable[Found]) -> list[Found]:
    """The device's marked files first, then by place: the mark is in the name (IMP) or in a folder's name."""
    return sorted(files, key=lambda found: (not is_marked(found.inside), found.inside))


def is_marked(inside: str) -> bool:
    """Whether the device marked this file as important: by the end of its name, or by a folder of its own."""
    *folders, name = inside.split("/")
    stem = name.rpartition(".")[0] or name
    return stem.upper().endswith("IMP") or any(folder.upper() in _MARKED_FOLDERS for folder in folders)


def read_digest(file: BinaryIO, *, progress: Callable[[int], None] = lambda _size: None) -> Digest:
    """Both digests of a file as it lies on the card, before any network. `progress` hears each piece."""
    hasher = Hasher()
    while piece := file.read(_PIECE):
        hasher.update(piece)
        progress(len(piece))
    return hasher.digest()


def told(name: str | bytes) -> str:
    """A name as text: bytes that are no UTF-8 are tried as GB18030, the code of Chinese devices, else kept readable."""
    raw = os.fsencode(name)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        try:
            return raw.decode("gb18030")
        except UnicodeDecodeError:
            return raw.decode(errors="backslashreplace")


def _walk(card: Path) -> Iterator[Found]:
    for folder, _folders, files in os.walk(card, followlinks=False):
        for name in files:
            path = Path(folder) / name
            yield _found(card, path)


def _found(card: Path, path: Path) -> Found:
    inside = told(str(path.relative_to(card)))
    try:
        state = path.lstat()
    except OSError as error:
        return Found(
            path, told(path.name), inside, 0, datetime.fromtimestamp(0, UTC), f"无法读取（{error.strerror}）"
        )
    problem = "" if os.path.isfile(path) and not path.is_symlink() else "不是普通文件"  # noqa: PTH113
    return Found(
        path, told(path.name), inside, state.st_size, datetime.fromtimestamp(state.st_mtime, UTC), problem
    )
