"""The bag as a bag: RFC 8493 as another program reads it, the same bytes each time, and originals that are never whole in memory."""

import io
import json
import logging
import os
import re
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import bagit
import pytest
from tests.engines.dossier.forgeries import files_of
from tests.engines.dossier.packing import FILM, FOLDER, HOUSE, VERIFIERS, contents, written
from tests.engines.dossier.test_verifiers import VERIFY, by_python

from liuhen.engines.dossier import bag, bag_files, bag_name, zipped
from liuhen.engines.dossier.contents import Holding
from liuhen.engines.dossier.zipped import _ending, _entry, _local, zip_size
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Refused, Tampered

TAGS = {
    "bagit.txt",
    "bag-info.txt",
    "README.txt",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
    "seal.txt",
    "verify.py",
    "verify.html",
}


def test_bag_is_valid_to_another_program(tmp_path: Path) -> None:
    bag = bagit.Bag(str(written(contents(), tmp_path / "bag")))
    assert bag.validate(completeness_only=False)
    assert bag.version_info == (1, 0)
    assert bag.info["External-Identifier"] == "QH-证据包-20261120-0001"
    assert set(bag.tagfile_entries()) == TAGS - {"tagmanifest-sha256.txt", "seal.txt"}


def test_another_program_finds_the_byte_that_was_changed(tmp_path: Path) -> None:
    folder = written(contents(), tmp_path / "bag")
    path = folder / "data/originals/001.mp4"
    path.write_bytes(b"x" + path.read_bytes()[1:])
    logging.getLogger("bagit").disabled = True
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(folder)).validate()


def _published(kind: str) -> list[Path]:
    beside = Path(__file__).parents[4] / "shared"
    folder = Path(os.environ.get("LIUHEN_REFERENCE", beside)) / "samples/peers/bagit/v1.0" / kind
    if not folder.is_dir():
        pytest.skip(f"没有参考样本（{folder}）；设置 LIUHEN_REFERENCE 后再运行")
    return sorted(folder.iterdir())


@pytest.mark.reference
def test_published_bag_that_is_invalid_is_never_taken_for_whole() -> None:
    """None of these is a package; what is asked here is that a broken bag is not called a whole one."""
    for folder in _published("invalid"):
        report = VERIFY.verified(str(folder))
        assert report.verdict == "broken"
        assert not report.has("bag.whole")


@pytest.mark.reference
def test_published_bag_that_is_valid_is_read_as_a_bag() -> None:
    """Its manifests are of other algorithms or it is no package; its declaration is ours, byte for byte."""
    for folder in _published("valid"):
        assert not VERIFY.verified(str(folder)).has("bag.declaration")


def test_same_contents_are_the_same_bytes() -> None:
    one, other = (b"".join(zipped(bag_files(contents(), HOUSE), "bag")) for _ in range(2))
    assert one == other


def test_every_file_is_listed_once_and_under_a_plain_name() -> None:
    files = bag_files(contents(), HOUSE)
    names = [file.path for file in files]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._/-]+", name) for name in names)
    assert {name for name in names if not name.startswith("data/")} == TAGS


def test_what_differs_from_its_digest_stops_the_package() -> None:
    told = contents()
    first = told.recordings[0]
    for content in (FILM[:-1], FILM + b"x", b"", FILM[:-1] + b"x"):
        wrong = replace(first, open=lambda content=content: io.BytesIO(content))  # type: ignore[misc]
        with pytest.raises(Tampered, match="原件与入库时的摘要不符"):
            list(zipped(bag_files(replace(told, recordings=[wrong]), HOUSE), "bag"))


def test_altered_original_never_leaves_whole() -> None:
    """Whoever takes the pieces as they come has not got the last one when the alarm is raised."""
    content = b"a" * (3 << 20)
    taken = replace(
        contents().recordings[0],
        size=len(content),
        digest=digest_of(b"other"),
        open=lambda: io.BytesIO(content),
    )
    file = next(f for f in bag_files(replace(contents(), recordings=[taken]), HOUSE) if "originals" in f.path)
    got = 0
    with pytest.raises(Tampered):
        for piece in file.pieces():
            got += len(piece)
    assert got == 2 << 20


def test_empty_original_is_an_original(tmp_path: Path) -> None:
    taken = replace(contents().recordings[0], size=0, digest=digest_of(b""), open=io.BytesIO)
    files = bag_files(replace(contents(), recordings=[taken]), HOUSE)
    path = tmp_path / "bag.zip"
    path.write_bytes(b"".join(zipped(files, "bag")))
    with zipfile.ZipFile(path) as opened:
        assert opened.read("bag/data/originals/001.mp4") == b""


