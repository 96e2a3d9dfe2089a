"""Where two recordings of one event lie to each other: by their sound, by satellite time, by their clocks.

A fit says by how much, how sure, and how the two clocks drift apart; it never says that a clock is right. Pure: what
was heard comes as envelopes (`envelope`), what the clocks say as numbers. Sound needs 0.003 s a metre; the error bar has room for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from liuhen.engines.media.envelope import RATE, Envelope

K = TypeVar("K")
Way = Literal["sound", "satellite", "clock"]
SHORTEST = 5.0
CLEAR, LEAST = 8.0, 0.18
TRAVEL = 0.010
_SMOOTH = RATE
_PIECE, _PIECE_SHORTEST, _MOST_PIECES, _SEARCH = 12.0, 4.0, 40, 1.0
_DRIFT_FROM = 90.0
_PIECE_LEAST = 0.3
_LARGEST = 1 << 20

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """The second recording's beginning lies `offset` seconds after the first's; its clock gains `drift` seconds a second.

    `error` is half the width of the interval that holds the true offset in nineteen of twenty cases, in seconds;
    `measure` is the likeness of both sounds from 0 to 1, None where nothing was compared.
    """

    way: Way
    offset: float
    error: float
    drift: float = 0.0
    measure: float | None = None

    def place(self, second: float) -> float:
        """Where a second of the second recording lies on the first's own time."""
        return self.offset + second * (1 + self.drift)


@dataclass(frozen=True, slots=True)
class Take:
    """One recording among several: what its believed clock tells, and what was heard in it.

    `start` and `satellite` are its beginning in seconds of one scale, by the believed clock and by a receiver; `doubt` is
    what that clock may be wrong by. `sound` is None where it has none.
    """

    start: float
    seconds: float
    doubt: float
    satellite: float | None = None
    sound: Envelope | None = None


def arranged(takes: Mapping[K, Take]) -> tuple[K, dict[K, Fit]]:
    """Which take the others are laid on, and each other's fit to it: by sound wherever a chain of sound leads there.

    The ground is the take that shares most time with the others. `takes` must not be empty.
    """
    ground = max(takes, key=lambda key: sum(_shared(takes[key], other) for other in takes.values()))
    placed: dict[K, Fit] = {ground: Fit("clock", 0.0, 0.0)}
    waiting = [key for key in takes if key != ground]
    while waiting:
        heard = [
            (fit.error, at, key, fit if at == ground else joined(placed[at], fit))
            for key in waiting for at in placed if placed[at].way == "sound" or at == ground
            if (fit := _heard(takes[at], takes[key])) is not None
        ]  # fmt: skip
        if not heard:
            break
        *_, key, fit = min(heard, key=lambda one: one[0])
        placed[key] = fit
        waiting.remove(key)
    for key in waiting:
        placed[key] = _told(takes[ground], takes[key])
    del placed[ground]
    return ground, placed


def _shared(one: Take, other: Take) -> float:
    return max(0.0, min(one.start + one.seconds, other.start + other.seconds) - max(one.start, other.start))


def _heard(one: Take, other: Take) -> Fit | None:
    if one.sound is None or other.sound is None:
        return None
    return by_sound(one.sound, other.sound)


def _told(ground: Take, take: Take) -> Fit:
    if ground.satellite is not None and take.satellite is not None:
        return by_satellite(ground.satellite, take.satellite)
    return by_clock(ground.start, take.start, error=ground.doubt + take.doubt)


def by_sound(first: Envelope, second: Envelope) -> Fit | None:
    """The fit that both sounds agree on, however far apart the clocks are; None where no place stands out."""
    one, two = _shape(first), _shape(second)
    step = 1 + max(len(one), len(two)) // _LARGEST
    found = _best(_thin(one, step), _thin(two, step), rate=RATE / step)
    if found is None:
        return None
    lag, likeness = found
    pieces = _pieces(one, two, lag)
    if not len(pieces):
        return None
    return _fitted(pieces, lag, likeness)


def by_satellite(first: float, second: float) -> Fit:
    """Both beginnings by satellite time, in seconds of one scale; a receiver writes whole seconds."""
    return Fit("satellite", second - first, 1.0)


def by_clock(first: float, second: float, *, error: float) -> Fit:
    """Both beginnings as their believed clocks tell them, with what those clocks may be wrong by together."""
    return Fit("clock", second - first, error)


def joined(outer: Fit, inner: Fit) -> Fit:
    """The fit of a third recording to the first, where `inner` places it on a second one and `outer` that one on the first."""
    drift = (1 + outer.drift) * (1 + inner.drift) - 1
    order: tuple[Way, ...] = ("sound", "satellite", "clock")
    way = max(outer.way, inner.way, key=order.index)
    told = [one for one in (outer.measure, inner.measure) if one is not None]
    return Fit(way, outer.place(inner.offset), outer.error + inner.error, drift, min(told, default=None))


