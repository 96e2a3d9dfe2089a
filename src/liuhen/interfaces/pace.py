"""How often somebody may do something: so many times in a while, each by his own key. Kept in memory, by each process for itself.

A house of several web processes lets through as many times more; what is counted for good stands in the journal.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from liuhen.kernel.errors import Unavailable

_KEYS = 10_000


class TooOften(Unavailable):
    """Somebody asks more often than a person or a system that works does."""


class Pace:
    """At most `most` times within `seconds` for one key; the oldest keys are forgotten first."""

    def __init__(
        self, what: str, *, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what, self._most, self._seconds, self._clock = what, most, seconds, clock
        self._taken: OrderedDict[Hashable, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: Hashable) -> None:
        """Count one. Raises `TooOften` with the seconds after which the next is let through; what is refused does not count."""
        moment = self._clock()
        with self._lock:
            times = self._taken.setdefault(key, deque())
            self._taken.move_to_end(key)
            while times and times[0] <= moment - self._seconds:
                times.popleft()
            if len(times) >= self._most:
                wait = int(times[0] + self._seconds - moment) + 1
                raise TooOften(
                    f"{self._what}太频繁，{self._seconds:.0f} 秒内最多 {self._most} 次",
                    do=f"请在 {wait} 秒后再试。",
                    retry_seconds=wait,
                )
            times.append(moment)
            while len(self._taken) > _KEYS:
                self._taken.popitem(last=False)
