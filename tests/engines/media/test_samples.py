"""Every reference sample: the facts measured with other tools, and the findings it must end with."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from liuhen.engines.media import Inspection, browser_can_play, inspect_file, thumbnail
from liuhen.kernel.errors import Malformed

pytestmark = pytest.mark.reference

AT = datetime(2026, 11, 21, tzinfo=UTC)

# What each file must end with; an empty set means: accepted, nothing to say.
EXPECTED: dict[str, set[str]] = {
    "media/gopro-hero5-karma.mp4": {"clock_disagrees"},
    "media/iphone6-portrait-gps.mov": set(),
    "media/android-portrait-gps-hunan.mp4": set(),
    "media/canon-mjpeg-road.avi": set(),
    "media/street-camera-silent-audio.mp4": {"silent"},
    "media/surveillance-pedestrians.avi": {"no_audio_track"},
    "media/traffic-cut-scene.mp4": {"no_audio_track", "cut"},
    "media/quicktime-amr.3gp": {
        "overexposed"
    },  # A logo on white: three quarters of every picture are white to the stop.
    "media/timestamp-burned-in-320x240-60fps.mp4": set(),
    "media/beach.mkv": {"no_audio_track", "clock_suspicious"},
    "media/webm-silent-audio.webm": {"silent", "very_dark", "clock_suspicious"},
    "media/transport-stream-mpeg2.ts": set(),
    "media/black-silent-10s.mp4": {"black", "silent"},
    "media/still-picture-5s-silent.mp4": {"frozen", "silent"},
    "media/fragmented-bogus-duration.mp4": {"header_duration_wrong"},
    "media/audio-shorter-than-video.mp4": set(),
    "media/edit-list-preroll.mp4": set(),
    "audio/voice-amr-nb.amr": set(),
    "audio/voice-amr-wb.3gp": set(),
    "audio/pcm-44k-stereo.wav": set(),
    "audio/vbr-xing.mp3": set(),
    "audio/aac-8k-mono.m4a": set(),
    "photos/nikon-gps-1.jpg": {"clock_disagrees"},
    "photos/nikon-gps-2.jpg": {"clock_disagrees"},
    "photos/orientation-6.jpg": set(),
    "photos/orientation-3.jpg": set(),
    "photos/iphone-sign.heic": set(),
    "photos/defocused-text.jpg": {"blurred"},
    "hostile/zero-bytes.mp4": {"empty_file"},
    "hostile/chunk-out-of-range.mp4": {"unreadable"},
    "hostile/mdat-longer-than-file.mp4": {"data_box_longer_than_file"},
    "hostile/header-only-no-samples.mp4": {"header_without_data"},
    "hostile/poc-2340.mp4": {"unreadable"},
    "hostile/poc-2393.mp4": {"unreadable"},
    "hostile/ftyp-only.mov": {"no_media"},
    "hostile/md5-twin-1.mp4": {"no_audio_track"},
    "hostile/md5-twin-2.mp4": {"no_audio_track"},
    "hostile/mp3-six-bytes.mp3": {"no_media"},
}
# ffprobe reads this header as a length; the samples say another, which is the finding.
REAL_LENGTH = {"media/fragmented-bogus-duration.mp4": 1.0, "hostile/header-only-no-samples.mp4": 0.0}
PLAYS = {"mov", "mp4", "m4a", "webm", "wav", "mp3", "jpg"}
REFUSED = ("quicktime-amr", "hostile/")


@pytest.fixture(scope="module")
def facts(samples: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((samples / "facts.json").read_text("utf-8"))
    return read


@pytest.fixture(scope="module")
def reports() -> dict[str, Inspection]:
    return {}


@pytest.fixture(params=EXPECTED)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def report(name: str, samples: Path, reports: dict[str, Inspection]) -> Inspection:
    if name not in reports:
        reports[name] = inspect_file(samples / name, at=AT)
    return reports[name]


def test_every_sample_is_in_the_table(facts: dict[str, Any]) -> None:
    media = {name for name in facts if not name.startswith("regulations/")}
    assert media == set(EXPECTED)


def test_sample_ends_with_the_findings_named_and_no_other(name: str, report: Inspection) -> None:
    assert report.complete
    assert {finding.code for finding in report.findings} == EXPECTED[name]


def test_sample_report_survives_its_json(report: Inspection) -> None:
    assert Inspection.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_sample_length_and_tracks_are_those_measured(
    name: str, report: Inspection, facts: dict[str, Any]
) -> None:
    known = facts[name]
    if report.kind == "picture":
        tracks = list(known.get("streams", []))
        assert [(t.width, t.height) for t in report.tracks] == [
            (s["width"], s["height"]) for s in tracks
        ] or not tracks
        return
    if "duration_s" in known and known["duration_s"] is not None:
        assert report.duration == pytest.approx(REAL_LENGTH.get(name, known["duration_s"]), abs=0.2)
        assert report.header_duration == pytest.approx(known["duration_s"], abs=0.2)
    streams = known.get("streams") or []
    assert [track.kind for track in report.tracks] == [stream["type"] for stream in streams]
    for track, stream in zip(report.tracks, streams, strict=True):
        if track.kind == "data":
            assert track.tag == stream["tag"]
            continue
        assert track.codec == stream["codec"]
        assert (track.width, track.height) == (stream.get("width", 0), stream.get("height", 0))
        assert track.sample_rate == int(stream.get("sample_rate", 0))
        assert track.channels == stream.get("channels", 0)
        assert track.rotation == -int(stream.get("rotation", 0)) % 360
        if track.kind == "video" and track.frames_per_second and name not in REAL_LENGTH:
            over, under = map(int, stream["avg_frame_rate"].split("/"))
            assert track.frames_per_second == pytest.approx(over / under, rel=0.01)


def test_sample_time_and_place_are_those_measured(
    name: str, report: Inspection, facts: dict[str, Any]
) -> None:
    tags, exif = facts[name].get("format_tags") or {}, facts[name].get("exiftool") or {}
    written = tags.get("creation_time", "")
    if written.endswith("Z"):
        assert datetime.fromisoformat(written) in [
            clock.moment for clock in report.clocks if clock.source == "container"
        ]
    elif written:
        assert written.replace(" ", "T") in [clock.local for clock in report.clocks]
    latitude, longitude = exif.get("Composite:GPSLatitude"), exif.get("Composite:GPSLongitude")
    if latitude is not None:
        assert report.place is not None
        assert (report.place.latitude, report.place.longitude) == pytest.approx(
            (latitude, longitude), abs=1e-3
        )


def test_special_clocks_and_places_are_read(samples: Path) -> None:
    gopro = inspect_file(samples / "media/gopro-hero5-karma.mp4", at=AT)
    assert gopro.place is not None
    assert (gopro.place.latitude, gopro.place.longitude) == pytest.approx((33.125, -117.331), abs=1e-3)
    assert {clock.source: clock.raw for clock in gopro.clocks}["timecode"] == "19:26:48:04"
    assert "69 秒" in gopro.findings[0].says
    phone = inspect_file(samples / "media/iphone6-portrait-gps.mov", at=AT)
    assert datetime(2019, 7, 24, 8, 25, 40, tzinfo=UTC) in [clock.moment for clock in phone.clocks]
    assert phone.place is not None
    assert phone.place.altitude == pytest.approx(28.516)
    nikon = inspect_file(samples / "photos/nikon-gps-1.jpg", at=AT)
    assert "1 天" in nikon.findings[0].says
    heic = inspect_file(samples / "photos/iphone-sign.heic", at=AT)
    assert [clock.moment for clock in heic.clocks] == [datetime(2020, 5, 4, 22, 39, 11, tzinfo=UTC)]


def test_sample_plays_in_browsers_or_not(name: str, report: Inspection) -> None:
    form = name.rsplit(".", 1)[1]
    refused = any(part in name for part in REFUSED) and not name.endswith(
        ("twin-1.mp4", "twin-2.mp4", "longer-than-file.mp4")
    )
    assert browser_can_play(report) is (form in PLAYS and not refused)


@pytest.mark.parametrize(
    ("name", "upright"),
    [
        ("photos/orientation-6.jpg", True),
        ("photos/orientation-3.jpg", False),
        ("photos/iphone-sign.heic", True),
        ("media/iphone6-portrait-gps.mov", True),
        ("media/canon-mjpeg-road.avi", False),
    ],
)
def test_thumbnails_stand_as_the_file_asks(name: str, upright: bool, samples: Path) -> None:

    wide, high = Image.open(io.BytesIO(thumbnail(samples / name, side=200))).size
    assert (high > wide) is upright
    assert max(wide, high) == 200


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in EXPECTED
        if name.startswith("hostile/") and "twin" not in name and "longer" not in name
    ],
)
def test_unreadable_samples_give_no_thumbnail(name: str, samples: Path) -> None:
    with pytest.raises(Malformed):
        thumbnail(samples / name)
