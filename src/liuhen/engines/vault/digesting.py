"""One digest of a file that is arriving: fed from its buffers, or, where the file was begun before, from the disk until it has caught up.

A digest's state cannot be saved. An upload that goes on after a restart would have to wait until all that is there was read again; instead
what comes is taken at once and written, and the digests follow behind it through the file, each at its own pace.
"""

import errno
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor

from liuhen.engines.vault.ring import BUFFER, Pool
from liuhen.engines.vault.strand import Strand
from liuhen.kernel.sm3 import Hash


class Digesting:
    """`take` gives it the next bytes; `behind` lets it begin with what lies in the file; `caught_up` waits for the last of them."""

    def __init__(self, digest: Hash, *, pool: Executor, buffers: Pool) -> None:
        self._digest, self._pool, self._buffers = digest, pool, buffers
        self._strand = Strand(pool)
        self._settled = threading.Condition()
        self._descriptor = -1
        self._at, self._upto, self._written = 0, 0, 0  # read so far, to be read, and certainly in the file
        self._reading = False
        self._stopped = False

    def behind(self, descriptor: int, size: int) -> None:
        """Begin with the first `size` bytes of an open file, which must stay open until `stop`."""
        self._descriptor, self._upto = descriptor, size
        self.written(size)

    def take(self, view: memoryview, at: int, done: Callable[[], None]) -> None:
        """The bytes at `at`; `done` is called when they are no longer needed, which is at once where they will be read from the file."""
        with self._settled:
            is_behind = self._is_behind()
            if is_behind:
                self._upto = at + len(view)
        if is_behind:
            done()
            return

        def work() -> None:
            try:
                self._digest.update(view)
            finally:
                done()

        self._strand.do(work)

    @property
    def error(self) -> BaseException | None:
        """What stopped it, if anything did."""
        return self._strand.error

    def written(self, size: int) -> None:
        """So many bytes of the file can be read."""
        with self._settled:
            self._written = max(self._written, size)
            if self._reading or not self._is_behind() or self._at >= self._written:
                return
            self._reading = True
        self._pool.submit(self._read_on)

    def caught_up(self) -> None:
        """Wait until nothing is to be read from the file any more. Bytes given by `take` and not yet `written` are waited for."""
        with self._settled:
            self._settled.wait_for(lambda: not self._is_behind())

    def stop(self) -> None:
        """Leave the file alone: when this returns nothing reads from it."""
        with self._settled:
            self._stopped = True
            self._settled.wait_for(lambda: not self._reading)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()

    def _is_behind(self) -> bool:
        return self._at < self._upto and not self._stopped

    def _read_on(self) -> None:
        """One buffer of the file, then another upload has its turn. No bytes are taken from buffers meanwhile, so that order is kept."""
        at = self._at
        try:
            at += self._read(at)
        except BaseException as error:  # noqa: BLE001  kept for the one who waits, as a strand keeps its own
            self._strand.error, self._stopped = error, True
        with self._settled:
            self._at = at
            self._reading = self._is_behind() and at < self._written
            self._settled.notify_all()
            goes_on = self._reading
        if goes_on:
            self._pool.submit(self._read_on)

    def _read(self, at: int) -> int:
        buffer = self._buffers.borrow()
        try:
            got = os.preadv(
                self._descriptor, [buffer.view[: min(BUFFER, self._upto - at, self._written - at)]], at
            )
            if not got:
                raise OSError(errno.EIO, "the file became shorter")
            self._digest.update(buffer.view[:got])
        finally:
            self._buffers.give_back(buffer)
        return got
