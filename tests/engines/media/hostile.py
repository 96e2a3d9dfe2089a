"""Files made to break what reads them, from recordings of our own: bytes turned over, tails torn off, indexes that lie.

`python -m tests.engines.media.hostile [COUNT]` gives each to a child of its own with the house's limits, and prints for every kind what became of it and what
the dearest took. A child is forked here and given up everything as the real one does; of each kind one goes through the real sandbox besides.
"""

import hashlib
import io
import json
import os
import random
import resource
import select
import signal
import struct
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from liuhen.engines.media import child, inspect_file, thumbnail
from liuhen.engines.media.report import Inspection
from liuhen.engines.media.sandbox import Limits
from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.kernel.errors import Malformed

AT = datetime(2026, 5, 7, 1, 0, tzinfo=UTC)
WALL, CPU, MEMORY = 60.0, 20.0, 1_500_000_000
FORMS = ("mp4", "avi", "mkv", "ts", "wav", "mp3", "jpg", "png", "webp")


@dataclass(frozen=True)
class Hostile:
    """One file: of which kind, its bytes (or what writes it), and whether the report must say that something is wrong."""

    kind: str
    name: str
    content: bytes = b""
    write: Callable[[Path], None] | None = None
    must_tell: bool = False

    def put(self, path: Path) -> None:
        if self.write is not None:
            self.write(path)
        else:
            path.write_bytes(self.content)


