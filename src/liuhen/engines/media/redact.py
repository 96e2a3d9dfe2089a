"""Writes a copy with parts hidden, without loss, and then measures that it is what it should be. Runs only in the child.

Hidden is black and silence, never a blur that could be undone. Every other pixel and sample is that of the original's
decode: the copy is coded without loss (H.264 and FLAC), read back, and compared picture by picture. Pictures that
are not 8-bit 4:2:0 are turned into it first; the proof says so.
"""

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise, zip_longest
from typing import Any, BinaryIO

import av
import av.filter
import numpy as np
import numpy.typing as npt
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame

from liuhen.engines.media.container import open_media
from liuhen.engines.media.derive import TICK, TURNING
from liuhen.engines.media.masks import MaskList
from liuhen.engines.media.reading import Reading
from liuhen.engines.media.voice import Samples, Veil, silenced
from liuhen.kernel.errors import Malformed

_FILM_FORMATS = ("yuv420p", "yuvj420p")
_GREY = 128

Pixels = npt.NDArray[np.uint8]


def write_redacted(
    source: BinaryIO, reading: Reading, output: BinaryIO, *, masks: MaskList
) -> dict[str, Any]:
    """The copy into `output`, and the proof of it. Raises `Malformed` where nothing can be decoded."""
    if reading.kind not in ("video", "audio") or not reading.decodable:
        raise Malformed("文件里没有可以遮挡的声音和画面")
    with open_media(source, reading.demuxer) as container, av.open(output, "w", format="mp4") as copy:
        parts: list[_Film | _Sound] = []
        if container.streams.video:
            parts.append(_Film(container, copy, reading, masks))
        if container.streams.audio:
            parts.append(_Sound(container, copy, masks))
        _write(container, copy, parts)
    proof = _prove(source, reading, output, masks)
    return {"kind": "video" if any(isinstance(part, _Film) for part in parts) else "audio", "proof": proof}


class _Pictures:
    """The pictures of a film upright, in time, as they decode; those that do not move time forward are left out."""

    def __init__(self, container: InputContainer, *, turn: int) -> None:
        self.stream, self._turn = container.streams.video[0], turn
        self._begin, self._last = (container.start_time or 0) / 1e6, -1
        self._graph: av.filter.Graph | None = None
        self.converted_from = ""

    def of(self, frame: VideoFrame) -> tuple[float, VideoFrame] | None:
        """When and what is seen."""
        second = (frame.time or 0.0) - self._begin
        when = round(second / TICK)
        if frame.time is None or when <= self._last:
            return None
        self._last = when
        if frame.format.name not in _FILM_FORMATS:
            self.converted_from = frame.format.name
        if self._graph is None:
            self._graph = self._build(frame)
        self._graph.vpush(frame)
        return max(second, 0.0), self._graph.vpull()

    def _build(self, frame: VideoFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        graph.threads = 1
        begin = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        )
        kept = frame.format.name if frame.format.name in _FILM_FORMATS else "yuv420p"
        steps = [*TURNING.get(self._turn, ()), ("format", kept), ("buffersink", "")]
        chain = [begin, *(graph.add(name, how or None) for name, how in steps)]
        for left, right in pairwise(chain):
            left.link_to(right)
        graph.configure()
        return graph


