"""A file comes in: once, whole, under any name, from anybody who may; and what is uncertain is kept and said."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.apps.steps import HOUR, handed_out, last_line, named, received, refused, verbs
from tests.cast import Cast, as_actor

from liuhen.apps.devices.actions import enroll_station, take_back
from liuhen.apps.evidence import actions
from liuhen.apps.evidence.models import Recording, Upload
from liuhen.apps.evidence.receipts import receipt_of
from liuhen.apps.journal.models import Job, Line
from liuhen.engines.ledger import Receipt
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import NOBODY, OPERATOR, SYSTEM, Actor
from liuhen.kernel.digests import Digest, digest_of
from liuhen.kernel.errors import Malformed, Tampered

STATION = Actor("station", NOBODY, "采集站 A-01")
WRONG = digest_of(b"another clip")


# -- once and whole ----------------------------------------------------------------------------------------------


def test_recording_is_stored_before_its_row_and_has_line_and_jobs(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recording = received(cast, office, b"clip", at=noon, device_serial=cast.camera.serial)
    line = last_line()
    assert (line.verb, json.loads(line.body)["facts"]) == (
        "recording.received",
        {"sha256": digest_of(b"clip").sha256, "sm3": digest_of(b"clip").sm3},
    )
    assert office.vault.reread(recording.digest).size == recording.size == 4
    assert recording.number == "BMZ-音像-20261116-0001"
    jobs = {job.kind: job.rank for job in Job.objects.filter(line=line.number)}
    assert jobs == {"recording.verify": 0, "recording.inspect": 5}


def test_same_bytes_twice_are_one_object_and_two_truthful_entries(
    cast: Cast, office: Office, noon: datetime
) -> None:
    one = received(cast, office, at=noon, name="a.mp4")
    two = received(
        cast, office, at=noon + HOUR, name="b.mp4", by=as_actor(cast.wang), device_serial=cast.camera.serial
    )
    assert one.digest == two.digest
    assert len(list(office.vault.walk())) == 1
    assert [(r.source_name, r.received_at, r.officer) for r in Recording.objects.order_by("number")] == [
        ("a.mp4", noon, cast.li),
        ("b.mp4", noon + HOUR, cast.wang),
    ]
    assert verbs(2) == ["recording.received"] * 2


def test_wrong_declared_digest_stores_nothing(cast: Cast, office: Office, noon: datetime) -> None:
    lines = Line.objects.count()
    with pytest.raises(Tampered, match="申报"):
        received(cast, office, at=noon, expect=WRONG)
    assert list(office.vault.walk()) == []
    assert (Recording.objects.count(), Line.objects.count()) == (0, lines)
    assert list(office.vault.left_over()) == []
    right = digest_of(b"clip")
    assert received(cast, office, at=noon, expect=Digest(right.sha256)).digest == right


def test_stranger_brings_nothing(cast: Cast, office: Office, noon: datetime) -> None:
    refused(lambda: received(cast, office, at=noon, by=as_actor(cast.sun)), says="权限")
    refused(lambda: received(cast, office, at=noon, by=as_actor(cast.chen)), says="权限")
    assert list(office.vault.walk()) == []
    assert not Recording.objects.exists()


def test_row_that_fails_leaves_the_blob_and_nothing_else(
    cast: Cast, office: Office, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise RuntimeError

    lines, jobs = Line.objects.count(), Job.objects.count()
    with monkeypatch.context() as broken:
        broken.setattr(actions, "next_number", fail)
        with pytest.raises(RuntimeError):
            received(cast, office, at=noon)
    assert (Recording.objects.count(), Line.objects.count(), Job.objects.count()) == (0, lines, jobs)
    assert [digest.sha256 for digest in office.vault.walk()] == [digest_of(b"clip").sha256]
    assert received(cast, office, at=noon).number.endswith("0001")


def test_empty_file_is_kept(cast: Cast, office: Office, noon: datetime) -> None:
    recording = received(cast, office, b"", at=noon)
    assert (recording.size, recording.digest) == (0, digest_of(b""))
    assert office.vault.reread(recording.digest).size == 0


# -- names are data ----------------------------------------------------------------------------------------------

NAMES = [
    ("../../../etc/passwd", "../../../etc/passwd"),
    ("/absolute.mp4", "/absolute.mp4"),
    ("nul\0byte.mp4", "nul\\x00byte.mp4"),
    ("two\r\nlines.mp4", "two\r\nlines.mp4"),
    ("evil\u202e4pm.exe", "evil\u202e4pm.exe"),
    ("half\udcff.mp4", "half\\udcff.mp4"),
    ("x" * 300 + ".mp4", "x" * 300 + ".mp4"),
    ("'; DROP TABLE evidence_recording; --", "'; DROP TABLE evidence_recording; --"),
    ("=1+1.csv", "=1+1.csv"),
    ("", ""),
    ("执法录像（一）.mp4", "执法录像（一）.mp4"),
    ("<script>alert(1)</script>.mp4", "<script>alert(1)</script>.mp4"),
]


@pytest.mark.parametrize(("name", "kept"), NAMES)
def test_any_name_is_kept_and_becomes_no_path(
    cast: Cast, office: Office, noon: datetime, name: str, kept: str
) -> None:
    content = b"clip of " + kept.encode()[:20]
    recording = received(
        cast, office, content, at=noon, name=name, path=f"DCIM/{name}", device_serial=f"7\0{name}", officer_number=name
    )  # fmt: skip
    fresh = Recording.objects.get(pk=recording.pk)
    assert (fresh.source_name, fresh.source_path) == (kept, f"DCIM/{kept}")
    assert fresh.device_serial == f"7\\x00{kept}"[:80]
    assert fresh.quarantine
    stored = [p for p in office.home.rglob("*") if p.is_file() and p.name == digest_of(content).sha256]
    assert stored == [office.vault.path(fresh.digest)]
    assert kept not in last_line().body or not kept


@pytest.mark.parametrize("error", [float("nan"), float("inf"), None])
def test_clock_error_that_is_no_number_says_nothing(
    cast: Cast, office: Office, noon: datetime, error: float | None
) -> None:
    assert received(cast, office, at=noon, clock_error=error).clock_error is None
    assert received(cast, office, at=noon, clock_error=-2.5).clock_error == -2.5


@pytest.mark.parametrize(
    ("name", "form"), [("a.JPG", "photo"), ("a.heic", "photo"), ("a.wav", "audio"), ("a.mp4", "unknown"), ("a", "unknown")]
)  # fmt: skip
def test_first_guess_of_the_form_is_by_name(
    cast: Cast, office: Office, noon: datetime, name: str, form: str
) -> None:
    assert received(cast, office, at=noon, name=name).form == form


# -- whose it is -------------------------------------------------------------------------------------------------


def test_loan_at_the_time_in_the_name_says_whose_it_is(cast: Cast, office: Office, noon: datetime) -> None:
    """王 had the camera at noon, 李 in the evening; whatever number the file carries, the ledger decides."""
    loan = handed_out(cast, cast.wang, at=noon - HOUR)
    take_back(loan, by=as_actor(cast.zhao), content="", at=noon + HOUR)
    handed_out(cast, cast.li, at=noon + 2 * HOUR)
    at_noon, evening = (named(cast.camera, cast.li, t) for t in ("20261116120000", "20261116180000"))
    one = received(cast, office, b"1", at=noon + 9 * HOUR, name=at_noon, by=STATION)
    two = received(cast, office, b"2", at=noon + 9 * HOUR, name=evening, by=STATION)
    assert [(r.officer, r.device, r.quarantine) for r in (one, two)] == [
        (cast.wang, cast.camera, ""),
        (cast.li, cast.camera, ""),
    ]


def test_number_in_the_name_counts_where_no_loan_does(cast: Cast, office: Office, noon: datetime) -> None:
    name = named(cast.camera, cast.wang, "20261116120000")
    recording = received(cast, office, at=noon, name=name, by=STATION)
    assert (recording.officer, recording.device, recording.quarantine) == (cast.wang, cast.camera, "")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"device_serial": "9999999", "officer_number": "010001"}, "设备 9999999 不在本机关台账中"),
        ({"device_serial": "7000001", "officer_number": "999999"}, "警号 999999 不在本机关名册中"),
        ({"device_serial": "7000001"}, "未标明使用人"),
        ({"officer_number": "010001"}, "文件未标明设备"),
        ({"device_serial": "7000001", "officer_number": "020001"}, "警号 020001 不在本机关名册中"),
        ({}, "文件未标明设备"),
    ],
)
def test_unknown_origin_is_kept_in_quarantine_with_its_own_line(
    cast: Cast, office: Office, noon: datetime, told: dict[str, Any], why: str
) -> None:
    recording = received(cast, office, at=noon, by=STATION, **told)
    assert why in recording.quarantine
    assert last_line().verb == "recording.quarantined"
    assert office.vault.holds(recording.digest)
    known = received(
        cast, office, b"known", at=noon, by=STATION, device_serial="7000001", officer_number="010001"
    )
    assert (known.quarantine, last_line().verb) == ("", "recording.received")


def test_keeper_releases_from_quarantine_and_what_was_declared_stays(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recording = received(cast, office, at=noon, by=STATION, device_serial="9999999")
    told: dict[str, Any] = {"device": cast.camera, "officer": cast.wang, "at": noon}
    for stranger in (cast.li, cast.chen, cast.sun):
        refused(
            lambda who=stranger: actions.identify_recording(recording, by=as_actor(who), **told), says="权限"
        )
    keeper = as_actor(cast.zhao)
    refused(
        lambda: actions.identify_recording(recording, by=keeper, **{**told, "officer": cast.sun}),
        says="不属于本机关",
    )
    actions.identify_recording(recording, by=keeper, **told)
    fresh = Recording.objects.get(pk=recording.pk)
    assert (fresh.quarantine, fresh.device, fresh.officer) == ("", cast.camera, cast.wang)
    assert (fresh.device_serial, last_line().verb) == ("9999999", "recording.identified")
    assert Job.objects.filter(kind="recording.judge", line=last_line().number).exists()


# -- resumable uploads -------------------------------------------------------------------------------------------


def begun(cast: Cast, at: datetime, *, size: int = 4) -> tuple[Upload, actions.Clip]:
    clip = actions.Clip(unit=cast.team, name="a.mp4", device_serial=cast.camera.serial)
    upload = actions.open_upload(
        by=as_actor(cast.li),
        clip=clip,
        size=size,
        declared={"filename": "a.mp4"},
        expires_at=at + HOUR,
        at=at,
    )
    return upload, clip


def test_finished_upload_is_a_recording_and_finishing_again_changes_nothing(
    cast: Cast, office: Office, noon: datetime
) -> None:
    upload, clip = begun(cast, noon)
    assert last_line().verb == "upload.opened"
    arriving = office.vault.incoming(upload.pk.hex)
    arriving.write(b"clip")
    by = as_actor(cast.li)
    recording = actions.finish_upload(upload, by=by, clip=clip, arriving=arriving, at=noon)
    lines = Line.objects.count()
    fresh = Upload.objects.get(pk=upload.pk)
    assert (fresh.state, fresh.recording) == (Upload.State.STORED, recording)
    again = actions.finish_upload(
        fresh, by=by, clip=clip, arriving=office.vault.incoming(upload.pk.hex), at=noon
    )
    assert again == recording
    assert (Recording.objects.count(), Line.objects.count()) == (1, lines)
    assert list(office.vault.left_over()) == []


def test_upload_asks_the_database_no_more_than_it_must(cast: Cast, office: Office, noon: datetime) -> None:
    """Of a small file this is the cost: two acts, each with its number, line and rows; the recording's with search entry and jobs."""
    begun(cast, noon)
    with CaptureQueriesContext(connection) as opening:
        upload, clip = begun(cast, noon)
    arriving = office.vault.incoming(upload.pk.hex)
    arriving.write(b"clip")
    by = Actor("station", NOBODY, "采集站")
    with CaptureQueriesContext(connection) as finishing:
        actions.finish_upload(upload, by=by, clip=clip, arriving=arriving, at=noon)
    asked = [query["sql"].split(" ", 1)[0] for query in finishing if "SAVEPOINT" not in query["sql"]]
    assert len(opening) <= 16  # An officer's posts among them.
    assert len(asked) <= 20, asked
    tables = [query["sql"] for query in finishing if query["sql"].startswith("SELECT")]
    assert not [sql for sql in tables if "search_entry" in sql or "latenote" in sql]


