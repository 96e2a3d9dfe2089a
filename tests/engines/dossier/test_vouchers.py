"""凭条: what a party keeps is checked by both verifiers alike, with the file and without, from JSON and from what a scanner read off the paper."""

import base64
import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engines.dossier.browsing import offline
from tests.engines.dossier.packing import (
    BOTH,
    FILM,
    FOLDER,
    HOUSE,
    NOON,
    SOUND,
    contents,
    house_text,
    trust_text,
)
from tests.engines.dossier.test_verifiers import VERIFY, found_in

from liuhen.engines.dossier import Contents
from liuhen.engines.ledger import Signer
from liuhen.engines.ledger.slips import codes_of
from liuhen.engines.ledger.voucher import Voucher
from liuhen.kernel.canonical import canonical
from liuhen.kernel.digests import digest_of


def voucher(told: Contents, signer: Signer = HOUSE) -> bytes:
    """For the first recording of the package: the line by which it came in."""
    line = next(line for line in told.lines if '"verb":"recording.received"' in line.body)
    return Voucher(
        "QH-音像-20261120-0001", digest_of(FILM), len(FILM), line.number, line.body, line.salt, line.proof, told.checkpoint,
        house_text(signer), NOON + timedelta(hours=2),
    ).signed(signer)  # fmt: skip