@cache
def honest(form: str) -> bytes:
    """A small recording or picture with nothing wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{form}"
        if form == "mp4":
            make_clip(path, Clip(AT, seconds=3, size=(160, 90), place=(26.0745, 119.2965)))
        elif form in ("jpg", "png", "webp"):
            chance = np.random.default_rng(4)
            Image.fromarray(chance.integers(0, 256, (90, 160, 3), np.uint8)).save(path)
        else:
            _write(path, video={"avi": "mpeg4", "mkv": "mpeg4", "ts": "mpeg2video"}.get(form, ""))
        return path.read_bytes()


def _write(path: Path, *, video: str) -> None:
    with av.open(str(path), "w") as out:
        film: Any = out.add_stream(video, rate=25) if video else None
        if film is not None:
            film.width, film.height, film.pix_fmt = 160, 96, "yuv420p"
        codec = {".mp3": "mp3", ".wav": "pcm_s16le", ".avi": "pcm_s16le", ".mkv": "aac", ".ts": "mp2"}[
            path.suffix
        ]
        sound: Any = out.add_stream(codec, rate=44_100, layout="mono")
        chance = np.random.default_rng(3)
        for index in range(50 if film is not None else 0):
            picture = chance.integers(60, 200, (144, 160), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts = index
            out.mux(film.encode(frame))
        tone = (np.sin(np.arange(88_200) / 20) * 9_000).astype(np.int16).reshape(1, -1)
        piece = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        piece.sample_rate, piece.pts = 44_100, 0
        out.mux(sound.encode(piece))
        for stream in filter(None, (film, sound)):
            out.mux(stream.encode(None))


def hostiles(count: int, *, seed: int = 1) -> Iterator[Hostile]:
    """All of the made ones, and as many turned over and torn as are wanted besides."""
    made = list(_made())
    yield from made
    chance = random.Random(seed)
    for number in range(max(0, count - len(made))):
        form = FORMS[number % len(FORMS)]
        whole = honest(form)
        kind = ("flips", "flips in the head", "torn", "patched")[number // len(FORMS) % 4]
        yield Hostile(kind, f"{number}.{form}", _broken(kind, whole, form, chance))


def _broken(kind: str, whole: bytes, form: str, chance: random.Random) -> bytes:
    if kind == "torn":
        return whole[: chance.randrange(len(whole))]
    content, first, last = bytearray(whole), 0, len(whole)
    if kind != "flips":  # where an index lies: at the end of an MP4, at the beginning of all others
        first, last = (whole.rfind(b"moov") - 4, len(whole)) if form == "mp4" else (0, min(600, len(whole)))
    for _ in range(chance.randint(1, 40)):
        at = chance.randrange(first, last)
        if kind == "patched":
            content[at : at + 4] = chance.choice(
                (bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\1", chance.randbytes(4))
            )
        else:
            content[at] ^= 1 << chance.randrange(8)
    return bytes(content)


def _box(kind: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">I4s", len(payload) + 8, kind) + payload


def _made() -> Iterator[Hostile]:
    whole = honest("mp4")
    yield from _sizes(whole)
    yield from _counts(whole)
    yield from _measures(whole)
    yield from _many(whole)
    yield from _polyglots(whole)
    yield Hostile("zero length", "nothing.mp4", b"", must_tell=True)
    yield Hostile("sparse 8 GB", "hole.mp4", write=_with_hole(whole), must_tell=False)
    yield Hostile("sparse 8 GB", "zeros.mp4", write=_zeros, must_tell=True)
    outside = whole.replace(b"\0\0\0\x0curl \0\0\0\x01", b"\0\0\0\x0curl \0\0\0\0")
    yield Hostile("data elsewhere", "empty.mp4", outside, must_tell=True)
    for name in (b"/etc/passwd", b"http://127.0.0.1:9/x", b"../../secret.mp4"):
        yield Hostile("data elsewhere", f"{len(name)}.mp4", _elsewhere(whole, name), must_tell=True)


def _sizes(whole: bytes) -> Iterator[Hostile]:
    """Every box of the top floors given a size it does not have."""
    for kind in (
        b"ftyp",
        b"mdat",
        b"moov",
        b"trak",
        b"mdia",
        b"stbl",
        b"stsd",
        b"stsz",
        b"stts",
        b"stsc",
        b"stco",
        b"avcC",
        b"udta",
    ):
        at = whole.find(kind) - 4
        if at < 0:
            continue
        for name, size in (("0", 0), ("1", 1), ("7", 7), ("2^31", 1 << 31), ("2^32-1", (1 << 32) - 1)):
            yield Hostile(
                f"box size {name}",
                f"{kind.decode()}.mp4",
                whole[:at] + struct.pack(">I", size) + whole[at + 4 :],
            )
        for name, wide in (("2^63", 1 << 63), ("2^64-1", (1 << 64) - 1), ("2^62", 1 << 62)):
            longer = whole[:at] + struct.pack(">I4sQ", 1, kind, wide) + whole[at + 8 :]
            yield Hostile(f"box size {name}", f"{kind.decode()}.mp4", longer)


def _counts(whole: bytes) -> Iterator[Hostile]:
    """Tables that claim four thousand million entries, of no size, of one, of the largest."""
    for kind, at in (
        (b"stsz", 12),
        (b"stts", 8),
        (b"stsc", 8),
        (b"stco", 8),
        (b"stss", 8),
        (b"stsd", 8),
        (b"elst", 8),
    ):
        place = whole.find(kind) - 4
        if place < 0:
            continue
        for claim in (0, 0x7FFFFFFF, 0xFFFFFFFF):
            content = bytearray(whole)
            struct.pack_into(">I", content, place + 4 + at, claim)
            yield Hostile("2^32 samples", f"{kind.decode()}-{claim}.mp4", bytes(content))
    place = whole.find(b"stsz")
    for size, count in ((1, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 3)):
        content = bytearray(whole)
        struct.pack_into(">II", content, place + 8, size, count)
        yield Hostile("2^32 samples", f"uniform-{size}-{count}.mp4", bytes(content))
    place = whole.find(b"stts")
    for runs in ((0xFFFFFFFF, 1), (0xFFFFFFFF, 0xFFFFFFFF), (1, 0xFFFFFFFF), (30, 0)):
        content = bytearray(whole)
        struct.pack_into(">II", content, place + 12, *runs)
        yield Hostile("2^32 samples", f"times-{runs[0]}-{runs[1]}.mp4", bytes(content))


def _measures(whole: bytes) -> Iterator[Hostile]:
    """Pictures as wide and high as can be written down."""
    for wide, high in ((65_535, 65_535), (65_535, 1), (1, 65_535), (0, 0), (32_768, 32_768)):
        content = bytearray(whole)
        struct.pack_into(">HH", content, whole.find(b"avc1") + 28, wide, high)
        yield Hostile("65535 squared", f"{wide}x{high}.mp4", bytes(content))
        jpeg = bytearray(honest("jpg"))
        struct.pack_into(">HH", jpeg, jpeg.find(b"\xff\xc0") + 5, high, wide)
        yield Hostile("65535 squared", f"{wide}x{high}.jpg", bytes(jpeg), must_tell=True)
        png = bytearray(honest("png"))
        struct.pack_into(">II", png, 16, wide, high)
        yield Hostile("65535 squared", f"{wide}x{high}.png", bytes(png), must_tell=True)
        avi = bytearray(honest("avi"))
        struct.pack_into("<II", avi, avi.find(b"strf") + 12, wide, high)
        yield Hostile("65535 squared", f"{wide}x{high}.avi", bytes(avi))
    image = io.BytesIO()
    Image.new("L", (20_000, 20_000)).save(image, "PNG")
    yield Hostile("65535 squared", "bomb.png", image.getvalue(), must_tell=True)


def _many(whole: bytes) -> Iterator[Hostile]:
    """Boxes in boxes ten thousand deep, a million tracks, a million boxes side by side."""
    for kind in (b"moov", b"trak", b"udta", b"meta"):
        deep = b""
        for _ in range(10_000):
            deep = _box(kind, deep)
        yield Hostile("nesting 10000", f"{kind.decode()}.mp4", whole[:24] + deep, must_tell=True)
        at = whole.find(b"moov") - 4
        inside = whole[at + 8 :] + (deep if kind != b"moov" else b"")
        yield Hostile("nesting 10000", f"{kind.decode()}-behind.mp4", whole[:at] + _box(b"moov", inside))
    at = whole.find(b"moov") - 4
    moov = whole[at + 8 :]
    trak = moov[moov.find(b"trak") - 4 :][: struct.unpack_from(">I", moov, moov.find(b"trak") - 4)[0]]
    yield Hostile("10^6 streams", "empty.mp4", whole[:at] + _box(b"moov", moov + _box(b"trak") * 1_000_000))
    yield Hostile(
        "10^6 streams", "whole.mp4", whole[:at] + _box(b"moov", moov + trak * 20_000), must_tell=True
    )
    yield Hostile("10^6 streams", "boxes.mp4", whole[:at] + _box(b"free") * 1_000_000 + whole[at:])
    yield Hostile("10^6 streams", "fragments.mp4", whole + _box(b"moof", _box(b"traf")) * 300_000)
    yield Hostile("10^6 streams", "programs.ts", _programs(), must_tell=True)
    lists = _box(b"x") * 0 + b"".join(b"LIST" + struct.pack("<I", 4) + b"strl" for _ in range(300_000))
    avi = honest("avi")
    yield Hostile("10^6 streams", "lists.avi", avi[:12] + lists + avi[12:])


def _programs() -> bytes:
    """A transport stream whose every packet is of a stream of its own."""
    rows = []
    for number in range(60_000):
        head = struct.pack(">BHB", 0x47, 0x4000 | number % 8_191, 0x10)
        rows.append(head + b"\x00\x00\x01" + bytes([0xC0 + number % 48]) + bytes(180))
    return b"".join(rows)


def _elsewhere(whole: bytes, name: bytes) -> bytes:
    own = b"\0\0\0\x0curl \0\0\0\x01"
    at = whole.find(own)
    alias = struct.pack(">I4sI", 12 + len(name) + 1, b"url ", 0) + name + b"\0"
    longer, grown = whole[:at] + alias + whole[at + len(own) :], len(alias) - len(own)
    content = bytearray(longer)
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        place = longer.find(kind) - 4
        struct.pack_into(">I", content, place, struct.unpack_from(">I", content, place)[0] + grown)
    return bytes(content)


def _with_hole(whole: bytes) -> Callable[[Path], None]:
    """Honest but for eight gigabytes of nothing before the index."""

    def write(path: Path) -> None:
        at = whole.find(b"moov") - 4
        with path.open("wb") as out:
            out.write(whole[:at])
            out.write(struct.pack(">I4sQ", 1, b"free", (8 << 30) + 16))
            out.seek(8 << 30, os.SEEK_CUR)
            out.write(whole[at:])

    return write


def _zeros(path: Path) -> None:
    with path.open("wb") as out:
        out.truncate(8 << 30)


def _polyglots(whole: bytes) -> Iterator[Hostile]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("../../x.html", "<script>alert(1)</script>")
    page = b"<!doctype html><script>fetch('http://127.0.0.1:9/')</script>"
    list_ = b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"
    for name, tail in (("zip", packed.getvalue()), ("html", page), ("js", b"*/alert(1)//"), ("m3u8", list_)):
        yield Hostile("polyglot", f"{name}-behind.mp4", whole + tail)
        yield Hostile("polyglot", f"{name}-before.mp4", tail + whole, must_tell=True)
        yield Hostile("polyglot", f"{name}-inside.mp4", whole[:24] + _box(b"free", tail) + whole[24:])
        yield Hostile("polyglot", f"{name}-behind.jpg", honest("jpg") + tail)


# ── 给子进程看，量它用了多少 ─────────────────────────────────


@dataclass
class Fate:
    """What became of one: the last whole report (None where there is none), why it ended early, what it took."""

    report: Inspection | None
    stopped: str
    cpu: float
    memory: int
    wall: float

    @property
    def is_told(self) -> bool:
        return self.report is None or bool(self.stopped) or bool(self.report.findings)


def forked(path: Path, task: dict[str, Any]) -> Fate:
    """Give the file to a child that is this program again, after it gave up what the real one gives up. Closes the task's output."""
    ours, theirs = os.pipe()
    begun = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _in_child(path, theirs, task)
    os.close(theirs)
    if "output" in task:
        os.close(task["output"])
    said, deadline = b"", begun + WALL
    while ready := select.select([ours], [], [], max(0.0, deadline - time.monotonic()))[0]:
        piece = os.read(ours, 1 << 16)
        if not piece:
            break
        said += piece
    if not ready:
        os.kill(pid, signal.SIGKILL)
    os.close(ours)
    _, status, used = os.wait4(pid, 0)
    lines = [json.loads(line) for line in said.split(b"\n") if line.startswith(b"{") and line.endswith(b"}")]
    reports = [Inspection.from_json(line["report"]) for line in lines if "report" in line]
    stopped = "" if ready else "wall"
    stopped = stopped or (f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "")
    failed = next((line["failed"] for line in lines if "failed" in line), "")
    return Fate(
        reports[-1] if reports else None,
        stopped or failed,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss * 1024,
        time.monotonic() - begun,
    )