def _shape(envelope: Envelope) -> Floats:
    """Changes of loudness, each band by itself: what stays the same for a second says nothing."""
    levels = envelope.levels.astype(np.float64) / 2.5
    if len(levels) < _SMOOTH:
        return np.zeros((0, levels.shape[1]))
    sums = np.cumsum(np.pad(levels, ((_SMOOTH // 2 + 1, _SMOOTH // 2), (0, 0)), mode="edge"), axis=0)
    usual = (sums[_SMOOTH:] - sums[:-_SMOOTH]) / _SMOOTH
    shape: Floats = np.clip(levels - usual[: len(levels)], -15, 15)
    return shape


def _thin(shape: Floats, step: int) -> Floats:
    whole = len(shape) // step * step
    thinned: Floats = shape[:whole].reshape(-1, step, shape.shape[1]).mean(axis=1)
    return thinned


def _best(one: Floats, two: Floats, *, rate: float) -> tuple[float, float] | None:
    """The lag in seconds at which both are most alike, if it stands out from all others, and how alike."""
    lags, likeness = _likeness(one, two, least=SHORTEST * rate)
    if not len(lags):
        return None
    top = int(likeness.argmax())
    apart = np.abs(lags - lags[top]) > 0.25 * rate
    rest = likeness[apart]
    if likeness[top] < LEAST or (len(rest) and likeness[top] < rest.mean() + CLEAR * rest.std()):
        return None
    if len(rest) and likeness[top] < 1.25 * rest.max():
        return None  # What repeats itself fits at several places.
    return float(lags[top]) / rate, float(likeness[top])


def _likeness(one: Floats, two: Floats, *, least: float) -> tuple[Floats, Floats]:
    """For each lag of `two` against `one` (in rows) with `least` rows in common: the correlation over what they share."""
    if min(len(one), len(two)) < least:
        return np.zeros(0), np.zeros(0)
    size = 1 << int(np.ceil(np.log2(len(one) + len(two))))
    lags = np.arange(-(len(two) - 1), len(one))
    common = np.zeros(len(lags))
    for band in range(one.shape[1]):
        raw = np.fft.irfft(np.fft.rfft(one[:, band], size) * np.conj(np.fft.rfft(two[:, band], size)), size)
        common += raw[lags]
    energies = [np.concatenate([[0.0], np.cumsum(np.square(part).sum(axis=1))]) for part in (one, two)]
    begins, ends = np.maximum(lags, 0), np.minimum(len(one), lags + len(two))
    of_one = energies[0][ends] - energies[0][begins]
    of_two = energies[1][ends - lags] - energies[1][begins - lags]
    enough = ends - begins >= least
    likeness = common / np.sqrt(np.maximum(of_one * of_two, 1e-9))
    return lags[enough].astype(np.float64), likeness[enough]


def _pieces(one: Floats, two: Floats, lag: float) -> Floats:
    """Rows of (middle of the piece in the second's seconds, its own lag in seconds, likeness): each piece sought by itself."""
    begin, end = max(0.0, -lag), min(len(two) / RATE, len(one) / RATE - lag)
    length = min(_PIECE, max((end - begin) / 4, _PIECE_SHORTEST), end - begin)
    count = max(1, min(_MOST_PIECES, int((end - begin) / length)))
    found, expected, room = [], lag, _SEARCH
    for start in np.linspace(begin, end - length, count):
        first, last = round(start * RATE), round((start + length) * RATE)
        low = round((start + expected - room) * RATE)
        piece, ground = two[first:last], one[max(low, 0) : low + last - first + round(2 * room * RATE)]
        lags, likeness = _likeness(ground, piece, least=0.9 * len(piece))
        if not len(lags) or likeness.max() < _PIECE_LEAST:
            continue
        top = int(likeness.argmax())
        exact = (max(low, 0) + lags[top] + _between(likeness, top)) / RATE - first / RATE
        found.append((start + length / 2, exact, float(likeness[top])))
    return np.array(found).reshape(-1, 3)


def _between(values: Floats, top: int) -> float:
    """Where between the rows the top of a parabola through three of them lies."""
    if not 0 < top < len(values) - 1:
        return 0.0
    before, here, after = values[top - 1 : top + 2]
    bend = before - 2 * here + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0


def _fitted(pieces: Floats, lag: float, likeness: float) -> Fit:
    """A line through the pieces, those far from the middle of all left out; drift only where there is time to see it."""
    times, lags = pieces[:, 0], pieces[:, 1]
    drift = 0.0
    long = len(times) > 4 and float(times.max() - times.min()) >= _DRIFT_FROM
    if long:
        pairs = [
            (lags[b] - lags[a]) / (times[b] - times[a])
            for a in range(len(times))
            for b in range(a + 1, len(times))
        ]
        drift = float(np.median(pairs))
    rest = lags - drift * times
    middle = float(np.median(rest))
    spread = float(np.median(np.abs(rest - middle))) * 1.4826
    kept = rest[np.abs(rest - middle) <= max(3 * spread, 0.02)]
    scatter = float(kept.std(ddof=1)) if len(kept) > 1 else 0.02
    error = TRAVEL + 2 * scatter / np.sqrt(len(kept))
    return Fit(
        "sound", round(float(kept.mean()), 4), round(float(error), 4), round(drift, 8), round(likeness, 3)
    )
