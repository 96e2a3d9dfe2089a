"""Black, frozen, dark, blurred, silent, interrupted: found where they were made, and nowhere else."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from liuhen.engines.media import Inspection, child, inspect_file, sound
from liuhen.engines.media.child import inspect
from liuhen.engines.media.looks import look_at, luma_of
from liuhen.engines.media.reading import Packets, Reading
from liuhen.engines.media.report import Progress
from liuhen.engines.media.sound import judge_sound
from liuhen.engines.media.stillness import Sizes
from liuhen.engines.media.synthetic import Clip
from liuhen.kernel.clock import as_utc_text

Frames = Callable[[int], np.ndarray]


def report(path: Path, at: datetime, *, budget: float = 20.0) -> Inspection:
    with path.open("rb") as source:
        return list(inspect(source, path.stat().st_size, at=at.isoformat(), budget=budget))[-1]


def codes(found: Inspection) -> set[str]:
    return {finding.code for finding in found.findings}


def write_film(
    path: Path, frames: list[np.ndarray], *, fps: int = 10, codec: str = "libx264", **options: str
) -> Path:
    """Grey pictures as a film; the format follows the name."""
    with av.open(str(path), "w") as container:
        film = container.add_stream(codec, rate=fps)
        film.height, film.width = frames[0].shape
        film.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        film.codec_context.thread_count = 1
        film.options = {"preset": "ultrafast", **options} if codec == "libx264" else dict(options)
        for index, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="gray")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(film.encode(frame))
        container.mux(film.encode(None))
    return path


def noisy(level: int, seed: int, *, spread: int = 40) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return np.clip(chance.normal(level, spread, (180, 320)), 0, 255).astype(np.uint8)


def test_sound_recording_has_no_findings(sound_clip: Path, at: datetime) -> None:
    found = report(sound_clip, at)
    assert found.findings == ()
    assert found.duration == pytest.approx(6.0, abs=0.1)
    assert found.place is not None
    assert found.place.latitude == pytest.approx(26.0745, abs=1e-3)


def test_made_faults_are_found_where_they_were_made(faulty_clip: Path, at: datetime) -> None:
    found = report(faulty_clip, at)
    expected = {"black": (4, 8), "frozen": (10, 14), "gap": (16, 18), "silent": (5, 9)}
    assert codes(found) == set(expected)
    for code, (start, end) in expected.items():
        finding = found.found(code)
        assert finding is not None
        assert len(finding.spans) == 1
        assert finding.spans[0] == pytest.approx((start, end), abs=0.25)


def test_report_of_the_child_is_json_that_is_believed(faulty_clip: Path, at: datetime) -> None:
    found = report(faulty_clip, at)
    assert Inspection.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found


def test_wrong_camera_clock_of_the_future_is_suspicious(clip: Callable[[Clip], Path], at: datetime) -> None:
    plan = Clip(at, seconds=1, size=(160, 90), clock_error=timedelta(days=400), with_sound=False)
    assert codes(report(clip(plan), at)) == {"clock_suspicious", "no_audio_track"}


def test_recording_all_black_and_silent_says_so(clip: Callable[[Clip], Path], at: datetime) -> None:
    found = report(
        clip(Clip(at - timedelta(hours=1), seconds=5, size=(160, 90), black=((0, 9),), silent=((0, 9),))), at
    )
    assert codes(found) == {"black", "silent"}
    assert all("全程" in finding.says for finding in found.findings)


def test_black_of_a_noisy_sensor_is_found_by_the_pictures(tmp_path: Path, at: datetime) -> None:
    frames = [
        noisy(10 if 80 <= index < 150 else 120, index, spread=3 if 80 <= index < 150 else 40)
        for index in range(240)
    ]
    found = report(write_film(tmp_path / "noise.mp4", frames, g="20", crf="30"), at)
    black = found.found("black")
    assert black is not None
    assert black.spans[0] == pytest.approx((8.0, 15.0), abs=0.6)
    assert found.found("frozen") is None


def test_padded_film_that_stands_still_is_found_by_samples(tmp_path: Path, at: datetime) -> None:
    chance, still = np.random.default_rng(5), noisy(120, 1)
    frames = [
        np.clip(still + chance.integers(-2, 3, still.shape), 0, 255).astype(np.uint8) for _ in range(60)
    ]
    found = report(write_film(tmp_path / "padded.mp4", frames, g="10", crf="10"), at)
    frozen = found.found("frozen")
    assert frozen is not None
    assert frozen.confidence == "medium"


def test_all_key_pictures_of_equal_size_stand_still(tmp_path: Path, at: datetime) -> None:
    frames = [noisy(120, 1 if 10 <= index < 50 else index) for index in range(70)]
    found = report(write_film(tmp_path / "still.avi", frames, codec="mjpeg"), at)
    frozen = found.found("frozen")
    assert frozen is not None
    assert frozen.spans[0] == pytest.approx((1.0, 5.0), abs=0.3)
    assert found.format == "avi"


def test_very_dark_recording_is_not_black(tmp_path: Path, at: datetime) -> None:
    def night(seed: int) -> np.ndarray:
        picture = noisy(12, seed, spread=3)
        picture[100:140, seed % 200 : seed % 200 + 40] = 60
        return picture

    found = report(write_film(tmp_path / "night.mp4", [night(seed) for seed in range(30)]), at)
    assert codes(found) == {"very_dark", "no_audio_track"}


def scene(seed: int) -> Image.Image:
    chance = np.random.default_rng(seed)
    picture = Image.new("L", (720, 480), 200)
    pen = ImageDraw.Draw(picture)
    for left, top, wide, shade in chance.integers(0, 400, (60, 4)).tolist():
        pen.rectangle((left * 1.6, top, left * 1.6 + wide / 4 + 4, top + 30), fill=shade % 200)
    return picture


def test_recording_out_of_focus_is_blurred_and_a_sharp_one_not(tmp_path: Path, at: datetime) -> None:
    sharp = [np.asarray(scene(seed)) for seed in range(20)]
    soft = [np.asarray(scene(seed).filter(ImageFilter.GaussianBlur(6))) for seed in range(20)]
    assert "blurred" not in codes(report(write_film(tmp_path / "sharp.mp4", sharp), at))
    assert "blurred" in codes(report(write_film(tmp_path / "soft.mp4", soft), at))
    part = [(soft if 40 <= index < 90 else sharp)[index % 20] for index in range(150)]
    finding = report(write_film(tmp_path / "part.mp4", part, g="10"), at).found("blurred")
    assert finding is not None
    assert finding.confidence == "low"
    assert finding.spans[0] == pytest.approx((4, 8), abs=1.2)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (scene(1), set()),
        (scene(1).filter(ImageFilter.GaussianBlur(6)), {"blurred"}),
        (Image.new("L", (320, 240), 3), {"black"}),
        (Image.fromarray(noisy(16, 1, spread=12)), {"very_dark"}),
        (Image.new("L", (20, 16), 200), set()),
        (Image.new("L", (320, 240), 200), set()),
    ],
    ids=["sharp", "blurred", "black", "dark", "tiny", "even"],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "BMP"])
def test_photographs_are_judged_too(
    picture: Image.Image, expected: set[str], form: str, tmp_path: Path, at: datetime
) -> None:
    path = tmp_path / "photograph"
    picture.convert("RGB").save(path, form)
    found = report(path, at)
    assert codes(found) == expected
    assert (found.kind, found.format) == ("picture", form.lower())


@pytest.mark.parametrize(
    ("form", "black", "white"),
    [
        ("yuv420p", 16, 235),
        ("yuvj420p", 0, 255),
        ("yuv420p10le", 64, 940),
        ("gray", 0, 255),
        ("nv12", 16, 235),
        ("p010le", 64 << 6, 940 << 6),
        ("rgb24", 0, 255),
        ("yuyv422", 16, 235),
    ],
)
def test_black_is_black_and_white_is_white_in_every_coding(form: str, black: int, white: int) -> None:
    for value, expected in ((black, 0.0), (white, 1.0)):
        frame = av.VideoFrame(64, 48, form)
        for number, plane in enumerate(frame.planes):
            wide = form.endswith("10le")
            grey = (512 << 6 if form == "p010le" else 512) if wide else 128
            level = value if number == 0 else grey
            raw = np.full(plane.buffer_size // (2 if wide else 1), level, "<u2" if wide else np.uint8)
            if form == "yuyv422":
                raw[1::2] = 128
            plane.update(raw.tobytes())
        assert float(luma_of(frame).mean()) == pytest.approx(expected, abs=0.012)


def test_full_range_told_beside_the_coding_is_believed() -> None:
    frame = av.VideoFrame.from_ndarray(np.full((72, 64), 16, np.uint8), format="yuv420p")
    assert look_at(frame, 0.0, sharpness=False).luma == 0.0
    frame.color_range = 2
    assert look_at(frame, 0.0, sharpness=False).luma == pytest.approx(16 / 255)


def test_stretches_need_two_seconds_and_end_at_the_next_picture() -> None:
    def packets(small: range, keys: tuple[int, ...] = (0,)) -> Packets:
        sizes = np.array([20 if index in small else 5_000 for index in range(100)])
        return Packets(np.arange(100) / 10, sizes, np.isin(np.arange(100), keys))

    def still(given: Packets) -> tuple[tuple[float, float], ...]:
        return Sizes(given, 320 * 180, 10.0).still()

    assert still(packets(range(30, 60))) == ((2.9, 6.0),)
    assert still(packets(range(30, 45))) == ()
    assert still(packets(range(30, 100))) == ((2.9, 10.0),)
    assert still(packets(range(0), keys=tuple(range(30)))) == ()


def write_sound(path: Path, wave: np.ndarray, *, codec: str, form: str, rate: int = 16_000) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(wave.reshape(1, -1), format=form, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("codec", "form", "kind"), [("pcm_s16le", "s16", np.int16), ("pcm_u8", "u8", np.uint8)]
)
def test_silence_is_found_in_plain_sound(
    codec: str, form: str, kind: type, tmp_path: Path, at: datetime
) -> None:
    time = np.arange(16_000 * 8) / 16_000
    wave = np.sin(2 * np.pi * 440 * time) * ((time < 2) | (time >= 5)) * 0.5
    scaled = wave * 32_767 if kind is np.int16 else wave * 127 + 128
    found = report(write_sound(tmp_path / "tone.wav", scaled.astype(kind), codec=codec, form=form), at)
    silent = found.found("silent")
    assert found.kind == "audio"
    assert silent is not None
    assert silent.spans[0] == pytest.approx((2, 5), abs=0.2)


def test_sound_beyond_the_budget_is_an_incomplete_check(sound_clip: Path) -> None:
    from_clip = Reading("mp4", "mov", "video", tracks=[])
    with sound_clip.open("rb") as source:
        reading = list(inspect(source, sound_clip.stat().st_size, at="2026-05-07T01:00:00Z", budget=20))[-1]
        from_clip.tracks = list(reading.tracks)
        assert judge_sound(source, from_clip, budget=-1.0) == Progress()
    assert [finding.code for finding in from_clip.findings] == ["incomplete_check"]


def test_check_that_was_stopped_goes_on_and_says_what_one_go_says(
    faulty_clip: Path, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sound is given so little time that it takes many goes; the picture is looked at once."""
    looked: list[str] = []
    see = child.judge_sight
    monkeypatch.setattr(
        child, "judge_sight", lambda source, reading: (looked.append("once"), see(source, reading))
    )
    whole = report(faulty_clip, at)
    ticks = iter(range(1_000_000))
    monkeypatch.setattr(sound.time, "process_time", lambda: float(next(ticks)))
    looked.clear()
    found, goes = one_go(faulty_clip, at, None), 1
    while found.progress:
        assert found.found("incomplete_check") is not None
        assert Inspection.from_json(found.to_json()) == found
        found, goes = one_go(faulty_clip, at, found), goes + 1
    assert (looked, goes > 2) == (["once"], True)
    assert codes(found) == codes(whole)
    for one in whole.findings:
        again = found.found(one.code)
        assert again is not None
        assert np.ravel(again.spans) == pytest.approx(np.ravel(one.spans), abs=0.1)
    assert found.findings[-1].measure == pytest.approx(whole.findings[-1].measure, abs=0.5)


