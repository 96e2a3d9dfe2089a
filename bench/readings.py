"""What the reading of each file costs: seconds, peak memory of the sandboxed children, and what came of it.

`python bench/readings.py FOLDER...`. Each file is read in a process of its own (inspection, thumbnail, playable copy), whose
children's peak is then known; bubblewrap hides its own from that count, so the limited child is measured. The limit is 1.5 GB.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from liuhen.engines.media import browser_can_play, inspect_file, proxy, thumbnail
from liuhen.kernel.errors import LiuhenError

NOW = datetime(2026, 5, 7, tzinfo=UTC)


def read_one(path: Path) -> dict[str, object]:
    """Everything the worker does with one file."""
    before, done = time.monotonic(), []
    try:
        found = inspect_file(path, at=NOW, sandbox="limited")
        done.append(found.kind)
        if found.kind in ("video", "picture"):
            thumbnail(path, sandbox="limited")
            done.append("thumbnail")
        if found.kind in ("video", "audio") and not browser_can_play(found):
            with tempfile.TemporaryDirectory() as folder:
                proxy(path, Path(folder) / "copy.mp4", sandbox="limited")
            done.append("playable copy")
    except LiuhenError as error:
        done.append(error.why)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return {"seconds": round(time.monotonic() - before, 2), "peak": peak, "done": done}


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(read_one(Path(sys.argv[2])), ensure_ascii=False))
        return
    worst = 0
    for folder in sys.argv[1:]:
        for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
            answer = subprocess.run(
                [sys.executable, __file__, "--one", str(path)], capture_output=True, text=True, check=True
            )
            told = json.loads(answer.stdout)
            worst = max(worst, told["peak"])
            print(f"{path.name:50} {told['seconds']:7.2f} s {told['peak'] / 1e6:8.0f} MB  {told['done']}")
    print(f"worst peak {worst / 1e6:.0f} MB")


main()
