"""A set of films of which it is known what is wrong with them: each fault at three strengths in several codings, each with twins that are sound.

`python -m tests.engines.media.truth` makes all of it (a folder in the temporary folder keeps it), inspects it and prints how
many faults were found and how many of what was found is true. Made by the project's own code; no film of anybody.
"""

import shutil
import struct
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from liuhen.engines.media.boxes import children
from liuhen.engines.media.child import inspect
from liuhen.engines.media.report import Inspection
from liuhen.engines.media.synthetic import Clip, _Scene, event_sound

AT = datetime(2026, 5, 7, 1, 0, tzinfo=UTC)
STARTS = AT - timedelta(hours=3)
SIZE, FPS, SECONDS = (320, 180), 10, 12.0
FAULT = (4.0, 8.0)
LONG = 90.0
Luma = npt.NDArray[np.float64]
Paint = Callable[[Luma, float], Luma]


@dataclass(frozen=True)
class Coding:
    """How a film is written: what a fault looks like must not depend on it."""

    name: str
    pixels: str = "yuv420p"
    full: bool = False
    codec: str = "libx264"
    suffix: str = ".mp4"
    seed: int = 1
    options: tuple[tuple[str, str], ...] = ()


CODINGS = (
    Coding("8 位，有限幅度"),
    Coding("8 位，全幅", pixels="yuvj420p", full=True, seed=2),
    Coding("10 位，有限幅度", pixels="yuv420p10le", seed=3),
    Coding("10 位，全幅", pixels="yuv420p10le", full=True, seed=4),
    Coding("MPEG-4，AVI", codec="mpeg4", suffix=".avi", seed=5),
)
_FULL = "nal-hrd=cbr:bitrate=900:vbv-maxrate=900:vbv-bufsize=450:force-cfr=1"
# What tells least by its sizes: every picture for itself, and a rate that is filled up to be always the same.
RATES = (
    Coding("每幅自成一体", seed=6, options=(("g", "1"),)),
    Coding("每幅自成一体，定码率", seed=7, options=(("g", "1"), ("b", "3000000"), ("maxrate", "3000000"), ("bufsize", "3000000"))),
    Coding("定码率，填满", seed=8, options=(("b", "900000"), ("x264-params", _FULL))),
)  # fmt: skip


@dataclass(frozen=True)
class Film:
    """One film: `kind` is the fault it has, empty for a sound twin of `twin_of`; `strength` from 1 to 3."""

    kind: str
    strength: int
    coding: Coding
    twin_of: str = ""
    paint: Paint | None = None
    silent: tuple[float, float] | None = None
    with_sound: bool = True
    sound: tuple[float, float] = (0.0, SECONDS)
    times: Callable[[int], float | None] | None = None
    change: Callable[[Path], None] | None = None
    starts: datetime = STARTS
    span: tuple[float, float] | None = None
    seconds: float = SECONDS

    @property
    def name(self) -> str:
        mark = f"{self.kind}-{self.strength}" if self.kind else f"sound-{self.twin_of}-{self.strength}"
        mark += "-long" if self.seconds > SECONDS else ""
        return f"{mark}-{self.coding.seed}{self.coding.suffix}"


@lru_cache(maxsize=1_000)
def _scene(seed: int, index: int) -> Luma:
    """The yard at a moment, from black 0 to white 1."""
    picture = _scenes(seed).at(index / FPS, STARTS)[: SIZE[1]]
    return (picture.astype(np.float64) - 16) / 219


@lru_cache(maxsize=8)
def _scenes(seed: int) -> _Scene:
    return _Scene(Clip(STARTS, size=SIZE, frames_per_second=FPS, seed=seed))