class Zeros(io.RawIOBase):
    """So many zeros, made as they are read."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.left = size

    def read(self, count: int = -1) -> bytes:
        piece = bytes(min(count, self.left))
        self.left -= len(piece)
        return piece


@pytest.mark.slow
def test_large_original_is_never_whole_in_memory() -> None:
    size = 96 << 20
    hashed = digest_of(bytes(1 << 20) for _ in range(96))
    taken = replace(contents().recordings[0], size=size, digest=hashed, open=lambda: Zeros(size))
    files = bag_files(replace(contents(), recordings=[taken]), HOUSE)
    tracemalloc.start()
    total = sum(len(piece) for piece in zipped(files, "bag"))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == zip_size(files, "bag")
    assert most < 16 << 20


def test_zip_reads_as_any_zip_and_is_as_long_as_was_said(tmp_path: Path) -> None:
    files = bag_files(contents(), HOUSE)
    folder = bag_name("QH-证据包/2026 0001")
    assert folder == "QH-证据包-2026-0001"
    content = b"".join(zipped(files, folder))
    assert len(content) == zip_size(files, folder)
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == [f"{folder}/{file.path}" for file in files]
        assert opened.read(f"{folder}/data/originals/001.mp4") == FILM


def test_zip_beyond_four_gigabytes_is_zip64() -> None:
    """The head, the directory and the end of a film of 5 GB and what lies behind it; its bytes are not made."""
    big, behind = 5 << 30, (5 << 30) + 99
    assert _local(b"a", big, 7)[26:30] == b"\1\0\x14\0"
    assert big.to_bytes(8, "little") * 2 in _local(b"a", big, 7)
    assert _entry(b"a", big, 7, behind).endswith(big.to_bytes(8, "little") * 2 + behind.to_bytes(8, "little"))
    assert _entry(b"a", 5, 7, behind).endswith(behind.to_bytes(8, "little"))
    assert len(_ending(3, 99, 9)) == 22
    assert _ending(3, 99, behind).startswith(b"PK\x06\x06")
    assert _ending(70_000, 99, 9).startswith(b"PK\x06\x06")


def test_leaflet_tells_what_is_in_it_and_what_it_does_not_prove() -> None:
    told = files_of(contents())["README.txt"].decode()
    for said in (
        "QH-证据包-20261120-0001",
        "QH-音像-20261120-0001",
        digest_of(FILM).sha256,
        "记录不全",
        "verify.py",
        "不能说明",
    ):
        assert said in told


def test_moments_nobody_told_stay_empty() -> None:
    told = Holding("手机", None, None, "钱立", "手工导入", "原处没有算过摘要", None).told()
    assert (told["since"], told["until"], told["checked"]) == ("", "", "")


def test_package_without_list_documents_looks_and_tokens_says_so() -> None:
    bare = replace(contents(), documents=(), looks=(), stamps=())
    bare = replace(bare, recordings=[replace(one, card_list=None, custody=()) for one in bare.recordings])
    report = by_python(files_of(bare), None)
    assert {"list.none", "document.none", "look.none", "time.none"} <= {
        item["code"] for item in report["items"]
    }
    assert report["verdict"] == "unanchored"


def test_house_that_nobody_witnesses_is_told_as_such() -> None:
    told = replace(contents(), policy="quorum none\n", policy_line=0)
    report = by_python(files_of(told), f"log {HOUSE.verifier}\nquorum none\n")
    assert (report["verdict"], "witness.nobody" in {item["code"] for item in report["items"]}) == (
        "unanchored",
        True,
    )


def test_python_without_sm3_says_so_of_large_files_and_computes_small_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(VERIFY, "has_fast_sm3", lambda: False)
    files = files_of(contents())
    small = {item["code"] for item in by_python(files, None)["items"]}
    assert ("original.fits" in small, "original.sm3-skipped" in small) == (True, False)
    monkeypatch.setattr(VERIFY, "SLOW_SM3", 10)
    codes = {item["code"] for item in by_python(files, None)["items"]}
    assert "original.sm3-skipped" in codes


def test_list_of_checks_is_the_same_everywhere() -> None:
    checks = json.loads((FOLDER / "checks.json").read_text("utf-8"))
    assert checks == VERIFY.CHECKS
    page = (FOLDER / "verify.html").read_text("utf-8")
    begin, end = (
        page.index("// <checks>\nconst CHECKS = ") + len("// <checks>\nconst CHECKS = "),
        page.index(";\n// </checks>"),
    )
    assert json.loads(page[begin:end]) == checks
    assert {one[0] for one in checks["checks"].values()} == set(checks["sections"])
    assert {one[1] for one in checks["checks"].values()} == {"ok", "bad", "unknown", "note"}


@pytest.mark.parametrize(
    ("limit", "says"),
    [("_MOST_FILES", "文件超过两万个"), ("_MOST_JSON", "读不下"), ("_MOST_PARTS", "读不下")],
)
def test_package_that_no_verifier_would_read_is_not_made(
    monkeypatch: pytest.MonkeyPatch, limit: str, says: str
) -> None:
    """The limits are those of the verifiers, here small; theirs stand in package.md and are the same numbers."""
    for name in ("verify.py", "verify.html"):
        written_there = VERIFIERS[name].decode()
        assert "MOST_FILES = 20000" in written_there
        assert "MOST_PARTS = 1000000" in written_there
    monkeypatch.setattr(bag, limit, 9)
    with pytest.raises(Refused, match=says):
        bag_files(contents(), HOUSE)
