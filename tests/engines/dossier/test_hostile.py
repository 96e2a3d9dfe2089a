"""F4: whatever is handed over as a package, a workbook or a manuscript is refused within two seconds and 200 MB, measured in a program of its own (seconds of its processor).

A million files, a million names without files, paths that lead out, links, names twice, a directory that says another thing than the files,
bombs of zip, JSON and lists. With the limits taken out (the deliberate faults) the same measurement fails.
"""

import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.engines.dossier.packing import FOLDER, contents, trust_text, written
from tests.engines.dossier.test_zips import HOSTILE

SECONDS, MEGABYTES, MANY = 2.0, 200, 1_000_000

_CHILD = """
import importlib.util, json, sys, time
told = json.loads(sys.stdin.readline())
spec = importlib.util.spec_from_file_location("verify", told["verifier"])
verify = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verify)
from liuhen.engines.forms import sheet_reading
from liuhen.engines.rules import manuscripts
from liuhen.kernel.errors import Malformed
exec(told["fault"])
print("ready", flush=True)
for kind, path in told["files"]:
    open("/proc/self/clear_refs", "w").write("5")
    began = time.process_time()
    if kind == "package":
        report = verify.verified(path, told["trust"])
        said = [item["code"] for item in report.items if item["state"] == "bad"] if report.verdict == "broken" else []
    else:
        read = sheet_reading.read_sheet if kind == "workbook" else manuscripts.read_manuscript
        try:
            said = [] if read(open(path, "rb").read()) else ["empty"]
        except Malformed as error:
            said = [error.why]
    took = time.process_time() - began
    most = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
    print(json.dumps([kind, path, said, took, most]), flush=True)
"""


def measured(files: list[tuple[str, Path]], fault: str = "") -> list[Any]:
    """Of each file what was said, in how many seconds, and how many megabytes the program held at most; a file that took much longer is the last."""
    told = {"verifier": str(FOLDER / "verify.py"), "trust": trust_text(), "fault": fault, "files": [(kind, str(path)) for kind, path in files]}  # fmt: skip
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD], bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps(told).encode() + b"\n")
    assert child.stdout.readline() == b"ready\n"
    try:
        out, _ = child.communicate(timeout=3 * SECONDS * len(files))
    except subprocess.TimeoutExpired:
        child.kill()
        out, _ = child.communicate()
    return [json.loads(line) for line in out.splitlines()]


def is_within(rows: list[Any], count: int) -> bool:
    """Whether every file was refused in time and in room."""
    return len(rows) == count and all(
        said and took <= SECONDS and held <= MEGABYTES for _, _, said, took, held in rows
    )


def a_zip_of(count: int, *, with_files: bool) -> bytes:
    """`count` empty files as our own zips have them, or the directory of them alone."""
    plain = b"\0\0\0\0\0\0\x21\0" + bytes(12) + struct.pack("<2H", 9, 0)
    local, entry = b"PK\x03\x04\x14\0" + plain, b"PK\x01\x02\x14\0\x14\0" + plain + bytes(14)
    files = numbered(local, count) if with_files else b""
    listed = numbered(entry, count, step=len(local) + 9 if with_files else 0)
    end, at = len(files) + len(listed), len(files)
    wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(listed), at)
    return files + listed + wide + struct.pack("<4sLQL4s4H2LH", b"PK\x06\x07", 0, end, 1, b"PK\x05\x06", 0, 0, *[0xFFFF] * 2, *[0xFFFFFFFF] * 2, 0)  # fmt: skip


