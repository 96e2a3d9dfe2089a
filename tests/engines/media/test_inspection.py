"""The door: inspect, thumbnail, proxy, in both sandboxes, on sound, damaged and hostile files."""

import io
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from liuhen.engines.media import browser_can_play, inspect_file, proxy, sandbox, thumbnail
from liuhen.engines.media.sandbox import Limits, bubblewrap_works
from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.kernel.errors import Malformed

MODES = [
    pytest.param(
        "bubblewrap", marks=pytest.mark.skipif(not bubblewrap_works(), reason="本机没有可用的 bubblewrap")
    ),
    "limited",
]


@pytest.mark.parametrize("mode", MODES)
def test_faults_are_found_through_the_sandbox(mode: sandbox.Mode, faulty_clip: Path, at: datetime) -> None:
    found = inspect_file(faulty_clip, at=at, sandbox=mode)
    assert (found.sandbox, found.complete) == (mode, True)
    assert {finding.code for finding in found.findings} == {"black", "frozen", "gap", "silent"}
    assert (found.size, found.inspected_at) == (faulty_clip.stat().st_size, at)
    assert browser_can_play(found)


def test_empty_file_needs_no_child(tmp_path: Path, at: datetime) -> None:
    (tmp_path / "empty.mp4").touch()
    found = inspect_file(tmp_path / "empty.mp4", at=at)
    assert [finding.code for finding in found.findings] == ["empty_file"]
    assert (found.complete, found.sandbox) == (True, "none")
    assert not browser_can_play(found)


def test_check_without_memory_keeps_what_it_can_say(faulty_clip: Path, at: datetime) -> None:
    found = inspect_file(faulty_clip, at=at, limits=Limits(memory=10_000_000))
    assert not found.complete
    assert found.findings[-1].code == "incomplete_check"


def test_original_is_not_touched(faulty_clip: Path, at: datetime) -> None:
    before = faulty_clip.read_bytes(), faulty_clip.stat().st_mtime_ns
    inspect_file(faulty_clip, at=at)
    thumbnail(faulty_clip)
    assert (faulty_clip.read_bytes(), faulty_clip.stat().st_mtime_ns) == before


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_thumbnail_is_small_and_of_the_form_asked(mode: sandbox.Mode, form: str, faulty_clip: Path) -> None:
    picture = Image.open(io.BytesIO(thumbnail(faulty_clip, side=240, form=form, sandbox=mode)))  # type: ignore[arg-type]
    assert (picture.size, picture.format) == ((240, 135), form.upper())


def test_thumbnail_avoids_the_dark_but_obeys_a_moment(faulty_clip: Path) -> None:
    light = Image.open(io.BytesIO(thumbnail(faulty_clip))).convert("L")
    dark = Image.open(io.BytesIO(thumbnail(faulty_clip, second=6.0))).convert("L")
    assert light.resize((1, 1)).getpixel((0, 0)) > 60
    assert dark.resize((1, 1)).getpixel((0, 0)) < 5


def test_proxy_plays_in_browsers_and_needs_none_itself(
    tmp_path: Path, faulty_clip: Path, at: datetime
) -> None:
    out = tmp_path / "proxy.mp4"
    made = proxy(faulty_clip, out, short_side=180)
    assert (made.kind, made.media_type, made.size) == ("video", "video/mp4", out.stat().st_size)
    found = inspect_file(out, at=at)
    assert browser_can_play(found)
    assert found.duration == pytest.approx(20.0, abs=0.2)
    assert [(track.codec, track.height) for track in found.tracks] == [("h264", 180), ("aac", 0)]
    assert found.clocks == ()
    assert found.place is None
    whole = out.read_bytes()
    assert whole.find(b"moov") < whole.find(b"mdat")
    black = found.found("black")
    assert black is not None
    assert black.spans[0] == pytest.approx((4, 8), abs=0.3)
    gap = found.found("gap")
    assert gap is not None
    assert gap.spans[0] == pytest.approx((16, 18), abs=0.3)


