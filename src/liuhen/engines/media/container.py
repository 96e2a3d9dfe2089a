"""Reads what the box walk does not know (AVI, Matroska, MPEG-TS, AMR, WAV, MP3 …) with the decoder library.

Runs only in the child. The demuxer is forced by what was sniffed and the library gets an open file, never a name,
so a file cannot make it open another. Nothing is decoded here: lengths come from the packets.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, BinaryIO

import av
import numpy as np
from av.container import InputContainer

from liuhen.engines.media.clocks import from_written
from liuhen.engines.media.movie import ISO6709
from liuhen.engines.media.reading import Packets, Reading, plain_text
from liuhen.engines.media.report import Place, Track, TrackKind

PACKET_LIMIT = 5_000_000
STREAM_LIMIT = 64
_DATES = ("creation_time", "date", "com.apple.quicktime.creationdate")


def open_media(source: BinaryIO, demuxer: str) -> InputContainer:
    """Open with one demuxer only. Raises `av.FFmpegError` where it is not what it was taken for."""
    source.seek(0)
    opened = av.open(
        source,
        "r",
        format=demuxer,
        options={"protocol_whitelist": "file"},
        metadata_errors="surrogateescape",
        buffer_size=1 << 18,
    )
    for stream in (*opened.streams.video, *opened.streams.audio):
        if stream.codec_context is not None:  # None for a codec the library does not know
            stream.codec_context.thread_count = 1  # the child may not start threads
    return opened


def read_container(source: BinaryIO, reading: Reading) -> None:
    """Fill `reading` from the streams and their packets."""
    with open_media(source, reading.demuxer) as container:
        if len(container.streams) > STREAM_LIMIT:
            reading.note("unreadable", f"文件声称有 {len(container.streams)} 条轨道，不可信。")
            return
        reading.header_duration = round(container.duration / 1e6, 3) if container.duration else None
        _read_metadata(container.metadata, "container", reading)
        lengths = _read_packets(container, reading)
        for stream in container.streams:
            reading.tracks.append(_track_of(stream, lengths.get(stream.index)))
            _read_metadata(stream.metadata, "stream", reading)
    reading.settle_kind()
    reading.duration = round(max(lengths.values(), default=0.0), 3)
    reading.decodable = reading.duration > 0
    _judge_lengths(reading)


def _read_metadata(metadata: Mapping[str, str], source: str, reading: Reading) -> None:
    for key, value in metadata.items():
        if key.lower() in _DATES and reading.format not in ("avi", "wav"):
            clock = from_written(value, source)
            if clock and all(clock.raw != known.raw for known in reading.clocks):
                reading.clocks.append(clock)
        place = ISO6709.match(plain_text(value)) if key.lower().startswith("location") else None
        if place and reading.place is None and abs(float(place[1])) <= 90 and abs(float(place[2])) <= 180:
            height = float(place[3]) if place[3] else None
            reading.place = Place(float(place[1]), float(place[2]), height, source)
    if not reading.device and source == "container":
        reading.device = plain_text(metadata.get("software", metadata.get("SOFTWARE", "")))


def _read_packets(container: InputContainer, reading: Reading) -> dict[int, float]:
    """The length of each sounding or moving stream, from its own packets; keeps the main film's packets."""
    film = container.streams.video[0].index if container.streams.video else -1
    spans: dict[int, tuple[float, float]] = {}
    steps = {stream.index: _step(stream) for stream in container.streams}
    rows: list[tuple[float, int, bool]] = []
    count = 0
    try:
        for count, packet in enumerate(container.demux()):
            time, index = packet.pts if packet.pts is not None else packet.dts, packet.stream_index
            if count >= PACKET_LIMIT or time is None or not packet.size or packet.time_base is None:
                continue
            start = float(time * packet.time_base)
            length = float(packet.duration * packet.time_base) if packet.duration else steps[index]
            first, last = spans.get(index, (start, start))
            spans[index] = min(first, start), max(last, start + length)
            if index == film:
                rows.append((start, packet.size, packet.is_keyframe))
    except (av.FFmpegError, OSError) as error:
        reading.note("decode_errors", f"第 {count} 个数据包之后读不下去（{type(error).__name__}）。")
    wanted = {s.index for s in container.streams if s.type in ("video", "audio")}
    spans = {index: span for index, span in spans.items() if index in wanted}
    begin = min((start for start, _ in spans.values()), default=0.0)
    if rows:
        times, sizes, keys = zip(*rows, strict=True)
        reading.packets = Packets(np.array(times) - begin, np.array(sizes), np.array(keys, np.bool_))
    return {index: end - start for index, (start, end) in spans.items()}


def _step(stream: Any) -> float:
    rate = getattr(stream, "average_rate", None)
    return float(1 / rate) if rate else 0.0


def _track_of(stream: Any, length: float | None) -> Track:
    context, tag = stream.codec_context, _tag(stream)
    duration = None if length is None else round(length, 3)
    kinds: dict[str, TrackKind] = {"video": "video", "audio": "audio"}
    if context is None or stream.type not in kinds:
        return Track(kinds.get(stream.type, "data"), tag, tag, duration=duration)
    codec = context.codec.canonical_name
    if stream.type == "video":
        rate: Fraction | None = stream.average_rate
        return Track(
            "video",
            codec,
            tag,
            width=context.width,
            height=context.height,
            frames_per_second=round(float(rate), 3) if rate else None,
            duration=duration,
        )
    return Track("audio", codec, tag, sample_rate=context.rate, channels=context.channels, duration=duration)


def _tag(stream: Any) -> str:
    tag = plain_text(getattr(stream.codec_context, "codec_tag", "") or "")
    return tag if re.fullmatch(r"[\w .-]{1,4}", tag, re.ASCII) else ""


def _judge_lengths(reading: Reading) -> None:
    claimed, real = reading.header_duration, reading.duration
    if not reading.decodable:
        if reading.kind != "unknown":
            says = "文件头描述了轨道，里面却没有声音和画面数据。"
            reading.note("header_without_data", says, measure=claimed)
        else:
            reading.note("no_media", "文件里没有声音轨，也没有画面轨。")
    elif claimed and real and abs(claimed - real) > max(2.0, 0.1 * real):
        says = f"文件头称时长 {claimed:.1f} 秒，按实有内容是 {real:.1f} 秒。"
        reading.note("header_duration_wrong", says, measure=claimed)
