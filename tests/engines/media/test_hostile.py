"""Files made to break what reads them: kept as they came, told of, and nobody's processor for longer than the limit allows.

`make hostile` strikes two thousand; here one of each kind and some more. What such a file names beside itself is never opened.
"""

import io
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.media import hostile

from liuhen.engines.media.movie import read_movie
from liuhen.engines.media.synthetic import Clip, make_clip

SOME = 280


@pytest.fixture(scope="module")
def every() -> list[hostile.Hostile]:
    return list(hostile.hostiles(SOME))


def test_bad_files_are_told_of_unchanged_and_within_the_limits(
    every: list[hostile.Hostile], tmp_path: Path
) -> None:
    first = {one.kind: one for one in reversed(every)}
    tallies = hostile.struck(iter([*first.values(), *every[-12:]]), tmp_path)
    assert [what for one in tallies.values() for what in one.wrong] == []
    assert sum(one.seen for one in tallies.values()) >= 30


def test_child_that_runs_on_is_what_the_gate_would_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate itself must be able to fail: a reader that hangs is stopped, one that says nothing is told of."""
    monkeypatch.setattr(hostile, "WALL", 0.5)
    monkeypatch.setattr(hostile.child, "answer", lambda *_: iter(int, 1).__next__() or [*iter(int, 1)])
    tallies = hostile.struck(iter([hostile.Hostile("made", "a.mp4", b"x" * 9)]), tmp_path)
    assert any("ran on" in what for what in tallies["made"].wrong)
    monkeypatch.setattr(hostile.child, "answer", lambda *_: None)
    tallies = hostile.struck(iter([hostile.Hostile("made", "a.mp4", b"x" * 9)]), tmp_path)
    assert any("no report" in what for what in tallies["made"].wrong)


# ── 名单、网页、清单装作音像：里面写到的别的文件和地址，一个也不打开 ──

LISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{at}\n#EXT-X-ENDLIST\n",
    "hls key": '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{at}"\n#EXTINF:1,\n{at}\n',
    "ffconcat": "ffconcat version 1.0\nfile '{at}'\n",
    "dash": '<?xml version="1.0"?><MPD><Period><BaseURL>{at}</BaseURL></Period></MPD>',
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{at}"/></svg>',
    "xml": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{at}">]><x>&e;</x>',
    "asx": '<asx version="3.0"><entry><ref href="{at}"/></entry></asx>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\na=control:{at}\n",
}


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A playable film of the house whose address is its digest, readable by everybody: the worst case."""
    folder = tmp_path_factory.mktemp("house")
    made = folder / "a.mp4"
    make_clip(made, Clip(hostile.AT, seconds=1, size=(160, 90)))
    path = folder / "objects" / "ab" / ("ab" * 32)
    path.parent.mkdir(parents=True)
    made.rename(path)
    path.chmod(0o644)
    return path


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    """Who listens for a file that calls out."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def wearing(text: bytes) -> Iterator[bytes]:
    """As it is, and behind the first bytes of what it says it is."""
    yield text
    yield hostile.honest("jpg")[:20] + text
    yield b"RIFF" + struct.pack("<I", len(text) + 4) + b"AVI " + text
    yield b"G" + text.ljust(187, b" ") * 8
    yield hostile.honest("mp4")[:24] + struct.pack(">I4s", len(text) + 8, b"mdat") + text


def pointing(at: bytes) -> Iterator[bytes]:
    """A QuickTime film that is nothing but the address of another, and a film whose data lies there."""
    rdrf = struct.pack(">I4sI4sI", 20 + len(at) + 1, b"rdrf", 0, b"url ", len(at) + 1) + at + b"\0"
    rmda = struct.pack(">I4s", len(rdrf) + 8, b"rmda") + rdrf
    rmra = struct.pack(">I4s", len(rmda) + 8, b"rmra") + rmda
    yield struct.pack(">I4s", len(rmra) + 8, b"moov") + rmra
    whole = hostile.honest("mp4")  # without data of its own, which would be shown instead
    yield hostile._elsewhere(whole[: whole.find(b"mdat") - 4] + whole[whole.find(b"moov") - 4 :], at)


@pytest.mark.parametrize("list_", [*LISTS, "reference"])
def test_what_a_file_names_beside_itself_is_never_opened(
    list_: str, canary: Path, ear: socket.socket, tmp_path: Path
) -> None:
    relative = os.path.relpath(canary, tmp_path)
    calling = f"http://127.0.0.1:{ear.getsockname()[1]}/x.mp4"
    names = (
        str(canary),
        f"file://{canary}",
        relative,
        f"concat:{canary}",
        f"subfile,,start,0,end,999,,:{canary}",
        calling,
    )
    path, out = tmp_path / "hostile.mp4", tmp_path / "out"
    for at in names:
        told = pointing(at.encode()) if list_ == "reference" else wearing(LISTS[list_].format(at=at).encode())
        for content in told:
            path.write_bytes(content)
            seen = hostile.forked(path, {"do": "inspect", "at": hostile.AT.isoformat()})
            assert seen.report is not None
            assert seen.report.findings, (at, content[:40])
            out.write_bytes(b"")
            task = {"side": 120, "second": None, "form": "jpeg", "short_side": 90}
            for do in (
                ("thumbnail", "proxy") if content.startswith(b"#") or list_ == "reference" else ("thumbnail",)
            ):
                made = hostile.forked(path, task | {"do": do, "output": os.open(out, os.O_RDWR)})
                assert made.stopped, (do, at, content[:40])
    with pytest.raises(BlockingIOError):
        ear.accept()


def test_index_that_points_to_another_file_is_told() -> None:
    content = hostile._elsewhere(hostile.honest("mp4"), b"../../secret.mp4")
    found = {one.code: one.measure for one in read_movie(io.BytesIO(content), len(content)).findings}
    assert found["data_elsewhere"] == 1.0


def test_canary_would_be_seen(canary: Path, tmp_path: Path) -> None:
    """The same film given itself shows a picture: what was asked above could have been answered."""
    picture = tmp_path / "out"
    picture.write_bytes(b"")
    task = {"do": "thumbnail", "side": 120, "second": None, "form": "jpeg"}
    made = hostile.forked(canary, task | {"output": os.open(picture, os.O_RDWR)})
    assert (made.stopped, picture.read_bytes()[:2]) == ("", b"\xff\xd8")


def test_kinds_are_those_the_gate_names(every: list[hostile.Hostile]) -> None:
    kinds = {one.kind for one in every}
    assert {
        "flips",
        "torn",
        "nesting 10000",
        "2^32 samples",
        "65535 squared",
        "10^6 streams",
        "data elsewhere",
        "zero length",
        "sparse 8 GB",
        "polyglot",
    } <= kinds
    assert {f"box size {size}" for size in ("0", "1", "2^63")} <= kinds
    names = [(one.kind, one.name) for one in every]
    assert len(names) == SOME == len(set(names))
