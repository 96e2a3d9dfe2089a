"""A disk that keeps no more than POSIX promises: what may be found on it after the power went, at any call.

Calls are read from what strace wrote of a real run (`calls_of`) and played onto `Disk`. A file's bytes are certain after an fsync of
the file, a name in a folder after an fsync of the folder; all else may be there, may be missing, or may be there in part.
"""

import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SECTOR = 512
WATCHED = (
    "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,"
    "rmdir,link,linkat,symlink,symlinkat,fsync,fdatasync,sync_file_range,fallocate,copy_file_range,sendfile,lseek,dup,dup2,dup3,close"
)
_LINE = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)(?: .*)?$")
_ENDING = re.compile(r"^(?:\d+ +)?(\+\+\+|---) ")
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
# These change a disk and nothing the house does may use them unseen.
_UNKNOWN = {"writev", "pwritev", "pwritev2", "truncate", "rmdir", "symlink", "symlinkat", "fallocate",
            "copy_file_range", "sendfile", "sync_file_range"}  # fmt: skip


class Call(NamedTuple):
    """One system call that succeeded."""

    name: str
    words: list[bytes]
    numbers: list[int]
    flags: str
    result: int


def calls_of(trace: Path) -> Iterator[Call]:
    """Every call of the trace that succeeded. Raises `ValueError` where a line cannot be read: nothing is passed over."""
    for line in trace.read_text().splitlines():
        if " resumed>" in line or "<unfinished" in line:
            raise ValueError(f"多个线程的调用交错，无法排序：{line[:200]}")
        found = _LINE.match(line)
        if found is None:
            if _ENDING.match(line):
                continue
            raise ValueError(f"看不懂这一行：{line[:200]}")
        name, told, result = found.group(1), found.group(2), int(found.group(3))
        if result < 0:
            continue
        words = [bytes.fromhex(word.replace("\\x", "")) for word in _QUOTED.findall(told)]
        bare = _QUOTED.sub("", told)
        numbers = [
            int(part) if not part.startswith("0x") else int(part, 16)
            for part in (piece.strip() for piece in bare.split(","))
            if re.fullmatch(r"-?\d+|0x[0-9a-f]+", part)
        ]
        yield Call(name, words, numbers, bare, result)


