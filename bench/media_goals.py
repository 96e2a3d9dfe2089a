"""The goals on media beside ffmpeg, in one run: probe (M1), thumbnail (M2), black and frozen (M3), playable (M4).

`python -m bench.media_goals [FILE]`; needs ffmpeg and ffprobe on the path. Rounds are interleaved, medians told, ratios judged. Then
the black and frozen films of the truth set: what ffmpeg's filters find and what we find, film by film.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from tests.engines.media import truth

from bench.media import made, ways
from liuhen.engines.media import browser_can_play
from liuhen.engines.media.report import Inspection

ROUNDS = 5
LONG = 4.0
Spans = list[tuple[float, float]]
_FILTERS = "blackdetect=d=2:pix_th=0.10,freezedetect=n=-60dB:d=2"
_BLACK = re.compile(r"black_start:([\d.]+) black_end:([\d.]+)")
_FROZEN = re.compile(r"freeze_(start|end): ([\d.]+)")


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True).stderr


def filters(path: Path, *before: str) -> dict[str, Spans]:
    """What ffmpeg's own filters find; a frozen stretch without an end goes to the end."""
    told = run("ffmpeg", "-hide_banner", *before, "-i", str(path), "-an", "-vf", _FILTERS, "-f", "null", "-")
    black = [(float(a), float(b)) for a, b in _BLACK.findall(told)]
    edges = [float(at) for _, at in _FROZEN.findall(told)]
    edges += [1e9] if len(edges) % 2 else []
    return {"black": black, "frozen": list(zip(edges[::2], edges[1::2], strict=True))}


def playable(path: Path, report: Inspection) -> Callable[[], object]:
    """What is made before an original plays: nothing; its first and last mebibyte are read, as a browser does for the index."""

    def ranges() -> object:
        with path.open("rb") as source:
            source.read(1 << 20)
            source.seek(max(0, path.stat().st_size - (1 << 20)))
            return browser_can_play(report), source.read(1 << 20)

    return ranges


def times(path: Path, folder: Path, report: Inspection) -> dict[str, float]:
    ours = ways(path)
    out = folder / "copy.mp4"
    chosen: dict[str, Callable[[], object]] = {
        "M1 ours": ours["probe: ours (box walk)"],
        "M1 ffprobe": ours["probe: ffprobe"],
        "M2 ours": ours["thumbnail: ours, in this process"],
        "M2 ours, sandboxed": ours["thumbnail: ours, sandboxed"],
        "M2 ffmpeg": ours["thumbnail: ffmpeg"],
        "M3 ours": ours["black and frozen: ours"],
        "M3 ours, and all else seen": ours["black and frozen, gaps, light, sharpness: ours"],
        "M3 ffmpeg, key pictures": lambda: filters(path, "-skip_frame", "nokey"),
        "M4 ours": playable(path, report),
        "M4 ffmpeg -c copy": lambda: run("ffmpeg", "-v", "error", "-y", "-i", str(path), "-c", "copy", "-movflags", "faststart", str(out)),
        "M4 cp": lambda: shutil.copyfile(path, out),
    }  # fmt: skip
    taken: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, way in chosen.items():
            begun = time.perf_counter()
            way()
            taken.setdefault(name, []).append(time.perf_counter() - begun)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def goal(name: str, ours: float, other: float, most: float) -> None:
    ratio = ours / other
    print(
        f"{'met ' if ratio <= most else 'MISSED'} {name}: {ours * 1000:.1f} ms, {ratio:.4f} of {other * 1000:.0f} ms (goal {most})"
    )


def same(ours: Spans, theirs: Spans) -> bool:
    """Whether every stretch of four seconds and more that one found, the other found too, to two seconds."""
    return all(
        any(abs(a - c) <= 2 and (abs(b - d) <= 2 or d > 1e8) for c, d in theirs)
        for a, b in ours
        if b - a >= LONG
    ) and all(any(abs(a - c) <= 2 for c, _ in ours) for a, b in theirs if b - a >= LONG)


def spans(report: Inspection, code: str) -> Spans:
    found = report.found(code)
    return list(found.spans) if found else []


def beside(folder: Path) -> None:
    """The black and frozen films of the truth set and their twins, by both."""
    agreed, told = 0, []
    chosen = [film for film in truth.films() if {film.kind, film.twin_of} & {"black", "frozen"}]
    for film in chosen:
        path = folder / film.name
        if not path.exists():
            truth.write(path, film)
        theirs, report = filters(path), truth.looked_at(path)
        wrong = [code for code in theirs if not same(spans(report, code), theirs[code])]
        agreed += not wrong
        told += [f"  {film.name}: {code} ours {spans(report, code)}, ffmpeg {theirs[code]}" for code in wrong]
    print(f"truth set: {agreed} of {len(chosen)} films alike\n" + "\n".join(told))


def tell_work(path: Path) -> None:
    """The same in seconds of a processor: on a busy machine the one figure that does not depend on who else works."""
    ours, key, every = (
        work(ways(path)["black and frozen: ours"]),
        work(lambda: filters(path, "-skip_frame", "nokey")),
        work(lambda: filters(path)),
    )
    print(f"M3 in processor time: ours {ours:.3f} s, ffmpeg's key pictures {key:.2f} s ({ours / key:.3f}), every picture {every:.2f} s ({ours / every:.4f})")  # fmt: skip


def work(way: Callable[[], object]) -> float:
    before = os.times()
    way()
    after = os.times()
    return sum(after[:4]) - sum(before[:4])


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else made()
    report = truth.looked_at(path)
    with tempfile.TemporaryDirectory() as folder:
        seconds = times(path, Path(folder), report)
    begun = time.perf_counter()
    theirs = filters(path)
    whole = time.perf_counter() - begun
    for name, value in sorted(seconds.items()):
        print(f"{value * 1000:10.1f} ms  {name}")
    print(f"{whole * 1000:10.1f} ms  M3 ffmpeg, every picture (one run)")
    tell_work(path)
    print(
        f"{'met ' if seconds['M1 ours'] <= 0.003 else 'MISSED'} M1: {seconds['M1 ours'] * 1000:.2f} ms (goal 3 ms)"
    )
    goal("M1 beside ffprobe", seconds["M1 ours"], seconds["M1 ffprobe"], 0.05)
    goal("M2 beside ffmpeg", seconds["M2 ours"], seconds["M2 ffmpeg"], 0.8)
    goal("M3 beside all pictures", seconds["M3 ours"], whole, 0.02)
    goal("M3 beside key pictures", seconds["M3 ours"], seconds["M3 ffmpeg, key pictures"], 0.35)
    goal("M4 beside cp", seconds["M4 ours"], seconds["M4 cp"], 1.5)
    for code, found in theirs.items():
        print(f"{code}: ours {spans(report, code)}, ffmpeg {found}, alike {same(spans(report, code), found)}")
    films = Path(tempfile.gettempdir()) / "liuhen-media-truth"
    films.mkdir(exist_ok=True)
    beside(films)


if __name__ == "__main__":
    main()
