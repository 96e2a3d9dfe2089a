"""Which originals need no copy."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from liuhen.engines.media import Inspection, browser_can_play
from liuhen.engines.media.findings import Finding
from liuhen.engines.media.report import Track

BASE = Inspection(
    size=1,
    inspected_at=datetime(2026, 5, 6, tzinfo=UTC),
    sandbox="limited",
    complete=True,
    kind="video",
    format="mp4",
    duration=1.0,
    header_duration=None,
    tracks=(),
    clocks=(),
    place=None,
    device="",
    findings=(),
)


@pytest.mark.parametrize(
    ("form", "codecs", "plays"),
    [
        ("mp4", "h264 aac", True),
        ("mp4", "av1 opus", True),
        ("mp4", "hevc aac", False),
        ("mp4", "mpeg4 aac", False),
        ("mov", "h264 aac", True),
        ("mov", "h264 pcm_s16le", False),
        ("webm", "vp8 vorbis", True),
        ("webm", "vp9 opus", True),
        ("matroska", "h264", False),
        ("3gp", "mpeg4 amr_nb", False),
        ("avi", "mjpeg pcm_s16le", False),
        ("mpegts", "h264 aac", False),
        ("m4a", "aac", True),
        ("mp3", "mp3", True),
        ("wav", "pcm_s16le", True),
        ("wav", "adpcm_ms", False),
        ("amr", "amr_nb", False),
        ("jpeg", "jpeg", True),
        ("heic", "hevc", False),
        ("mp4", "", False),
    ],
)
def test_codecs_in_their_container_decide(form: str, codecs: str, plays: bool) -> None:
    tracks = tuple(Track("video", codec) for codec in codecs.split())
    assert browser_can_play(replace(BASE, format=form, tracks=(*tracks, Track("data", "gpmd")))) is plays


def test_unreadable_file_is_not_played() -> None:
    good = replace(BASE, tracks=(Track("video", "h264"),))
    assert browser_can_play(good)
    assert not browser_can_play(replace(good, findings=(Finding("header_without_data", "无内容。"),)))
    assert browser_can_play(replace(good, findings=(Finding("black", "黑屏。"),)))