def write(path: Path, film: Film) -> None:
    """Make the film."""
    coding = film.coding
    options = {"fflags": "+bitexact"} if coding.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=options) as container:
        container.metadata["creation_time"] = film.starts.strftime("%Y-%m-%dT%H:%M:%SZ")
        stream: Any = container.add_stream(coding.codec, rate=FPS)
        stream.width, stream.height = SIZE
        stream.pix_fmt = coding.pixels
        stream.codec_context.thread_count = 1
        if coding.suffix == ".mp4":
            stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        stream.options = (
            {"preset": "ultrafast", "crf": "26", "g": "20", "sc_threshold": "0"}
            if coding.codec == "libx264"
            else {"b": "900000", "g": "20"}
        ) | dict(coding.options)
        if coding.full:
            stream.codec_context.color_range = 2
        sound: Any = (
            container.add_stream(
                "aac" if coding.suffix == ".mp4" else "pcm_s16le", rate=16_000, layout="mono"
            )
            if film.with_sound
            else None
        )
        wave, heard = _wave(film), 0
        for index in range(round(film.seconds * FPS)):
            moment = index / FPS
            when = film.times(index) if film.times else moment
            if when is not None:
                luma = _scene(coding.seed, index)
                frame = _frame(film.paint(luma, moment) if film.paint else luma, coding)
                frame.pts, frame.time_base = (
                    (round(when * 1000), Fraction(1, 1000))
                    if coding.suffix == ".mp4"
                    else (index, Fraction(1, FPS))
                )
                container.mux(stream.encode(frame))
            if sound is not None:
                heard = _sounded(
                    container, sound, wave, heard, min(moment, film.sound[1]), begins=film.sound[0]
                )
        container.mux(stream.encode(None))
        if sound is not None:
            _sounded(container, sound, wave, heard, film.sound[1], begins=film.sound[0])
            container.mux(sound.encode(None))
    if film.change is not None:
        film.change(path)


def _wave(film: Film) -> npt.NDArray[np.float32]:
    wave = (
        event_sound(film.coding.seed, 0.0, SECONDS)
        + np.random.default_rng(film.coding.seed).standard_normal(round(SECONDS * 16_000)).astype(np.float32)
        * 0.008
    )
    if film.silent is not None:
        wave[round(film.silent[0] * 16_000) : round(film.silent[1] * 16_000)] *= 10.0 ** (-film.strength)
        wave[round(film.silent[0] * 16_000) : round(film.silent[1] * 16_000)] = np.clip(
            wave[round(film.silent[0] * 16_000) : round(film.silent[1] * 16_000)], -0.002, 0.002
        )
    return wave


def _sounded(
    container: Any, sound: Any, wave: npt.NDArray[np.float32], heard: int, until: float, *, begins: float
) -> int:
    heard = max(heard, round(begins * 16_000))
    while heard < until * 16_000 and heard < len(wave):
        piece = wave[heard : heard + 1024].reshape(1, -1)
        if sound.codec_context.name == "aac":
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="fltp", layout="mono")
        else:
            frame = av.AudioFrame.from_ndarray(
                (np.clip(piece, -1, 1) * 32_000).astype(np.int16), format="s16", layout="mono"
            )
        frame.sample_rate, frame.pts, frame.time_base = 16_000, heard, Fraction(1, 16_000)
        container.mux(sound.encode(frame))
        heard += 1024
    return heard


