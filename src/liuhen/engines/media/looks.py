"""Looks at single pictures of a film or a photograph: how light, how even, how sharp.

A look costs one decoded picture. `Viewer` finds the picture nearest a moment, key pictures first, and counts what
it decodes against a budget. Runs only in the child.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO

import av
import av.filter
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from liuhen.engines.media.container import open_media
from liuhen.engines.media.reading import Packets

DARK_PIXEL = 0.10
DARK_SHARE = 0.98
GLARE_PIXEL = 0.96
# Out of focus beyond what the edge filter can measure: it finds no edge at all in a picture that has light and dark.
EDGELESS, EDGELESS_FROM = 20.0, 0.2
EVEN_BLOCK, EVEN_SHARE, EVEN_WHOLE, EVEN_FROM = 0.03, 0.997, 0.6, 0.12
BLUR_WIDTH = 720
_PLANAR_LUMA = ("yuv", "nv12", "nv21", "p010", "gray")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Look:
    """`luma` is the mean from black 0 to white 1; `blocks` the means of a coarse grid; `blur` FFmpeg's edge width;

    `glare` the share of the picture that is white to the stop, `even` the share of the grid that shows no detail. A scene out
    of focus has none either, but its light and dark still lie apart; a cloth is as bright everywhere as in its middle.
    """

    time: float
    luma: float
    is_dark: bool
    blocks: Floats
    blur: float | None
    glare: float = 0.0
    even: float = 0.0

    @property
    def is_covered(self) -> bool:
        """Lit, and yet hardly a part of it shows more than noise: a hand, a cloth, a pocket; the burned-in clock stays."""
        low, middle, high = np.quantile(self.blocks, (0.1, 0.5, 0.9))
        is_even = self.even >= EVEN_SHARE and float(high - low) < EVEN_WHOLE * float(middle)
        return is_even and self.luma >= EVEN_FROM and self.glare < 0.5

    def is_like(self, other: "Look") -> bool:
        """Whether both are the same picture but for what a second encoding changes."""
        difference = np.abs(self.blocks - other.blocks)
        return bool(difference.max() < 3 / 255 and difference.mean() < 0.6 / 255)


def look_at(frame: VideoFrame, time: float, *, sharpness: bool) -> Look:
    """Measure one picture; the edge width only where asked for and where there is light to see by."""
    # Light, noise and the grid are told as well by every third pixel of a large picture.
    luma = luma_of(frame, step=max(1, min(frame.width // 640, frame.height // 360)))
    sample = luma[::4, ::4] if min(luma.shape) > 64 else luma
    mean = float(sample.mean())
    dark = float((sample < DARK_PIXEL).mean()) >= DARK_SHARE
    blocks = _blocks(luma)
    blur = (_blur(frame) or _edgeless(blocks)) if sharpness and not dark else None
    glare = float((sample > GLARE_PIXEL).mean())
    return Look(time, mean, dark, blocks, blur, glare, _even(luma))


def _edgeless(blocks: Floats) -> float | None:
    low, high = np.quantile(blocks, (0.1, 0.9))
    return EDGELESS if high - low >= EDGELESS_FROM else None


def luma_of(frame: VideoFrame, *, step: int = 1) -> Floats:
    """The luma plane from 0 (black) to 1 (white), whatever the depth and the range of the coding; every `step`th row and column."""
    name = frame.format.name
    if not name.startswith(_PLANAR_LUMA) or name.startswith("yuyv"):
        frame, name = frame.reformat(format="yuv420p", threads=1), "yuv420p"
    bits = frame.format.components[0].bits
    plane = frame.planes[0]
    kind = np.uint8 if bits == 8 else np.dtype("<u2")
    coded: npt.NDArray[Any] = np.frombuffer(memoryview(plane), kind)
    rows: Floats = coded.reshape(plane.height, -1)[::step, : plane.width : step].astype(np.float32)
    if name.startswith("p010"):
        rows /= 64  # ten bits in the upper part of sixteen
    unit = float(1 << (bits - 8))
    full = name.startswith(("yuvj", "gray")) or frame.color_range == 2
    black, span = (0.0, 255 * unit + unit - 1) if full else (16 * unit, 219 * unit)
    rows -= black
    rows /= span
    return np.clip(rows, 0, 1, out=rows)


def _blocks(luma: Floats) -> Floats:
    """Means over a grid of 32 by 18: fine enough for a clock's changing figures, coarse enough for noise."""
    rows = np.linspace(0, luma.shape[0], 19).astype(int)[:-1]
    columns = np.linspace(0, luma.shape[1], 33).astype(int)[:-1]
    if luma.shape[0] < 18 or luma.shape[1] < 32:
        return luma
    sums = np.add.reduceat(np.add.reduceat(luma, rows, axis=0), columns, axis=1)
    ones = np.diff(rows, append=luma.shape[0])[:, None] * np.diff(columns, append=luma.shape[1])[None, :]
    means: Floats = (sums / ones).astype(np.float32)
    return means


