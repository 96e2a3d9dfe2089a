"""Stretches of time and sets of them: what was recorded, what should have been, what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from liuhen.kernel.errors import Malformed


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise Malformed(f"时段的结束 {self.end.isoformat()} 早于开始 {self.start.isoformat()}")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def overlap(self, other: "Span") -> "Span | None":
        """The common stretch, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time told once: sorted, touching stretches joined, empty ones dropped."""
    joined: list[Span] = []
    for span in sorted(s for s in spans if s.length):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


def within(spans: Iterable[Span], window: Span) -> tuple[Span, ...]:
    """What of `spans` lies in `window`."""
    cut = (span.overlap(window) for span in union(spans))
    return tuple(span for span in cut if span)


def minus(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """What of `spans` is not covered by `taken`."""
    left = union(spans)
    for hole in union(taken):
        pieces: list[Span] = []
        for span in left:
            if not span.overlap(hole):
                pieces.append(span)
                continue
            if span.start < hole.start:
                pieces.append(Span(span.start, hole.start))
            if hole.end < span.end:
                pieces.append(Span(hole.end, span.end))
        left = tuple(pieces)
    return left


def total(spans: Iterable[Span]) -> timedelta:
    """How much time `spans` cover, counted once."""
    return sum((span.length for span in union(spans)), timedelta())
