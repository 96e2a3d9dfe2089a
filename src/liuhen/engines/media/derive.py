"""Makes derived copies in the child: a small picture, and a film or sound any browser plays.

The original is only read. What comes out carries no metadata of the original: a derived copy is for looking at,
not evidence.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any, BinaryIO

import av
import av.filter
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from PIL import Image, ImageFile, ImageOps

from liuhen.engines.media.container import open_media
from liuhen.engines.media.looks import luma_of
from liuhen.engines.media.pictures import open_picture
from liuhen.engines.media.reading import Reading
from liuhen.kernel.errors import Malformed

_CLOCKWISE = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
TURNING = {
    90: (("transpose", "clock"),),
    180: (("hflip", ""), ("vflip", "")),
    270: (("transpose", "cclock"),),
}
TICK = Fraction(1, 90_000)


def thumbnail_bytes(
    source: BinaryIO, reading: Reading, *, side: int, second: float | None, form: str
) -> bytes:
    """A small upright picture no wider and no higher than `side`. Raises `Malformed` where there is none."""
    if reading.kind == "picture":
        # A picture cut short still shows its upper part; that it is cut is said by the inspection.
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        with open_picture(source, reading.demuxer) as opened:
            opened.draft("RGB", (side, side))
            picture = opened if reading.demuxer == "heif" else ImageOps.exif_transpose(opened)
            picture = picture.convert("RGB")
    elif reading.kind == "video" and reading.decodable:
        picture = _film_picture(source, reading, side, second)
    else:
        raise Malformed("文件里没有画面，不能生成缩略图")
    picture.thumbnail((side, side), Image.Resampling.BILINEAR)
    kept = io.BytesIO()
    picture.save(kept, form, quality=78)
    return kept.getvalue()


def _film_picture(source: BinaryIO, reading: Reading, side: int, second: float | None) -> Image.Image:
    """The picture at `second`; without it the first that is not dark of four over the film."""
    length = reading.duration or 0.0
    wanted = [second] if second is not None else [length * share for share in (0.1, 0.4, 0.7, 0.0)]
    best: VideoFrame | None = None
    with open_media(source, reading.demuxer) as container:
        for moment in wanted:
            frame = _frame_at(container, moment, exact=second is not None)
            best = frame or best
            if frame is not None and (second is not None or float(luma_of(frame)[::8, ::8].mean()) > 0.08):
                break
        if best is None:
            raise Malformed("画面数据损坏，取不出一幅完整的画面")
        return _upright(best, container, reading, side)


def _frame_at(container: InputContainer, moment: float, *, exact: bool) -> VideoFrame | None:
    stream, found = container.streams.video[0], None
    begin = (container.start_time or 0) / 1e6
    try:
        container.seek(int((moment + begin) * 1e6))
        for frame in container.decode(stream):
            found = frame
            if not exact or frame.time is None or frame.time - begin >= moment - 0.001:
                break
    except av.FFmpegError:
        return found
    return found


def _upright(frame: VideoFrame, container: InputContainer, reading: Reading, side: int) -> Image.Image:
    """Scaled before it is converted, with square pixels, turned as the file asks."""
    aspect = container.streams.video[0].sample_aspect_ratio or Fraction(1)
    wide, high = float(frame.width * aspect), float(frame.height)
    scale = min(1.0, side / max(wide, high))
    size = {"width": max(1, round(wide * scale)), "height": max(1, round(high * scale))}
    picture: Image.Image = frame.to_image(**size, threads=1)  # type: ignore[no-untyped-call]
    turn = next(track.rotation for track in reading.tracks if track.kind == "video")
    return picture.transpose(_CLOCKWISE[turn]) if turn in _CLOCKWISE else picture


def write_proxy(source: BinaryIO, reading: Reading, output: BinaryIO, *, short_side: int) -> dict[str, Any]:
    """A playable copy into `output`: H.264 and AAC in MP4 with the index in front, or AAC alone.

    Raises `Malformed` where nothing can be decoded.
    """
    if reading.kind not in ("video", "audio") or not reading.decodable:
        raise Malformed("文件里没有可以播放的声音和画面")
    options = {"movflags": "+negative_cts_offsets", "moov_size": str(_index_size(reading))}
    with (
        open_media(source, reading.demuxer) as container,
        av.open(output, "w", format="mp4", options=options) as copy,
    ):
        film = _FilmCopy(container, copy, reading, short_side) if container.streams.video else None
        sound = _SoundCopy(container, copy) if container.streams.audio else None
        copied = _copy(container, copy, film, sound)
    if not copied:
        raise Malformed("声音和画面都解不出来，不能生成播放副本")
    return {"kind": "video" if film else "audio", "packets": copied}


def _index_size(reading: Reading) -> int:
    """Room for the index in front: some 24 bytes a picture and 16 a piece of sound, half as much again."""
    length = reading.duration or 0.0
    pictures = sum(
        (track.frames_per_second or 30.0) * length for track in reading.tracks if track.kind == "video"
    )
    pieces = sum(
        max(track.sample_rate, 48_000) / 1024 * length for track in reading.tracks if track.kind == "audio"
    )
    return int(16_384 + 1.5 * (24 * pictures + 16 * pieces))


class _FilmCopy:
    """Scales, turns and encodes the pictures."""

    def __init__(
        self, container: InputContainer, copy: OutputContainer, reading: Reading, short_side: int
    ) -> None:
        self.source = container.streams.video[0]
        self._turn = next(track.rotation for track in reading.tracks if track.kind == "video")
        self._begin, self._last = (container.start_time or 0) / 1e6, -1
        context = self.source.codec_context
        aspect = self.source.sample_aspect_ratio or Fraction(1)
        wide, high = float(context.width * aspect), float(context.height)
        if wide < 1 or high < 1:
            raise Malformed("画面轨没有写明尺寸，不能生成播放副本")
        scale = min(1.0, short_side / min(wide, high), short_side * 16 / 9 / max(wide, high))
        self._size = tuple(max(2, round(length * scale / 2) * 2) for length in (wide, high))
        rate = Fraction(self.source.average_rate or 25).limit_denominator(1001)
        self.target = copy.add_stream("libx264", rate=min(max(rate, Fraction(1)), Fraction(60)))
        turned = self._turn in (90, 270)
        self.target.width, self.target.height = self._size[::-1] if turned else self._size
        self.target.pix_fmt = "yuv420p"
        self.target.codec_context.time_base = TICK
        self.target.codec_context.thread_count = 1
        self.target.options = {"preset": "veryfast", "crf": "27", "threads": "1"}
        self._graph: av.filter.Graph | None = None
        self._shape: tuple[int, int, str] | None = None

    def frames(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """The frame as it goes to the encoder, unless it does not move time forward."""
        when = round(((frame.time or 0.0) - self._begin) / TICK)
        if frame.time is None or when <= self._last:
            return
        self._last = when
        shape = (frame.width, frame.height, frame.format.name)
        if self._graph is None or shape != self._shape:
            self._graph, self._shape = self._build(frame), shape
        self._graph.vpush(frame)
        ready = self._graph.vpull()
        ready.pts, ready.time_base, ready.pict_type = max(when, 0), TICK, 0
        yield ready

    def _build(self, frame: VideoFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        graph.threads = 1
        begin = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        )
        steps = [("scale", f"{self._size[0]}:{self._size[1]}"), *TURNING.get(self._turn, ())]
        chain = [begin, *(graph.add(name, how or None) for name, how in steps)]
        chain += [graph.add("format", "yuv420p"), graph.add("buffersink")]
        for left, right in pairwise(chain):
            left.link_to(right)
        graph.configure()
        return graph


class _SoundCopy:
    """Encodes the sound in one or two channels."""

    def __init__(self, container: InputContainer, copy: OutputContainer) -> None:
        self.source = container.streams.audio[0]
        context = self.source.codec_context
        rate = context.rate if context.rate in (8000, 16000, 22050, 24000, 32000, 44100, 48000) else 48000
        layout = "mono" if context.channels == 1 else "stereo"
        self.target = copy.add_stream("aac", rate=rate, layout=layout)
        self.target.codec_context.bit_rate = 48_000 * (1 if layout == "mono" else 2)
        self._begin = (container.start_time or 0) / 1e6
        self._resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
        self._next = 0

    def frames(self, frame: Any) -> Iterator[Any]:
        """The frame at the new rate, put where its time says, never backwards."""
        rate = self.target.codec_context.rate
        when = self._next if frame.time is None else round((frame.time - self._begin) * rate)
        late = when - self._next > rate // 10  # less is rounding; more is a hole that stays a hole
        frame.pts = None
        for ready in self._resampler.resample(frame):
            self._next = max(when, self._next) if late else self._next
            ready.pts, ready.time_base, late = self._next, Fraction(1, rate), False
            self._next += ready.samples
            yield ready


def _copy(
    container: InputContainer, copy: OutputContainer, film: _FilmCopy | None, sound: _SoundCopy | None
) -> int:
    parts = {part.source.index: part for part in (film, sound) if part is not None}
    written = 0
    for packet in container.demux([part.source for part in parts.values()]):
        part = parts[packet.stream_index]
        try:
            decoded = packet.decode()
        except av.FFmpegError:
            continue  # a damaged piece is left out; the inspection tells of it
        for frame in decoded:
            for ready in part.frames(frame):  # type: ignore[arg-type]
                for coded in part.target.encode(ready):  # type: ignore[arg-type]
                    copy.mux(coded)
                    written += 1
    for part in parts.values():
        for coded in part.target.encode(None):
            copy.mux(coded)
            written += 1
    return written
