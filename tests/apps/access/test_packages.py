"""An evidence package: asked for, approved by the pack's chain, made by somebody else, taken under a check each time, and sound for a stranger."""

import importlib.util
import json
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from tests.apps.steps import HOUR, last_line, planned, received, refused, verbs, with_times
from tests.cast import Cast, as_actor
from tests.conftest import unlocked
from tests.engines.dossier.packing import WITNESSES

from liuhen.apps.access.actions import glimpse_recording, view_recording
from liuhen.apps.access.models import Package
from liuhen.apps.access.packages import (
    GOOD_FOR,
    Wish,
    approval_of,
    ask_for_package,
    build_package,
    fetch_package,
    order_package,
    remove_old_packages,
    visible_to,
)
from liuhen.apps.access.packing import recordings_of
from liuhen.apps.access.secrecy import mark_secret
from liuhen.apps.approval.actions import ChainStep, decide
from liuhen.apps.approval.models import Request
from liuhen.apps.archive.fixity import verify_copies
from liuhen.apps.casework import actions as casework
from liuhen.apps.casework.models import Activity
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Job
from liuhen.apps.journal.sealing import seal
from liuhen.apps.journal.witnessing import keep_cosignature, note_policy
from liuhen.apps.registry import actions as registry
from liuhen.engines.ledger.note import split_note
from liuhen.engines.ledger.policy import WitnessPolicy
from liuhen.engines.vault import FileVault
from liuhen.interfaces.cli import packages as at_the_machine
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import NOBODY, OPERATOR, SYSTEM, Actor
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Refused, Tampered, Unavailable
from liuhen.kernel.spans import Span
from liuhen.server.works import parts_of, works

WISH = Wish("court", "清河区人民法院", "（2026）清行初字第 1 号", is_evidence=True, is_sensitive=False)
CHAIN = [ChainStep("unit_head", "队长", "")]


def verifier(office: Office) -> ModuleType:
    spec = importlib.util.spec_from_file_location("liuhen_verify_packed", office.verifiers / "verify.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def activity(cast: Cast, office: Office, noon: datetime) -> Activity:
    """李's morning: one recording, looked at by 张, with a break that was entered and not yet explained."""
    by = as_actor(cast.li)
    found = planned(cast, cast.li, at=noon)
    casework.note_activity(found, by=by, at=noon, arrived_at=noon, ended_at=noon + HOUR)
    casework.enter_interruption(
        found, by=by, span=Span(noon, noon + HOUR / 2), cause="device_fault", at=noon + HOUR, law=cast.law
    )
    film = received(cast, office, b"film " * 5000, at=noon, device_serial=cast.camera.serial)
    with_times(film, noon, noon + HOUR)
    casework.link_recording(found, by=by, recording=film, reasons=[], at=noon)
    view_recording(film, by=as_actor(cast.zhang), officer=cast.zhang, at=noon)
    glimpse_recording(film, by=as_actor(cast.zhang), at=noon)
    return found


def asked(cast: Cast, subject: Activity | Recording, at: datetime, wish: Wish = WISH) -> Package:
    request = ask_for_package(
        subject, wish, by=as_actor(cast.li), requester=cast.li, reason="法院调取", chain=CHAIN, at=at
    )
    return Package.objects.get(pk=request.subject)


def approved(cast: Cast, subject: Activity | Recording, at: datetime) -> Package:
    package = asked(cast, subject, at)
    request = approval_request(package)
    decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=at)
    return package


def approval_request(package: Package) -> Any:
    return Request.objects.get(subject=package.pk)


def ordered(cast: Cast, subject: Activity | Recording, at: datetime) -> Package:
    package = approved(cast, subject, at)
    order_package(package, by=as_actor(cast.chen), at=at)
    return package


def built(cast: Cast, office: Office, subject: Activity | Recording, at: datetime) -> Package:
    package = ordered(cast, subject, at)
    seal(office.log, at=at)
    works(office)["package.build"](package.pk)
    package.refresh_from_db()
    return package


def zip_of(office: Office, package: Package) -> Path:
    return office.copies.path(Digest(package.sha256, package.sm3))


