"""Sound with parts taken away or disguised, piece by piece as it is decoded. Runs only in the child.

A muted stretch is nothing. In a disguised one the voice stands lower or higher by a fixed share while every word keeps its time: played
at another rate, then stretched back. Each stretch is worked by itself and has as many samples as it had, so that all after it stay where they were.
A disguise can be guessed and partly turned back; only nothing cannot.
"""

import zlib
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import av.filter
import numpy as np
import numpy.typing as npt

from liuhen.engines.media.masks import MaskList

Samples = npt.NDArray[np.int16]
# How high the voice stands afterwards against before.
SHARES = {"lower": Fraction(3, 4), "higher": Fraction(4, 3)}
_WINDOW = 4096
# The filter that stretches gives every word this much too early; so much silence goes before.
_EARLY = 0.03


def silenced(samples: Samples, first: int, rate: int, masks: MaskList) -> Samples:
    """The same samples with nothing where the list mutes."""
    quiet = samples.copy()
    for mute in masks.mutes:
        begin, end = round(mute.begins * rate) - first, round(mute.ends * rate) - first
        if end > 0 and mute.sound == "mute":
            quiet[max(begin, 0) : end] = 0
    return quiet


class Veil:
    """One sound from its beginning to its end. `heard` counts samples of disguised stretches that came out as they went in."""

    def __init__(self, rate: int, layout: str, masks: MaskList) -> None:
        self._rate, self._layout, self._masks = rate, layout, masks
        self._stretches = _stretches(masks, rate)
        self._in, self._out, self.heard, self.disguised = 0, 0, 0, 0
        self._work: _Shift | None = None

    def of(self, samples: Samples) -> Iterator[tuple[int, Samples]]:
        """From which sample on, and the samples; a disguised stretch comes out a little later than it goes in."""
        at = 0
        while at < len(samples):
            stretch = next((one for one in self._stretches if one[1] > self._in), None)
            inside = stretch is not None and stretch[0] <= self._in
            until = (
                len(samples) if stretch is None else at + (stretch[1] if inside else stretch[0]) - self._in
            )
            piece = samples[at : min(until, len(samples))]
            at, self._in = at + len(piece), self._in + len(piece)
            if stretch is None or not inside:
                yield self._told(piece)
                continue
            if self._work is None:
                self._work = _Shift(self._rate, self._layout, SHARES[stretch[2]])
            yield from map(self._told, self._work.of(piece))
            if self._in == stretch[1]:
                yield from self.end()

    def end(self) -> Iterator[tuple[int, Samples]]:
        """What is still held when the stretch, or the sound, is over."""
        if self._work is not None:
            yield from map(self._told, self._work.end())
            self.heard, self.disguised = self.heard + self._work.heard, self.disguised + self._work.taken
            self._work = None

    def _told(self, samples: Samples) -> tuple[int, Samples]:
        first, self._out = self._out, self._out + len(samples)
        return first, silenced(samples, first, self._rate, self._masks)


def _stretches(masks: MaskList, rate: int) -> list[tuple[int, int, str]]:
    """Disguised stretches in samples, in order and apart: where two overlap, the earlier one is as it says and the later one shorter."""
    found: list[tuple[int, int, str]] = []
    for begins, ends, sound in sorted((m.begins, m.ends, m.sound) for m in masks.mutes if m.sound != "mute"):
        begin = max(round(begins * rate), found[-1][1] if found else 0)
        if round(ends * rate) > begin:
            found.append((begin, round(ends * rate), sound))
    return found


class _Shift:
    """One disguised stretch: as many samples out as came in."""

    def __init__(self, rate: int, layout: str, share: Fraction) -> None:
        self._rate, self._layout = rate, layout
        self._graph = _graph(rate, layout, share)
        self.taken, self.given = 0, 0
        self._before, self._after = _Windows(), _Windows()
        self._pushed = 0
        self._push(np.zeros((round(_EARLY * rate), 1 if layout == "mono" else 2), np.int16))

    @property
    def heard(self) -> int:
        """Samples in windows that are not still and came out as they went in."""
        same = sum(
            1
            for one, two in zip(self._before.told, self._after.told, strict=False)
            if one == two and one is not None
        )
        return same * _WINDOW

    def of(self, samples: Samples) -> Iterator[Samples]:
        self._before.take(samples)
        self.taken += len(samples)
        self._push(samples)
        yield from self._pulled()

    def _push(self, samples: Samples) -> None:
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples).reshape(1, -1), format="s16", layout=self._layout
        )
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._pushed, Fraction(1, self._rate)
        self._pushed += len(samples)
        self._graph.push(frame)

    def end(self) -> Iterator[Samples]:
        self._graph.push(None)
        yield from self._pulled()
        lacking = self.taken - self.given
        if lacking:
            channels = 1 if self._layout == "mono" else 2
            yield self._kept(np.zeros((lacking, channels), np.int16))

    def _pulled(self) -> Iterator[Samples]:
        while True:
            try:
                frame: Any = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            channels = 1 if self._layout == "mono" else 2
            piece = (
                frame.to_ndarray()
                .reshape(-1, channels)
                .astype(np.int16, copy=False)[: self.taken - self.given]
            )
            if len(piece):
                yield self._kept(piece)

    def _kept(self, piece: Samples) -> Samples:
        self.given += len(piece)
        self._after.take(piece)
        return piece


class _Windows:
    """Checksums of windows of the same length, None for still ones."""

    def __init__(self) -> None:
        self.told: list[int | None] = []
        self._held: list[Samples] = []

    def take(self, samples: Samples) -> None:
        self._held.append(samples)
        whole = np.concatenate(self._held)
        full = len(whole) // _WINDOW
        for at in range(full):
            window = np.ascontiguousarray(whole[at * _WINDOW : (at + 1) * _WINDOW])
            self.told.append(zlib.crc32(window.tobytes()) if window.any() else None)
        self._held = [whole[full * _WINDOW :]]


def _graph(rate: int, layout: str, share: Fraction) -> av.filter.Graph:
    graph = av.filter.Graph()
    graph.threads = 1
    pitch = [("asetrate", str(round(rate * share))), ("aresample", str(rate))]
    tempo = [("atempo", f"{float(1 / share):.6f}")]
    last = [("aformat", f"sample_fmts=s16:sample_rates={rate}:channel_layouts={layout}"), ("abuffersink", "")]
    # Stretched first where it must grow longer: the steps of the stretching are then played faster, and so finer.
    steps = [*(tempo + pitch if share > 1 else pitch + tempo), *last]
    begin = graph.add_abuffer(sample_rate=rate, format="s16", layout=layout, time_base=Fraction(1, rate))
    chain = [begin, *(graph.add(name, how or None) for name, how in steps)]
    for left, right in pairwise(chain):
        left.link_to(right)
    graph.configure()
    return graph