def _in_child(path: Path, out: int, task: dict[str, Any]) -> None:
    sys.settrace(None)  # a tracer of the parent's would be measured with the file
    try:
        os.dup2(out, 1)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)
        source = path.open("rb")
        limits = {"memory": MEMORY + _held(), "cpu_seconds": int(CPU), "output": 16 << 20, "processes": 64}
        child.confine(limits, drop_user=os.geteuid() == 0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            child.answer(task | {"limits": limits}, source, child.say)
        except Malformed as error:
            child.say({"failed": error.why})
        except MemoryError:
            child.say({"failed": "内存用尽"})
        except child._BROKEN as error:
            child.say({"failed": type(error).__name__})
    finally:
        os._exit(0)


def _held() -> int:
    """Address space this program has already: the limit is for what the file makes it take."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Tally:
    """Of one kind: how many, how many told of, stopped, and what the dearest took."""

    seen: int = 0
    told: int = 0
    stopped: int = 0
    cpu: float = 0.0
    memory: int = 0
    wall: float = 0.0
    wrong: list[str] = field(default_factory=list)


def struck(chosen: Iterator[Hostile], folder: Path) -> dict[str, Tally]:
    """Look into each, ask for a picture of each, and hold what was kept against what came in."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    path = folder / "hostile"
    for one in chosen:
        path.unlink(missing_ok=True)
        one.put(path)
        before, tally = _known(path), tallies[one.kind]
        if not path.stat().st_size:
            fates = [Fate(inspect_file(path, at=AT), "", 0.0, 0, 0.0)]
        else:
            picture = {"do": "thumbnail", "side": 120, "second": None, "form": "jpeg"}
            fates = [
                forked(path, {"do": "inspect", "at": AT.isoformat()}),
                forked(path, picture | {"output": os.memfd_create("out")}),
            ]
        tally.seen += 1
        tally.told += fates[0].is_told
        tally.stopped += any(fate.stopped.startswith(("signal", "wall")) for fate in fates)
        tally.cpu = max([tally.cpu, *(fate.cpu for fate in fates)])
        tally.memory = max([tally.memory, *(fate.memory for fate in fates)])
        tally.wall = max([tally.wall, *(fate.wall for fate in fates)])
        why = [
            "the original changed" if _known(path) != before else "",
            "nothing was told" if one.must_tell and not fates[0].is_told else "",
            "no report at all" if fates[0].report is None and not fates[0].stopped else "",
            "ran on" if any(fate.stopped == "wall" or fate.cpu > CPU + 6 for fate in fates) else "",
            "took too much memory" if tally.memory > MEMORY else "",
        ]
        tally.wrong += [f"{one.kind} {one.name}: {what}" for what in why if what]
    path.unlink(missing_ok=True)
    return tallies


def _known(path: Path) -> tuple[str, int, int]:
    found = path.stat()
    if found.st_size > 1 << 30:  # the hole tells nothing; its edges and its blocks do
        with path.open("rb") as source:
            head = source.read(1 << 20)
            source.seek(-(1 << 20), os.SEEK_END)
            return hashlib.sha256(head + source.read()).hexdigest(), found.st_size, found.st_mtime_ns
    return hashlib.sha256(path.read_bytes()).hexdigest(), found.st_size, found.st_mtime_ns


def through_sandbox(chosen: Iterator[Hostile], folder: Path) -> list[str]:
    """The same by the house's own door, bubblewrap or not: what it does not tell of or changes."""
    wrong = []
    path = folder / "hostile"
    for one in chosen:
        path.unlink(missing_ok=True)
        one.put(path)
        before = _known(path)
        found = inspect_file(path, at=AT, limits=Limits())
        with suppress(Malformed):
            thumbnail(path, limits=Limits())
        if _known(path) != before or (one.must_tell and not found.findings):
            wrong.append(f"{one.kind} {one.name}")
    return wrong


def one_of_each(count: int) -> Iterator[Hostile]:
    """The first of every kind."""
    seen: set[str] = set()
    for one in hostiles(count):
        if one.kind not in seen:
            seen.add(one.kind)
            yield one


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tallies = struck(hostiles(count), Path(folder))
        wrong = [what for one in tallies.values() for what in one.wrong]
        wrong += through_sandbox(one_of_each(count), Path(folder))
    print(f"{'种类':22}{'份数':>6}{'有提示':>6}{'被停':>6}{'最长处理器秒':>9}{'最多内存 MB':>9}{'最长秒':>8}")
    for kind, one in sorted(tallies.items()):
        print(
            f"{kind:24}{one.seen:8}{one.told:9}{one.stopped:8}{one.cpu:12.2f}{one.memory / 1e6:12.0f}{one.wall:10.2f}"
        )
    print(f"共 {sum(one.seen for one in tallies.values())} 份，用时 {time.monotonic() - begun:.0f} 秒")
    print("\n".join(wrong) or "没有一份出错：原件逐字节未变，没有挂住的，没有超限的。")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
