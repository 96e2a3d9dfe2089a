"""What the sizes of a film's coded pictures tell of black and frozen stretches, before any picture is decoded.

A picture that brings nothing new takes a few bytes; where an encoder fills up to a constant rate it takes equal bytes, and where every
picture stands for itself the same one codes to the same length. Sizes raise doubt and say where nothing can be; pictures judge.
"""

import numpy as np
import numpy.typing as npt

from liuhen.engines.media.findings import Spans
from liuhen.engines.media.reading import Floats, Packets

SHORTEST = 2.0
# An encoder spends its spare bytes on a picture that stands still: for up to a second the sizes grow again.
SHORTEST_PART, INTERLUDE = 0.3, 1.0
DOUBTFUL_LIMIT = 60
_STEADY, _STEADY_BYTES = 0.01, 8
_MOVES = 0.5
# How far the pictures of a second may lie from the film's usual ones before one of them is looked at, how near to each other, how many.
_USUAL_KEYS, _USUAL_OTHERS, _APART, _STRANGE = (0.75, 1.33), (0.6, 1.6), 1.9, 40

Bools = npt.NDArray[np.bool_]


class Sizes:
    """The packets of one film in the order they are shown, and what is usual among them."""

    def __init__(self, packets: Packets, pixels: int, length: float) -> None:
        order = np.argsort(packets.times, kind="stable")
        self._times, self._keys = packets.times[order], packets.keys[order]
        self._sizes = packets.sizes[order].astype(np.float64)
        self._ends: Floats = np.concatenate([self._times, [length]])
        self._alone = bool(self._keys.all())
        others = self._sizes[~self._keys]
        usual = float(np.median(others)) if len(others) else 0.0
        self._small = max(0.03 * usual, 24 + pixels * 0.002 / 8)
        alive = others[others >= self._small]
        self._usual = float(np.median(alive)) if len(alive) else 0.0

    def still(self) -> Spans:
        """Stretches of two seconds and more in which hardly a byte was needed to tell what changed."""
        if self._alone:
            return self._runs(self._repeated(), np.zeros(len(self._sizes), np.bool_))
        return self._runs(self._sizes < self._small, self._keys)

    def steady(self) -> Spans:
        """Stretches in which the pictures took bytes enough, but all the same: filled up to a rate, or one picture again and again."""
        known = self.still()
        if self._alone:
            runs = self._runs(self._repeated(_STEADY), np.zeros(len(self._sizes), np.bool_))
        else:
            runs = self._runs(self._equal(), self._keys)
        return tuple(one for one in runs if not any(a < one[1] and one[0] < b for a, b in known))

    def moves(self, begin: float, end: float) -> bool:
        """Whether the sizes alone settle that something moved all the while: each picture took its usual share."""
        inside = ~self._keys & (self._times >= begin - 1e-3) & (self._times < end - 1e-3)
        return bool(inside.any()) and float(self._sizes[inside].min()) >= _MOVES * self._usual

    def strange(self, known: Spans) -> list[float]:
        """Key pictures that are unlike the usual ones, or lead pictures that are; none in what is `known`, and no two close together."""
        at = np.flatnonzero(self._keys)
        if len(at) < 3 or self._alone:
            return self._apart(self._strange_alone() if self._alone else at[:0], known)
        totals = np.add.reduceat(np.where(self._keys, 0.0, self._sizes), at)
        means = totals / np.maximum(np.diff(at, append=len(self._sizes)) - 1, 1)
        odd = _outside(self._sizes[at], _USUAL_KEYS) | _outside(means, _USUAL_OTHERS)
        return self._apart(at[odd], known)

    def _strange_alone(self) -> npt.NDArray[np.intp]:
        return np.flatnonzero(_outside(self._sizes, _USUAL_KEYS))

    def _apart(self, at: npt.NDArray[np.intp], known: Spans) -> list[float]:
        chosen: list[float] = []
        for moment in (float(self._times[n]) for n in at):
            if not any(a - 1e-3 <= moment < b for a, b in known) and (
                not chosen or moment - chosen[-1] >= _APART
            ):
                chosen.append(moment)
        return chosen[:: -(-len(chosen) // _STRANGE) or 1]

    def _repeated(self, share: float = 0.0) -> Bools:
        """Pictures that stand for themselves and take the bytes of the one before."""
        steps = np.abs(np.diff(self._sizes))
        return np.concatenate([[False], steps <= share * self._sizes[1:]])

    def _equal(self) -> Bools:
        """Dependent pictures that take the bytes of the dependent one before."""
        found = np.zeros(len(self._sizes), np.bool_)
        at = np.flatnonzero(~self._keys)
        steps = np.abs(np.diff(self._sizes[at]))
        found[at[1:]] = steps <= np.maximum(_STEADY * self._sizes[at[1:]], _STEADY_BYTES)
        return found

    def _runs(self, still: Bools, neutral: Bools) -> Spans:
        times, ends = self._times, self._ends
        moving = np.flatnonzero(~(still | neutral))
        firsts = np.concatenate([[0], moving + 1])
        lasts = np.concatenate([moving, [len(times)]])
        long = np.flatnonzero(ends[lasts] - ends[np.minimum(firsts, len(times))] >= SHORTEST_PART)
        # The picture that stands still was brought by the packet before the run, or by the key picture that opens it.
        begins = np.where(neutral[np.minimum(firsts, len(times) - 1)] | (firsts == 0), firsts, firsts - 1)
        runs = [(ends[begins[run]], _last_still(still, firsts[run], lasts[run], ends)) for run in long]
        short = [(float(a), float(b)) for a, b in runs if b - a >= SHORTEST_PART]
        found = [run for run in merge(short, within=INTERLUDE) if run[1] - run[0] >= SHORTEST]
        return tuple(sorted(sorted(found, key=lambda run: run[0] - run[1])[:DOUBTFUL_LIMIT]))


def _outside(values: Floats, bounds: tuple[float, float]) -> Bools:
    usual = float(np.median(values))
    return (values < bounds[0] * usual) | (values > bounds[1] * usual)


def _last_still(still: Bools, first: int, last: int, ends: Floats) -> float:
    """Where the last still picture of a run gives way; a key picture after it may show something new."""
    at = np.flatnonzero(still[first:last])
    return float(ends[first + at[-1] + 1]) if len(at) else float(ends[first])


def merge(spans: list[tuple[float, float]] | Spans, *, within: float = 0.5) -> Spans:
    """In order, those closer to each other than `within` as one."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + within:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)