def test_package_of_an_activity_is_sound_for_a_stranger(
    cast: Cast, office: Office, activity: Activity, noon: datetime, tmp_path: Path
) -> None:
    package = built(cast, office, activity, noon)
    assert last_line().verb == "package.completed"
    trust = f"log {office.signer.verifier}\nquorum none\n"
    report = verifier(office).verified(str(zip_of(office, package)), trust).told()
    assert [item for item in report["items"] if item["state"] == "bad"] == []
    assert report["verdict"] == "unanchored"  # Nobody witnesses this house, and the report says so.
    codes = {item["code"] for item in report["items"]}
    assert {
        "original.fits",
        "receipt.fits",
        "row.fits",
        "line.in-log",
        "look.told",
        "order.told",
        "seal.fits",
        "witness.nobody",
    } <= codes


@pytest.mark.clause("NDG-13.p2d")
def test_whoever_takes_the_recording_out_takes_the_mark_of_its_gap_along(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    package = built(cast, office, activity, noon)
    with zipfile.ZipFile(zip_of(office, package)) as opened:
        (told,) = [name for name in opened.namelist() if name.endswith("/data/package.json")]
        recording = json.loads(opened.read(told))["recordings"][0]
        leaflet = opened.read(told.replace("data/package.json", "README.txt")).decode()
    assert "记录不全" in recording["marks"][0]
    assert recording["marks"][0] in leaflet
    assert package.number in leaflet


def test_package_of_one_recording_holds_its_original_byte_for_byte(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    film = Recording.objects.get()
    package = built(cast, office, film, noon)
    with zipfile.ZipFile(zip_of(office, package)) as opened:
        (name,) = [name for name in opened.namelist() if "/data/originals/" in name]
        assert opened.read(name) == b"film " * 5000
        assert opened.testzip() is None


def test_nothing_is_made_without_an_approval_that_still_stands(
    cast: Cast, activity: Activity, noon: datetime
) -> None:
    package = asked(cast, activity, noon)
    assert last_line().verb == "approval.requested"
    refused(lambda: order_package(package, by=as_actor(cast.chen), at=noon), says="还没有批准")
    decide(
        approval_request(package), by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon
    )
    refused(
        lambda: order_package(package, by=as_actor(cast.chen), at=noon + GOOD_FOR + HOUR), says="超过三十天"
    )
    refused(lambda: order_package(package, by=as_actor(cast.sun), at=noon), says="权限")
    order_package(package, by=as_actor(cast.chen), at=noon)
    assert (last_line().verb, json.loads(last_line().body)["approval"]) == (
        "package.ordered",
        approval_request(package).number,
    )
    refused(lambda: order_package(package, by=as_actor(cast.chen), at=noon), says="已经制作或者正在制作")


def test_returned_request_makes_nothing(cast: Cast, activity: Activity, noon: datetime) -> None:
    package = asked(cast, activity, noon)
    decide(
        approval_request(package),
        by=as_actor(cast.zhang),
        officer=cast.zhang,
        agree=False,
        reason="案号不对",
        at=noon,
    )
    assert approval_of(package) is None
    refused(lambda: order_package(package, by=as_actor(cast.chen), at=noon), says="还没有批准")


def test_who_asked_does_not_make_it_himself(cast: Cast, activity: Activity, noon: datetime) -> None:
    chen = as_actor(cast.chen)
    request = ask_for_package(activity, WISH, by=chen, requester=cast.chen, reason="x", chain=CHAIN, at=noon)
    decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon)
    refused(lambda: order_package(Package.objects.get(), by=chen, at=noon), says="自己申请")


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (Wish("media", "某报", "1", is_evidence=False, is_sensitive=False), "有权机关"),
        (Wish("court", " ", "1", is_evidence=True, is_sensitive=False), "没有写明接收方"),
        (Wish("court", "法院", "", is_evidence=True, is_sensitive=False), "接收机关和案号"),
    ],
)
def test_outside_needs_an_organ_with_the_right_and_a_case(
    cast: Cast, activity: Activity, noon: datetime, wish: Wish, says: str
) -> None:
    refused(lambda: asked(cast, activity, noon, wish), says=says)
    assert not Package.objects.exists()


def test_circumstances_are_told_as_the_packs_name_them() -> None:
    assert WISH.circumstances == {"judicial", "evidence"}
    assert Wish("agency", "x", "1", is_evidence=False, is_sensitive=True).circumstances == {"sensitive"}


def test_nobody_asks_for_what_is_not_his(cast: Cast, activity: Activity, noon: datetime) -> None:
    sun = as_actor(cast.sun)
    refused(
        lambda: ask_for_package(activity, WISH, by=sun, requester=cast.sun, reason="x", chain=CHAIN, at=noon),
        says="权限",
    )