def numbered(head: bytes, count: int, *, step: int | None = None) -> bytes:
    """So many entries b/0000000, b/0000001 …; with `step` each tells in its last four bytes before the name where its file begins."""
    rows = np.tile(np.frombuffer(head + b"b/0000000", np.uint8), (count, 1))
    told = np.arange(count)
    for place in range(7):
        rows[:, len(head) + 8 - place] += (told // 10**place % 10).astype(np.uint8)
    if step is not None:
        rows[:, len(head) - 4 : len(head)] = (told * step).astype("<u4").view(np.uint8).reshape(count, 4)
    return rows.tobytes()


def a_lie(name: str, megabytes: int) -> bytes:
    """One part that its entry calls ten bytes long, and that unpacks to so many megabytes."""
    packer, piece = zlib.compressobj(9, zlib.DEFLATED, -15), bytes(1 << 20)
    packed = b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush()
    plain = struct.pack("<5H3L2H", 20, 0, 8, 0, 0x21, 0, len(packed), 10, len(name), 0)
    local = b"PK\x03\x04" + plain + name.encode()
    entry = b"PK\x01\x02\x14\0" + plain + bytes(14) + name.encode()
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(local) + len(packed), 0)
    return local + packed + entry + end


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def a_million(folder: Path) -> Path:
    path = folder / "million.zip"
    path.write_bytes(a_zip_of(MANY, with_files=True))
    return path


@pytest.fixture(scope="module")
def a_workbook(folder: Path) -> Path:
    path = folder / "lie.xlsx"
    path.write_bytes(a_lie("xl/worksheets/sheet1.xml", 400))
    return path


def replaced(path: Path, name: str, content: bytes) -> Path:
    (written(contents(), path) / name).write_bytes(content)
    return path


def many_files(path: Path) -> Path:
    (path / "data").mkdir(parents=True)
    for number in range(20_001):
        (path / "data" / f"{number}").touch()
    return path


MADE: dict[str, tuple[str, Callable[[Path], Path | bytes]]] = {
    "names without files": ("package", lambda _: a_zip_of(MANY, with_files=False)),
    "more files than a package has": ("package", many_files),
    "a list of a million files": ("package", lambda path: replaced(path, "manifest-sha256.txt", b"".join(b"%064d  data/%d\n" % (n, n) for n in range(MANY // 4)))),
    "JSON of five million lists": ("package", lambda path: replaced(path, "data/package.json", b"[" + b"[]," * 5_000_000 + b"[]]")),
    "JSON that goes down without end": ("package", lambda path: replaced(path, "data/package.json", b"[" * 5_000_000)),
    "a manuscript that lies": ("manuscript", lambda _: a_lie("word/document.xml", 400)),
    "a manuscript of many parts": ("manuscript", lambda _: a_zip_of(40_000, with_files=False)),
    "a workbook of many parts": ("workbook", lambda _: a_zip_of(70_000, with_files=False)),
}  # fmt: skip


def test_whatever_is_hostile_is_refused_in_two_seconds_and_in_little_memory(
    folder: Path, a_million: Path, a_workbook: Path
) -> None:
    files = [("package", a_million), ("workbook", a_workbook)]
    for name, (kind, make) in MADE.items():
        path = folder / name.replace(" ", "-")
        made = make(path)
        if isinstance(made, bytes):
            path.write_bytes(made)
        files.append((kind, path))
    for name, content in HOSTILE.items():
        path = folder / f"{name.replace(' ', '-')}.zip"
        path.write_bytes(content)
        files.append(("package", path))
    rows = measured(files)
    told = {Path(path).name: said[:1] for _, path, said, _, _ in rows}
    assert is_within(rows, len(files)), [row for row in rows if not is_within([row], 1)]
    assert told["million.zip"] == told["names-without-files"] == ["bag.too-many"]
    assert told["more-files-than-a-package-has"] == ["bag.too-many"]


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("package", "verify.MOST_FILES = 10**9"),
        ("workbook", "sheet_reading.part_of = lambda archive, name: archive.read(name)"),
    ],
)
def test_reader_without_its_limit_is_caught(kind: str, fault: str, a_million: Path, a_workbook: Path) -> None:
    path = a_million if kind == "package" else a_workbook
    assert not is_within(measured([(kind, path)], fault), 1)
