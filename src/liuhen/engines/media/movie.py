"""Reads MP4, MOV, 3GP and M4A by the box walk: tracks, clocks, place, real length, and what the structure hides.

Knows no decoder. A codec it does not know keeps the name the file gives it; a structure it cannot follow raises
`Malformed`, and the child then asks the decoder library.
"""

import math
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from liuhen.engines.media.boxes import Layout, child, children, lay_out, number
from liuhen.engines.media.clocks import from_1904, from_time_code, from_written
from liuhen.engines.media.gpmf import first_fix
from liuhen.engines.media.pieces import judge_pieces, judge_references
from liuhen.engines.media.reading import Packets, Reading, plain_text
from liuhen.engines.media.report import ClockReading, Place, Track, TrackKind
from liuhen.engines.media.samples import Table, read_defaults, read_fragments, read_table
from liuhen.engines.media.telemetry import chosen, note_telemetry
from liuhen.kernel.errors import Malformed

TRACK_LIMIT = 64
SAMPLE_READ_LIMIT = 1 << 20
CLAIM_LIMIT = 1e9

_HANDLERS: dict[bytes, TrackKind] = {b"vide": "video", b"soun": "audio"}
_CODECS = {
    b"avc1": "h264", b"avc3": "h264", b"hvc1": "hevc", b"hev1": "hevc", b"av01": "av1", b"vp08": "vp8",
    b"vp09": "vp9", b"mp4v": "mpeg4", b"s263": "h263", b"jpeg": "mjpeg", b"mjpa": "mjpeg", b"mp4a": "aac",
    b"samr": "amr_nb", b"sawb": "amr_wb", b"Opus": "opus", b"fLaC": "flac", b"ac-3": "ac3", b".mp3": "mp3",
    b"sowt": "pcm_s16le", b"twos": "pcm_s16be", b"alaw": "pcm_alaw", b"ulaw": "pcm_mulaw",
}  # fmt: skip
_OBJECT_TYPES = {0x20: "mpeg4", 0x40: "aac", 0x61: "mpeg2video", 0x66: "aac", 0x67: "aac", 0x68: "aac",
                 0x69: "mp3", 0x6B: "mp3", 0x6C: "mjpeg", 0x6A: "mpeg1video"}  # fmt: skip
_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
ISO6709 = re.compile(r"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?")


@dataclass(slots=True)
class _Trak:
    """One track as the index describes it; `start` is the first sample's place on the film's time, in seconds."""

    handler: bytes
    entry: bytes
    tag: bytes
    scale: int
    table: Table
    rotation: int
    created: int
    start: float
    edited: float | None

    @property
    def length(self) -> float:
        whole = self.table.length / self.scale
        return whole if self.edited is None else min(whole, self.edited)


def read_movie(source: BinaryIO, size: int) -> Reading:
    """Everything the boxes tell. Raises `Malformed` where the index cannot be followed."""
    layout, reading = lay_out(source, size), Reading(demuxer="mov")
    if not layout.moov:
        _explain_missing_index(layout, reading)
        return reading
    scale, claimed, created = _movie_header(layout.moov)
    traks = _read_traks(layout, scale)
    if not traks:
        raise Malformed("索引里没有一条完整的轨道")
    claim = claimed / scale if claimed else _longest(_header_lengths(layout, scale))
    reading.header_duration = None if claim is None else _seconds(claim)
    _note_clock(reading, from_1904(created, "container"))
    for trak in traks:
        reading.tracks.append(_track_of(trak))
        _note_clock(reading, from_1904(trak.created, "stream"))
    reading.settle_kind()
    _read_labels(layout.moov, reading)
    _read_side_tracks(source, traks, reading)
    _measure(layout, traks, reading, size)
    judge_pieces(layout.moov, reading)
    judge_references(layout.moov, reading)
    return reading


def _note_clock(reading: Reading, clock: ClockReading | None) -> None:
    if clock and clock not in reading.clocks:
        reading.clocks.append(clock)


def _explain_missing_index(layout: Layout, reading: Reading) -> None:
    fillers = {b"ftyp", b"wide", b"free", b"skip", b"styp"}
    if layout.has(b"mdat"):
        says = "文件有内容而没有索引，录制未正常结束（如断电、拔卡）；原件照存，不能直接播放。"
        reading.note("not_finished", says)
        reading.note("unreadable", "缺少索引，无法读出声音和画面。")
    elif {box.kind for box in layout.boxes} <= fillers and layout.overrun is None:
        reading.note("no_media", "文件只有类型标记，没有声音和画面。")
    else:
        reading.note("unreadable", "文件结构混乱，找不到索引，无法读出声音和画面。")


