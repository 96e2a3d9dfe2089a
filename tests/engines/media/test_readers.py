"""Readers and makers of the child, run in this process on files made here."""

import io
import os
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageChops

from liuhen.engines.media import Inspection, child, container, derive, looks, pictures, sight, synthetic
from liuhen.engines.media.child import answer, inspect, read
from liuhen.engines.media.reading import Packets, Reading
from liuhen.engines.media.riff import read_riff
from liuhen.engines.media.sound import judge_sound
from liuhen.engines.media.stillness import Sizes
from liuhen.engines.media.synthetic import Clip
from liuhen.kernel.errors import Malformed

LIMITS = {"cpu_seconds": 20}


def told(path: Path, task: dict[str, Any]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    with path.open("rb") as source:
        answer({"limits": LIMITS, **task}, source, lines.append)
    return lines


def made(path: Path, out: Path, **task: Any) -> bytes:
    told(path, {"output": os.open(out, os.O_RDWR | os.O_CREAT | os.O_TRUNC), **task})
    return out.read_bytes()


def thumb(path: Path, out: Path, *, second: float | None = None, side: int = 120) -> Image.Image:
    task = {"do": "thumbnail", "side": side, "second": second, "form": "jpeg"}
    return Image.open(io.BytesIO(made(path, out, **task)))


def codes(report: Inspection) -> set[str]:
    return {finding.code for finding in report.findings}


def reading_of(path: Path) -> Reading:
    with path.open("rb") as source:
        return read(source, path.stat().st_size)


def report_of(path: Path) -> Inspection:
    with path.open("rb") as source:
        return list(inspect(source, path.stat().st_size, at="2026-05-07T01:00:00Z", budget=20.0))[-1]


def write(
    path: Path,
    *,
    video: str = "mpeg4",
    audio: str = "",
    seconds: int = 3,
    metadata: dict[str, str] | None = None,
    form: str | None = None,
    size: tuple[int, int] = (160, 120),
    aspect: Fraction | None = None,
    times: Callable[[int], int] = lambda index: index,
) -> Path:
    """A short film or sound in any container."""
    with av.open(str(path), "w", format=form) as out:
        out.metadata.update(metadata or {})
        chance = np.random.default_rng(3)
        film = out.add_stream(video, rate=10) if video else None
        if film is not None:
            film.width, film.height = size
            film.pix_fmt = "yuvj420p" if video == "mjpeg" else "yuv420p"
            if aspect:
                film.codec_context.sample_aspect_ratio = aspect
        rate = 8_000 if audio in ("amr_nb", "pcm_alaw") else 44_100
        sound = out.add_stream(audio, rate=rate, layout="mono") if audio else None
        for index in range(seconds * 10 if film is not None else 0):
            noise = chance.integers(60, 200, (size[1] * 3 // 2, size[0]), np.uint8)
            frame = av.VideoFrame.from_ndarray(noise, format="yuv420p")
            frame.pts, frame.time_base = times(index), Fraction(1, 10)
            out.mux(film.encode(frame))
        if sound is not None:
            tone = (np.sin(np.arange(rate * seconds) / 20) * 9_000).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
            out.mux(sound.encode(frame))
        for stream in filter(None, (film, sound)):
            out.mux(stream.encode(None))
    return path


def test_child_says_that_it_is_ready(sound_clip: Path) -> None:
    assert told(sound_clip, {"do": "ready"}) == [{"ready": True}]


def test_each_line_of_an_inspection_is_a_whole_report(faulty_clip: Path) -> None:
    lines = told(faulty_clip, {"do": "inspect", "at": "2026-05-07T01:00:00Z"})
    reports = [Inspection.from_json(line["report"]) for line in lines[:-1]]
    assert [len(report.findings) for report in reports] == [0, 3, 4]
    assert lines[-1] == {"done": True}


def test_transport_stream_and_matroska_are_read_by_packets(tmp_path: Path) -> None:
    stream = reading_of(write(tmp_path / "a.ts", video="mpeg2video", audio="mp2", size=(320, 240)))
    assert [track.codec for track in stream.tracks] == ["mpeg2video", "mp2"]
    assert stream.duration == pytest.approx(3.0, abs=0.2)
    meta = {
        "creation_time": "2026-05-06T08:00:00Z",
        "location": "+26.0745+119.2965/",
        "date": "2026-05-06T08:00:00Z",
    }
    film = reading_of(write(tmp_path / "a.mkv", audio="pcm_s16le", metadata=meta))
    assert [clock.moment for clock in film.clocks] == [datetime(2026, 5, 6, 8, tzinfo=UTC)] * len(film.clocks)
    assert film.clocks
    assert film.place is not None
    assert (film.place.latitude, film.place.source) == (26.0745, "container")
    high = reading_of(write(tmp_path / "b.mkv", metadata={"location": "+26.0745+119.2965+012.0/"}))
    assert high.place is not None
    assert high.place.altitude == 12.0
    wrong = reading_of(write(tmp_path / "c.mkv", metadata={"location": "+96.0745+119.2965/"}))
    assert wrong.place is None


def test_attached_files_are_data_tracks(tmp_path: Path) -> None:
    path = tmp_path / "s.mkv"
    with av.open(str(path), "w") as out:
        film = out.add_stream("mpeg4", rate=10)
        film.width, film.height, film.pix_fmt = 64, 64, "yuv420p"
        out.add_attachment("note.txt", "text/plain", b"hello")
        frame = av.VideoFrame.from_ndarray(np.full((96, 64), 90, np.uint8), format="yuv420p")
        frame.pts, frame.time_base = 0, Fraction(1, 10)
        out.mux(film.encode(frame))
        out.mux(film.encode(None))
    assert [track.kind for track in reading_of(path).tracks] == ["video", "data"]


def test_file_with_more_tracks_than_any_honest_one_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.mkv", audio="pcm_s16le")
    assert report_of(path).found("unreadable") is None
    monkeypatch.setattr(container, "STREAM_LIMIT", 1)
    assert "2 条轨道" in report_of(path).findings[0].says


def test_packets_beyond_the_limit_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.mkv")
    monkeypatch.setattr(container, "PACKET_LIMIT", 5)
    reading = reading_of(path)
    assert reading.packets is not None
    assert len(reading.packets.sizes) == 5
    assert [finding.code for finding in reading.findings] == ["header_duration_wrong"]


def test_wave_header_without_sound_is_header_without_data(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    fmt = struct.pack("<HHIIHH", 1, 1, 8_000, 16_000, 2, 16)
    path.write_bytes(
        b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + struct.pack("<I", 16) + fmt + b"data" + bytes(4)
    )
    assert codes(report_of(path)) == {"header_without_data"}


def test_container_without_tracks_has_no_media(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    path.write_bytes((b"\x47\x1f\xff\x10" + b"\xff" * 184) * 400)
    assert codes(report_of(path)) & {"no_media", "unreadable"}


def test_avi_keeps_its_raw_time_and_tells_a_cut(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.avi", video="mjpeg", audio="pcm_s16le").read_bytes()
    assert codes(report_of(tmp_path / "a.avi")) == set()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) * 2 // 3])
    assert "truncated" in codes(report_of(tmp_path / "cut.avi"))


def riff(*lists: bytes, claimed: int | None = None) -> Reading:
    body = b"AVI " + b"".join(lists)
    whole = b"RIFF" + struct.pack("<I", len(body) if claimed is None else claimed) + body
    reading = Reading("avi", "avi")
    read_riff(io.BytesIO(whole), len(whole), reading)
    return reading


def chunk(kind: bytes, payload: bytes) -> bytes:
    return kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def test_times_in_lists_are_read_once() -> None:
    time = chunk(b"IDIT", b"Wed May 06 16:00:00 2026\n\0")
    reading = riff(chunk(b"LIST", b"hdrl" + chunk(b"avih", b"123") + time), chunk(b"LIST", b"INFO" + time))
    assert [(clock.source, clock.local) for clock in reading.clocks] == [("avi", "2026-05-06T16:00:00")]


def test_avi_never_closed_is_not_finished() -> None:
    assert [f.code for f in riff(chunk(b"LIST", b"movi" + b"x" * 40), claimed=0).findings] == ["not_finished"]
    assert riff(chunk(b"LIST", b"movi" + b"x" * 40), chunk(b"idx1", b"1234")).findings == []


def test_riff_of_endless_chunks_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liuhen.engines.media.riff.CHUNK_LIMIT", 3)
    assert riff(*[chunk(b"JUNK", b"")] * 50).findings == []


def exif(
    *, orientation: int = 1, gps: dict[int, Any] | None = None, times: dict[int, str] | None = None
) -> Image.Exif:
    written = Image.Exif()
    written[0x0112], written[0x010F], written[0x0110] = orientation, "记录仪厂", "A-1"
    written.get_ifd(0x8769).update(times or {})
    written.get_ifd(0x8825).update(gps or {})
    return written


def photograph(path: Path, form: str = "JPEG", **how: Any) -> Path:
    chance = np.random.default_rng(1)
    picture = Image.fromarray(chance.integers(0, 255, (60, 90, 3), np.uint8)).resize((360, 240))
    picture.save(path, form, exif=exif(**how))
    return path


GPS = {
    1: "S",
    2: (26.0, 4.0, 28.2),
    3: "W",
    4: (119.0, 17.0, 47.4),
    6: 12.5,
    7: (8.0, 0.0, 1.5),
    29: "2026:05:06",
}


def test_exif_gives_turn_device_clocks_and_place(tmp_path: Path) -> None:
    times = {0x9003: "2026:05:06 16:00:00", 0x9011: "+08:00"}
    reading = reading_of(photograph(tmp_path / "p.jpg", orientation=6, gps=GPS, times=times))
    assert reading.tracks[0].rotation == 90
    assert reading.device.endswith("A-1")
    assert [(clock.source, clock.moment) for clock in reading.clocks] == [
        ("exif", datetime(2026, 5, 6, 8, 0, tzinfo=UTC)),
        ("exif.gps", datetime(2026, 5, 6, 8, 0, 1, 500_000, tzinfo=UTC)),
    ]
    assert reading.place is not None
    assert (reading.place.latitude, reading.place.longitude) == pytest.approx((-26.0745, -119.2965), abs=1e-4)
    assert reading.place.altitude == 12.5


@pytest.mark.parametrize(
    "gps",
    [
        {},
        {1: "N", 2: (96.0, 0.0, 0.0), 3: "E", 4: (119.0, 0.0, 0.0)},
        {2: (1.0, 2.0), 4: (1.0, 2.0)},
        {29: "2026:05:06"},
    ],
)
def test_places_that_are_none_are_left_out(gps: dict[int, Any], tmp_path: Path) -> None:
    reading = reading_of(photograph(tmp_path / "p.jpg", gps=gps, times={0x9003: ""}))
    assert (reading.place, reading.clocks) == (None, [])


def test_zero_denominator_is_no_number() -> None:
    from_exif = type("Rational", (), {"numerator": 1, "denominator": 0})()
    assert pictures._number(from_exif) is None
    assert pictures._number("x") is None
    assert pictures._degrees((1.0, "x", 2.0), "N", "S", 90) is None


def test_photograph_too_large_is_described_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = photograph(tmp_path / "p.png", "PNG")
    assert codes(report_of(path)) == set()
    monkeypatch.setattr(pictures, "PIXEL_LIMIT", 1_000)
    found = report_of(path).found("unreadable")
    assert found is not None
    assert "360×240" in found.says


def test_damaged_head_of_a_photograph_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(photograph(path, "PNG").read_bytes()[:30])
    assert codes(report_of(path)) == {"unreadable"}


def test_high_efficiency_photograph_is_read_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "p.heic"
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 96, 3), np.uint8)).resize(
        (192, 128)
    )
    pillow_heif.from_pillow(picture).save(path, exif=exif(times={0x9003: "2026:05:06 16:00:00"}).tobytes())
    reading = reading_of(path)
    assert (reading.format, reading.tracks[0].codec, reading.tracks[0].width) == ("heic", "hevc", 192)
    assert [clock.local for clock in reading.clocks] == ["2026-05-06T16:00:00"]
    assert codes(report_of(path)) <= {"blurred"}
    assert thumb(path, tmp_path / "out").size == (120, 80)


def test_photograph_is_turned_upright(tmp_path: Path) -> None:
    assert thumb(photograph(tmp_path / "p.jpg", orientation=6), tmp_path / "out").size == (80, 120)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes((tmp_path / "p.jpg").read_bytes()[:-900])
    assert thumb(cut, tmp_path / "out").size == (80, 120)
    assert "truncated" in codes(report_of(cut))


def turned(path: Path, quarter: int) -> Path:
    """The same film, told to be shown turned: only the matrix in its header is changed."""
    whole = path.read_bytes()
    straight = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    a, b = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[quarter]
    matrix = struct.pack(">9i", a << 16, b << 16, 0, -b << 16, a << 16, 0, 0, 0, 1 << 30)
    at = whole.index(straight, whole.index(b"tkhd"))
    out = path.with_name(f"turned{quarter}.mp4")
    out.write_bytes(whole[:at] + matrix + whole[at + 36 :])
    return out


@pytest.mark.parametrize(("quarter", "undo"), [(90, 90), (180, 180), (270, 270)])
def test_turned_film_stands_upright_in_thumbnail_and_proxy(
    quarter: int, undo: int, clip: Callable[[Clip], Path], tmp_path: Path
) -> None:
    plain = clip(Clip(datetime(2026, 5, 6, 8, tzinfo=UTC), seconds=1, size=(320, 180)))
    path = turned(plain, quarter)
    straight = thumb(plain, tmp_path / "s", second=0.0).rotate(-undo, expand=True).convert("L")
    upright = thumb(path, tmp_path / "t", second=0.0).convert("L")
    assert upright.size == straight.size
    copy = tmp_path / "proxy.mp4"
    made(path, copy, do="proxy", short_side=90)
    track = reading_of(copy).tracks[0]
    assert ((track.width, track.height), track.rotation) == ((90, 160) if quarter != 180 else (160, 90), 0)
    shown = thumb(copy, tmp_path / "p", second=0.0).convert("L").resize(straight.size)
    for other in (upright, shown):
        assert np.asarray(ImageChops.difference(straight, other)).mean() < 12


def test_wide_pixels_are_made_square(tmp_path: Path) -> None:
    path = write(tmp_path / "wide.mkv", aspect=Fraction(2))
    assert thumb(path, tmp_path / "out").size == (120, 45)
    copy = tmp_path / "proxy.mp4"
    made(path, copy, do="proxy", short_side=120)
    assert (reading_of(copy).tracks[0].width, reading_of(copy).tracks[0].height) == (214, 80)


def test_sound_alone_becomes_sound_alone(tmp_path: Path) -> None:
    path, copy = write(tmp_path / "a.wav", video="", audio="pcm_alaw"), tmp_path / "copy.m4a"
    made(path, copy, do="proxy", short_side=720)
    reading = reading_of(copy)
    assert (reading.kind, [track.codec for track in reading.tracks]) == ("audio", ["aac"])
    assert reading.duration == pytest.approx(3.0, abs=0.15)
    with pytest.raises(Malformed, match="没有画面"):
        thumb(path, tmp_path / "out")


def test_hole_in_the_film_stays_a_hole_in_the_proxy(tmp_path: Path) -> None:
    path = write(tmp_path / "hole.mkv", audio="aac", times=lambda index: index if index < 10 else index + 30)
    assert report_of(path).found("gap") is not None
    copy = tmp_path / "copy.mp4"
    made(path, copy, do="proxy", short_side=120)
    gap = report_of(copy).found("gap")
    assert gap is not None
    assert gap.spans[0] == pytest.approx((1.0, 4.0), abs=0.2)


def damaged(path: Path) -> Path:
    """The same index over noise."""
    whole = bytearray(path.read_bytes())
    start, index = whole.find(b"mdat") + 4, whole.rfind(b"moov") - 4
    whole[start:index] = np.random.default_rng(1).integers(0, 256, index - start, np.uint8).tobytes()
    out = path.with_name("damaged.mp4")
    out.write_bytes(whole)
    return out


def test_film_of_noise_gives_neither_thumbnail_nor_proxy(
    clip: Callable[[Clip], Path], tmp_path: Path
) -> None:
    path = clip(Clip(datetime(2026, 5, 6, 8, tzinfo=UTC), seconds=2, size=(160, 90), with_sound=False))
    assert thumb(path, tmp_path / "out").size == (120, 68)
    with pytest.raises(Malformed, match="取不出"):
        thumb(damaged(path), tmp_path / "out")
    with pytest.raises(Malformed, match="解不出来"):
        made(damaged(path), tmp_path / "copy", do="proxy", short_side=720)
    assert "decode_errors" in codes(report_of(damaged(path)))


def test_film_without_a_size_gives_no_proxy(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv")
    with path.open("rb") as source, container.open_media(source, "matroska") as opened:
        opened.streams.video[0].codec_context.width = 0
        with pytest.raises(Malformed, match="尺寸"):
            derive._FilmCopy(opened, opened, reading_of(path), 720)  # type: ignore[arg-type]


def test_pictures_that_do_not_move_time_forward_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv")
    with (
        path.open("rb") as source,
        container.open_media(source, "matroska") as opened,
        av.open(io.BytesIO(), "w", format="mp4") as copy,
    ):
        film = derive._FilmCopy(opened, copy, reading_of(path), 720)
        first, second, *_ = opened.decode(video=0)
        counts = [len(list(film.frames(frame))) for frame in (first, first, second, first)]
        assert counts == [1, 0, 1, 0]


def test_index_that_the_walk_cannot_follow_is_left_to_the_library(
    clip: Callable[[Clip], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clip(Clip(datetime(2026, 5, 6, 8, tzinfo=UTC), seconds=1, size=(160, 90)))

    def lost(*_: object) -> Reading:
        raise Malformed("迷路")

    monkeypatch.setattr(child, "read_movie", lost)
    reading = reading_of(path)
    assert (reading.format, reading.kind) == ("mp4", "video")
    assert reading.duration == pytest.approx(1.0, abs=0.1)
    assert reading.tracks[0].tag == "avc1"


@pytest.mark.parametrize(("error", "why"), [(Malformed("迷路"), "迷路"), (OverflowError(), "自相矛盾")])
def test_where_the_library_is_lost_too_the_first_reason_stands(
    error: Exception, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08free" * 3)

    def lost(*_: object) -> Reading:
        raise error

    monkeypatch.setattr(child, "read_movie", lost)
    found = report_of(path).found("unreadable")
    assert found is not None
    assert why in found.says


def test_step_that_fails_is_told_and_the_next_still_runs(
    faulty_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("boo")

    monkeypatch.setattr(child, "judge_sight", fails)
    assert codes(report_of(faulty_clip)) == {"decode_errors", "silent"}


def test_viewer_stops_at_its_budget(clip: Callable[[Clip], Path]) -> None:
    path = clip(Clip(datetime(2026, 5, 6, 8, tzinfo=UTC), seconds=4, size=(160, 90)))
    packets = reading_of(path).packets
    assert packets is not None
    with path.open("rb") as source, looks.Viewer(source, "mov", packets, budget=3) as viewer:
        seen = viewer.look(1.8, exact=True)
        assert seen is not None
        assert seen.time < 1.8
    keyless = Packets(packets.times, packets.sizes, np.zeros(len(packets.keys), np.bool_))
    with path.open("rb") as source, looks.Viewer(source, "mov", keyless, budget=50) as viewer:
        assert viewer.key_before(3.0) == 0.0


def test_look_past_the_end_gives_the_last_picture(clip: Callable[[Clip], Path], tmp_path: Path) -> None:
    path = clip(Clip(datetime(2026, 5, 6, 8, tzinfo=UTC), seconds=2, size=(160, 90)))
    packets = reading_of(path).packets
    assert packets is not None
    with path.open("rb") as source, looks.Viewer(source, "mov", packets, budget=90) as viewer:
        seen = viewer.look(99.0, exact=True)
        assert seen is not None
        assert seen.time == pytest.approx(1.9)
    late = np.asarray(thumb(path, tmp_path / "late", second=99.0))
    assert np.abs(late.astype(int) - np.asarray(thumb(path, tmp_path / "end", second=1.9))).mean() < 1


def test_moving_pictures_of_few_bytes_are_not_called_frozen(sound_clip: Path) -> None:
    packets = reading_of(sound_clip).packets
    assert packets is not None
    with sound_clip.open("rb") as source, looks.Viewer(source, "mov", packets, budget=500) as viewer:
        sizes = Sizes(packets, 320 * 180, 6.0)
        assert sight._judge_still(viewer, sizes, ((0.0, 3.0),), 6.0) == ([], ())


def test_film_cut_in_its_data_keeps_the_pictures_it_has(faulty_clip: Path, tmp_path: Path) -> None:
    copy, cut = tmp_path / "copy.mp4", tmp_path / "cut.mp4"
    made(faulty_clip, copy, do="proxy", short_side=180)
    cut.write_bytes(copy.read_bytes()[: copy.stat().st_size * 6 // 10])
    report = report_of(cut)
    assert {"truncated", "data_box_longer_than_file", "black"} <= codes(report)
    assert report.duration is not None
    assert 5 < report.duration < 18
    assert report.header_duration == pytest.approx(20.0, abs=0.2)


def test_film_of_one_picture_has_no_gaps(tmp_path: Path) -> None:
    path = write(tmp_path / "one.mkv", times=lambda index: index, seconds=1)
    reading = reading_of(path)
    assert reading.packets is not None
    reading.packets = Packets(reading.packets.times[:1], reading.packets.sizes[:1], reading.packets.keys[:1])
    with path.open("rb") as source:
        sight.judge_sight(source, reading)
        reading.packets = None
        sight.judge_sight(source, reading)
    assert reading.findings == []


class FailingDisk(io.BytesIO):
    """Reads until a place, then answers as a dying disk does."""

    def __init__(self, whole: bytes, good: int) -> None:
        super().__init__(whole)
        self._good = good

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= self._good:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_disk_that_fails_half_way_is_told(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.wav", video="", audio="pcm_s16le", seconds=20).read_bytes()
    reading = Reading("wav", "wav")
    container.read_container(FailingDisk(whole, 600_000), reading)
    assert "decode_errors" in [finding.code for finding in reading.findings]
    assert reading.duration is not None
    assert 1 < reading.duration < 19
    reading.findings.clear()
    judge_sound(FailingDisk(whole, 600_000), reading, budget=20.0)
    assert [finding.code for finding in reading.findings] == ["decode_errors"]


def test_header_without_any_track_has_no_media(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    doctype, info = (
        b"\x42\x82\x88matroska",
        b"\x15\x49\xa9\x66\x87\x2a\xd7\xb1\x83\x0f\x42\x40\x1f\x43\xb6\x75\x83\xe7\x81\0",
    )
    path.write_bytes(b"\x1aE\xdf\xa3\x8b" + doctype + b"\x18\x53\x80\x67" + bytes([0x80 | len(info)]) + info)
    assert codes(report_of(path)) == {"no_media"}


@pytest.mark.parametrize(("text", "code"), [("#EXTM3U\n", "disguised"), ("hello", "no_media")])
def test_what_is_no_media_is_named(text: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text(text)
    assert codes(report_of(path)) == {code}


def test_picture_is_not_played(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="没有可以播放的"):
        made(photograph(tmp_path / "p.jpg"), tmp_path / "out", do="proxy", short_side=720)


def test_lines_are_json_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    child.say({"failed": "内存用尽\n"})
    assert capsys.readouterr().out == '{"failed": "内存用尽\\n"}\n'


def test_without_a_chinese_font_the_label_is_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "_FONTS", ())
    synthetic._written.cache_clear()
    try:
        plain, mixed = synthetic._written("0000001", 20), synthetic._written("执法 0000001", 20)
        assert mixed.shape[1] < plain.shape[1] * 1.3
        assert plain.max() == 255
    finally:
        synthetic._written.cache_clear()


def test_equal_plans_give_equal_bytes(clip: Callable[[Clip], Path]) -> None:
    plan = Clip(datetime(2026, 5, 6, 8, tzinfo=UTC), seconds=2, size=(160, 90), label="0000001")
    first = clip(plan).read_bytes()
    assert clip(plan).read_bytes() == first
    assert clip(replace(plan, seed=2)).read_bytes() != first


def test_edge_of_darkness_is_sought_by_halving(faulty_clip: Path) -> None:
    packets = reading_of(faulty_clip).packets
    assert packets is not None
    with faulty_clip.open("rb") as source, looks.Viewer(source, "mov", packets, budget=500) as viewer:
        assert sight._edge(viewer, 0.2, 7.0, [9.0], rising=True) == pytest.approx(4.0, abs=0.25)
        assert sight._edge(viewer, 3.9, 4.05, [], rising=True) == 4.05
        assert sight._edge(viewer, 0.2, 7.0, [4.5], rising=True) == 4.5
        assert sight._edge(viewer, 5.0, 9.9, [], rising=False) == pytest.approx(8.0, abs=0.25)


def test_codec_the_library_does_not_know_keeps_its_track(tmp_path: Path) -> None:
    path = write(tmp_path / "a.avi", video="mjpeg", audio="pcm_s16le")
    whole = path.read_bytes()
    assert codes(report_of(path)) == set()
    path.write_bytes(whole.replace(b"MJPG", b"ZZQQ"))
    report = report_of(path)
    assert [track.kind for track in report.tracks] == ["video", "audio"]
    assert "decode_errors" in codes(report)
    with pytest.raises((Malformed, *child._BROKEN)):
        thumb(path, tmp_path / "out")


def test_child_hides_and_listens_when_it_is_told(sound_clip: Path, tmp_path: Path) -> None:
    mute = {"begins": 0.0, "ends": 0.5, "reason": "说出住址"}
    hidden = made(sound_clip, tmp_path / "hidden", do="redact", masks={"masks": [], "mutes": [mute]})
    heard = made(sound_clip, tmp_path / "heard", do="envelope")
    assert len(hidden) > 1000
    assert len(heard) > 100