def test_upload_with_wrong_digest_is_closed_with_its_reason(
    cast: Cast, office: Office, noon: datetime
) -> None:
    upload, clip = begun(cast, noon)
    arriving = office.vault.incoming(upload.pk.hex)
    arriving.write(b"clip")
    wrong = actions.Clip(unit=clip.unit, name=clip.name, expect=WRONG)
    with pytest.raises(Tampered):
        actions.finish_upload(upload, by=as_actor(cast.li), clip=wrong, arriving=arriving, at=noon)
    fresh = Upload.objects.get(pk=upload.pk)
    assert (fresh.state, last_line().verb) == (Upload.State.REFUSED, "upload.closed")
    assert "申报" in fresh.reason
    assert not Recording.objects.exists()


# -- re-reading, receipts ----------------------------------------------------------------------------------------


def test_receipt_says_stored_then_verified_after_the_medium_was_read_again(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recording = received(cast, office, at=noon, device_serial=cast.camera.serial)
    line = last_line().number

    def receipt() -> Receipt:
        signed = receipt_of(recording, signer=office.signer, log_name=office.log.origin)
        return Receipt.opened(signed, office.signer.verifier)

    assert (receipt().state, receipt().line, receipt().at) == ("stored", line, noon)
    actions.note_verified(recording, by=SYSTEM, vault=office.vault, at=noon + HOUR)
    assert (receipt().state, receipt().line, receipt().at) == ("verified", line, noon + HOUR)
    assert receipt().digest == digest_of(b"clip")
    lines = Line.objects.count()
    actions.note_verified(recording, by=SYSTEM, vault=office.vault, at=noon + 2 * HOUR)
    assert Line.objects.count() == lines


def test_original_that_changed_on_the_medium_is_never_verified(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recording = received(cast, office, at=noon)
    path = office.vault.path(recording.digest)
    path.chmod(0o600)
    path.write_bytes(b"clop")
    with pytest.raises(Tampered):
        actions.note_verified(recording, by=SYSTEM, vault=office.vault)
    assert Recording.objects.get(pk=recording.pk).verified_at is None


# -- late --------------------------------------------------------------------------------------------------------


def test_why_it_came_late_is_added_and_never_replaced(cast: Cast, office: Office, noon: datetime) -> None:
    recording = received(cast, office, at=noon, device_serial=cast.camera.serial)
    lateness = actions.Lateness("在边远村组执勤", "remote", returned_at=noon - HOUR, reported=True)
    actions.note_late(recording, by=as_actor(cast.li), lateness=lateness, at=noon)
    assert last_line().verb == "recording.late-explained"
    actions.note_late(
        recording, by=as_actor(cast.li), lateness=actions.Lateness("更正：在镇上"), at=noon + HOUR
    )
    assert [(n.reason, n.remote_duty) for n in recording.late_notes.order_by("at")] == [
        ("在边远村组执勤", True),
        ("更正：在镇上", False),
    ]


def test_late_note_needs_a_reason_a_known_circumstance_and_a_return_before_the_hand_in(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recording = received(cast, office, at=noon, device_serial=cast.camera.serial)

    def note(who: str = "li", **told: Any) -> None:
        lateness = actions.Lateness(**{"reason": "路远", **told})
        actions.note_late(recording, by=as_actor(getattr(cast, who)), lateness=lateness, at=noon)

    refused(lambda: note(reason=" "), says="写明事由")
    refused(lambda: note(circumstance="sleepy"), says="没有“sleepy”", kind=Malformed)
    refused(lambda: note(returned_at=noon + timedelta(seconds=1)), says="晚于入库")
    refused(lambda: note("wang"), says="权限")
    note(returned_at=noon)


def test_operator_brings_files_at_the_machine(cast: Cast, office: Office, noon: datetime) -> None:
    recording = received(cast, office, at=noon, by=OPERATOR, unit=cast.chen.unit, device_serial="7000001", officer_number="010001")  # fmt: skip
    assert (recording.officer, recording.unit, recording.quarantine) == (cast.li, cast.team, "")


def test_station_is_named_in_the_row(cast: Cast, office: Office) -> None:
    at = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
    station, _ = enroll_station(cast.team, by=OPERATOR, name="A-01", at=at)
    by = Actor("station", station.pk, "采集站 A-01")
    recording = received(cast, office, at=at, by=by, station=station, name=named(cast.camera, cast.li, "20261116120000"))  # fmt: skip
    assert (recording.station, recording.received_by) == (station, station.pk)
