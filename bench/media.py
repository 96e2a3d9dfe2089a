"""Probe, black and frozen, thumbnail: ours beside PyAV's plain way and the ffmpeg tools where they are installed.

Run by hand: `python bench/media.py [FILE]`. Without a file a recording of three minutes is made (once, in the
temporary folder). Prints medians of interleaved rounds; read the ratios, not the figures.
"""

import io
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import av

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from liuhen.engines.media import inspect_file, thumbnail
from liuhen.engines.media.derive import thumbnail_bytes
from liuhen.engines.media.looks import Viewer
from liuhen.engines.media.movie import read_movie
from liuhen.engines.media.sight import FRAME_BUDGET, judge_sight, see
from liuhen.engines.media.synthetic import Clip, make_clip

ROUNDS = 3
NOW = datetime(2026, 5, 7, tzinfo=UTC)


def made() -> Path:
    """Three minutes of 1080p with black from 60 to 70 and frozen from 100 to 120."""
    path = Path(tempfile.gettempdir()) / "liuhen-bench-media.mp4"
    if not path.exists():
        plan = Clip(
            NOW, seconds=180, size=(1920, 1080), frames_per_second=30, black=((60, 70),), frozen=((100, 120),)
        )
        make_clip(path, plan)
    return path


def ways(path: Path) -> dict[str, Callable[[], object]]:
    size = path.stat().st_size

    def probe() -> object:
        with path.open("rb") as source:
            return read_movie(source, size)

    def sight() -> object:
        with path.open("rb") as source:
            reading = read_movie(source, size)
            judge_sight(source, reading)
            return [(finding.code, finding.spans) for finding in reading.findings]

    def stretches() -> object:
        with path.open("rb") as source:
            reading = read_movie(source, size)
            packets, film = reading.packets, next(one for one in reading.tracks if one.kind == "video")
            assert packets is not None
            length = max(film.duration or 0.0, float(packets.times.max()))
            with Viewer(source, reading.demuxer, packets, budget=FRAME_BUDGET) as viewer:
                return see(viewer, packets, film, length, sharpness=False)

    def picture() -> object:
        with path.open("rb") as source:
            return thumbnail_bytes(source, read_movie(source, size), side=480, second=90.0, form="jpeg")

    def pyav_probe() -> object:
        with av.open(str(path)) as container:
            return container.duration

    def pyav_keys() -> object:
        with av.open(str(path)) as container:
            container.streams.video[0].codec_context.skip_frame = "NONKEY"
            return sum(1 for _ in container.decode(video=0))

    found: dict[str, Callable[[], object]] = {
        "probe: ours (box walk)": probe,
        "probe: PyAV": pyav_probe,
        "black and frozen: ours": stretches,
        "black and frozen, gaps, light, sharpness: ours": sight,
        "decode key pictures only: PyAV": pyav_keys,
        "thumbnail: ours, in this process": picture,
        "thumbnail: ours, sandboxed": lambda: thumbnail(path, second=90.0),
        "whole inspection with sound, sandboxed": lambda: inspect_file(path, at=NOW),
    }
    for name, command in {
        "probe: ffprobe": ["ffprobe", "-v", "error", "-show_format", "-show_streams", str(path)],
        "black and frozen: ffmpeg filters": [
            "ffmpeg", "-v", "error", "-i", str(path), "-an", "-vf", "blackdetect,freezedetect", "-f", "null", "-",
        ],
        "thumbnail: ffmpeg": [
            "ffmpeg", "-v", "error", "-ss", "90", "-i", str(path), "-frames:v", "1", "-vf", "scale=480:-1",
            "-f", "mjpeg", "-",
        ],
    }.items():  # fmt: skip
        if shutil.which(command[0]):
            found[name] = lambda command=command: subprocess.run(command, capture_output=True, check=True)
    return found


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else made()
    taken: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, way in ways(path).items():
            began = time.perf_counter()
            way()
            taken.setdefault(name, []).append(time.perf_counter() - began)
    out = io.StringIO()
    out.write(f"{path} ({path.stat().st_size / 1e6:.0f} MB)\n")
    for name, seconds in sorted(taken.items()):
        out.write(f"{statistics.median(seconds) * 1000:10.1f} ms  {name}\n")
    print(out.getvalue())


if __name__ == "__main__":
    main()
