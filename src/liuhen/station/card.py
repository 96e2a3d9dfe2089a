"""The camera's card: every file listed before anything is read or sent, each with its digests once it was read.

Names are bytes and stay so; nothing on a card is followed out of it.
"""

import errno
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from liuhen.kernel.digests import Digest, Hasher

_PIECE = 1 << 20
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_MARKED_FOLDERS = frozenset({"IMP", "IMPORTANT", "EMPHASIZED", "EVENT", "LOCK", "重点", "重要"})
_TROUBLES = {
    errno.ENOENT: "文件已不在，设备或者卡可能已拔出", errno.ENODEV: "设备已拔出", errno.ENXIO: "设备已拔出", errno.ENOTCONN: "设备已拔出",
    errno.EIO: "介质读写出错，可能已损坏或者已拔出", errno.EACCES: "没有读取的权限", errno.EROFS: "卡已写保护",
    errno.ENOSPC: "磁盘已满", errno.EDQUOT: "磁盘配额已满", errno.ESTALE: "设备已重新接入，须重新插入",
}  # fmt: skip


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
    """Every file below `card`, sorted; what is no plain file or cannot be listed is told with its reason.

    Raises `OSError` where the card itself cannot be listed.
    """
    return sorted(_told_apart(list(_walk(card))), key=lambda found: found.inside)


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


def told_of(error: OSError) -> str:
    """What the system says of a failure, in the words of the office."""
    said = error.strerror or ""
    return _TROUBLES.get(error.errno or 0, said) if said.isascii() else said


def _walk(card: Path) -> Iterator[Found]:
    """Raises `OSError` where the card itself cannot be listed: a card that is gone has not no files."""
    folders = [card]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    else:
                        yield _found(card, Path(entry.path))
        except OSError as error:
            if folder == card:
                raise
            problem = f"文件夹无法列出（{told_of(error)}），其中的文件没有采集"
            yield Found(folder, told(folder.name), told(str(folder.relative_to(card))), 0, _EARLIEST, problem)


def _found(card: Path, path: Path) -> Found:
    inside = told(str(path.relative_to(card)))
    try:
        state = path.lstat()
    except OSError as error:
        return Found(path, told(path.name), inside, 0, _EARLIEST, f"无法读取（{told_of(error)}）")
    problem = "" if stat.S_ISREG(state.st_mode) else "不是普通文件"
    return Found(path, told(path.name), inside, state.st_size, _moment(state.st_mtime), problem)


def _moment(seconds: float) -> datetime:
    """A broken clock may be set to a year that has no date; then as near to it as a date can say."""
    return datetime.fromtimestamp(min(max(seconds, _EARLIEST.timestamp()), _LATEST.timestamp()), UTC)


def _told_apart(files: list[Found]) -> list[Found]:
    """Two names that read alike are other bytes on the card: then the bytes are told as well, so that each is its own file."""
    alike = Counter(found.inside for found in files)
    return [found if alike[found.inside] == 1 else _with_bytes(found) for found in files]


def _with_bytes(found: Found) -> Found:
    stem, dot, ending = found.inside.rpartition(".")
    mark = f"〔{os.fsencode(found.path.name).hex()}〕"
    return replace(found, inside=f"{stem}{mark}.{ending}" if dot else f"{found.inside}{mark}")
