"""遮挡副本离开本机关：按制度的审批链批准，由另一人制成，交出的没有原件；双方签收，登记，到期收回。"""

import base64
import importlib.util
import io
import json
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.apps.access.test_redacting import MASKS
from tests.apps.evidence.test_seeing import heard
from tests.apps.steps import HOUR, last_line, received, refused, verbs
from tests.cast import Cast, as_actor

from liuhen.apps.access.copying import Terms, copies_of, given_out, usable_copies
from liuhen.apps.access.delivering import (
    Handing,
    close_package,
    deliver_package,
    delivery_of,
    not_handed_over,
    not_returned,
    print_note,
    scan_of,
)
from liuhen.apps.access.models import Package, Redaction
from liuhen.apps.access.packages import Wish, ask_for_package, fetch_package, order_package
from liuhen.apps.access.packing import recordings_of
from liuhen.apps.access.redacting import (
    RENDER,
    answer_redaction,
    draw_redaction,
    look_at_redaction,
    note_rendered,
)
from liuhen.apps.access.secrecy import mark_secret
from liuhen.apps.approval.actions import ChainStep, decide
from liuhen.apps.approval.models import Request
from liuhen.apps.evidence.models import Inspection as InspectionRow
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.sealing import seal
from liuhen.apps.oversight.registers.access import ACCESS
from liuhen.apps.retention.emptying import _copies
from liuhen.engines.media.redaction import Proof
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Malformed, Refused
from liuhen.server.works import works

CHAIN = [ChainStep("unit_head", "队长", "")]
INK = "M 1 1 L 20 20"
PDF = base64.b64encode(b"%PDF-1.7 signed by both").decode()


MUTE = {"masks": [], "mutes": [{"begins": 1, "ends": 2, "reason": "说出住址"}]}


@pytest.fixture
def recording(cast: Cast, office: Office, noon: datetime) -> Recording:
    """Nine seconds, as somebody's inspection says: what is in them is nothing to these tests."""
    row = received(cast, office, b"nine seconds", at=noon)
    told = {"program": "x", "sandbox": "none", "facts": {"duration": 9.0}, "findings": []}
    InspectionRow.objects.create(recording=row, at=noon, **told)
    return row


@pytest.fixture
def copy(cast: Cast, office: Office, recording: Recording, noon: datetime) -> Redaction:
    return agreed(cast, drawn(cast, office, recording, noon), noon)


def agreed(cast: Cast, row: Redaction, at: datetime) -> Redaction:
    """陈 looked and agreed."""
    chen = as_actor(cast.chen)
    look_at_redaction(row, by=chen, officer=cast.chen, at=at)
    answer_redaction(row, by=chen, officer=cast.chen, agree=True, reason="", at=at)
    return row


def drawn(cast: Cast, office: Office, recording: Recording, at: datetime) -> Redaction:
    """李 drew it; what was made of it is the bytes of its number."""
    row = draw_redaction(
        recording, by=as_actor(cast.li), officer=cast.li, masks=MUTE, purpose="交媒体", at=at
    )
    told = {**dict.fromkeys(Proof.__slots__, 0), "samples": 9, "sound_equal": True, "converted_from": ""}
    stored = office.copies.put(io.BytesIO(row.number.encode()))
    note_rendered(row, by=SYSTEM, stored=stored, proof=Proof(**told), media_type="audio/mp4", at=at)
    row.refresh_from_db()
    return row


def wish(*copies: Redaction, **more: Any) -> Wish:
    terms = Terms(
        copies, more.pop("use", "publicity"), more.pop("wrapping", "bag"), more.pop("due_back", None)
    )
    told = {
        "recipient_kind": "media",
        "recipient": "清河日报社",
        "case_number": "",
        "is_evidence": False,
        "is_sensitive": False,
    }
    return Wish(**{**told, "terms": terms, **more})


def asked(cast: Cast, recording: Recording, told: Wish, at: datetime) -> Package:
    request = ask_for_package(
        recording, told, by=as_actor(cast.li), requester=cast.li, reason="正面宣传", chain=CHAIN, at=at
    )
    return Package.objects.get(pk=request.subject)


def built(cast: Cast, office: Office, recording: Recording, told: Wish, at: datetime) -> Package:
    package = asked(cast, recording, told, at)
    request = Request.objects.get(subject=package.pk)
    refused(lambda: order_package(package, by=as_actor(cast.chen), at=at), says="还没有批准")
    decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=at)
    order_package(package, by=as_actor(cast.chen), at=at)
    seal(office.log, at=at)
    works(office)["package.build"](package.pk)
    package.refresh_from_db()
    return package