def _versioned(box: bytes) -> tuple[int, int, int]:
    """Time scale, duration, creation time of an `mvhd` or `mdhd`.

    All ones mean "unknown" to the standard; players show it as a length all the same, so it stays a claim.
    """
    wide = 8 if box[:1] == b"\1" else 4
    created, scale = number(box, 4, wide), number(box, 4 + 2 * wide)
    duration = number(box, 8 + 2 * wide, wide)
    return max(scale, 1), duration, created


def _movie_header(moov: bytes) -> tuple[int, int, int]:
    return _versioned(child(moov, b"mvhd"))


def _header_lengths(layout: Layout, scale: int) -> Iterable[float]:
    """Lengths claimed where the movie header claims none: by `mehd` and the tracks' own headers."""
    mehd = child(layout.moov, b"mvex", b"mehd")
    if mehd:
        yield number(mehd, 4, 8 if mehd[0] else 4) / scale
    for kind, trak in children(layout.moov):
        if kind == b"trak" and (header := child(trak, b"mdia", b"mdhd")):
            ticks, duration, _ = _versioned(header)
            yield duration / ticks


def _longest(lengths: Iterable[float]) -> float | None:
    return max(lengths, default=0.0) or None


def _read_traks(layout: Layout, movie_scale: int) -> list[_Trak]:
    fragments = read_fragments(layout.moofs, read_defaults(layout.moov))
    traks: list[_Trak] = []
    for kind, payload in children(layout.moov):
        if kind == b"trak" and len(traks) < TRACK_LIMIT and child(payload, b"mdia", b"mdhd"):
            traks.append(_read_trak(payload, movie_scale, fragments))
    return traks


def _read_trak(trak: bytes, movie_scale: int, fragments: dict[int, Table]) -> _Trak:
    scale, _, created = _versioned(child(trak, b"mdia", b"mdhd"))
    stbl, tkhd = child(trak, b"mdia", b"minf", b"stbl"), child(trak, b"tkhd")
    tag, entry = next(children(child(stbl, b"stsd")[8:]), (b"", b""))
    wide = tkhd[:1] == b"\1"
    table = fragments.get(number(tkhd, 20 if wide else 12)) or read_table(stbl)
    start, edited = _edits(child(trak, b"edts", b"elst"), movie_scale, scale)
    return _Trak(
        handler=child(trak, b"mdia", b"hdlr")[8:12],
        entry=entry,
        tag=tag,
        scale=scale,
        table=table,
        rotation=_rotation(tkhd[52 if wide else 40 :]),
        created=created,
        start=start,
        edited=edited,
    )


def _rotation(matrix: bytes) -> int:
    """The clockwise turn of the display matrix, to the quarter; 0 where there is none."""
    if len(matrix) < 8:
        return 0
    across, down = struct.unpack_from(">2i", matrix)
    return round(math.degrees(math.atan2(down, across)) / 90) * 90 % 360


def _edits(elst: bytes, movie_scale: int, scale: int) -> tuple[float, float | None]:
    """Where the first sample falls on the film's time, and how long the edited track is."""
    if not elst:
        return 0.0, None
    wide, lead, shown, first = (8 if elst[0] else 4), 0.0, 0.0, 0.0
    for index in range(min(number(elst, 4), 1_000)):
        at = 8 + index * (2 * wide + 4)
        length, media = number(elst, at, wide) / movie_scale, number(elst, at + wide, wide, signed=True)
        if media < 0:
            lead += length if not shown else 0.0
            continue
        first = media / scale if not shown else first
        shown += length
    return lead - first, (lead + shown) if shown else None


def _track_of(trak: _Trak) -> Track:
    kind = _HANDLERS.get(trak.handler, "data")
    tag = plain_text(trak.tag)
    if kind == "data":
        return Track("data", tag, tag, duration=_seconds(trak.length))
    codec, rate, channels = _codec_of(trak)
    if kind == "audio":
        return Track("audio", codec, tag, sample_rate=rate, channels=channels, duration=_seconds(trak.length))
    wide, high = (number(trak.entry, 24, 2), number(trak.entry, 26, 2)) if len(trak.entry) > 28 else (0, 0)
    whole = trak.table.length / trak.scale
    return Track(
        "video",
        codec,
        tag,
        width=wide,
        height=high,
        frames_per_second=round(trak.table.count / whole, 3) if whole else None,
        rotation=trak.rotation,
        duration=_seconds(trak.length),
    )


