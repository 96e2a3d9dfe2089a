"""Page-aligned buffers, pooled: fresh page-cache memory is the dearest part of taking a recording in.

An upload borrows a few buffers, fills them, and each goes to the two digests and to the disk at once.
"""

import mmap
import threading

BLOCK = 4096
BUFFER = 1 << 20
_POOLED = 64


class Buffer:
    """`BUFFER` aligned bytes and how many of the three readers still need them."""

    __slots__ = ("_lock", "filled", "needed_by", "view")

    def __init__(self) -> None:
        self.view = memoryview(mmap.mmap(-1, BUFFER))
        self.filled = 0
        self.needed_by = 0
        self._lock = threading.Lock()

    def let_go(self) -> bool:
        """One reader is done; True when it was the last."""
        with self._lock:
            self.needed_by -= 1
            return self.needed_by == 0


class Pool:
    """Buffers waiting for their next upload; at most `_POOLED` are kept."""

    def __init__(self) -> None:
        self._free: list[Buffer] = []
        self._lock = threading.Lock()

    def borrow(self) -> Buffer:
        with self._lock:
            buffer = self._free.pop() if self._free else Buffer()
        buffer.filled, buffer.needed_by = 0, 0
        return buffer

    def give_back(self, buffer: Buffer) -> None:
        with self._lock:
            if len(self._free) < _POOLED:
                self._free.append(buffer)
