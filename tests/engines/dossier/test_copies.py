"""遮挡副本离开本机关：包里没有原件；副本、原件的摘要、清单、第二人和比对结果各凭台账，两个核验程序逐项说同样的话。"""

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from tests.engines.dossier.browsing import offline, reports_of
from tests.engines.dossier.forgeries import Files, files_of, put, resealed, told
from tests.engines.dossier.packing import (
    FOLDER,
    HOUSE,
    Book,
    _digests,
    _opening,
    _sealed,
    id_of,
    policy_text,
    trust_text,
)
from tests.engines.dossier.test_verifiers import VERIFY, by_python, found_in

from liuhen.engines.dossier import Contents, alone_files, bag_files, zipped
from liuhen.engines.dossier.contents import CopyOut, Explained
from liuhen.engines.ledger.note import open_note, sign_note
from liuhen.kernel.canonical import canonical
from liuhen.kernel.digests import Digest, digest_of
from liuhen.kernel.errors import Tampered

COPY = b"black box " * 4_000
ORIGINAL = Digest("a" * 64, "b" * 64)
MASKS = {
    "masks": [{"begins": 1.5, "ends": 9, "reason": "无关人员面部", "made": "drawn", "places": [[1.5, 0.2, 0.2, 0.25, 0.3]]}],
    "mutes": [{"begins": 3, "ends": 5, "reason": "说出住址", "sound": "mute"}],
}  # fmt: skip
PROOF = {
    "pictures": 250, "pixels_outside": 9_000, "differing_outside": 0, "pixels_inside": 1_000, "shown_inside": 0, "pictures_missing": 0,
    "converted_from": "", "samples": 160_000, "samples_muted": 32_000, "heard_inside": 0, "sound_equal": True,
}  # fmt: skip
PATH, STATEMENT, PACKAGE = "data/copies/001.mp4", "data/copies/statement.json", "data/package.json"