def _seconds(length: float) -> float:
    return round(min(max(length, 0.0), CLAIM_LIMIT), 3)


def _codec_of(trak: _Trak) -> tuple[str, int, int]:
    entry, rate, channels = trak.entry, 0, 0
    codec = _CODECS.get(trak.tag, plain_text(trak.tag))
    fixed = 78
    if trak.handler == b"soun" and len(entry) >= 28:
        channels, rate = number(entry, 16, 2), number(entry, 24, 2)
        fixed = 28 + {1: 16, 2: 36}.get(number(entry, 8, 2), 0)
    inner = entry[fixed:]
    esds = child(inner, b"esds") or child(inner, b"wave", b"esds")
    if esds and trak.tag in (b"mp4a", b"mp4v"):
        kind, setup = _elementary(esds[4:])
        codec = _OBJECT_TYPES.get(kind, codec)
        if codec == "aac" and len(setup) >= 2:
            bits = int.from_bytes(setup[:2], "big")
            index, count = bits >> 7 & 0xF, bits >> 3 & 0xF
            rate = _RATES[index] if index < len(_RATES) else rate
            channels = {7: 8}.get(count, count) or channels
    if codec.startswith("amr"):
        rate, channels = (8000 if codec == "amr_nb" else 16000), channels if channels == 1 else 1
    return codec, rate, channels


def _elementary(payload: bytes) -> tuple[int, bytes]:
    """Object type and decoder set-up of an elementary stream descriptor; (0, b"") where there is none."""
    at, kind = 0, 0
    for _ in range(8):
        if at >= len(payload):
            break
        tag, length, at = payload[at], *_descriptor_length(payload, at + 1)
        if tag == 3:
            flags = number(payload, at + 2, 1)
            at += 3 + (2 if flags & 0x80 else 0) + (2 if flags & 0x20 else 0)
        elif tag == 4:
            kind, at = number(payload, at, 1), at + 13
        elif tag == 5:
            return kind, payload[at : at + length]
        else:
            at += length
    return kind, b""


def _descriptor_length(payload: bytes, at: int) -> tuple[int, int]:
    length = 0
    for _ in range(4):
        byte = number(payload, at, 1)
        length, at = length << 7 | byte & 0x7F, at + 1
        if not byte & 0x80:
            break
    return length, at


def _read_labels(moov: bytes, reading: Reading) -> None:
    """User data and Apple's key list: recording time, place, maker and model."""
    labels = _apple_labels(child(moov, b"meta")) | _user_labels(child(moov, b"udta"))
    written = labels.get("com.apple.quicktime.creationdate")
    if written:
        _note_clock(reading, from_written(written, "apple"))
    reading.place = _written_place(labels) or _packed_place(child(moov, b"udta", b"loci"))
    names = (("com.apple.quicktime.make", "com.android.manufacturer", "\xa9mak"),
             ("com.apple.quicktime.model", "com.android.model", "\xa9mod", "FIRM"))  # fmt: skip
    told = [next((plain_text(labels[key]) for key in keys if key in labels), "") for keys in names]
    reading.device = " ".join(part for part in told if part)


def _written_place(labels: dict[str, bytes]) -> Place | None:
    for key, source in (("com.apple.quicktime.location.ISO6709", "apple"), ("\xa9xyz", "udta")):
        match = ISO6709.match(plain_text(labels.get(key, b"")))
        if match and abs(float(match[1])) <= 90 and abs(float(match[2])) <= 180:
            height = float(match[3]) if match[3] else None
            return Place(float(match[1]), float(match[2]), height, source)
    return None


def _packed_place(loci: bytes) -> Place | None:
    """3GPP's location box: a name, a role, then longitude, latitude, altitude in 16.16."""
    end = loci.find(b"\0", 6)
    if end < 0 or len(loci) < end + 14:
        return None
    longitude, latitude, altitude = (value / 65_536 for value in struct.unpack_from(">3i", loci, end + 2))
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Place(round(latitude, 4), round(longitude, 4), round(altitude, 2) or None, "udta")


def _user_labels(udta: bytes) -> dict[str, bytes]:
    labels = {}
    for kind, payload in children(udta):
        name = kind.decode("latin-1")
        if kind[0] == 0xA9 and len(payload) > 4:
            labels[name] = payload[4 : 4 + number(payload, 0, 2)]
        elif kind == b"FIRM":
            labels[name] = payload
    return labels


