"""Packages handed over as a zip: only the plain form we write is read; anything cleverer is refused by both verifiers, at once and in little memory.

The command of verify.py is tested here too: what it prints and how it ends.
"""

import base64
import io
import json
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engines.dossier.browsing import offline
from tests.engines.dossier.packing import FOLDER, HOUSE, contents, trust_text, written
from tests.engines.dossier.test_verifiers import VERIFY

from liuhen.engines.dossier import bag_files, zipped

GOOD = b"".join(zipped(bag_files(contents(), HOUSE), "bag"))


def packed(change: Callable[[zipfile.ZipFile], None]) -> bytes:
    """A zip by another program, of a few files and what `change` adds."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("bag/bagit.txt", "x")
        change(made)
    return out.getvalue()


def _link(made: zipfile.ZipFile) -> None:
    told = zipfile.ZipInfo("bag/link")
    told.external_attr = 0o120777 << 16
    made.writestr(told, "/etc/passwd")


def _named(name: str) -> Callable[[zipfile.ZipFile], None]:
    return lambda made: made.writestr(name, "x")


def _bomb(made: zipfile.ZipFile) -> None:
    made.writestr("bag/zeros", bytes(64 << 20), zipfile.ZIP_DEFLATED)


def _renamed(content: bytes, old: bytes, new: bytes) -> bytes:
    """The name in the directory alone: the head of the file keeps the other."""
    at = content.rindex(old)
    return content[:at] + new + content[at + len(old) :]


def _twice(content: bytes) -> bytes:
    """Two entries of the directory for the same bytes."""
    at = content.index(b"PK\x01\x02")
    end, size = len(content) - 22, struct.unpack("<L", content[-10:-6])[0]
    first = content[at : content.index(b"PK\x01\x02", at + 4)]
    count = struct.unpack("<H", content[end + 8 : end + 10])[0] + 1
    tail = content[end : end + 8] + struct.pack("<2HL", count, count, size + len(first)) + content[end + 16 :]
    return content[:at] + first + content[at:end] + tail


HOSTILE = {
    "way out": packed(_named("bag/../../x")), "absolute": packed(_named("/etc/x")), "backslash": packed(_named("bag\\x")), "no folder": packed(_named("x")),
    "not ascii": packed(_named("bag/\u202etxt")), "bomb": packed(_bomb), "another name in the directory": _renamed(GOOD, b"bag/seal.txt", b"bag/seal.tx_"),
    "the same bytes twice": _twice(GOOD), "cut": GOOD[:-1], "cut in the middle": GOOD[: len(GOOD) // 2], "nothing": b"", "no zip": b"x" * 5000,
    "more before it": b"x" + GOOD, "more behind it": GOOD + b"x", "a zip in a zip": packed(lambda made: made.writestr("bag/b.zip", GOOD)),
    "count too high": GOOD[:-14] + b"\xfe\xff\xfe\xff" + GOOD[-10:], "encrypted": GOOD.replace(b"\0\x08\0\0\0\0\x21", b"\1\x08\0\0\0\0\x21"),
}  # fmt: skip


def test_zip_is_the_same_as_its_folder(tmp_path: Path) -> None:
    folder, path = written(contents(), tmp_path / "bag"), tmp_path / "bag.zip"
    path.write_bytes(GOOD)
    one, other = (VERIFY.verified(str(where), trust_text()).told() for where in (folder, path))
    assert one == other
    assert one["verdict"] == "sound"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_zip_is_refused_at_once(name: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.zip"
    path.write_bytes(HOSTILE[name])
    began = time.monotonic()
    report = VERIFY.verified(str(path), trust_text())
    assert report.verdict == "broken"
    assert time.monotonic() - began < 2
    if name != "a zip in a zip":
        wanted = "bag.too-many" if name == "count too high" else "zip.form"
        assert [item["code"] for item in report.items] == [wanted]


def test_links_are_as_if_they_were_not_there(tmp_path: Path) -> None:
    folder = written(contents(), tmp_path / "bag")
    path = folder / "data/originals/001.mp4"
    moved = tmp_path / "elsewhere"
    path.rename(moved)
    path.symlink_to(moved)
    report = VERIFY.verified(str(folder), trust_text())
    assert ("bag.file-missing", "data/originals/001.mp4") in {
        (item["code"], item["where"]) for item in report.items
    }


@pytest.mark.browser
@pytest.mark.slow
def test_page_says_of_zips_what_the_program_says(tmp_path: Path) -> None:
    run = "async ([told, trust]) => (await verified(new File([Uint8Array.from(atob(told), (c) => c.charCodeAt(0))], 'x.zip'), trust)).told()"
    with offline(FOLDER / "verify.html") as page:
        for name, content in {"good": GOOD, **HOSTILE}.items():
            path = tmp_path / "x.zip"
            path.write_bytes(content)
            shown = page.evaluate(run, [base64.b64encode(content).decode(), trust_text()])
            assert (name, shown) == (name, VERIFY.verified(str(path), trust_text()).told())


@pytest.mark.browser
@pytest.mark.slow
def test_person_chooses_a_folder_or_a_zip_and_reads_the_verdict(tmp_path: Path) -> None:
    folder, path = written(contents(), tmp_path / "outer" / "bag"), tmp_path / "bag.zip"
    path.write_bytes(GOOD)
    with offline(FOLDER / "verify.html") as page:
        page.set_input_files("#folder", str(folder))
        page.locator(".unanchored", has_text="缺少外部的信任根").wait_for()
        page.fill("#trust", trust_text())
        page.set_input_files("#folder", str(folder.parent))
        page.locator(".sound strong", has_text="相符").wait_for()
        page.set_input_files("#zip", str(path))
        page.locator(".sound strong", has_text="相符").wait_for()
        (folder / "data/originals/001.mp4").write_bytes(b"another film")
        page.set_input_files("#folder", str(folder))
        page.locator(".broken strong", has_text="不符").wait_for()
        faults = page.locator("section.card").nth(2)
        assert "不符之处" in faults.inner_text()
        assert "data/originals/001.mp4" in faults.inner_text()


def ran(*told: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", "-I", str(FOLDER / "verify.py"), *told],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_program_runs_alone_and_its_exit_code_tells_the_verdict(tmp_path: Path) -> None:
    folder, trust = written(contents(), tmp_path / "bag"), tmp_path / "trust.txt"
    trust.write_text(trust_text(), "utf-8")
    good = ran(str(folder), "--trust", str(trust))
    assert (good.returncode, good.stderr) == (0, "")
    assert "相符：所核对的各项没有发现不符" in good.stdout
    assert "本核验不能证明的" in good.stdout
    (tmp_path / "bag.zip").write_bytes(GOOD)  # The programs in it speak of vouchers; it is none.
    assert ran(str(tmp_path / "bag.zip"), "--trust", str(trust)).returncode == 0
    bare = ran(str(folder), "--json")
    assert (bare.returncode, json.loads(bare.stdout)["verdict"]) == (3, "unanchored")
    (folder / "seal.txt").write_text("x")
    assert ran(str(folder), "--trust", str(trust)).returncode == 1
    assert ran(str(tmp_path / "nowhere")).returncode == 2
    assert ran(str(folder), "--trust", str(tmp_path / "nowhere")).returncode == 2


def test_progress_of_large_files_is_told() -> None:
    out = io.StringIO()
    progress = VERIFY.Progress(out)
    for _ in range(600):
        progress("data/originals/001.mp4", 1 << 20)
    assert out.getvalue().count("data/originals/001.mp4") == 2