def test_taking_it_is_checked_each_time_and_written_down(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    package = ordered(cast, activity, noon)
    refused(lambda: fetch_package(package, by=as_actor(cast.li), at=noon), says="还没有制成")
    seal(office.log, at=noon)
    build_package(package, parts=parts_of(office), copies=office.copies, signer=office.signer, at=noon)
    digest = fetch_package(package, by=as_actor(cast.li), at=noon)
    assert digest.sha256 == package.sha256
    assert verbs(1) == ["package.fetched"]
    before = last_line().number
    fetch_package(package, by=as_actor(cast.li), at=noon + HOUR / 2)
    assert last_line().number == before  # The same download goes on.
    fetch_package(package, by=as_actor(cast.li), at=noon + 2 * HOUR)
    assert last_line().number == before + 1
    refused(lambda: fetch_package(package, by=as_actor(cast.wang), at=noon), says="权限")
    refused(
        lambda: fetch_package(package, by=as_actor(cast.li), at=noon + GOOD_FOR + HOUR), says="超过三十天"
    )
    for role in cast.li.roles.filter(until=None):
        registry.end_role(role, by=OPERATOR, at=noon + 3 * HOUR)
    refused(lambda: fetch_package(package, by=as_actor(cast.li), at=noon + 4 * HOUR), says="权限")
    assert not visible_to(as_actor(cast.sun), at=noon).exists()


def test_only_who_asked_and_who_made_it_take_it_and_a_file_at_the_machine_has_its_line(
    cast: Cast,
    office: Office,
    activity: Activity,
    noon: datetime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at_the_machine, "now", lambda: noon)
    package = built(cast, office, activity, noon)
    refused(lambda: fetch_package(package, by=as_actor(cast.zhao), at=noon), says="只供申请和制作它的人")
    fetch_package(package, by=Actor("officer", package.ordered_by or NOBODY), at=noon)
    told = at_the_machine.make_package(
        office, parts_of(office), number=package.number, target=tmp_path / "a.zip"
    )
    assert package.number in told
    assert verbs(1) == ["package.fetched"]
    assert last_line().actor_kind == "operator"


def test_recording_linked_after_the_asking_does_not_leave_by_that_approval(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    package = ordered(cast, activity, noon)
    before = [row.pk for row in recordings_of(package)]
    late = with_times(received(cast, office, b"linked afterwards", at=noon), noon, noon + HOUR)
    casework.link_recording(activity, by=as_actor(cast.li), recording=late, reasons=[], at=noon + HOUR)
    assert [row.pk for row in recordings_of(package)] == before
    assert late.pk not in before


def test_building_twice_makes_one(cast: Cast, office: Office, activity: Activity, noon: datetime) -> None:
    package = built(cast, office, activity, noon)
    first = (package.sha256, last_line().number)
    works(office)["package.build"](package.pk)
    package.refresh_from_db()
    assert (package.sha256, last_line().number) == first
    asked_only = asked(cast, activity, noon)
    works(office)["package.build"](asked_only.pk)
    asked_only.refresh_from_db()
    assert asked_only.made_at is None


def test_package_leaves_the_copies_a_month_after_it_was_made_and_its_line_stays(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    package = built(cast, office, activity, noon)
    assert package.made_at
    digest, later = Digest(package.sha256, package.sm3), package.made_at + timedelta(days=30, seconds=1)
    assert remove_old_packages(office.copies, at=package.made_at + timedelta(days=30)) == 0
    assert office.copies.holds(digest)
    assert remove_old_packages(office.copies, at=later) == 1
    assert not office.copies.holds(digest)
    assert list(office.copies.aside()) == []
    assert last_line().verb == "package.removed"
    assert remove_old_packages(office.copies, at=later) == 0
    assert list(verify_copies(office.copies)) == []
    with pytest.raises(Refused, match="三十天"):
        fetch_package(package, by=as_actor(cast.li), at=later)


def test_package_whose_line_of_removal_stands_is_gone_after_the_next_round(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    """A crash between line and file leaves the file; it goes at the next round."""
    package = built(cast, office, activity, noon)
    assert package.made_at
    later = package.made_at + timedelta(days=31)
    with pytest.raises(Unavailable), patch.object(FileVault, "set_aside", side_effect=Unavailable("断电")):
        remove_old_packages(office.copies, at=later)
    assert office.copies.holds(Digest(package.sha256, package.sm3))
    assert remove_old_packages(office.copies, at=later) == 0
    assert not office.copies.holds(Digest(package.sha256, package.sm3))


def test_what_is_not_sealed_waits(cast: Cast, office: Office, activity: Activity, noon: datetime) -> None:
    package = ordered(cast, activity, noon)
    with pytest.raises(Unavailable, match="还没有封存"):
        works(office)["package.build"](package.pk)
    assert Job.objects.filter(kind="package.build", subject=package.pk).exists()


def test_what_is_not_witnessed_waits_where_the_policy_asks_for_witnesses(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    package = ordered(cast, activity, noon)
    text = f"witness sfj {WITNESSES['sfj'].verifier}\nquorum sfj\n"
    seal(office.log, at=noon)
    witnessed = replace(office, witnesses=WitnessPolicy.parse(text), witness_text=text)
    with pytest.raises(Unavailable, match="还没有写入台账"):
        works(witnessed)["package.build"](package.pk)
    note_policy(text, at=noon)
    seal(office.log, at=noon)
    with pytest.raises(Unavailable, match="还没有会签"):
        works(witnessed)["package.build"](package.pk)
    note = office.log.note()
    cosigned = note + WITNESSES["sfj"].cosign(split_note(note)[0], at=noon)
    keep_cosignature(office.log, WITNESSES["sfj"].verifier, cosigned, at=noon)
    works(witnessed)["package.build"](package.pk)
    package.refresh_from_db()
    report = verifier(office).verified(str(zip_of(office, package)), f"log {office.signer.verifier}\n{text}")
    assert (report.verdict, report.has("witness.quorum-met")) == ("sound", True)


def test_altered_original_never_leaves(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    package = ordered(cast, activity, noon)
    seal(office.log, at=noon)
    path = office.vault.path(Recording.objects.get().digest)
    path.chmod(0o600)
    path.write_bytes(b"film " * 4999 + b"Film ")
    with pytest.raises(Tampered, match="原件与入库时的摘要不符"):
        works(office)["package.build"](package.pk)
    package.refresh_from_db()
    assert package.made_at is None
    assert list(office.copies.walk()) == []
    assert list(office.copies.left_over()) == []


def test_altered_row_never_leaves(cast: Cast, office: Office, activity: Activity, noon: datetime) -> None:
    package = ordered(cast, activity, noon)
    seal(office.log, at=noon)
    with unlocked(), connection.cursor() as cursor:
        cursor.execute("UPDATE evidence_recording SET source_name = 'other.mp4'")
    with pytest.raises(Tampered, match="source_name"):
        works(office)["package.build"](package.pk)


def test_package_is_read_again_with_the_other_copies(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    package = built(cast, office, activity, noon)
    assert list(verify_copies(office.copies)) == []
    path = zip_of(office, package)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])
    (fault,) = verify_copies(office.copies)
    assert package.number in fault.where


def test_operator_makes_only_what_was_approved(cast: Cast, activity: Activity, noon: datetime) -> None:
    package = asked(cast, activity, noon)
    refused(lambda: order_package(package, by=OPERATOR, at=noon), says="还没有批准")
    refused(lambda: order_package(package, by=SYSTEM, at=noon), says="权限", kind=Refused)


def test_a_secret_leaves_in_a_package_only_by_those_who_may_see_it(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    chen = as_actor(cast.chen)
    package = built(cast, office, activity, noon)
    (film,) = recordings_of(package)
    assert fetch_package(package, by=as_actor(cast.li), at=noon)
    told = {"secret": "privacy", "says": "三分处有当事人病历", "at": noon}
    mark_secret(film, by=chen, persons=[cast.wang], **told)  # type: ignore[arg-type]
    for who in (cast.li, cast.chen):
        with pytest.raises(Refused, match="保密标记"):
            fetch_package(package, by=as_actor(who), at=noon)
    with pytest.raises(Refused, match="保密标记"):
        asked(cast, activity, noon)
    mark_secret(film, by=chen, persons=[cast.li], **told)  # type: ignore[arg-type]
    waiting = approved(cast, activity, noon)
    with pytest.raises(Refused, match="保密标记"):
        order_package(waiting, by=chen, at=noon)
    assert fetch_package(package, by=as_actor(cast.li), at=noon)