@dataclass
class Inode:
    """`durable` is certain; `pending` came since and may be lost, wholly or in part."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(
        default_factory=list
    )  # None: cut or stretched to this size


class NameChange(NamedTuple):
    """A name given (`inode`), taken away (None), or moved (`old`)."""

    path: str
    inode: Inode | None
    old: str = ""


@dataclass
class _Handle:
    path: str
    inode: Inode | None
    place: int = 0
    appends: bool = False


class Disk:
    """The files below `root`, from how they lay there when the run began."""

    def __init__(self, root: Path) -> None:
        self._root = f"{root}/"
        self.names = {
            str(path): Inode(bytearray(path.read_bytes())) for path in root.rglob("*") if path.is_file()
        }
        self.folders = {str(path) for path in (root, *root.rglob("*")) if path.is_dir()}
        self._seen = dict(self.names)  # as the running program sees it
        self._seen_folders = set(self.folders)
        self.changes: list[NameChange] = []
        self.new_folders: list[str] = []
        self._handles: dict[int, _Handle] = {}

    def play(self, call: Call, *, without_syncs: bool = False) -> bool:
        """Play one call; True where the disk may differ after it."""
        if call.name in _UNKNOWN and (call.numbers and call.numbers[0] in self._handles):
            raise ValueError(f"没有为 {call.name} 写明语义")
        if without_syncs and call.name in ("fsync", "fdatasync"):
            return False
        act = getattr(self, f"_{call.name}", None)
        return bool(act and act(call))

    # -- calls -----------------------------------------------------------------------------------------------------

    def _openat(self, call: Call) -> bool:
        path = os.path.normpath(os.fsdecode(call.words[0]))
        if not f"{path}/".startswith(self._root):
            return False
        if path in self._seen_folders:
            self._handles[call.result] = _Handle(path, None)
            return False
        inode, changed = self._seen.get(path), False
        if inode is None and "O_CREAT" in call.flags:
            inode, changed = Inode(), True
            self._seen[path] = inode
            self.changes.append(NameChange(path, inode))
        elif inode is not None and "O_TRUNC" in call.flags:
            inode.pending.append((0, None))
            changed = True
        self._handles[call.result] = _Handle(path, inode, appends="O_APPEND" in call.flags)
        return changed

    def _write(self, call: Call) -> bool:
        handle = self._handles.get(call.numbers[0])
        if handle is None or handle.inode is None:
            return False
        place = _size(handle.inode) if handle.appends else handle.place
        handle.inode.pending.append((place, call.words[0][: call.result]))
        handle.place = place + call.result
        return True

    def _pwrite64(self, call: Call) -> bool:
        handle = self._handles.get(call.numbers[0])
        if handle is None or handle.inode is None:
            return False
        handle.inode.pending.append((call.numbers[-1], call.words[0][: call.result]))
        return True

    def _lseek(self, call: Call) -> bool:
        if handle := self._handles.get(call.numbers[0]):
            handle.place = call.result
        return False

    def _ftruncate(self, call: Call) -> bool:
        handle = self._handles.get(call.numbers[0])
        if handle is None or handle.inode is None or _size(handle.inode) == call.numbers[1]:
            return False
        handle.inode.pending.append((call.numbers[1], None))
        return True

    def _close(self, call: Call) -> bool:
        self._handles.pop(call.numbers[0], None)
        return False

    def _dup(self, call: Call) -> bool:
        if call.numbers[0] in self._handles:
            raise ValueError("没有为复制的文件描述符写明语义")
        return False

    _dup2 = _dup3 = _dup

    def _rename(self, call: Call) -> bool:
        old, new = (os.path.normpath(os.fsdecode(word)) for word in call.words)
        if old not in self._seen:
            return False
        self._seen[new] = self._seen.pop(old)
        self.changes.append(NameChange(new, self._seen[new], old))
        return True

    _renameat = _renameat2 = _rename

    def _link(self, call: Call) -> bool:
        old, new = (os.path.normpath(os.fsdecode(word)) for word in call.words)
        if old not in self._seen:
            return False
        self._seen[new] = self._seen[old]
        self.changes.append(NameChange(new, self._seen[old]))
        return True

    _linkat = _link

    def _unlink(self, call: Call) -> bool:
        path = os.path.normpath(os.fsdecode(call.words[0]))
        if self._seen.pop(path, None) is None:
            return False
        self.changes.append(NameChange(path, None))
        return True

    _unlinkat = _unlink

    def _mkdir(self, call: Call) -> bool:
        path = os.path.normpath(os.fsdecode(call.words[0]))
        if not path.startswith(self._root):
            return False
        self._seen_folders.add(path)
        self.new_folders.append(path)
        return True

    _mkdirat = _mkdir

    def _fsync(self, call: Call) -> bool:
        handle = self._handles.get(call.numbers[0])
        if handle is None:
            return False
        if handle.inode is not None:
            for change in handle.inode.pending:
                _apply(handle.inode.durable, *change)
            handle.inode.pending.clear()
            return True
        self._sync_folder(handle.path)
        return True

    _fdatasync = _fsync

    def _sync_folder(self, folder: str) -> None:
        here = [change for change in self.changes if str(Path(change.path).parent) == folder]
        for change in here:
            _rename_in(self.names, change)
            self.changes.remove(change)
        for path in [path for path in self.new_folders if str(Path(path).parent) == folder]:
            self.folders.add(path)
            self.new_folders.remove(path)

    # -- what may be found -----------------------------------------------------------------------------------------

    def after_cut(self, mode: str, chance: random.Random) -> dict[str, bytes]:
        """What lies on the disk when the power comes back. `mode`: none, all, names, bytes, or torn by chance."""
        names, folders = dict(self.names), set(self.folders)
        for path in self.new_folders:
            if mode in ("all", "names") or (mode == "torn" and chance.random() < 0.5):
                folders.add(path)
        for change in self.changes:
            if mode in ("all", "names") or (mode == "torn" and chance.random() < 0.5):
                _rename_in(names, change)
        return {
            path: _content(inode, mode, chance)
            for path, inode in names.items()
            if _is_reachable(path, folders) and not path.endswith("-shm")
        }


def _is_reachable(path: str, folders: set[str]) -> bool:
    """A file is found only where every folder above it is."""
    above = [str(parent) for parent in Path(path).parents]
    top = min(folders, key=len)
    return all(folder in folders for folder in above if folder.startswith(top))


def _rename_in(names: dict[str, Inode], change: NameChange) -> None:
    if change.inode is None:
        names.pop(change.path, None)
        return
    if change.old:
        names.pop(change.old, None)
    names[change.path] = change.inode


def _content(inode: Inode, mode: str, chance: random.Random) -> bytes:
    if mode in ("none", "names") or not inode.pending:
        return bytes(inode.durable)
    found = bytearray(inode.durable)
    for place, piece in inode.pending:
        if mode != "torn":
            _apply(found, place, piece)
        elif piece is None:
            if chance.random() < 0.5:
                _apply(found, place, None)
        else:
            for start in range(0, len(piece), SECTOR):
                if chance.random() < 0.5:
                    _apply(found, place + start, piece[start : start + SECTOR])
    return bytes(found)


def _apply(content: bytearray, place: int, piece: bytes | None) -> None:
    if piece is None:
        del content[place:]
        content.extend(bytes(place - len(content)))
        return
    content.extend(bytes(max(0, place - len(content))))
    content[place : place + len(piece)] = piece


def _size(inode: Inode) -> int:
    size = len(inode.durable)
    for place, piece in inode.pending:
        size = place if piece is None else max(size, place + len(piece))
    return size