def test_proxy_never_overwrites_and_leaves_nothing_where_it_fails(tmp_path: Path, faulty_clip: Path) -> None:
    taken = tmp_path / "taken.mp4"
    taken.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        proxy(faulty_clip, taken)
    assert taken.read_bytes() == b"mine"
    with pytest.raises(Malformed):
        proxy(taken, tmp_path / "out.mp4")
    with pytest.raises(Malformed, match=r"没有生成|解码出错"):
        proxy(faulty_clip, tmp_path / "out.mp4", limits=Limits(output=20_000))
    assert sorted(tmp_path.iterdir()) == [taken]


def test_photograph_gives_a_thumbnail_but_no_proxy(tmp_path: Path) -> None:
    path = tmp_path / "p.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (300, 100), "red").save(path, exif=exif)
    assert Image.open(io.BytesIO(thumbnail(path, side=150))).size == (50, 150)
    with pytest.raises(Malformed, match="没有可以播放的"):
        proxy(path, tmp_path / "out.mp4")


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A playable file of the house that a hostile file points at; readable by everybody, as the worst case."""
    path = tmp_path_factory.mktemp("house") / "secret.mp4"
    make_clip(path, Clip(datetime.fromisoformat("2026-05-06T08:00:00+00:00"), seconds=1, size=(160, 90)))
    assert thumbnail(path)  # the canary itself would give pictures
    return path


DISGUISES = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{canary}\n#EXT-X-ENDLIST\n",
    "m3u8 key": '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="file://{canary}"\n#EXTINF:1,\n{canary}\n',
    "ffconcat": "ffconcat version 1.0\nfile '{canary}'\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{canary}"/></svg>',
    "dash": '<?xml version="1.0"?><MPD><BaseURL>file://{canary}</BaseURL></MPD>',
    "entities": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{canary}">]><x>&e;</x>',
}


@pytest.mark.parametrize("name", DISGUISES)
def test_list_that_names_another_file_gives_nothing_of_it(
    name: str, canary: Path, tmp_path: Path, at: datetime
) -> None:
    # The weaker sandbox: here only the forced demuxer and the open descriptor stand between file and house.
    path, out = tmp_path / "hostile.mp4", tmp_path / "out.mp4"
    path.write_text(DISGUISES[name].format(canary=canary))
    found = inspect_file(path, at=at, sandbox="limited")
    assert [finding.code for finding in found.findings] == ["disguised"]
    assert (found.tracks, found.duration) == ((), None)
    with pytest.raises(Malformed):
        thumbnail(path, sandbox="limited")
    with pytest.raises(Malformed):
        proxy(path, out, sandbox="limited")
    assert not out.exists()


def test_film_whose_data_lies_in_another_file_gives_nothing_of_it(
    canary: Path, tmp_path: Path, at: datetime
) -> None:
    whole = canary.read_bytes()
    self_contained = b"\0\0\0\x0curl \0\0\0\x01"
    assert self_contained in whole
    path = tmp_path / "outside.mp4"
    path.write_bytes(
        whole[: whole.find(b"mdat") - 4]
        + whole[whole.find(b"moov") - 4 :].replace(self_contained, b"\0\0\0\x0curl \0\0\0\0")
    )
    found = inspect_file(path, at=at)
    assert found.found("header_without_data") or found.found("unreadable") or found.found("decode_errors")
    with pytest.raises(Malformed):
        thumbnail(path)


def test_polyglot_is_opened_only_as_what_it_begins_with(
    sound_clip: Path, tmp_path: Path, at: datetime
) -> None:
    path = tmp_path / "film.zip"
    path.write_bytes(sound_clip.read_bytes() + b"PK\x03\x04<html><script>#EXTM3U")
    assert inspect_file(path, at=at).format == "mp4"