def _frame(luma: Luma, coding: Coding) -> av.VideoFrame:
    bits = 10 if "10" in coding.pixels else 8
    unit = 1 << (bits - 8)
    black, span = (0, 256 * unit - 1) if coding.full else (16 * unit, 219 * unit)
    kind: Any = np.uint16 if bits == 10 else np.uint8
    coded = np.clip(np.rint(luma * span + black), 0, 256 * unit - 1).astype(kind)
    frame = av.VideoFrame(SIZE[0], SIZE[1], coding.pixels)
    _fill(frame.planes[0], coded)
    for plane in frame.planes[1:]:
        _fill(plane, np.full((SIZE[1] // 2, SIZE[0] // 2), 128 * unit, kind))
    if coding.full:
        frame.color_range = 2
    return frame


def _fill(plane: Any, rows: npt.NDArray[Any]) -> None:
    whole = np.zeros((plane.height, plane.line_size), np.uint8)
    content = np.ascontiguousarray(rows).view(np.uint8)
    whole[:, : content.shape[1]] = content
    plane.update(whole.tobytes())


# ── 各种毛病，各三级；各有一个像而不是的 ────────────────────


def _during(change: Callable[[Luma], Luma], span: tuple[float, float] = FAULT) -> Paint:
    return lambda luma, moment: change(luma) if span[0] <= moment < span[1] else luma


def _noisy(level: float, spread: float) -> Callable[[Luma], Luma]:
    chance = np.random.default_rng(7)
    return lambda luma: np.clip(level + chance.normal(0, spread, luma.shape), 0, 1)


def _behind(cloth: float, grain: float) -> Callable[[Luma], Luma]:
    """A cloth or a hand over the lens: nothing but a soft change of light and grain; the burned-in clock stays."""
    chance = np.random.default_rng(8)
    slope = np.linspace(-0.06, 0.06, SIZE[0])[None, :] + np.linspace(-0.04, 0.04, SIZE[1])[:, None]

    def change(luma: Luma) -> Luma:
        covered = np.clip(cloth + slope + chance.normal(0, grain, luma.shape), 0, 1)
        covered[4:16, 8:170] = luma[4:16, 8:170]
        return covered

    return change


def _soft(radius: float) -> Callable[[Luma], Luma]:
    def change(luma: Luma) -> Luma:
        picture = Image.fromarray(np.rint(np.clip(luma, 0, 1) * 255).astype(np.uint8)).filter(
            ImageFilter.GaussianBlur(radius)
        )
        return np.asarray(picture).astype(np.float64) / 255

    return change


def _glaring(gain: float, lift: float) -> Callable[[Luma], Luma]:
    return lambda luma: np.clip(luma * gain + lift, 0, 1)


def _held(span: tuple[float, float], seed: int, *, grain: float = 0.0) -> Paint:
    chance = np.random.default_rng(9)

    def paint(luma: Luma, moment: float) -> Luma:
        if not span[0] <= moment < span[1]:
            return luma
        still = _scene(seed, round(span[0] * FPS))
        return np.clip(still + chance.normal(0, grain, luma.shape), 0, 1) if grain else still

    return paint


def _lost(share: float) -> Callable[[int], float | None]:
    chance = np.random.default_rng(11)
    kept = chance.random(1_000) >= share
    return lambda index: index / FPS if kept[index] or index == 0 else None


def _jittered(share: float) -> Callable[[int], float | None]:
    chance = np.random.default_rng(12)
    moves = np.cumsum(1 + chance.uniform(-share, share, 1_000)) / FPS
    return lambda index: float(moves[index])


def _with_header(seconds: float) -> Callable[[Path], None]:
    """The movie's own header claims another length than the samples have."""

    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        at = content.index(b"mvhd") + 4
        scale = struct.unpack_from(">I", content, at + 12)[0]
        struct.pack_into(">I", content, at + 16, round(seconds * scale))
        path.write_bytes(content)

    return change


def _cut_short(share: float) -> Callable[[Path], None]:
    """The tail is missing, as after a torn copy; the index goes to the front first."""

    def change(path: Path) -> None:
        whole = path.with_suffix(".whole.mp4")
        with (
            av.open(str(path)) as source,
            av.open(str(whole), "w", options={"movflags": "faststart", "fflags": "+bitexact"}) as copy,
        ):
            copy.metadata.update(source.metadata)
            streams = {stream.index: copy.add_stream_from_template(stream) for stream in source.streams}
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = streams[packet.stream_index]
                    copy.mux(packet)
        content = whole.read_bytes()
        whole.unlink()
        path.write_bytes(content[: round(len(content) * share)])

    return change


def with_edits(path: Path, pieces: Iterable[tuple[float, float]]) -> None:
    """Give the film an edit list: each piece from a second of the samples on, so many seconds long. The index lies at the end."""
    content = path.read_bytes()
    at = content.index(b"moov") - 4
    moov = content[at + 8 :]
    scale = struct.unpack_from(">I", moov, moov.index(b"mvhd") + 16)[0]
    out = b""
    for kind, payload in children(moov):
        told = payload
        if kind == b"trak" and b"vide" in payload[:600]:
            inner = dict(children(payload))
            ticks = struct.unpack_from(">I", inner[b"mdia"], inner[b"mdia"].index(b"mdhd") + 16)[0]
            rows = b"".join(
                struct.pack(">IiI", round(long * scale), round(begin * ticks), 1 << 16)
                for begin, long in pieces
            )
            elst = struct.pack(">II", 0, len(rows) // 12) + rows
            told = b"".join(_box(name, value) for name, value in children(payload) if name != b"edts") + _box(
                b"edts", _box(b"elst", elst)
            )
        out += _box(kind, told)
    path.write_bytes(content[:at] + _box(b"moov", out))


def _box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", len(payload) + 8, kind) + payload


def films() -> Iterator[Film]:
    """The whole set."""
    for coding in CODINGS:
        yield from _seen(coding)
        yield from _cut(coding)
        yield from _heard(coding)
        if coding.suffix == ".mp4":
            yield from _written(coding)
    for coding in RATES:
        yield from _seen(coding)
    for coding in (CODINGS[0], *RATES):
        yield from _long(coding)


def _long(coding: Coding) -> Iterator[Film]:
    """Stretches that lie between the samples of a longer film: four seconds and more of black under noise, of one picture again and again."""
    for strength, (begin, long) in enumerate(((40.0, 8.0), (52.2, 6.0), (63.1, 4.5)), 1):
        span = (begin, begin + long)
        yield Film(
            "black", strength, coding, paint=_during(_noisy(0.03, 0.012), span), span=span, with_sound=False, seconds=LONG
        )  # fmt: skip
        yield Film(
            "frozen", strength, coding, paint=_held(span, coding.seed), span=span, with_sound=False, seconds=LONG
        )  # fmt: skip


def _seen(coding: Coding) -> Iterator[Film]:
    for strength, (level, spread) in enumerate(((0.0, 0.0), (0.02, 0.01), (0.04, 0.012)), 1):
        yield Film("black", strength, coding, paint=_during(_noisy(level, spread)), span=FAULT)
    for strength, dim in enumerate((0.3, 0.22, 0.16), 1):
        yield Film("", strength, coding, twin_of="black", paint=_during(lambda luma, dim=dim: luma * dim))
    for strength, long in enumerate((6.0, 4.0, 2.6), 1):
        yield Film(
            "frozen", strength, coding, paint=_held((4.0, 4.0 + long), coding.seed), span=(4.0, 4.0 + long)
        )
        yield Film(
            "", strength, coding, twin_of="frozen", paint=_held((4.0, 4.0 + 0.4 * strength), coding.seed)
        )
    for strength, (cloth, grain) in enumerate(((0.25, 0.004), (0.4, 0.01), (0.55, 0.016)), 1):
        yield Film("covered", strength, coding, paint=_during(_behind(cloth, grain)), span=FAULT)
        yield Film(
            "",
            strength,
            coding,
            twin_of="covered",
            paint=_during(lambda luma, s=strength: 0.5 + (luma - 0.5) * (0.75 - 0.1 * s)),
        )
    for strength, radius in enumerate((12.0, 8.0, 6.0), 1):
        yield Film(
            "blurred", strength, coding, paint=_during(_soft(radius), (0.0, SECONDS)), span=(0.0, SECONDS)
        )
        yield Film(
            "", strength, coding, twin_of="blurred", paint=_during(_soft(0.3 * strength), (0.0, SECONDS))
        )
    for strength, (gain, lift) in enumerate(((2.4, 0.5), (2.2, 0.3), (2.0, 0.2)), 1):
        yield Film("overexposed", strength, coding, paint=_during(_glaring(gain, lift)), span=FAULT)
        yield Film(
            "", strength, coding, twin_of="overexposed", paint=_during(_glaring(1.0 + 0.08 * strength, 0.04))
        )


def _cut(coding: Coding) -> Iterator[Film]:
    """Another place from a moment on, at a key picture or between: mirrored, far away, nearer; beside it light, contrast and a slow pan."""
    begins = 6.0 if coding.seed % 2 else 5.5

    def from_then(change: Callable[[Luma, float], Luma]) -> Paint:
        return lambda luma, moment: change(luma, moment - begins) if moment >= begins - 0.01 else luma

    places: tuple[Callable[[Luma, float], Luma], ...] = (
        lambda luma, _: luma[::-1, ::-1],
        lambda luma, _: np.roll(luma, 110, axis=1),
        lambda luma, _: np.roll(luma, 60, axis=1),
    )
    lights: tuple[Callable[[Luma, float], Luma], ...] = (
        lambda luma, _: np.clip(luma * 0.7 + 0.2, 0, 1),
        lambda luma, _: luma * 0.6,
        lambda luma, since: np.roll(luma, round(since * 40), axis=1),
    )
    for strength, (place, light) in enumerate(zip(places, lights, strict=True), 1):
        yield Film("cut", strength, coding, paint=from_then(place), span=(begins - 0.1, begins))
        yield Film("", strength, coding, twin_of="cut", paint=from_then(light))


def _heard(coding: Coding) -> Iterator[Film]:
    for strength in (1, 2, 3):
        yield Film("silent", strength, coding, silent=FAULT, span=FAULT)
        yield Film("", strength, coding, twin_of="silent", silent=(4.0, 4.0 + 0.5 * strength))
    yield Film("no_audio_track", 1, coding, with_sound=False)
    if coding.suffix == ".mp4":  # AVI has no times of its own for sound.
        for strength, (begin, end) in enumerate(((0.0, 5.0), (0.0, 9.0), (1.6, SECONDS)), 1):
            yield Film("audio_detached", strength, coding, sound=(begin, end))
            yield Film("", strength, coding, twin_of="audio_detached", sound=(0.0, SECONDS - 0.2 * strength))


def _written(coding: Coding) -> Iterator[Film]:
    for strength, share in enumerate((0.45, 0.2, 0.08), 1):
        yield Film("frames_dropped", strength, coding, times=_lost(share))
    for strength, share in enumerate((0.8, 0.6, 0.45), 1):
        yield Film("variable_rate", strength, coding, times=_jittered(share))
        yield Film("", strength, coding, twin_of="variable_rate", times=_jittered(0.03 * strength))
    for strength, long in enumerate((5.0, 2.5, 1.4), 1):
        hole = (4.0, 4.0 + long)
        yield Film(
            "gap",
            strength,
            coding,
            times=lambda index, hole=hole: None if hole[0] <= index / FPS < hole[1] else index / FPS,
            span=hole,
        )
    for strength, claim in enumerate((900.0, 40.0, 2.0), 1):
        yield Film("header_duration_wrong", strength, coding, change=_with_header(claim))
        yield Film(
            "",
            strength,
            coding,
            twin_of="header_duration_wrong",
            change=_with_header(SECONDS + 0.3 * strength),
        )
    for strength, share in enumerate((0.3, 0.6, 0.85), 1):
        yield Film("truncated", strength, coding, change=_cut_short(share))
    pieced: tuple[list[tuple[float, float]], ...] = ([(0, 3), (6, 3)], [(0, 2), (5, 2), (9, 2)], [(2.5, 9.5)])
    for strength, pieces in enumerate(pieced, 1):
        yield Film("pieced", strength, coding, change=lambda path, pieces=pieces: with_edits(path, pieces))
        yield Film(
            "",
            strength,
            coding,
            twin_of="pieced",
            change=lambda path, s=strength: with_edits(path, [(0.1 * s, SECONDS - 0.1 * s)]),
        )
    odd = (
        AT + timedelta(days=400),
        datetime(2020, 1, 1, 0, 0, 7, tzinfo=UTC),
        datetime(1998, 3, 4, 9, 30, tzinfo=UTC),
    )
    for strength, starts in enumerate(odd, 1):
        yield Film("clock_suspicious", strength, coding, starts=starts)


# ── 计数 ────────────────────────────────────────────────────


@dataclass
class Count:
    """Per kind: faults made, of them found (where they are), findings of it, of them true."""

    made: int = 0
    found: int = 0
    told: int = 0
    true: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / self.made if self.made else 1.0

    @property
    def precision(self) -> float:
        return self.true / self.told if self.told else 1.0


# What one fault is rightly told as besides: a lens covered by a cloth does stand still, a trimmed header hides its pictures.
ALSO = {
    "truncated": {"audio_detached", "header_duration_wrong", "decode_errors"},
    "gap": {"frames_dropped"},
    "variable_rate": {"frames_dropped"},
    "pieced": {"audio_detached", "header_duration_wrong"},
    "header_duration_wrong": set(),
}  # fmt: skip
KINDS = (
    "black", "frozen", "covered", "blurred", "overexposed", "silent", "no_audio_track", "audio_detached", "frames_dropped", "variable_rate",
    "gap", "header_duration_wrong", "truncated", "pieced", "cut", "clock_suspicious",
)  # fmt: skip


def looked_at(path: Path) -> Inspection:
    with path.open("rb") as source:
        return list(inspect(source, path.stat().st_size, at=AT.isoformat(), budget=20.0))[-1]


def counted(chosen: Iterable[Film], folder: Path) -> dict[str, Count]:
    """Make what is not there yet, inspect it, count."""
    counts: dict[str, Count] = defaultdict(Count)
    for film in chosen:
        path = folder / film.name
        if not path.exists():
            write(path, film)
        report = looked_at(path)
        told = {finding.code for finding in report.findings}
        if film.kind:
            own = counts[film.kind]
            own.made += 1
            finding = report.found(film.kind)
            hit = finding is not None and (film.span is None or _covers(finding.spans, film.span))
            own.found += hit
            own.missed += [] if hit else [f"{film.name} {sorted(told)}"]
        for code in (
            told & set(KINDS) - ({"no_audio_track"} if not film.with_sound else set()) | {film.kind} & told
        ):
            is_true = code == film.kind
            if is_true or code not in ALSO.get(film.kind, set()):
                counts[code].told += 1
                counts[code].true += is_true
                counts[code].wrong += [] if is_true else [film.name]
    return counts


def _covers(spans: tuple[tuple[float, float], ...], wanted: tuple[float, float]) -> bool:
    """Half of the wanted stretch and more is told, and no more than as much again beside it; without spans, all of it is meant."""
    if not spans:
        return True
    common = sum(max(0.0, min(b, wanted[1]) - max(a, wanted[0])) for a, b in spans)
    whole = sum(b - a for a, b in spans)
    return common >= 0.5 * (wanted[1] - wanted[0]) and whole - common <= wanted[1] - wanted[0]


def table(counts: dict[str, Count]) -> str:
    rows = [f"{'毛病':24}{'做出':>6}{'找到':>6}{'查全':>8}{'报出':>6}{'查准':>8}"]
    for kind in KINDS:
        one = counts[kind]
        rows.append(f"{kind:26}{one.made:6}{one.found:8}{one.recall:10.2f}{one.told:8}{one.precision:10.2f}")
    return "\n".join(rows)


def main() -> None:
    folder = Path(tempfile.gettempdir()) / "liuhen-media-truth"
    if "--fresh" in sys.argv:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    begun, chosen = time.monotonic(), list(films())
    counts = counted(chosen, folder)
    print(table(counts))
    print(f"共 {len(chosen)} 段，用时 {time.monotonic() - begun:.0f} 秒")
    for kind in KINDS:
        for name in counts[kind].missed:
            print(f"没有找到 {kind}：{name}")
        for name in counts[kind].wrong:
            print(f"误报 {kind}：{name}")


if __name__ == "__main__":
    main()
