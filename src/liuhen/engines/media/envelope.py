"""The shape of a recording's sound: how loud it is in four bands, a hundred times a second.

Enough to find the same event in another recording, too little to hear what was said. `Listener` fills it piece by
piece, so that an hour of sound needs no more memory than a second. Pure: `hearing` decodes, in the child.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from liuhen.kernel.errors import Malformed

RATE = 100
SOUND_RATE = 16_000
EDGES = (150, 500, 1_200, 2_800, 7_000)
BANDS = len(EDGES) - 1
LONGEST = 12 * 3600.0
_HOP = SOUND_RATE // RATE
_WINDOW = 2 * _HOP
_FLOOR = 1e-10

Levels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Envelope:
    """`levels`: a row each 10 ms from the recording's beginning, a column a band; 0 is -100 dBFS, 250 is full."""

    levels: Levels

    @property
    def seconds(self) -> float:
        return len(self.levels) / RATE

    @classmethod
    def of_bytes(cls, content: bytes) -> "Envelope":
        """Raises `Malformed` where these are no whole rows."""
        if len(content) % BANDS:
            raise Malformed("声音轮廓不完整")
        return cls(np.frombuffer(content, np.uint8).reshape(-1, BANDS))


class Listener:
    """Takes samples at 16 kHz from -1 to 1 and tells the levels; a hole in time is filled with silence."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._told: list[Levels] = []
        self._shape = np.hanning(_WINDOW).astype(np.float32)
        tones = np.fft.rfftfreq(_WINDOW, 1 / SOUND_RATE)
        self._bands = [np.flatnonzero((tones >= low) & (tones < high)) for low, high in pairwise(EDGES)]
        self.heard = 0

    def hear(self, samples: npt.NDArray[np.float32], *, at: int | None = None) -> None:
        """The next samples; `at` is where they belong, counted in samples from the beginning."""
        if at is not None and at - self.heard > SOUND_RATE // 20:
            self._take(np.zeros(min(at - self.heard, int(LONGEST * SOUND_RATE)), np.float32))
        self._take(samples)

    def _take(self, samples: npt.NDArray[np.float32]) -> None:
        self.heard += len(samples)
        wave = np.concatenate([self._rest, samples])
        count = max(0, (len(wave) - _WINDOW) // _HOP + 1)
        for first in range(0, count, 6_000):  # A minute at a time.
            last = min(first + 6_000, count)
            piece = np.lib.stride_tricks.sliding_window_view(wave[first * _HOP :], _WINDOW)[::_HOP][
                : last - first
            ]
            self._told.append(self._levels(piece))
        self._rest = wave[count * _HOP :]

    def _levels(self, pieces: npt.NDArray[np.float32]) -> Levels:
        power = np.square(np.abs(np.fft.rfft(pieces * self._shape, axis=1))) / _WINDOW**2
        bands = np.stack([power[:, band].sum(axis=1) for band in self._bands], axis=1)
        decibels = 10 * np.log10(bands + _FLOOR)
        levels: Levels = np.clip(np.rint((decibels + 100) * 2.5), 0, 250).astype(np.uint8)
        return levels

    def told(self) -> Envelope:
        """Everything heard so far."""
        return Envelope(np.concatenate(self._told) if self._told else np.zeros((0, BANDS), np.uint8))


def envelope_of(wave: npt.NDArray[np.float32]) -> Envelope:
    """The shape of samples at 16 kHz that are at hand."""
    listener = Listener()
    listener.hear(wave)
    return listener.told()
