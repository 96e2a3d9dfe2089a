"""A strand: work done in order, one piece after another, on a shared pool of threads.

A digest must see its pieces in order, but an upload must not own a thread; thousands of slow uploads share a few.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor


class Strand:
    """Runs what is given in the order given. The first error stops it and is raised by `raise_error`."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._running = False
        self.error: BaseException | None = None

    def do(self, work: Callable[[], None]) -> None:
        with self._lock:
            self._waiting.append(work)
            if self._running:
                return
            self._running = True
        self._pool.submit(self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running = False
                    return
                work = self._waiting.popleft()
            try:
                work()
            except BaseException as error:  # noqa: BLE001  kept and raised to the one who waits
                self.error = self.error or error