def files_of(office: Office, package: Package) -> dict[str, bytes]:
    content = office.copies.path(Digest(package.sha256, package.sm3)).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def verifier(office: Office) -> ModuleType:
    spec = importlib.util.spec_from_file_location("liuhen_verify_given", office.verifiers / "verify.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.clause("NDG-37.p2a", "TNH-18.p4a", "BMZ-15.b")
def test_masked_copy_goes_to_a_newspaper_in_a_package_that_a_stranger_finds_sound(
    cast: Cast, office: Office, noon: datetime
) -> None:
    """The one film of these tests: drawn, made by the real program, agreed to, packed, and checked by the verifier that goes with it."""
    recording = received(cast, office, heard(0.0), at=noon)
    works(office)["recording.inspect"](recording.pk)
    recording.refresh_from_db()
    copy = draw_redaction(
        recording, by=as_actor(cast.li), officer=cast.li, masks=MASKS, purpose="交媒体", at=noon
    )
    works(office)[RENDER](copy.pk)
    copy.refresh_from_db()
    agreed(cast, copy, noon)
    package = built(cast, office, recording, wish(copy, due_back=date(2099, 1, 1)), noon)
    assert last_line().verb == "package.completed"
    held = files_of(office, package)
    assert copy.derived is not None
    made = office.copies.path(copy.derived.digest).read_bytes()
    assert held["data/copies/001.mp4"] == made
    original = office.vault.path(recording.digest).read_bytes()
    assert original not in held.values()
    assert not [name for name in held if "originals" in name or "receipts" in name]
    report = verifier(office).verified(
        str(office.copies.path(Digest(package.sha256, package.sm3))), f"log {office.signer.verifier}\nquorum none\n"
    ).told()  # fmt: skip
    assert [item for item in report["items"] if item["state"] == "bad"] == []
    codes = {item["code"] for item in report["items"]}
    assert {
        "copy.fits",
        "copy.compared",
        "copy.second-person",
        "order.told",
        "seal.fits",
        "row.withheld",
    } <= codes
    told = json.loads(held["data/copies/statement.json"])["copies"][0]
    assert told["masks"] == copy.masks
    assert told["proof"] == copy.proof
    assert told["original"]["sha256"] == recording.sha256
    assert (told["drawn"]["by"], told["checked"]["by"]) == (cast.li.name, cast.chen.name)
    assert held["data/copies/statement.pdf"].startswith(b"%PDF-")


def test_outsiders_learn_of_the_copy_and_not_of_the_recording_or_of_who_looked(
    cast: Cast, office: Office, recording: Recording, copy: Redaction, noon: datetime
) -> None:
    package = built(cast, office, recording, wish(copy), noon)
    rows = json.loads(files_of(office, package)["data/journal/rows.json"])
    kinds = {row["kind"] for row in rows}
    assert kinds == {
        "access.package", "access.packageterms", "access.packagecopy", "access.redaction", "access.redactionanswer", "evidence.derived",
        "approval.request", "approval.opinion", "registry.agency", "registry.officer", "registry.unit",
    }  # fmt: skip
    withheld = {f"{row['kind']}.{name}" for row in rows for name in row["withheld"]}
    assert {
        "approval.request.reason",
        "approval.opinion.reason",
        "registry.officer.number",
        "registry.officer.card",
    } <= withheld
    assert "正面宣传" not in json.dumps(rows, ensure_ascii=False)


def test_copy_goes_by_itself_with_what_is_said_of_it_and_the_signature_of_the_house(
    cast: Cast, office: Office, recording: Recording, copy: Redaction, noon: datetime
) -> None:
    package = built(
        cast, office, recording, wish(copy, wrapping="alone", recipient_kind="party", use="rights"), noon
    )
    held = files_of(office, package)
    assert sorted(held) == ["001.mp4", "seal.txt", "statement.json", "statement.pdf"]
    assert package.number in held["seal.txt"].decode()
    fetch_package(package, by=as_actor(cast.li), at=noon)
    assert last_line().verb == "package.fetched"


@pytest.mark.clause("FZH-18.p2")
def test_originals_never_go_to_the_media_and_copies_never_stand_for_evidence(
    cast: Cast, office: Office, recording: Recording, copy: Redaction, noon: datetime
) -> None:
    other = received(cast, office, b"other", at=noon)
    fresh = drawn(cast, office, recording, noon)
    before = Package.objects.count()
    for told, says in (
        (replace(wish(copy), terms=None), "原件只提供给有权机关"),
        (wish(copy, is_evidence=True, recipient_kind="court"), "作为证据使用的须提供原件"),
        (wish(), "没有选遮挡副本"),
        (wish(fresh), "还没有另一人审核同意"),
        (wish(copy, recipient=" "), "没有写明接收方"),
        (wish(copy, recipient_kind="x"), "接收方的种类"),
        (wish(copy, use="x"), "用途"),
        (wish(copy, due_back=date(2000, 1, 1)), "已经过去"),
    ):
        refused(lambda told=told: asked(cast, recording, told, noon), says=says)
    refused(lambda: asked(cast, other, wish(copy), noon), says="不是这件事的遮挡副本")
    answer_redaction_returned(cast, fresh, noon)
    refused(lambda: asked(cast, recording, wish(fresh), noon), says="还没有另一人审核同意")
    assert [one.pk for one in usable_copies([recording.pk])] == [copy.pk]
    assert Package.objects.count() == before


def answer_redaction_returned(cast: Cast, row: Redaction, at: datetime) -> None:
    zhang = as_actor(cast.zhang)
    look_at_redaction(row, by=zhang, officer=cast.zhang, at=at)
    answer_redaction(row, by=zhang, officer=cast.zhang, agree=False, reason="第 9 秒没有遮住", at=at)


def handing(at: datetime, **more: Any) -> Handing:
    told = {
        "receiver": "钱立",
        "post": "清河日报社记者",
        "paper": "记者证",
        "paper_number": "B-1",
        "means": "screen",
        "giver_ink": INK,
        "ink": INK,
    }
    return Handing(**{**told, "handed_at": at, **more})


@pytest.mark.clause("NDG-37.p2a", "TNH-18.p5")
def test_delivery_is_signed_by_both_entered_once_and_stands_in_custody_and_register(
    cast: Cast, office: Office, recording: Recording, copy: Redaction, noon: datetime
) -> None:
    li, chen, later = as_actor(cast.li), as_actor(cast.chen), noon + HOUR
    waiting = asked(cast, recording, wish(copy), noon)
    give = {"by": li, "officer": cast.li, "at": later}
    refused(lambda: deliver_package(waiting, handing(noon), **give), says="还没有制成")
    refused(lambda: print_note(waiting, by=li, at=noon, forms=office.forms), says="还没有制成")
    due = later.date()
    package = built(cast, office, recording, wish(copy, due_back=due), noon)
    made = package.made_at or noon
    give["at"] = later = made + HOUR
    assert [row.pk for row in not_handed_over(li)] == [package.pk]
    for told, says in (
        (handing(made, receiver=" "), "接收人和他的证件"),
        (handing(made, ink=""), "双方签名"),
        (handing(made, means="scan"), "双方签名"),
        (handing(made, means="paper"), "双方签名"),
        (handing(made, means="x"), "怎样签名"),
        (handing(later + HOUR), "交付时间"),
        (handing(made - HOUR), "交付时间"),
    ):
        refused(lambda told=told: deliver_package(package, told, **give), says=says)
    for scan in ("%%", base64.b64encode(b"MZ program").decode()):
        refused(
            lambda scan=scan: deliver_package(package, handing(made, means="scan", scan=scan), **give),
            says="扫描件",
            kind=Malformed,
        )
    refused(
        lambda: deliver_package(package, handing(made), by=as_actor(cast.zhao), officer=cast.zhao, at=later),
        says="由申请或者制作它的人交付",
    )
    assert print_note(package, by=li, at=later, forms=office.forms).startswith(b"%PDF-")
    deliver_package(package, handing(made, means="scan", scan=PDF), **give)
    assert last_line().verb == "package.delivered"
    assert scan_of(package) == (b"%PDF-1.7 signed by both", "application/pdf")
    refused(lambda: deliver_package(package, handing(made), **give), says="已经登记")
    assert [one.package_id for one in given_out([recording.pk])] == [package.pk]
    assert not not_handed_over(li)
    (register,) = [one for one in ACCESS if one.key == "disclosures"]
    cells = register.cells(register.rows(li, later).get(pk=package.pk))
    assert cells[2:4] == ("遮挡副本", "社会宣传")
    assert "钱立" in cells
    assert [row.pk for row in not_returned(li, at=later + timedelta(days=1))] == [package.pk]
    back = {"outcome": "destroyed", "says": "来函说明", "happened_at": later, "at": later}
    refused(lambda: close_package(waiting, by=li, officer=cast.li, **back), says="还没有交付")
    refused(
        lambda: close_package(package, by=li, officer=cast.li, **{**back, "says": " "}), says="收回的结果"
    )
    refused(
        lambda: close_package(package, by=li, officer=cast.li, **{**back, "happened_at": noon - HOUR}),
        says="收回时间",
    )
    refused(
        lambda: close_package(package, by=as_actor(cast.zhao), officer=cast.zhao, **back),
        says="由申请或者制作它的人收回",
    )
    close_package(package, by=chen, officer=cast.chen, **back)
    assert last_line().verb == "package.returned"
    refused(lambda: close_package(package, by=li, officer=cast.li, **back), says="已经登记")
    assert not not_returned(li, at=later + timedelta(days=1))
    assert register.cells(register.rows(li, later).get(pk=package.pk))[-1].startswith("接收人说明已销毁")


def test_signed_on_the_screen_the_note_bears_both_hands_and_on_paper_the_place_where_it_lies(
    cast: Cast, office: Office, recording: Recording, copy: Redaction, noon: datetime
) -> None:
    li = as_actor(cast.li)
    package = built(cast, office, recording, wish(copy), noon)
    made = package.made_at or noon
    blank = print_note(package, by=li, at=made, forms=office.forms)
    deliver_package(package, handing(made), by=li, officer=cast.li, at=made)
    assert scan_of(package) is None
    signed = print_note(package, by=li, at=made, forms=office.forms)
    assert signed != blank
    other = built(cast, office, recording, wish(copy), noon)
    deliver_package(
        other, handing(other.made_at or noon, means="paper", kept_where="2026 年外供卷第 3 页"), by=li, officer=cast.li, at=other.made_at or noon
    )  # fmt: skip
    row = delivery_of(other)
    assert row is not None
    assert row.get_means_display() == "在纸质交接单上签名，原件存卷"
    assert print_note(other, by=li, at=noon, forms=office.forms).startswith(b"%PDF-")


def test_court_that_fetches_shows_its_document(
    cast: Cast, office: Office, recording: Recording, copy: Redaction, noon: datetime
) -> None:
    li = as_actor(cast.li)
    package = built(
        cast, office, recording, wish(copy, recipient_kind="court", recipient="清河区人民法院"), noon
    )
    made = package.made_at or noon
    give = {"by": li, "officer": cast.li, "at": made}
    refused(lambda: deliver_package(package, handing(made), **give), says="须有法律文书")
    deliver_package(package, handing(made, legal_document="调取证据通知书〔2026〕1 号"), **give)
    assert verbs(1) == ["package.delivered"]
    assert print_note(package, by=li, at=made, forms=office.forms).startswith(b"%PDF-")


def test_mark_of_secrecy_and_disposal_reach_the_copy_that_would_go_out(
    cast: Cast, office: Office, recording: Recording, copy: Redaction, noon: datetime
) -> None:
    package = built(cast, office, recording, wish(copy), noon)
    assert [one.pk for one in recordings_of(package)] == [recording.pk]
    assert [one.redaction_id for one in copies_of(package)] == [copy.pk]
    assert package.sha256 in _copies(recording)
    mark_secret(recording, by=as_actor(cast.zhang), secret="privacy", persons=[cast.zhang], says="x", at=noon)
    for work in (
        lambda: fetch_package(package, by=as_actor(cast.li), at=noon),
        lambda: asked(cast, recording, wish(copy), noon),
    ):
        with pytest.raises(Refused, match="不在知悉范围内"):
            work()


def test_copy_that_is_gone_from_the_store_is_not_packed_as_if_it_were_there(
    cast: Cast, office: Office, recording: Recording, copy: Redaction, noon: datetime, tmp_path: Path
) -> None:
    package = asked(cast, recording, wish(copy), noon)
    decide(
        Request.objects.get(subject=package.pk),
        by=as_actor(cast.zhang),
        officer=cast.zhang,
        agree=True,
        reason="",
        at=noon,
    )
    order_package(package, by=as_actor(cast.chen), at=noon)
    seal(office.log, at=noon)
    assert copy.derived is not None
    office.copies.path(copy.derived.digest).unlink()
    refused(lambda: works(office)["package.build"](package.pk), says="已不在副本库")
