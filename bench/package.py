"""A package with one large original: how long writing and both verifiers take, and how much memory each needs. `python bench/package.py [GB]`.

The original is a sparse file of zeros, read through the same code as any; the browser reads the zip as a person would choose it.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from tests.engines.dossier.browsing import offline  # noqa: E402
from tests.engines.dossier.packing import FOLDER, HOUSE, contents, trust_text  # noqa: E402

from liuhen.engines.dossier import bag_files, bag_name, zipped  # noqa: E402
from liuhen.kernel.digests import Hasher  # noqa: E402

PIECE = 1 << 20


def main() -> None:
    size = int(float(sys.argv[1] if len(sys.argv) > 1 else "1") * (1 << 30))
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film"
        with film.open("wb") as file:
            file.truncate(size)
        path = Path(folder) / "package.zip"
        _write(film, size, path)
        _python(path)
        _browser(path)


def _write(film: Path, size: int, path: Path) -> None:
    hasher = Hasher()
    with film.open("rb") as file:
        while piece := file.read(PIECE):
            hasher.update(piece)
    told = contents(None)
    big = replace(told.recordings[0], digest=hasher.digest(), size=size, open=lambda: film.open("rb"))
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with path.open("wb") as out:
        for piece in zipped(bag_files(replace(told, recordings=[big]), HOUSE), bag_name(told.number)):
            out.write(piece)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    print(
        f"write: {time.monotonic() - began:.1f} s for {path.stat().st_size >> 20} MB, memory grew by {grown} MB"
    )


def _python(path: Path) -> None:
    trust = path.with_name("trust.txt")
    trust.write_text(trust_text())
    program = "import runpy, sys; sys.argv[0] = 'verify.py'\ntry: runpy.run_path({!r}, run_name='__main__')\nfinally: sys.stderr.write(open('/proc/self/status').read())"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-S", "-c", program.format(str(FOLDER / "verify.py")), str(path), "--trust", str(trust)],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    most = int(done.stderr.split("VmHWM:")[1].split()[0]) >> 10
    print(f"verify.py: {time.monotonic() - began:.1f} s, at most {most} MB resident")


def _browser(path: Path) -> None:
    with offline(FOLDER / "verify.html") as page:
        before = max(_renderers(), default=0)
        watch = _Watch()
        watch.start()
        began = time.monotonic()
        page.fill("#trust", trust_text())
        page.set_input_files("#zip", str(path))
        page.wait_for_selector(".verdict", timeout=3_600_000)
        seconds = time.monotonic() - began
        watch.stop()
        heap = page.evaluate("performance.memory.usedJSHeapSize") >> 20
    print(
        f"verify.html: {seconds:.1f} s, renderer at most {watch.most} MB resident ({before} MB before), JS heap {heap} MB at the end"
    )


class _Watch(threading.Thread):
    """The largest renderer, looked at ten times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self._over = 0, False

    def run(self) -> None:
        while not self._over:
            self.most = max(self.most, *_renderers(), 0)
            time.sleep(0.1)

    def stop(self) -> None:
        self._over = True
        self.join()


def _renderers() -> list[int]:
    """Resident megabytes of each renderer process of this machine's browser."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"--type=renderer" in (folder / "cmdline").read_bytes():
                told = (folder / "status").read_text().split("VmRSS:")[1].split()[0]
                found.append(int(told) >> 10)
        except (OSError, IndexError):
            continue
    return found


if __name__ == "__main__":
    main()