def _even(luma: Floats) -> float:
    """The share of blocks in which brightness hardly varies, of the middle of the picture: cameras write above and below it."""
    if luma.shape[0] < 72 or luma.shape[1] < 128:
        return 0.0
    high, wide = luma.shape[0] // 18, luma.shape[1] // 32
    blocks = luma[4 * high : 14 * high, : wide * 32].reshape(10, high, 32, wide)
    # By sums of squares, five times as fast as numpy's own deviation and as true as is needed here.
    squares = np.einsum("abcd,abcd->ac", blocks, blocks) / (high * wide)
    return float((squares - np.square(blocks.mean(axis=(1, 3))) < EVEN_BLOCK**2).mean())


def _blur(frame: VideoFrame) -> float | None:
    """Edge width in pixels of the picture at 720 wide; None where there are no edges."""
    width = min(frame.width, BLUR_WIDTH) // 2 * 2
    height = frame.height * width // max(frame.width, 1) // 2 * 2
    if width < 64 or height < 64:
        return None
    small = frame.reformat(width=width, height=height, format="yuv420p", threads=1)
    graph = av.filter.Graph()
    graph.threads = 1
    begin = graph.add_buffer(width=width, height=height, format=small.format, time_base=Fraction(1, 25))
    judge, end = graph.add("blurdetect"), graph.add("buffersink")
    begin.link_to(judge)
    judge.link_to(end)
    graph.configure()
    graph.push(small)
    told = graph.vpull().metadata.get("lavfi.blur", "nan")
    return float(told) if math.isfinite(float(told)) and float(told) > 0 else None


class Viewer:
    """Pictures of one film by moment; closes with its container."""

    def __init__(self, source: BinaryIO, demuxer: str, packets: Packets, *, budget: int) -> None:
        self._container = open_media(source, demuxer)
        self._stream = self._container.streams.video[0]
        self._begin = (self._container.start_time or 0) / 1e6
        self._keys = packets.times[packets.keys] if packets.keys.any() else packets.times[:1]
        self._left = budget
        self._seen: dict[float, Look] = {}
        self.broken = 0

    def __enter__(self) -> "Viewer":
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def key_before(self, moment: float) -> float:
        """The time of the last key picture not after `moment`."""
        index = int(np.searchsorted(self._keys, moment + 1e-3, "right")) - 1
        return float(self._keys[max(index, 0)])

    def knows(self, moment: float) -> bool:
        """Whether the picture at just this moment was looked at before."""
        return round(moment, 3) in self._seen

    def look(self, moment: float, *, exact: bool = False, sharpness: bool = False) -> Look | None:
        """The picture at `moment`, or the key picture before it. None where it cannot be decoded."""
        wanted = moment if exact else self.key_before(moment)
        known = self._seen.get(round(wanted, 3))
        if known is not None and (known.blur is not None or known.is_dark or not sharpness):
            return known
        frame = self._key(wanted) or self._frame(wanted)
        if frame is None:
            return None
        seen = look_at(frame, self._shown(frame, wanted), sharpness=sharpness)
        self._seen[round(wanted, 3)] = seen
        return seen

    def several(self, moments: Sequence[float]) -> list[Look]:
        """The pictures at these moments in order, decoded in one go from the key picture before the first; as many as can be."""
        found: list[Look] = []
        wanted = list(moments)
        try:
            for frame in self._from(moments[0]):
                if not wanted or self._left < 0:
                    break
                shown = self._shown(frame, wanted[0])
                if shown >= wanted[0] - 0.02:
                    found.append(look_at(frame, shown, sharpness=False))
                    wanted = [moment for moment in wanted if moment > shown + 0.02]
        except av.FFmpegError:
            self.broken += 1
        return found

    def between(self, first: float, last: float) -> list[Look]:
        """Every picture from one moment to another, decoded in one go; fewer where they cannot be, or the budget is used up."""
        found: list[Look] = []
        try:
            for frame in self._from(first):
                shown = (frame.time or 0.0) - self._begin
                if frame.time is None or shown > last + 1e-3 or self._left < 0:
                    break
                if shown >= first - 1e-3:
                    found.append(look_at(frame, round(shown, 3), sharpness=False))
        except av.FFmpegError:
            self.broken += 1
        return found

    def _from(self, moment: float) -> Iterator[VideoFrame]:
        """Pictures from the key picture before a moment on; each counts."""
        self._container.seek(int((moment + self._begin) * 1e6) + 1_000)
        for frame in self._container.decode(self._stream):
            self._left -= 1
            yield frame

    def _shown(self, frame: VideoFrame, wanted: float) -> float:
        return round(wanted if frame.time is None else frame.time - self._begin, 3)

    def _key(self, moment: float) -> VideoFrame | None:
        """The key picture at just this moment, from its own packet alone: a decoder that waits for more need not be fed more."""
        if abs(self.key_before(moment) - moment) > 1e-3:
            return None
        try:
            self._container.seek(int((moment + self._begin) * 1e6) + 1_000)
            packet = next(self._container.demux(self._stream))
            self._left -= 1
            decoder = self._stream.codec_context
            frames = [*packet.decode(), *decoder.decode(None)]
            return next((one for one in frames if abs(self._shown(one, moment) - moment) <= 0.02), None)
        except av.FFmpegError:
            return None

    def _frame(self, moment: float) -> VideoFrame | None:
        last: VideoFrame | None = None
        try:
            for frame in self._from(moment):
                last = frame
                shown = (frame.time or 0.0) - self._begin
                if frame.time is None or shown >= moment - 0.02 or self._left < 0:
                    break
        except av.FFmpegError:
            self.broken += 1
        return last