def given(**more: Any) -> Contents:
    """A package for a newspaper: one copy, drawn by 李, agreed to by 张. `more` changes what its rows and its line say."""
    book = Book()
    policy = book.act("witness.policy-changed", sha256=digest_of(policy_text().encode()).sha256)
    made = {
        "id": id_of(70),
        "recording_id": id_of(101),
        "size": len(COPY),
        **_digests(COPY),
        **more.get("made", {}),
    }
    book.act(
        "redaction.rendered",
        ("evidence.derived", id_of(70), made),
        original=more.get("original", ORIGINAL.sha256),
    )
    row = {
        "id": id_of(71), "number": "QH-遮挡-0001", "derived_id": id_of(70), "drawn_by_id": id_of(2), "masks": MASKS, "proof": PROOF,
        **more.get("row", {}),
    }  # fmt: skip
    answer = {
        "id": id_of(72),
        "redaction_id": id_of(71),
        "answer": "approved",
        "by_id": id_of(3),
        **more.get("answer", {}),
    }
    book.act(
        "redaction.approved",
        ("access.redactionanswer", id_of(72), answer),
        ("access.redaction", id_of(71), row),
    )
    order = {"id": id_of(50), "number": "QH-证据包-20261120-0001", "recipient": "清河日报"}
    book.act("package.ordered", ("access.package", id_of(50), order))
    copy = CopyOut(
        id_of(71), "QH-遮挡-0001", id_of(70), id_of(72), "mp4", digest_of(COPY), len(COPY), _opening(COPY), "QH-音像-0001", ORIGINAL
    )  # fmt: skip
    statement = canonical({"copies": [{"number": "QH-遮挡-0001", "masks": MASKS, "proof": PROOF}]})
    whole = _sealed(book, (), [], policy, None, HOUSE)
    return replace(
        whole, recordings=(), documents=(), looks=(), copies=(copy,), explained=Explained(statement, b"%PDF-1.7 what is hidden"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def sound() -> Files:
    return files_of(given())


def sealed_again(files: Files) -> Files:
    """By a thief of the house's key, in the words of the second version."""
    found = resealed(files)
    sums, number = digest_of(found["tagmanifest-sha256.txt"]), json.loads(files[PACKAGE])["number"]
    text = f"liuhen-package-v2\n{number}\nsha256 {sums.sha256}\nsm3 {sums.sm3}\n"
    return {**found, "seal.txt": sign_note(text, HOUSE).encode()}


def other(change: Callable[[Any], Any]) -> Callable[[Files], Files]:
    return lambda files: sealed_again(told(files, PACKAGE, change))


CASES: list[tuple[str, Callable[[Files], Files], tuple[str, str]]] = [
    ("副本换了一个字节", lambda f: sealed_again(put(f, PATH, b"B" + COPY[1:])), ("copy.other-digest", PATH)),
    ("副本拿掉了", lambda f: sealed_again(put(f, PATH, None)), ("copy.other-digest", PATH)),
    ("登记说的是另一个字节数", lambda _: files_of(given(made={"size": 1})), ("copy.other-digest", PATH)),
    ("登记的 SM3 不同", lambda _: files_of(given(made={"sm3": "0" * 64})), ("copy.other-digest", PATH)),
    ("副本没有登记", other(lambda p: p["copies"][0].update(id=str(id_of(9)))), ("copy.no-row", PATH)),
    ("副本登记的是另一份文件", other(lambda p: p["copies"][0].update(derived=str(id_of(9)))), ("copy.no-row", PATH)),
    ("副本编号不同", other(lambda p: p["copies"][0].update(number="x")), ("copy.no-row", PATH)),
    ("说由另一份原件制成", other(lambda p: p["copies"][0]["original"].update(sha256="c" * 64)), ("copy.other-original", PATH)),
    ("台账写的是另一份原件", lambda _: files_of(given(original="d" * 64)), ("copy.other-original", PATH)),
    ("制作的人自己同意的", lambda _: files_of(given(answer={"by_id": id_of(2)})), ("copy.nobody-else", PATH)),
    ("退回了", lambda _: files_of(given(answer={"answer": "returned"})), ("copy.nobody-else", PATH)),
    ("没有审核的登记", other(lambda p: p["copies"][0].update(answer=str(id_of(9)))), ("copy.nobody-else", PATH)),
    ("审核的是另一份", lambda _: files_of(given(answer={"redaction_id": id_of(9)})), ("copy.nobody-else", PATH)),
    ("遮挡之外有不同", lambda _: files_of(given(row={"proof": {**PROOF, "differing_outside": 1}})), ("copy.not-compared", PATH)),
    ("什么也没有比对", lambda _: files_of(given(row={"proof": {**PROOF, "pictures": 0, "samples": 0}})), ("copy.not-compared", PATH)),
    ("声音不同", lambda _: files_of(given(row={"proof": {**PROOF, "sound_equal": 1}})), ("copy.not-compared", PATH)),
    ("没有比对结果", lambda _: files_of(given(row={"proof": None})), ("copy.not-compared", PATH)),
    ("说明少写一处遮挡", lambda f: sealed_again(put(f, STATEMENT, canonical({"copies": []}))), ("copy.statement-differs", PATH)),
    ("没有说明", lambda f: sealed_again(put(f, STATEMENT, None)), ("copy.statement-differs", PATH)),
    ("冒充第一版", other(lambda p: p.update(format="liuhen-package-v1")), ("package.form", PACKAGE)),
    ("封签写第一版", resealed, ("seal.form", "seal.txt")),
    ("副本没有写原件", other(lambda p: p["copies"][0].pop("original")), ("package.form", PACKAGE)),
    ("不认识的版本", other(lambda p: p.update(format="liuhen-package-v3")), ("package.form", PACKAGE)),
]  # fmt: skip


@pytest.mark.clause("NDG-37.p2a")
def test_copy_in_a_package_is_sound_for_a_stranger_and_no_original_is_in_it(sound: Files) -> None:
    report = by_python(sound, trust_text())
    codes = {item["code"]: item["state"] for item in report["items"]}
    assert report["verdict"] == "sound", [item for item in report["items"] if item["state"] == "bad"]
    wanted = {
        "copy.fits",
        "copy.compared",
        "copy.second-person",
        "copy.limit",
        "look.not-given",
        "order.told",
        "seal.fits",
    }
    assert wanted <= codes.keys()
    assert not [path for path in sound if path.startswith(("data/originals", "data/receipts"))]
    assert json.loads(sound[PACKAGE])["format"] == "liuhen-package-v2"
    assert sound["bag-info.txt"].decode().count("liuhen-package-v2") == 1
    leaflet = sound["README.txt"].decode()
    assert "本包没有原件" in leaflet
    assert f"原件 SHA-256 {ORIGINAL.sha256}" in leaflet


@pytest.mark.parametrize(("name", "done", "finds"), CASES, ids=[case[0] for case in CASES])
def test_whatever_is_done_to_a_copy_is_found_at_its_place(
    sound: Files, name: str, done: Callable[[Files], Files], finds: tuple[str, str]
) -> None:
    assert finds in found_in(by_python(done(sound), trust_text())), name


def test_both_verifiers_say_the_same_of_copies(sound: Files) -> None:
    packages = [("完好", sound), *((name, done(sound)) for name, done, _ in CASES)]
    with offline(FOLDER / "verify.html") as page:
        found = reports_of(page, sound, [(files, trust_text()) for _, files in packages])
    for (name, files), seen in zip(packages, found, strict=True):
        assert seen == by_python(files, trust_text()), name


def test_copy_that_differs_from_its_digest_never_leaves_whole() -> None:
    whole = given()
    wrong = replace(whole.copies[0], open=_opening(b"c" + COPY[1:]))
    for files in (
        bag_files(replace(whole, copies=(wrong,)), HOUSE),
        alone_files(whole.number, (wrong,), whole.explained or Explained(b"", b""), HOUSE),
    ):
        with pytest.raises(Tampered, match="遮挡副本 QH-遮挡-0001 与制成时的摘要不符"):
            b"".join(piece for file in files for piece in file.pieces())


def test_copy_by_itself_goes_with_its_statement_its_paper_and_the_signature_of_the_house() -> None:
    whole = given()
    assert whole.explained is not None
    files = alone_files(whole.number, whole.copies, whole.explained, HOUSE)
    with zipfile.ZipFile(BytesIO(b"".join(zipped(files, "QH")))) as archive:
        held = {name.removeprefix("QH/"): archive.read(name) for name in archive.namelist()}
    assert sorted(held) == ["001.mp4", "seal.txt", "statement.json", "statement.pdf"]
    assert held["001.mp4"] == COPY
    text = open_note(held["seal.txt"].decode(), HOUSE.verifier)
    sums = digest_of(held["statement.json"])
    assert text == f"liuhen-copy-v1\n{whole.number}\nsha256 {sums.sha256}\nsm3 {sums.sm3}\n"
    assert [hashlib.sha256(held[file.path]).hexdigest() for file in files] == [file.sha256 for file in files]


def test_every_check_of_copies_is_seen_to_fail_or_to_hold(sound: Files) -> None:
    """All but the one that a machine without a fast SM3 says."""
    spoken = {code for _name, _change, (code, _place) in CASES}
    spoken |= {item["code"] for item in by_python(sound, trust_text())["items"]}
    checks = {code for code in VERIFY.CHECKS["checks"] if code.startswith("copy.")}
    assert checks - spoken == {"copy.sm3-skipped"}
