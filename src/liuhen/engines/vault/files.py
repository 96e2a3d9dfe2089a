"""`FileVault`: originals as plain read-only files on the vault's own volume.

Layout (readable without this program, see docs/formats/vault.md):
    objects/ab/cd/<sha256>      incoming/<key>.part, <key>.durable      aside/<sha256>, aside/<sha256>.condemned
    damaged/<sha256>.<n>        what lay at an address and was not of it, kept after a repair
Written to a temporary file, made durable, renamed, directory made durable: in this order and no other.
"""

import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from liuhen.engines.vault.arriving import FileIncoming, disk_error
from liuhen.engines.vault.port import Stored, check_key
from liuhen.kernel.digests import Digest, Hasher
from liuhen.kernel.errors import Tampered, Unavailable
from liuhen.kernel.identifiers import new_id

_PIECE = 1 << 20
RESERVE_SHARE, RESERVE_BYTES = 0.02, 1 << 30


def _free_on(folder: Path) -> int:
    """Bytes free beyond the reserve of two in a hundred, at least 1 GiB, which belongs to the database and the audit."""
    usage = shutil.disk_usage(folder)
    return max(0, usage.free - max(int(usage.total * RESERVE_SHARE), RESERVE_BYTES))


_CONDEMNED = ".condemned"


