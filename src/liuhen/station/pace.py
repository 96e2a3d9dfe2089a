"""How long the rest of a card would take over the line as it is now; a line on which that is too long is a slow line.

Counted is the time of sending alone: reading the card, and waiting for a receipt, say nothing of the line. What counts is the
last minute of sending, so that a line that turns slow is noticed, and one that was slow for a moment is not called so.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

_WINDOW = 60.0
_MEASURED = 15.0
_EVERY = 0.5


class SlowLine(Exception):
    """The rest of the card would take longer than the station's limit; says so in its words."""


@dataclass(slots=True)
class Pace:
    """One docking's line. `limit` in seconds; `left` are the bytes of the card that are not at the house, the current file included."""

    limit: float
    left: int = 0
    clock: Callable[[], float] = time.monotonic
    _sending: float = 0.0
    _sent: int = 0
    _since: float = 0.0
    _from: int = 0
    _samples: deque[tuple[float, int]] = field(default_factory=deque)

    def starts(self, offset: int) -> None:
        """Sending goes on from here; also after a break, and what must be sent again then counts as not sent."""
        self._since, self._from = self.clock(), offset

    def at(self, position: int) -> None:
        """So far the file was handed to the line. Raises `SlowLine`."""
        moment = self.clock()
        self._sending += moment - self._since
        self._sent += max(0, position - self._from)
        self._since, self._from = moment, position
        if self._samples and self._sending - self._samples[-1][0] < _EVERY:
            return
        self._samples.append((self._sending, self._sent))
        while self._sending - self._samples[0][0] > _WINDOW:
            self._samples.popleft()
        if self.seconds_left() > self.limit:
            raise SlowLine(
                f"线路过慢：现在每秒约 {self.speed() / 1e6:.2f} MB，这张卡还要约 {self.seconds_left() / 60:.0f} 分钟，"
                f"超过本站设定的 {self.limit / 60:.0f} 分钟"
            )

    def speed(self) -> float:
        """Bytes a second over the last minute of sending; 0 before enough was measured."""
        if len(self._samples) < 2 or self._samples[-1][0] - self._samples[0][0] < _MEASURED:
            return 0.0
        (began, before), (ended, after) = self._samples[0], self._samples[-1]
        return max(1.0, (after - before) / (ended - began))

    def seconds_left(self) -> float:
        """For the rest of the card; 0 before enough was measured."""
        speed = self.speed()
        return self.left / speed if speed else 0.0