def _apple_labels(meta: bytes) -> dict[str, bytes]:
    if meta[4:8] != b"hdlr":
        meta = meta[4:]  # the ISO form carries a version before its boxes, QuickTime's does not
    keys = [payload.decode("utf-8", "replace") for _, payload in children(child(meta, b"keys")[8:])]
    labels = {}
    for kind, payload in children(child(meta, b"ilst")):
        index = int.from_bytes(kind, "big") - 1
        if 0 <= index < len(keys):
            labels[keys[index]] = child(payload, b"data")[8:]
    return labels


def _read_side_tracks(source: BinaryIO, traks: list[_Trak], reading: Reading) -> None:
    for trak in traks:
        if trak.tag == b"tmcd" and len(trak.entry) >= 25:
            frame = _sample(source, trak, 0)[:4]
            flags, scale, step = (number(trak.entry, at) for at in (12, 16, 20))
            if len(frame) == 4 and step:
                first, rate = int.from_bytes(frame, "big"), round(scale / step)
                _note_clock(reading, from_time_code(first, rate, drop=bool(flags & 1)))
        elif trak.tag == b"gpmd":
            _read_telemetry(source, trak, reading)


def _read_telemetry(source: BinaryIO, trak: _Trak, reading: Reading) -> None:
    table = trak.table
    fixes = [
        (float(table.ticks[index]) / trak.scale, fix)
        for index in chosen(min(table.count, len(table.ticks)))
        if (fix := first_fix(_sample(source, trak, index)))
    ]
    note_telemetry(reading, fixes)


def _sample(source: BinaryIO, trak: _Trak, index: int) -> bytes:
    """One sample's bytes; for side tracks, whose chunks hold a single sample."""
    table = trak.table
    if index >= len(table.starts):
        return b""
    source.seek(int(table.starts[index]))
    return source.read(min(int(table.lengths[index]), SAMPLE_READ_LIMIT))


def _measure(layout: Layout, traks: list[_Trak], reading: Reading, size: int) -> None:
    """The real length, and what is missing."""
    main = [trak for trak in traks if trak.handler in _HANDLERS]
    shares = [trak.table.present_share(size) for trak in main]
    lengths = [trak.length * share for trak, share in zip(main, shares, strict=True)]
    reading.duration = _seconds(max(lengths, default=0.0))
    reading.decodable = reading.duration > 0
    wanted = max((trak.length for trak in main), default=0.0)
    if layout.overrun is not None:
        over = layout.overrun.end - size
        says = f"数据块声称的长度超出文件末尾 {over} 字节，写入时可能中断过。"
        reading.note("data_box_longer_than_file", says, measure=over)
    if main and not reading.decodable:
        claims = max(wanted, reading.header_duration or 0.0)
        says = f"索引声称有 {claims:.1f} 秒，文件里却没有对应的声音和画面数据。"
        reading.note("header_without_data", says, measure=claims)
    elif not main:
        reading.note("no_media", "文件里没有声音轨，也没有画面轨。")
    elif min(share for share in shares if share) < 1 or 0.0 in shares:
        missing = max(trak.length * (1 - share) for trak, share in zip(main, shares, strict=True))
        reading.note("truncated", f"文件末尾缺失，约 {missing:.1f} 秒的内容不在文件里。", measure=missing)
    _judge_header(reading, wanted)
    film = next((trak for trak in main if trak.handler == b"vide" and trak.table.count), None)
    if film is not None and not film.table.uniform:
        reading.packets = _packets(film, size)


def _judge_header(reading: Reading, wanted: float) -> None:
    claimed = reading.header_duration
    if claimed is None or not reading.decodable or abs(claimed - wanted) <= max(2.0, 0.1 * wanted):
        return
    says = f"文件头称时长 {claimed:.1f} 秒，按实有内容只有 {wanted:.1f} 秒。"
    if claimed < wanted:
        says = f"文件头称时长 {claimed:.1f} 秒，按实有内容有 {wanted:.1f} 秒。"
    reading.note("header_duration_wrong", says, measure=claimed)


def _packets(trak: _Trak, size: int) -> Packets:
    """The film's packets that lie inside the file (by chunk), on the film's time."""
    table = trak.table
    inside = round(table.count * table.present_share(size))
    times = (table.ticks + table.delays)[:inside] / trak.scale + trak.start
    return Packets(np.maximum(times, 0.0), table.sizes[:inside], table.keys[:inside])
