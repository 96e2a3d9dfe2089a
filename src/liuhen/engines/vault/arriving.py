"""`FileIncoming`: one object arriving on the vault's own volume.

Bytes are copied once into aligned buffers; each full buffer goes at the same time to SHA-256, to SM3 and, past the
page cache, to the disk. What was made durable is written down beside the part file, so that an upload can go on
after a crash from a byte that is certainly on the disk; the digests then follow it (digesting.py).
"""

import contextlib
import errno
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from liuhen.engines.vault.digesting import Digesting
from liuhen.engines.vault.port import Stored
from liuhen.engines.vault.ring import BLOCK, BUFFER, Buffer, Pool
from liuhen.engines.vault.strand import Strand
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Tampered, Unavailable
from liuhen.kernel.sm3 import new_sm3

_RING = 8
_HALF = _RING // 2
_POOL = Pool()
_DIGESTS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="vault-digest")
_DISK = ThreadPoolExecutor(max_workers=4, thread_name_prefix="vault-disk")
_FULL = {errno.ENOSPC, errno.EDQUOT}
_CHECKPOINT = 64 << 20


class FileIncoming:
    """See `Incoming` in port.py. `store` moves the finished part to its address, `confirm` looks whether it is there; `fatal` is told of a failed fsync."""

    def __init__(
        self, part: Path, *, store: Callable[[Path, Digest, int], Stored], confirm: Callable[[Digest], None],
        fatal: Callable[[OSError], None],
    ) -> None:  # fmt: skip
        self._part, self._note = part, part.with_suffix(".durable")
        self._store, self._fatal, self.confirm = store, fatal, confirm
        self._settled = threading.Condition()
        self._begin()

    def _begin(self) -> None:
        """From what is durable; a fresh part begins empty."""
        self._sha256, self._sm3 = (
            Digesting(digest, pool=_DIGESTS, buffers=_POOL) for digest in (hashlib.sha256(), new_sm3())
        )
        self._digests = self._sha256, self._sm3
        self._disk = Strand(_DISK)
        self._borrowed = 0
        self._under_way = 0
        self._aligned = 0  # where on the disk the current buffer begins
        self._marked = 0  # how much of the current buffer the digests have had
        self._since_note = 0
        self._direct, self._plain = self._open()
        self._buffer = self._next_buffer()
        try:
            with self._disk_errors():
                self._durable = self._last_durable()
                os.ftruncate(self._plain, self._durable)
                self._go_on()
        except BaseException:
            self.close()
            raise

    @property
    def received(self) -> int:
        return self._aligned + self._buffer.filled

    def write(self, piece: bytes | memoryview) -> None:
        view = memoryview(piece)
        while view:
            taken = min(len(view), BUFFER - self._buffer.filled)
            self._buffer.view[self._buffer.filled : self._buffer.filled + taken] = view[:taken]
            self._buffer.filled += taken
            view = view[taken:]
            if self._buffer.filled == BUFFER:
                self._send_off()

    def is_roomy(self) -> bool:
        """Whether up to a whole buffer can be taken without waiting: an event loop asks before it writes."""
        return _RING - self._borrowed > 1

    def wait_for_room(self) -> None:
        """Until half the ring is free. Who waits for one buffer at a time pays a change of threads for each piece."""
        with self._settled:
            self._settled.wait_for(lambda: self._borrowed <= _HALF)

    def sync(self) -> int:
        self._digest_rest()
        self._settle()
        if self.received != self._durable:
            self._write_tail()
            self._make_durable()
        return self._durable

    def measured(self) -> Stored:
        size = self.sync()
        return Stored(self._digest(), size)

    def commit(self, expect: Digest | None = None) -> Stored:
        self._digest_rest()
        self._settle()
        self._write_tail()
        found = self._digest()
        if expect is not None and not expect.agrees_with(found):
            self.discard()
            raise Tampered(
                f"收到的内容与申报的摘要不符：申报 {expect}，实收 {found}",
                do="文件在途中或来源处已改变，本次未入库；请重新上传。",
            )
        size = self.received
        self._fsync(self._plain)
        self.close()
        stored = self._store(self._part, found, size)
        self._note.unlink(missing_ok=True)
        return stored

    @property
    def durable(self) -> int:
        """Bytes that are certainly on the disk."""
        return self._durable

    def rewind(self, size: int) -> None:
        """Forget everything after the first `size` bytes: they did not fit their checksum."""
        self.sync()  # What stays must be on the disk before it is written down as durable.
        self.close()
        self._note_durable(size)
        self._begin()

    def close(self) -> None:
        """Wait for what is under way, then let the files and buffers go. Safe to call twice."""
        with contextlib.suppress(Unavailable):
            self._settle()
        for digest in self._digests:
            digest.stop()
        for descriptor in {self._direct, self._plain} - {-1}:
            os.close(descriptor)
        if self._plain != -1:
            _POOL.give_back(self._buffer)
        self._direct = self._plain = -1

    def discard(self) -> None:
        self.close()
        self._part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    # -- the files -------------------------------------------------------------------------------------------

    def _open(self) -> tuple[int, int]:
        with self._disk_errors():
            plain = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            return os.open(self._part, os.O_WRONLY | os.O_DIRECT | os.O_CLOEXEC), plain
        except OSError:  # A file system without direct writes: the page cache serves.
            return plain, plain

    def _last_durable(self) -> int:
        try:
            noted = int(json.loads(self._note.read_bytes())["durable"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0
        return min(noted, os.fstat(self._plain).st_size)

    def _go_on(self) -> None:
        """From the byte after the durable ones. Of what does not fill a buffer the buffer gets a copy: it is written again with what follows."""
        self._aligned = self._durable // BUFFER * BUFFER
        while self.received < self._durable:
            room = self._buffer.view[self._buffer.filled : self._durable - self._aligned]
            got = os.preadv(self._plain, [room], self.received)
            if not got:
                raise OSError(errno.EIO, "the file became shorter")
            self._buffer.filled += got
        self._marked = self._buffer.filled
        for digest in self._digests:
            digest.behind(self._plain, self._durable)

    def _write_tail(self) -> None:
        """What does not fill a buffer: whole blocks directly, the rest through the page cache; both may be rewritten."""
        whole = self._buffer.filled // BLOCK * BLOCK if self._direct != self._plain else 0
        with self._disk_errors():
            _write_all(self._direct, self._buffer.view[:whole], self._aligned)
            _write_all(self._plain, self._buffer.view[whole : self._buffer.filled], self._aligned + whole)
            os.ftruncate(self._plain, self.received)
        self._tell_written(self.received)

    def _tell_written(self, size: int) -> None:
        for digest in self._digests:
            digest.written(size)

    def _make_durable(self) -> None:
        self._fsync(self._plain)
        self._durable = self.received
        self._note_durable(self._durable)

    def _note_durable(self, size: int) -> None:
        fresh = self._note.with_suffix(".durable-new")
        with self._disk_errors():
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, json.dumps({"durable": size}).encode())
                self._fsync(descriptor)
            finally:
                os.close(descriptor)
            fresh.replace(self._note)
            self._sync_names()

    def _sync_names(self) -> None:
        """The names of part and note: without them an offset that was told would be forgotten with the power."""
        descriptor = os.open(self._note.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._fsync(descriptor)
        finally:
            os.close(descriptor)

    def _fsync(self, descriptor: int) -> None:
        try:
            os.fdatasync(descriptor)
        except OSError as error:
            self._fatal(error)
            raise Unavailable("存储设备写入失败，已停止接收", do="请联系系统管理员检查磁盘。") from error

    @contextlib.contextmanager
    def _disk_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise disk_error(error) from error

    # -- the ring --------------------------------------------------------------------------------------------

    def _next_buffer(self) -> Buffer:
        with self._settled:
            self._settled.wait_for(lambda: self._borrowed < _RING)
            self._borrowed += 1
        return _POOL.borrow()

    def _send_off(self) -> None:
        buffer, at, marked = self._buffer, self._aligned, self._marked
        buffer.needed_by = 3
        with self._settled:
            self._under_way += 1
        for digest in self._digests:
            digest.take(buffer.view[marked:], at + marked, lambda: self._let_go(buffer))
        self._disk.do(lambda: self._write_buffer(buffer, at))
        self._aligned, self._marked = at + BUFFER, 0
        # First a buffer of its own again, then the errors: the one sent off goes back to the pool by itself, and given
        # back twice it would carry two uploads at once.
        self._buffer = self._next_buffer()
        self._raise_errors()

    def _let_go(self, buffer: Buffer) -> None:
        if buffer.let_go():
            self._retire(buffer)

    def _write_buffer(self, buffer: Buffer, at: int) -> None:
        try:
            if self._disk.error is None:
                _write_all(self._direct, buffer.view, at)
                self._tell_written(at + BUFFER)
            self._since_note += BUFFER
            if self._since_note >= _CHECKPOINT:
                self._since_note = 0
                self._fsync(self._plain)
                self._note_durable(at + BUFFER)
        finally:
            self._let_go(buffer)

    def _retire(self, buffer: Buffer) -> None:
        _POOL.give_back(buffer)
        with self._settled:
            self._borrowed -= 1
            self._under_way -= 1
            self._settled.notify_all()

    def _digest(self) -> Digest:
        """Of everything received, once it was settled and written; more may follow."""
        for digest in self._digests:
            digest.caught_up()
        self._raise_errors()
        return Digest(sha256=self._sha256.hexdigest(), sm3=self._sm3.hexdigest())

    def _digest_rest(self) -> None:
        """The digests take the unfinished buffer up to here; it stays, to be filled and written later."""
        buffer, marked, filled = self._buffer, self._marked, self._buffer.filled
        if filled == marked:
            return
        with self._settled:
            self._under_way += len(self._digests)
        for digest in self._digests:
            digest.take(buffer.view[marked:filled], self._aligned + marked, self._one_less_under_way)
        self._marked = filled

    def _one_less_under_way(self) -> None:
        with self._settled:
            self._under_way -= 1
            self._settled.notify_all()

    def _settle(self) -> None:
        with self._settled:
            self._settled.wait_for(lambda: self._under_way == 0)
        self._raise_errors()

    def _raise_errors(self) -> None:
        for worker in (*self._digests, self._disk):
            if isinstance(worker.error, OSError):
                raise disk_error(worker.error) from worker.error
            if worker.error is not None:
                raise worker.error


def _write_all(descriptor: int, view: memoryview, at: int) -> None:
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written


def disk_error(error: OSError) -> Unavailable:
    if error.errno in _FULL:
        return Unavailable(
            "磁盘空间不足，暂停接收", do="已收到的部分已保留；腾出空间后从断点继续上传。", retry_seconds=60
        )
    return Unavailable(f"存储设备读写出错（{error.strerror}）", do="请联系系统管理员检查磁盘。")