def one_go(path: Path, at: datetime, before: Inspection | None) -> Inspection:
    with path.open("rb") as source:
        size = path.stat().st_size
        return list(inspect(source, size, at=as_utc_text(at), budget=240.0, before=before))[-1]


def test_parent_hands_over_what_was_finished(faulty_clip: Path, at: datetime) -> None:
    whole = report(faulty_clip, at)
    half = replace(whole, findings=whole.findings[:1], progress=Progress(seen=True, until=10.0))
    found = inspect_file(faulty_clip, at=at, before=half)
    assert found.complete
    assert [one.code for one in found.findings] == [
        whole.findings[0].code
    ]  # The silence lay before the tenth second.
    assert inspect_file(faulty_clip, at=at, before=whole).findings == whole.findings


def test_sound_that_does_not_decode_is_told(sound_clip: Path, tmp_path: Path, at: datetime) -> None:
    whole = bytearray(sound_clip.read_bytes())
    start, index = whole.find(b"mdat") + 4, whole.rfind(b"moov") - 4
    chance = np.random.default_rng(1)
    whole[start:index] = chance.integers(0, 256, index - start, np.uint8).tobytes()
    path = tmp_path / "damaged.mp4"
    path.write_bytes(whole)
    assert "decode_errors" in codes(report(path, at))


def test_truncated_recording_keeps_its_facts(sound_clip: Path, tmp_path: Path, at: datetime) -> None:
    whole = sound_clip.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    assert codes(report(cut, at)) == {"not_finished", "unreadable"}


def test_photograph_cut_short_is_told(tmp_path: Path, at: datetime) -> None:
    whole = io.BytesIO()
    scene(3).convert("RGB").save(whole, "JPEG")
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole.getvalue()[:9_000])
    assert codes(report(path, at)) >= {"truncated"}