class _Film:
    def __init__(
        self, container: InputContainer, copy: OutputContainer, reading: Reading, masks: MaskList
    ) -> None:
        self._masks, turn = masks, _turn_of(reading)
        self._pictures = _Pictures(container, turn=turn)
        self.source = container.streams.video[0]
        context = self.source.codec_context
        wide, high = (context.width, context.height) if turn in (0, 180) else (context.height, context.width)
        if wide < 2 or high < 2 or wide % 2 or high % 2:
            raise Malformed(f"画面宽高为 {wide}×{high}，不是偶数，不能无损地制作遮挡副本")
        self.target = copy.add_stream("libx264", rate=25)
        self.target.width, self.target.height = wide, high
        self.target.pix_fmt = context.pix_fmt if context.pix_fmt in _FILM_FORMATS else "yuv420p"
        self.target.codec_context.time_base = TICK
        self.target.codec_context.thread_count = 1
        self.target.options = {"preset": "ultrafast", "qp": "0", "threads": "1"}

    def frames(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        seen = self._pictures.of(frame)
        if seen is None:
            return
        second, picture = seen
        planes = hidden(
            _planes(picture), self._masks.rectangles(second, width=picture.width, height=picture.height)
        )
        ready = VideoFrame.from_ndarray(planes, format=picture.format.name)
        ready.pts, ready.time_base = round(second / TICK), TICK
        yield ready

    def last_frames(self) -> Iterator[VideoFrame]:
        return iter(())


def _planes(picture: VideoFrame) -> Pixels:
    """Luma above, both colours below: the formats that come here have eight bits."""
    return picture.to_ndarray().astype(np.uint8, copy=False)


def hidden(planes: Pixels, rectangles: list[tuple[int, int, int, int]]) -> Pixels:
    """The planes of a 4:2:0 picture (luma above, both colours below) with black where the rectangles are."""
    wide = planes.shape[1]
    high = planes.shape[0] * 2 // 3
    colours = planes[high:].reshape(2, high // 2, wide // 2)
    for left, top, right, bottom in rectangles:
        planes[top:bottom, left:right] = 16
        colours[:, top // 2 : bottom // 2, left // 2 : right // 2] = _GREY
    return planes


class _Hearing:
    """The sound as it decodes: 16-bit, one or two channels, one piece after the other from the beginning, holes as silence."""

    def __init__(self, container: InputContainer) -> None:
        self.stream = container.streams.audio[0]
        context = self.stream.codec_context
        self.rate, self.layout = context.rate, "mono" if context.channels == 1 else "stereo"
        self.channels = 1 if self.layout == "mono" else 2
        self._begin = (container.start_time or 0) / 1e6
        self._resampler = av.AudioResampler(format="s16", layout=self.layout, rate=self.rate)
        self._next = 0

    def of(self, frame: Any) -> Iterator[tuple[int, Samples]]:
        """From which sample on, and the samples, a row a moment."""
        when = self._next if frame.time is None else round((frame.time - self._begin) * self.rate)
        hole = when - self._next
        if hole > self.rate // 10:
            yield self._told(np.zeros((hole, self.channels), np.int16))
        for ready in self._resampler.resample(frame):
            yield self._told(ready.to_ndarray().reshape(-1, self.channels).astype(np.int16, copy=False))

    def _told(self, samples: Samples) -> tuple[int, Samples]:
        first, self._next = self._next, self._next + len(samples)
        return first, samples


class _Sound:
    def __init__(self, container: InputContainer, copy: OutputContainer, masks: MaskList) -> None:
        self._hearing = _Hearing(container)
        self._veil = Veil(self._hearing.rate, self._hearing.layout, masks)
        self.source = self._hearing.stream
        self.target = copy.add_stream("flac", rate=self._hearing.rate, layout=self._hearing.layout)
        self.target.codec_context.format = "s16"

    def frames(self, frame: Any) -> Iterator[Any]:
        for _, samples in self._hearing.of(frame):
            yield from self._pieces(self._veil.of(samples))

    def last_frames(self) -> Iterator[Any]:
        """What the veil still holds at the end."""
        yield from self._pieces(self._veil.end())

    def _pieces(self, veiled: Iterator[tuple[int, Samples]]) -> Iterator[Any]:
        for first, quiet in veiled:
            for at in range(0, len(quiet), 4096):
                piece = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(quiet[at : at + 4096]).reshape(1, -1),
                    format="s16",
                    layout=self._hearing.layout,
                )
                piece.sample_rate, piece.pts, piece.time_base = (
                    self._hearing.rate,
                    first + at,
                    Fraction(1, self._hearing.rate),
                )
                yield piece


def _turn_of(reading: Reading) -> int:
    return next(track.rotation for track in reading.tracks if track.kind == "video")


def _write(container: InputContainer, copy: OutputContainer, parts: list["_Film | _Sound"]) -> None:
    by_stream, written = {part.source.index: part for part in parts}, 0
    for packet in container.demux([part.source for part in parts]):
        part = by_stream[packet.stream_index]
        try:
            decoded = packet.decode()
        except av.FFmpegError:
            continue  # A damaged piece is left out here and in the proof alike; the inspection tells of it.
        for frame in decoded:
            for ready in part.frames(frame):  # type: ignore[arg-type]
                for coded in part.target.encode(ready):  # type: ignore[arg-type]
                    copy.mux(coded)
                    written += 1
    for part in parts:
        for ready in part.last_frames():
            for coded in part.target.encode(ready):  # type: ignore[arg-type]
                copy.mux(coded)
                written += 1
        for coded in part.target.encode(None):
            copy.mux(coded)
            written += 1
    if not written:
        raise Malformed("声音和画面都解不出来，不能制作遮挡副本")


# ── 证明：读回副本，逐幅逐样与原件的解码相比 ─────────────────


def _prove(source: BinaryIO, reading: Reading, output: BinaryIO, masks: MaskList) -> dict[str, Any]:
    proof: dict[str, Any] = {
        "pictures": 0, "pixels_outside": 0, "differing_outside": 0, "pixels_inside": 0, "shown_inside": 0,
        "pictures_missing": 0, "converted_from": "", "samples": 0, "samples_muted": 0, "samples_disguised": 0,
        "heard_inside": 0, "sound_equal": True,
    }  # fmt: skip
    output.flush()
    with open_media(source, reading.demuxer) as container, open_media(output, "mov") as copy:
        if container.streams.video:
            _prove_film(container, copy, masks, _turn_of(reading), proof)
    with open_media(source, reading.demuxer) as container, open_media(output, "mov") as copy:
        if container.streams.audio:
            _prove_sound(container, copy, masks, proof)
    return proof


def _prove_film(
    container: InputContainer, copy: InputContainer, masks: MaskList, turn: int, proof: dict[str, Any]
) -> None:
    pictures, copied = _Pictures(container, turn=turn), _Pictures(copy, turn=0)
    for original, made in zip_longest(_seen(container, pictures), _seen(copy, copied)):
        if original is None or made is None:
            proof["pictures_missing"] += 1
            continue
        rectangles = masks.rectangles(original[0], width=original[1].width, height=original[1].height)
        _compare(_planes(original[1]), _planes(made[1]), rectangles, proof)
    proof["converted_from"] = pictures.converted_from


def _seen(container: InputContainer, pictures: _Pictures) -> Iterator[tuple[float, VideoFrame]]:
    for frame in _decoded(container, pictures.stream):
        seen = pictures.of(frame)
        if seen is not None:
            yield seen


def _decoded(container: InputContainer, stream: Any) -> Iterator[Any]:
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue


def _compare(
    original: Pixels, made: Pixels, rectangles: list[tuple[int, int, int, int]], proof: dict[str, Any]
) -> None:
    """Counts over luma and both colours: what differs outside, what inside is not hidden."""
    inside = hidden(np.zeros_like(original), rectangles) != 0
    black = hidden(np.zeros_like(original), rectangles)
    proof["pictures"] += 1
    proof["pixels_inside"] += int(inside.sum())
    proof["pixels_outside"] += int(inside.size - inside.sum())
    if original.shape != made.shape:
        proof["differing_outside"] += original.size
        return
    proof["differing_outside"] += int(((original != made) & ~inside).sum())
    proof["shown_inside"] += int(((made != black) & inside).sum())


def _prove_sound(
    container: InputContainer, copy: InputContainer, masks: MaskList, proof: dict[str, Any]
) -> None:
    if not copy.streams.audio:
        proof["sound_equal"] = False
        return
    wanted, found = hashlib.sha256(), hashlib.sha256()
    hearing = _Hearing(container)
    veil = Veil(hearing.rate, hearing.layout, masks)
    for frame in _decoded(container, hearing.stream):
        for _, samples in hearing.of(frame):
            for _, veiled in veil.of(samples):
                wanted.update(veiled.tobytes())
    for _, veiled in veil.end():
        wanted.update(veiled.tobytes())
    proof["heard_inside"], proof["samples_disguised"] = veil.heard, veil.disguised
    told, at = _Hearing(copy), 0
    for frame in _decoded(copy, told.stream):
        for _, samples in told.of(frame):
            found.update(samples.tobytes())
            loud = silenced(samples, at, told.rate, masks) != samples
            proof["heard_inside"] += int(loud.sum())
            at += len(samples)
    proof["samples"] = at
    proof["samples_muted"] = sum(
        max(0, min(round(m.ends * told.rate), at) - round(m.begins * told.rate))
        for m in masks.mutes
        if m.sound == "mute"
    )
    proof["sound_equal"] = wanted.digest() == found.digest()