def changed(content: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    told = json.loads(content)
    change(told)
    return canonical(told)


def by_python(content: bytes, trust: str | None, film: bytes | None) -> dict[str, Any]:
    pieces = None if film is None else iter([film[:7], film[7:]])
    return VERIFY.VoucherCheck(VERIFY.voucher_in(content), trust, pieces).run().told()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def told() -> Contents:
    return contents()


FORGERIES: list[tuple[str, Callable[[dict[str, Any]], Any], set[str]]] = [
    ("another digest", lambda v: v.update(note=v["note"].replace("sha256 ", "sha256 0", 1)), {"voucher.wrong", "voucher.other-line"}),
    ("another size", lambda v: v.update(note=v["note"].replace("size ", "size 1", 1)), {"voucher.wrong"}),
    ("another number", lambda v: v.update(note=v["note"].replace("0001", "0002", 1)), {"voucher.wrong"}),
    ("earlier", lambda v: v.update(note=v["note"].replace("issued 2026", "issued 2020", 1)), {"voucher.wrong"}),
    ("another line", lambda v: v.update(note=v["note"].replace("line ", "line 1", 1)), {"voucher.wrong", "line.not-in-log", "voucher.other-line"}),
    ("no signature", lambda v: v.update(note=v["note"].split("\n\n")[0] + "\n\n"), {"voucher.unsigned"}),
    ("no note", lambda v: v.update(note=""), {"voucher.form"}),
    ("another form", lambda v: v.update(format="liuhen-voucher-v2"), {"voucher.form"}),
    ("a member less", lambda v: v.pop("salt"), {"voucher.form"}),
    ("body edited", lambda v: v.update(body=v["body"].replace("recording.received", "recording.verified")), {"line.not-in-log", "voucher.other-line"}),
    ("body no JSON", lambda v: v.update(body="{"), {"line.altered"}),
    ("another salt", lambda v: v.update(salt="f" * 32), {"line.not-in-log"}),
    ("salt no hex", lambda v: v.update(salt="z"), {"line.altered"}),
    ("proof cut", lambda v: v["proof"].pop(), {"line.not-in-log"}),
    ("checkpoint edited", lambda v: v.update(checkpoint=v["checkpoint"].replace("\n12\n", "\n13\n")), {"checkpoint.wrong", "witness.wrong"}),
    ("checkpoint gone", lambda v: v.update(checkpoint=""), {"checkpoint.form", "line.not-in-log"}),
    ("witnesses struck out", lambda v: v.update(checkpoint="".join(line for line in v["checkpoint"].splitlines(keepends=True) if "witness" not in line)), {"witness.quorum-unmet"}),
    ("another house inside", lambda v: v.update(house=str(Signer("liuhen/qh", BOTH.key).verifier)[:-4] + "AAAA"), {"package.form"}),
]  # fmt: skip


def test_voucher_of_a_recording_that_is_the_same_is_sound(told: Contents) -> None:
    report = by_python(voucher(told), trust_text(), FILM)
    codes = {item["code"] for item in report["items"]}
    assert report["verdict"] == "sound"
    assert report["package"] == "QH-音像-20261120-0001"
    assert {"voucher.signed", "voucher.received", "voucher.original-fits", "witness.quorum-met"} <= codes
    assert by_python(voucher(told), None, FILM)["verdict"] == "unanchored"
    assert by_python(voucher(told), trust_text(), None)["verdict"] == "sound"
    assert (
        by_python(voucher(told, BOTH), trust_text(BOTH), FILM)["verdict"] == "broken"
    )  # The log signed once only.
    assert by_python(voucher(contents(house=BOTH), BOTH), trust_text(BOTH), FILM)["verdict"] == "sound"


def test_voucher_shows_nothing_of_the_recording(told: Contents) -> None:
    text = voucher(told).decode()
    assert len(text) < 4000
    assert "DCIM" not in text
    assert "李" not in text


@pytest.mark.parametrize(
    "film", [SOUND, FILM[:-1], FILM + b"\0", b""], ids=["another", "shorter", "longer", "none of it"]
)
def test_file_that_is_another_is_told(told: Contents, film: bytes) -> None:
    assert found_in(by_python(voucher(told), trust_text(), film)) == {("voucher.original-differs", "")}


@pytest.mark.parametrize(("name", "change", "codes"), FORGERIES, ids=[name for name, _, _ in FORGERIES])
def test_whatever_is_changed_on_a_voucher_is_found(
    told: Contents, name: str, change: Callable[[dict[str, Any]], Any], codes: set[str]
) -> None:
    report = by_python(changed(voucher(told), change), trust_text(), FILM)
    assert report["verdict"] == "broken", name
    assert codes <= {code for code, _ in found_in(report)}


def test_codes_read_off_the_paper_in_any_order_are_the_voucher(told: Contents) -> None:
    codes = codes_of(voucher(told))
    random.Random(1).shuffle(codes)
    scanned = "\r\n".join(codes).lower().encode()
    assert VERIFY.voucher_in(scanned) == voucher(told)
    assert VERIFY.voucher_in(b"PK\3\4 a zip") is None
    for wrong in (scanned[: len(scanned) // 2], scanned.replace(b"2", b"3"), b"LH1:x", b"LH1:\xff"):
        report = VERIFY.VoucherCheck(VERIFY.voucher_in(wrong), trust_text()).run()
        assert report.has("voucher.form")


def test_program_takes_a_voucher_and_the_file(
    told: Contents, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in (
        ("slip.txt", "\n".join(codes_of(voucher(told))).encode()),
        ("film.mp4", FILM),
        ("trust.txt", trust_text().encode()),
    ):
        (tmp_path / name).write_bytes(content)
    given = [str(tmp_path / "slip.txt"), "--trust", str(tmp_path / "trust.txt")]
    assert VERIFY.main([*given, "--original", str(tmp_path / "film.mp4")]) == 0
    assert "手中的文件就是凭条所写的那一份" in capsys.readouterr().out
    (tmp_path / "film.mp4").write_bytes(SOUND)
    assert VERIFY.main([*given, "--original", str(tmp_path / "film.mp4")]) == 1


@pytest.mark.browser
@pytest.mark.slow
def test_both_verifiers_say_the_same_of_every_voucher(told: Contents) -> None:
    sound = voucher(told)
    scanned = "\n".join(codes_of(sound)).encode()
    cases = [(changed(sound, change), trust_text(), FILM) for _, change, _ in FORGERIES]
    cases += [
        (sound, trust_text(), None),
        (sound, None, FILM),
        (scanned, trust_text(), FILM),
        (scanned[:900], trust_text(), FILM),
    ]
    cases += [
        (sound, trust_text(), SOUND),
        (voucher(contents(house=BOTH), BOTH), trust_text(BOTH), FILM),
        (b"{}", None, None),
    ]
    run = """async (cases) => {
      const bytes = (told) => Uint8Array.from(atob(told), (char) => char.charCodeAt(0)), found = [];
      for (const [voucher, trust, film] of cases) {
        found.push((await verified(new Blob([bytes(voucher)]), trust, null, film === null ? null : new Blob([bytes(film)]))).told());
      }
      return found;
    }"""
    given = [
        (base64.b64encode(content).decode(), trust, None if film is None else base64.b64encode(film).decode())
        for content, trust, film in cases
    ]
    with offline(FOLDER / "verify.html") as page:
        shown = page.evaluate(run, given)
    assert shown == [by_python(*case) for case in cases]