class FileVault:
    """See `Vault` in port.py. `on_fatal` is told when an fsync failed: the process must stop and verify at start."""

    def __init__(
        self,
        root: Path,
        *,
        on_fatal: Callable[[OSError], None] = lambda _: None,
        free: Callable[[Path], int] = _free_on,
    ) -> None:
        self._objects, self._incoming, self._aside = root / "objects", root / "incoming", root / "aside"
        self._damaged = root / "damaged"
        self._on_fatal, self._free = on_fatal, free
        self._broken = False
        self._storing = threading.Lock()
        self._lasting: set[Path] = set()
        for folder in (self._objects, self._incoming, self._aside):
            folder.mkdir(parents=True, exist_ok=True, mode=0o750)

    def incoming(self, key: str) -> FileIncoming:
        check_key(key)
        self._check_sound()
        return FileIncoming(self._part(key), store=self._store, confirm=self.put_back, fatal=self._fail)

    def begun(self, key: str, size: int) -> Iterator[bytes]:
        check_key(key)
        try:
            descriptor = os.open(self._part(key), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            # What was taken in may lie in the page cache still; what is stored must be what the medium has.
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            at = 0
            while piece := os.pread(descriptor, min(_PIECE, size - at), at):
                at += len(piece)
                yield piece
        except OSError as error:
            raise disk_error(error) from error
        finally:
            os.close(descriptor)

    def forget(self, key: str) -> None:
        check_key(key)
        for path in (self._part(key), self._part(key).with_suffix(".durable")):
            path.unlink(missing_ok=True)

    def put(self, content: BinaryIO, *, expect: Digest | None = None) -> Stored:
        arriving = self.incoming(new_id().hex)
        try:
            while piece := content.read(_PIECE):
                arriving.write(piece)
            return arriving.commit(expect)
        except BaseException:
            arriving.discard()
            raise

    def open(self, digest: Digest) -> BinaryIO:
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError as error:
            raise Tampered(f"证据库中没有这个原件：{digest}") from error

    def path(self, digest: Digest) -> Path:
        return self._objects / digest.sha256[:2] / digest.sha256[2:4] / digest.sha256

    def holds(self, digest: Digest) -> bool:
        return self.path(digest).is_file()

    def reread(self, digest: Digest) -> Stored:
        hasher, buffer = Hasher(sm3=bool(digest.sm3)), memoryview(bytearray(_PIECE))
        with self.open(digest) as file:
            # The page cache may still hold what was written; the promise is about the medium.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
            while got := os.readv(file.fileno(), [buffer]):
                hasher.update(buffer[:got])
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        found = hasher.digest()
        if not digest.agrees_with(found):
            raise Tampered(f"原件内容已改变：应为 {digest}，现为 {found}")
        return Stored(found, hasher.size)

    def exposed(self, digest: Digest) -> str:
        """What about the file itself, beside its bytes, is not as the vault leaves it; empty where nothing is."""
        try:
            found = self.path(digest).lstat()
        except OSError:
            return ""  # What is missing is told by whoever reads it.
        if not stat.S_ISREG(found.st_mode):
            return "不是普通文件，而是指向别处的链接"
        if found.st_nlink > 1:
            return "还有别的文件名指向同一份数据"
        if found.st_mode & 0o222:
            return f"可以写入（权限 {stat.S_IMODE(found.st_mode):o}，应为 440）"
        if found.st_uid != self._objects.stat().st_uid:
            return f"属主不是本系统（{found.st_uid}）"
        return ""

    def walk(self) -> Iterator[Digest]:
        for path in sorted(self._objects.glob("??/??/*")):
            yield Digest(path.name)

    def set_aside(self, digest: Digest) -> None:
        source, target = self.path(digest), self._aside / digest.sha256
        with self._storing:
            self._check_sound()
            if source.exists():
                source.rename(target)
                self._sync_folder(self._aside)
                self._sync_folder(source.parent)
            elif not target.exists():
                raise Tampered(f"证据库中没有这个原件：{digest}")

    def put_back(self, digest: Digest) -> None:
        target = self._aside / digest.sha256
        if target.exists():
            self._store(target, digest, target.stat().st_size)
            self._sync_folder(self._aside)
        elif not self.holds(digest):
            raise Tampered(f"证据库中没有这个原件：{digest}")

    def repair(self, digest: Digest, pieces: Iterable[bytes]) -> Stored:
        """Good bytes at an address that holds bad ones or none. Raises `Tampered` where the pieces are not of the address (by `commit`); then nothing changed.

        What lay there is kept under `damaged`. Between the two names the address is empty, and the repair is simply made again.
        """
        arriving = self.incoming(new_id().hex)
        try:
            hasher = Hasher()
            for piece in pieces:
                hasher.update(piece)
                arriving.write(piece)
            arriving.sync()
            if digest.agrees_with(hasher.digest()):
                self._keep_damaged(digest)
            return arriving.commit(digest)
        except BaseException:
            arriving.discard()
            raise

    def _keep_damaged(self, digest: Digest) -> None:
        source = self.path(digest)
        with self._storing:
            self._check_sound()
            if not source.exists():
                return
            self._damaged.mkdir(exist_ok=True, mode=0o750)
            source.rename(self._damaged / f"{digest.sha256}.{new_id().hex}")
            for folder in (self._damaged, self._damaged.parent, source.parent):
                self._sync_folder(folder)

    def condemn(self, digest: Digest) -> bool:
        source, target = self._aside / digest.sha256, self._condemned(digest)
        with self._storing:
            self._check_sound()
            if source.exists() and not target.exists():
                source.rename(target)
                self._sync_folder(self._aside)
        return target.exists()

    def destroy(self, digest: Digest) -> None:
        for damaged in sorted(self._damaged.glob(f"{digest.sha256}.*")):
            self._wipe(damaged)  # What a repair kept is as good as the original to whoever finds it.
        self._wipe(self._condemned(digest))

    def _wipe(self, path: Path) -> None:
        if not path.exists():
            return
        self._check_sound()
        path.chmod(0o600)
        descriptor = _open(path)
        try:
            _overwrite(descriptor, os.fstat(descriptor).st_size)
            os.fsync(descriptor)
        except OSError as error:
            self._fail(error)
            raise Unavailable("存储设备写入失败，已停止接收", do="请联系系统管理员检查磁盘。") from error
        finally:
            os.close(descriptor)
        path.unlink()
        self._sync_folder(path.parent)

    def aside(self) -> Iterator[Digest]:
        for name in sorted({path.name.removesuffix(_CONDEMNED) for path in self._aside.iterdir()}):
            yield Digest(name)

    def _condemned(self, digest: Digest) -> Path:
        return self._aside / f"{digest.sha256}{_CONDEMNED}"

    def free_bytes(self) -> int:
        return 0 if self._broken else self._free(self._objects)

    def left_over(self) -> Iterator[str]:
        """Keys of objects begun and not finished."""
        return (path.stem for path in sorted(self._incoming.glob("*.part")))

    def _part(self, key: str) -> Path:
        return self._incoming / f"{key}.part"

    def _check_sound(self) -> None:
        if self._broken:
            raise Unavailable("存储设备曾写入失败，已停止接收", do="请联系系统管理员检查磁盘并重新启动。")

    def _fail(self, error: OSError) -> None:
        self._broken = True
        self._on_fatal(error)

    def _store(self, part: Path, digest: Digest, size: int) -> Stored:
        """Give a durable part its address. The same bytes again change nothing."""
        target = self.path(digest)
        self._make_lasting(target.parent)
        with self._storing:
            self._check_sound()
            is_there = target.exists()
            if not is_there:
                part.chmod(0o440)
                part.rename(target)
        # Whoever put the same bytes there may not have come so far yet: what is promised here must hold by itself.
        self._sync_folder(target.parent)
        if is_there:
            part.unlink()
        return Stored(digest, size)

    def _make_lasting(self, folder: Path) -> None:
        """A folder of objects is on the disk before anything is moved into it, or a power cut could take what moved along with the folder.

        Only one that this program itself saw durable is passed over.
        """
        for one in (folder.parent, folder):
            if one not in self._lasting:
                one.mkdir(exist_ok=True, mode=0o750)
                self._sync_folder(one.parent)
                self._lasting.add(one)

    def _sync_folder(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            self._fail(error)
            raise Unavailable("存储设备写入失败，已停止接收", do="请联系系统管理员检查磁盘。") from error
        finally:
            os.close(descriptor)


def _open(path: Path) -> int:
    """For overwriting what is to be destroyed: never a path under `objects`."""
    return os.open(path, os.O_WRONLY | os.O_CLOEXEC)


def _overwrite(descriptor: int, size: int) -> None:
    """Zeros over every byte, in place."""
    zeros, at = memoryview(bytes(_PIECE)), 0
    while at < size:
        at += os.pwrite(descriptor, zeros[: min(_PIECE, size - at)], at)
