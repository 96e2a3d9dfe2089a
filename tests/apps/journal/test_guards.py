"""Guarded tables: what a migration guards cannot be changed or removed, by SQL or by the models, on either database."""

from base64 import b32decode, b64encode
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from tests.apps.steps import HOUR, an_origin, handed_out, opened_case, planned, received, with_times
from tests.cast import Cast, as_actor
from tests.conftest import unlocked

from liuhen.apps.access.actions import glimpse_recording, view_recording
from liuhen.apps.access.bulk import notice_bulk
from liuhen.apps.access.limits import BulkLimit
from liuhen.apps.access.models import (
    BulkAnswer,
    Package,
    PackageCopy,
    PackageDelivery,
    PackageRemoval,
    PackageReturn,
    PackageTerms,
)
from liuhen.apps.access.packages import Wish, ask_for_package
from liuhen.apps.access.redacting import answer_redaction, draw_redaction, look_at_redaction, note_rendered
from liuhen.apps.access.secrecy import mark_secret, point_out
from liuhen.apps.access.supplying import require_supply
from liuhen.apps.access.visiting import Coming as ComingToLook
from liuhen.apps.access.visiting import ask_visit, end_window, open_window
from liuhen.apps.access.warrants import Warrant
from liuhen.apps.access.watching import note_watched
from liuhen.apps.approval.actions import ChainStep, decide
from liuhen.apps.approval.models import PaperCheck, Request, SuperiorPaper
from liuhen.apps.archive.models import (
    ArchiveNumber,
    BackupRun,
    Disc,
    DiscCheck,
    DiscImage,
    DiscItem,
    DiscSet,
    FixityFault,
    FixityRepair,
    FixityRun,
    PropertyReport,
    RestoreDrill,
    SecondStore,
    SyncMatter,
    Volume,
    VolumeEntry,
    VolumeItem,
    VolumeStep,
)
from liuhen.apps.casework import actions as casework
from liuhen.apps.casework import handing
from liuhen.apps.casework.linking import ask_to_unlink, link_to_case, note_no_case, unlink
from liuhen.apps.casework.messages import PushedIntake, PushedStep
from liuhen.apps.casework.models import (
    AbsenceNote,
    Case,
    IntakeStep,
    Interruption,
    InterruptionGap,
    VoiceMark,
)
from liuhen.apps.casework.outward import enter_reference, hand_over, note_try
from liuhen.apps.casework.parties import enter_party
from liuhen.apps.casework.pushing import enroll_system, note_told, push
from liuhen.apps.casework.receiving import Coming
from liuhen.apps.casework.recusing import ask_recusal, decide_recusal
from liuhen.apps.casework.stages import move_case
from liuhen.apps.casework.stays import bring_in
from liuhen.apps.devices.actions import enroll_station
from liuhen.apps.devices.models import (
    Compensation,
    CompensationPaid,
    DeviceAct,
    DeviceEntry,
    DeviceModel,
    Fault,
    FaultStep,
    Loan,
    LoanReturn,
    Maintenance,
    OutsideLoan,
    Room,
    RoomCheck,
    StockCheck,
    StorageMedium,
    Vehicle,
)
from liuhen.apps.devices.rooms import enter_room
from liuhen.apps.devices.stations import enter_report, issue_certificate, lock_station
from liuhen.apps.documents.actions import draft_document, void_document
from liuhen.apps.documents.models import Document, Print, Signature
from liuhen.apps.documents.signing import mark_paper, note_refusal
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.actions import Clip
from liuhen.apps.evidence.aligning import keep_alignments
from liuhen.apps.evidence.device_logs import read_device_log
from liuhen.apps.evidence.live import keep_live_copy
from liuhen.apps.evidence.models import CardList, Clearing, ErasureNote, Recording, Tombstone, Voucher
from liuhen.apps.evidence.models import Inspection as InspectionRow
from liuhen.apps.evidence.segments import mark_segment
from liuhen.apps.evidence.slices import note_whole, open_joining
from liuhen.apps.evidence.sources import answer_source, state_source
from liuhen.apps.evidence.speech import note_unrecognized
from liuhen.apps.journal.guards import AppendOnly
from liuhen.apps.journal.models import Checkpoint, Cosignature, Halt, Recorded, TimeToken
from liuhen.apps.journal.sealing import seal
from liuhen.apps.oversight.examining import (
    Opinion,
    Scope,
    enter_remark,
    plan_examination,
    reply,
    score_drawn,
)
from liuhen.apps.oversight.liability import Statement, answer_fact, state_fact
from liuhen.apps.oversight.models import Escalation, Finding, Round
from liuhen.apps.oversight.records import NewRule, enter_rule, plan_training, report_statistics
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry import factors, identities
from liuhen.apps.registry.factors import key_of
from liuhen.apps.registry.identities import Shown
from liuhen.apps.registry.models import LawChange, Passkey, Subordination
from liuhen.apps.registry.statutes import attach_text
from liuhen.apps.retention.holds import Grounds, place_hold
from liuhen.apps.retention.models import (
    DisposalCertificate,
    DisposalHand,
    DisposalItem,
    DisposalList,
    HoldRelease,
    KeepingDecision,
    KeepingPeriod,
    Shortening,
)
from liuhen.engines.forms import load_forms
from liuhen.engines.media.alignment import by_clock
from liuhen.engines.media.device_logs import FORMS
from liuhen.engines.media.redaction import Proof
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM, Actor
from liuhen.kernel.citations import Citation
from liuhen.kernel.spans import Span
from liuhen.server.sqlite.base import maintenance

GUARDS = {
    operation.table: operation.columns
    for migration in MigrationLoader(None).disk_migrations.values()
    for operation in migration.operations
    if isinstance(operation, AppendOnly)
}
MODELS = {model._meta.db_table: model for model in apps.get_models()}


def fill(cast: Cast, office: Office, noon: datetime) -> None:
    """At least one row in every guarded table, made as people make them where an action exists."""
    li, by = cast.li, as_actor(cast.li)
    account = registry.open_account(li, by=OPERATOR, login="li", password="清河桥下一盏灯-2026")
    key = key_of(office.opening_key)
    pairing = factors.begin(account, by=by, key=key, at=noon)
    code = TOTP(b32decode(pairing.seed), 6, SHA1(), 30).generate(int(noon.timestamp()))  # noqa: S303  what authenticators speak
    factors.confirm(account, by=by, key=key, code=code.decode(), at=noon)
    Passkey.objects.create(account=account, name="x", credential="x", public_key="x", registered_at=noon)
    identities.propose(account, Shown("directory", "ldaps://x", "li"), by=OPERATOR, at=noon)
    registry.set_value(cast.agency, by=OPERATOR, key="statement-within", value="48h", since=noon)
    attach_text(
        cast.agency,
        by=OPERATOR,
        key="subdistrict",
        version="1",
        name="a.txt",
        content="第一条 甲。".encode(),
        at=noon,
    )
    LawChange.objects.create(
        agency=cast.agency,
        what="end",
        key="subdistrict",
        since=noon,
        proposed_by=cast.chen.pk,
        proposed_at=noon,
    )
    station, _token = enroll_station(cast.team, by=OPERATOR, name="A-01", at=noon)
    enter_report(station, by=SYSTEM, what="foreign_medium", detail="x", noticed_at=noon, at=noon)
    issue_certificate(station, by=SYSTEM, fingerprint="0" * 64, until=noon + HOUR, at=noon)
    lock_station(station, by=OPERATOR, is_locked=True, at=noon)
    loan = handed_out(cast, li, at=noon)
    fill_ledger(cast, loan, noon)
    case = opened_case(cast, at=noon)
    move_case(case, by=by, to="investigation", note="", law=None, at=noon)
    casework.enter_contents(case, by=by, answers={"questioning": "absent"}, note="无须询问", at=noon)
    listed = handing.prepare_handover(
        case, by=by, point="officer_change", giver=li, receiver=cast.zhang, outside="", things=[], note="", at=noon
    )  # fmt: skip
    handing.sign_handover(listed, by=by, officer=li, seen=handing.seen_of(listed), at=noon)
    fill_intakes(cast, noon)
    form = load_forms(office.forms)["interview"]
    told = {f.name: noon.isoformat() if f.kind == "moment" else "x" for f in form.field}
    paper = draft_document(case, by=by, officer=li, unit=cast.team, form=form, values=told, at=noon)
    note_refusal(paper, by=by, officer=li, role="party", name="钱", reason="不愿", form=form, at=noon)
    mark_paper(paper, by=by, officer=li, form=form, says="改一字", hand=None, at=noon)
    unused = draft_document(case, by=by, officer=li, unit=cast.team, form=form, values=told, at=noon)
    void_document(unused, by=by, officer=li, form=form, reason="重复", at=noon)
    activity = planned(cast, li, at=noon, case=case)
    casework.declare_recording(activity, by=by, device=cast.camera, officer=li, at=noon)
    casework.note_activity(activity, by=by, at=noon, arrived_at=noon, ended_at=noon + HOUR)
    stop = casework.enter_interruption(
        activity, by=by, span=Span(noon, noon + HOUR / 2), cause="device_fault", at=noon + HOUR, law=cast.law
    )
    InterruptionGap.objects.create(interruption=stop, found="nothing")
    casework.Exemption.objects.create(
        activity=activity, code="x", reason="x", basis="x", entered_at=noon, entered_by=li.pk
    )
    request = casework.ask_for_approval(
        stop, by=by, requester=li, reason="x", chain=[ChainStep("unit_head", "队长", "")], at=noon
    )
    decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon)
    Subordination.objects.create(agency=cast.agency, superior=cast.sun.agency, since=noon, named_by=li.pk)
    recording = received(cast, office, at=noon, device_serial=cast.camera.serial)
    with_times(recording, noon, noon + HOUR)
    evidence.note_late(recording, by=by, lateness=evidence.Lateness("路远"), at=noon)
    stored = office.vault.put(BytesIO(b"thumb"))
    evidence.keep_derived(
        recording, by=SYSTEM, kind="thumbnail", stored=stored, media_type="image/jpeg", how="x", at=noon
    )
    begun: dict[str, Any] = {
        "clip": Clip(unit=cast.team, name="a"),
        "declared": {},
        "expires_at": noon,
        "at": noon,
    }
    evidence.open_upload(by=by, size=1, **begun)
    piece = evidence.open_upload(by=by, size=0, is_slice=True, **begun)
    note_whole(piece, by=by, arriving=office.vault.incoming(piece.pk.hex), at=noon)
    open_joining([piece], by=by, told=["x"], **begun)
    InspectionRow.objects.create(
        recording=recording,
        at=noon + 2 * HOUR,
        program="x",
        sandbox="none",
        facts={"duration": 9.0},
        findings=[],
    )
    mute = {"masks": [], "mutes": [{"begins": 1, "ends": 2, "reason": "x"}]}
    copy = draw_redaction(recording, by=by, officer=li, masks=mute, purpose="x", at=noon)
    measured = Proof(**dict.fromkeys(Proof.__slots__, 0))
    note_rendered(
        copy,
        by=SYSTEM,
        stored=office.copies.put(BytesIO(b"copy")),
        proof=measured,
        media_type="video/mp4",
        at=noon,
    )
    look_at_redaction(copy, by=as_actor(cast.zhang), officer=cast.zhang, at=noon)
    answer_redaction(copy, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon)
    segment = mark_segment(recording, by=by, begins=1, ends=2, says="x", at=noon)
    VoiceMark.objects.create(interruption=Interruption.objects.get(), segment=segment, at=noon, by=li.pk)
    other = received(cast, office, b"other", at=noon)
    keep_alignments(recording, {other.pk: by_clock(0, 1, error=2)}, by=SYSTEM, at=noon)
    keep_live_copy(
        other, recording, by=SYSTEM, way="sound", offset=1.0, measure=0.9, covers=9.0, length=10.0, at=noon
    )
    note_unrecognized(recording, by=SYSTEM, model=None, why="没有声音", at=noon)
    part = casework.link_recording(
        activity, by=by, recording=recording, reasons=[], at=noon, part="segment", begins=1, ends=2
    )
    straight = link_to_case(case, by=by, recording=other, reasons=[], at=noon)
    undone = ask_to_unlink(straight, by=by, requester=li, reason="x", law=None, at=noon)
    unlink(straight, by=SYSTEM, request=decide(undone, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon), at=noon)  # fmt: skip
    evidence.note_verified(recording, by=SYSTEM, vault=office.vault, at=noon)
    made = hand_over(
        [recording],
        by=as_actor(cast.zhang),
        agency=cast.agency,
        platform="x",
        way="file",
        signer=office.signer,
        at=noon,
    )
    enter_reference(made.items.get(), by=as_actor(cast.zhang), reference="x", given_at=noon, at=noon)
    note_try(made, by=SYSTEM, trouble="", at=noon)
    undoing = ask_to_unlink(part, by=by, requester=li, reason="x", law=None, at=noon)
    unlink(part, by=SYSTEM, request=decide(undoing, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon), at=noon)  # fmt: skip
    note_no_case(recording, by=by, why="test", reason="x", at=noon)
    look = view_recording(recording, by=by, officer=li, at=noon)
    note_watched(look.pk, by=by, spans=[(0, 1)], is_sound_only=False, at=noon)
    glimpse_recording(recording, by=by, at=noon)
    require_supply(recording, by=as_actor(cast.chen), officer=cast.chen, purpose="review", says="x", at=noon)
    point_out(recording, by=by, secret="privacy", says="x", at=noon)
    circle = [li, cast.wang, cast.chen, cast.zhang, cast.zhao, cast.zhou]
    mark_secret(recording, by=as_actor(cast.chen), secret="privacy", persons=circle, says="x", at=noon)
    shown = Warrant("林", "工作证", "1", "调取证据通知书〔2026〕1 号", b64encode(b"%PDF-1.7 x").decode())
    wish = Wish("court", "法院", "1", is_evidence=True, is_sensitive=False, warrant=shown)
    chain = [ChainStep("unit_head", "队长", "")]
    ask_for_package(recording, wish, by=by, requester=li, reason="x", chain=chain, at=noon)
    fill_visits(cast, recording, noon)
    fill_losses(cast, noon)
    paper = SuperiorPaper.objects.create(
        request=Request.objects.get(purpose="package"), step=1, organ="x", number="x", dated=noon.date(), signer="x", office="x", answer="agree", assessment="x", scan="eA==",
        scan_type="x", sha256="x", entered_by=li, entered_at=noon,
    )  # fmt: skip
    PaperCheck.objects.create(paper=paper, outcome="fits", by=cast.chen, at=noon)
    Voucher.objects.create(number="x", recording=recording, officer=li, content="{}", at=noon)
    package = Package.objects.get()
    PackageRemoval.objects.create(package=package, sha256="0" * 64, at=noon)
    PackageTerms.objects.create(package=package, use="publicity", wrapping="alone", due_back=noon.date())
    PackageCopy.objects.create(package=package, redaction=copy, sha256="0" * 64, sm3="0" * 64, size=1)
    PackageDelivery.objects.create(
        package=package, receiver="钱", paper="身份证", paper_number="1", means="paper", kept_where="1 号柜", handed_by=li, handed_at=noon, at=noon
    )  # fmt: skip
    PackageReturn.objects.create(
        package=package, outcome="returned", says="x", happened_at=noon, at=noon, by=li
    )
    CardList.objects.create(
        agency=cast.agency, unit=cast.team, station=station, listed_at=noon, received_at=noon, clock_error=1.5, count=1, size=1,
        body="{}", signature={},
    )  # fmt: skip
    Clearing.objects.create(
        recording=recording, station=station, path="a", cleared_at=noon, told_at=noon, leave_line=1
    )
    log = received(
        cast, office, b"2026-05-06 09:00:00,2", at=noon, name="a.log", device_serial=cast.camera.serial
    )
    read_device_log(log, b"2026-05-06 09:00:00,2", by=SYSTEM, forms=FORMS, at=noon)
    foreign = received(cast, office, b"phone", at=noon, name="phone.mp4", by=by)
    statement = state_source(foreign, by=by, origin=an_origin(cast, noon), law=cast.law, at=noon)
    answer_source(statement, by=as_actor(cast.zhao), answer="confirm", reason="", at=noon)
    ErasureNote.objects.create(recording=foreign, says="x", erased_at=noon, at=noon, by=li.pk)
    AbsenceNote.objects.create(
        agency=cast.agency, unit=cast.team, absence=stop.pk, cause="card", says="x", outcome="lost", reason="x", at=noon,
        by=li.pk,
    )  # fmt: skip
    document = Document.objects.create(
        agency=cast.agency, unit=cast.team, number="文-1", form="x", form_version="1", title="x", subject_kind="x",
        subject=stop.pk, values={}, made_by=li, made_at=noon,
    )  # fmt: skip
    Signature.objects.create(document=document, role="officer", officer=li, name="李", at=noon)
    Print.objects.create(document=document, content=b"%PDF-")
    KeepingPeriod.objects.create(
        recording=recording, rank="until", label="定期", reason="x", pack="x", derived_at=noon
    )
    hold = place_hold(
        recording,
        Grounds("petition", "信-1", "街道信访办", "x"),
        by=as_actor(cast.zhang),
        officer=cast.zhang,
        at=noon,
    )
    HoldRelease.objects.create(hold=hold, reason="x", approval="x", at=noon)
    Shortening.objects.create(
        recording=recording, before_rank="until", before_until=noon, until=noon, reason="x", proposed_by=cast.chen, proposed_at=noon
    )  # fmt: skip
    BackupRun.objects.create(
        number="x", place="x", carried_by="x", medium="x", originals=1, files=1, added=1, bytes_added=1, index="x", log_size=1,
        log_root="x", covers=noon, at=noon, by=li.pk,
    )  # fmt: skip
    RestoreDrill.objects.create(run="x", sampled=1, good=1, note="x", at=noon, by=li.pk)
    fill_archive(cast, case, recording, noon)
    listed = DisposalList.objects.create(
        agency=cast.agency, unit=cast.team, number="x", cutoff=noon, count=1, size=1, sha256="x", drawn_by=cast.zhao, drawn_at=noon
    )  # fmt: skip
    DisposalItem.objects.create(
        disposal=listed, recording=recording, sha256="x", sm3="x", size=1, until=noon, reason="x", links=0
    )
    DisposalHand.objects.create(disposal=listed, part="execute", officer=li, unit=cast.team, at=noon)
    DisposalCertificate.objects.create(
        disposal=listed, number="x", sha256="x", sm3="x", pdf="JVBERi0=", at=noon
    )
    Tombstone.objects.create(
        recording=recording, disposal="x", sha256="x", sm3="x", size=1, copies=[], set_aside_at=noon
    )
    KeepingDecision.objects.create(recording=recording, until=noon, reason="x", by=cast.zhang, at=noon)
    Finding.objects.create(
        agency=cast.agency, unit=cast.team, subject_kind="x", subject=stop.pk, rule="x", rule_kind="x", pack="x", clause="x",
        regulation="x", article="x", verdict="符合", asks="x", reason="x", facts={}, judged_at=noon,
    )  # fmt: skip
    Round.objects.create(agency=cast.agency, begun_at=noon, part="recording")
    ArchiveNumber.objects.create(recording=recording, number="x", parts={}, at=noon, by=li.pk)
    fill_oversight(cast, recording, noon + 2 * HOUR)
    seal(office.log, at=noon)
    point = Checkpoint.objects.get()
    Halt.objects.create(why="fork", size=1, root="0", at=noon)
    Cosignature.objects.create(checkpoint=point, witness="x", key="x", line="x", at=noon, received_at=noon)
    TimeToken.objects.create(
        checkpoint=point, authority="x", token=b"x", serial="1", policy="1.2", at=noon, received_at=noon
    )


def fill_archive(cast: Cast, case: Case, recording: Recording, noon: datetime) -> None:
    """A volume with everything it can have, a set of discs, the second store, and a batch that was read again."""
    by, place = cast.li.pk, {"agency": cast.agency, "unit": cast.team}
    volume = Volume.objects.create(
        **place, case=case, number="x", title="x", due_at=noon, officer=cast.li, at=noon, by=by
    )
    sheet = VolumeEntry.objects.create(volume=volume, sort="sheet", title="x", pages=1, at=noon, by=by)
    VolumeEntry.objects.create(volume=volume, sort="withdrawn", withdraws=sheet, at=noon, by=by)
    VolumeItem.objects.create(
        volume=volume, edition=1, place_in=1, sort="sheet", thing=sheet.pk, number="x", title="x", dated=noon, first_page=1, last_page=1
    )  # fmt: skip
    VolumeStep.objects.create(
        volume=volume, step="returned", edition=1, officer=cast.li, catalogue="x", due_at=noon, at=noon, by=by
    )
    PropertyReport.objects.create(
        volume=volume, moment="before", edition=1, passed=True, report={}, sha256="x", at=noon
    )
    discs = DiscSet.objects.create(
        **place, case=case, number="x", title="x", copies=1, label={}, officer=cast.li, at=noon
    )
    DiscItem.objects.create(disc_set=discs, recording=recording)
    DiscImage.objects.create(disc_set=discs, sha256="x", sm3="x", size=1, parity=1, at=noon)
    disc = Disc.objects.create(
        disc_set=discs, copy=1, number="x", medium="bd_r", shelf="x", officer=cast.li, at=noon, by=by
    )
    DiscCheck.objects.create(disc=disc, good=True, how="read", found="x", next_at=noon, at=noon, by=by)
    SyncMatter.objects.create(agency=cast.agency, activity_type="x", required=True, why="x", at=noon, by=by)
    SecondStore.objects.create(recording=recording, system="x", reference="x", stored_at=noon, at=noon, by=by)
    run = FixityRun.objects.create(through="x", objects_read=1, size=1, good=0, begun_at=noon, at=noon)
    fault = FixityFault.objects.create(run=run, sha256="x", found="x", at=noon)
    FixityRepair.objects.create(fault=fault, source="x", at=noon, by=by)


def fill_intakes(cast: Cast, noon: datetime) -> None:
    """A call pushed by another system, told anew, taken a step, and told of."""
    system, _key = enroll_system(
        cast.team, by=OPERATOR, name="接处警", scopes=["incident", "steps"], webhook="", at=noon
    )
    by = Actor("outside", system.pk, "外部系统 接处警")
    for subject in ("打架", "打架斗殴"):
        coming = Coming("incident", "system", subject, noon)
        push(system, PushedIntake("110-1", coming), by=by, at=noon)
    push(system, PushedStep("110-1", "1", "dispatched", "", noon), by=by, at=noon)
    note_told(IntakeStep.objects.get(), by=SYSTEM, trouble="", at=noon)
    case = opened_case(cast, at=noon)
    enter_party(case, by=as_actor(cast.li), role="party", name="x", note="", at=noon)
    asked = ask_recusal(case, by=as_actor(cast.li), officer=cast.wang, asked="office", reason="x", at=noon)
    decide_recusal(asked, by=as_actor(cast.zhang), agreed=True, reason="x", at=noon)
    room = enter_room(cast.team, by=as_actor(cast.zhao), name="大厅", room_kind="case_area", at=noon)
    bring_in(
        planned(cast, cast.li, at=noon),
        by=as_actor(cast.li),
        person="钱某",
        room=room,
        entered_at=noon,
        at=noon,
    )


def fill_visits(cast: Cast, recording: Recording, noon: datetime) -> None:
    """A party looks at the counter; the security administrator is told of a day with one look."""
    li, by = cast.li, as_actor(cast.li)
    coming = ComingToLook("party", "钱", "身份证", "1", "x")
    chain = [ChainStep("unit_head", "队长", "")]
    asked = ask_visit(recording, coming, by=by, requester=li, chain=chain, at=noon)
    decide(asked, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon)
    window = open_window(recording.visits.get(), by=by, officer=li, at=noon)
    end_window(window, by=by, at=noon)
    notice = notice_bulk(li.pk, agency=cast.agency.pk, limit=BulkLimit(count=1), at=noon)
    BulkAnswer.objects.create(notice=notice, says="x", by=cast.zhou, at=noon)


def fill_losses(cast: Cast, noon: datetime) -> None:
    """A camera that is lent outside, another that its holder is to pay for."""
    OutsideLoan.objects.create(
        agency=cast.agency, device=cast.spare, borrower="x", purpose="x", due_at=noon, asked_by=cast.zhao, asked_at=noon
    )  # fmt: skip
    lost = DeviceAct.objects.create(
        device=cast.spare, agency=cast.agency, act="lost", officer=cast.li, happened_at=noon, says="x", entered_at=noon, entered_by=cast.li.pk
    )  # fmt: skip
    owed = Compensation.objects.create(
        act=lost, agency=cast.agency, number="x", officer=cast.li, cause="keeping", amount=Decimal(1), says="x", proposed_by=cast.zhang, proposed_at=noon
    )  # fmt: skip
    CompensationPaid.objects.create(
        compensation=owed, paid_on=noon.date(), receipt="x", at=noon, by=cast.zhang.pk
    )


def fill_ledger(cast: Cast, loan: Loan, noon: datetime) -> None:
    """The device ledger besides the devices: each of its tables guards what was entered."""
    camera, house, by = cast.camera, {"agency": cast.agency}, cast.zhao.pk
    unit = house | {"unit": cast.team}
    DeviceModel.objects.create(
        **house, name="x", points=["smooth"], tested_until=noon.date(), checked_at=noon, checked_by=by
    )
    vehicle = Vehicle.objects.create(**unit, plate="x", use="other", planned_on=noon.date(), entered_at=noon)
    room = Room.objects.create(**unit, name="x", room_kind="interview", entered_at=noon)
    RoomCheck.objects.create(room=room, passed=[], facilities=[], opens=False, checked_at=noon, checked_by=by)
    StorageMedium.objects.create(**unit, name="x", medium_kind="disc", location="x", entered_at=noon)
    DeviceEntry.objects.create(
        device=camera,
        bought_on=noon.date(),
        price=1,
        vehicle=vehicle,
        room=room,
        entered_at=noon,
        entered_by=by,
    )
    LoanReturn.objects.create(loan=loan, files=1)
    fault = Fault.objects.create(
        interruption=loan.pk,
        **house,
        device=camera,
        found_by=cast.li,
        found_at=noon,
        reported_at=noon,
        says="x",
    )
    FaultStep.objects.create(fault=fault, step="checked", cost=1, at=noon, by=by)
    Maintenance.objects.create(**house, device=camera, says="x", due_at=noon, planned_by=by)
    StockCheck.objects.create(**unit, counted=[], missing=0, at=noon, by=by)
    DeviceAct.objects.create(
        **house, device=camera, act="lost", happened_at=noon, says="x", entered_at=noon, entered_by=by
    )


def fill_oversight(cast: Cast, recording: Recording, at: datetime) -> None:
    """An examination with its remark, a liability fact from it, and what the office records of itself."""
    by, head = as_actor(cast.zhou), as_actor(cast.zhang)
    scope = Scope(
        "inspection", "recording", "x", at - 9 * HOUR, at, at + HOUR, reason="x", chosen=[recording.pk]
    )
    row = plan_examination(cast.team, scope, by=by, at=at)
    drawn = row.drawn.get()
    score_drawn(drawn, by=by, answers={"x": "pass"}, labels={"x": "x"}, note="", at=at)
    remark = enter_remark(row, Opinion("problem", "x", drawn, 1.5, Citation("x", "x", "x"), at), by=by, at=at)
    reply(remark, by=head, sort="answered", says="x", at=at)
    fact = state_fact(cast.team, Statement(["not_recorded"], "x", cast.li, remark=remark), by=by, at=at)
    answer_fact(fact, by=as_actor(cast.li), says="x", at=at)
    plan_training(cast.team, by=head, title="x", due_at=at, at=at)
    enter_rule(cast.team, NewRule("other", "x", "x", at), by=head, at=at)
    Escalation.objects.create(
        agency=cast.agency, unit=cast.team, sort="finding", subject_kind="x", subject=cast.team.pk, number="x", says="x", late="李", since=at, level=1,
        told=cast.zhang, role="unit_head", at=at,
    )  # fmt: skip
    report_statistics(cast.team, by=by, use="supervision", since=at, until=at, figures=[], says="x", at=at)


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(work: object, *given: object) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        work(*given)  # type: ignore[operator]


def other(field: models.Field, value: object) -> object:  # type: ignore[type-arg]
    """A value that differs and that the column could hold."""
    if isinstance(value, date | bool | int | float | Decimal | UUID):
        return _next(value)
    if value is None:
        if isinstance(field, models.DateTimeField):
            return datetime(2020, 1, 1, tzinfo=UTC)
        if isinstance(field, models.BooleanField):
            return True
        return UUID(int=1) if field.is_relation else 1.5
    if isinstance(value, bytes | memoryview):
        return b"other"
    return [*value, "更多"] if isinstance(value, dict | list) else f"{value}x"[-40:]


def _next(value: date | float | UUID) -> object:
    if isinstance(value, date):
        return value + 24 * HOUR
    if isinstance(value, UUID):
        return UUID(int=value.int ^ 1)
    return not value if isinstance(value, bool) else value + 1


@pytest.mark.django_db
def test_no_guarded_row_can_be_changed_or_removed_in_any_way(
    cast: Cast, office: Office, noon: datetime
) -> None:
    fill(cast, office, noon)
    assert len(GUARDS) > 25
    for table, columns in GUARDS.items():
        model = MODELS[table]
        row = model._base_manager.first()
        assert row is not None, f"{table} is empty: this test must put a row there"
        before = model._base_manager.order_by("pk").values().first()
        names = columns or [f.column for f in model._meta.concrete_fields]
        for name in names:
            field = next(f for f in model._meta.concrete_fields if f.column == name)
            value = other(field, getattr(row, field.attname))
            stored = field.get_db_prep_save(value, connection)
            refused(execute, f'UPDATE "{table}" SET "{name}" = %s', stored)
            rows = model._base_manager.filter(pk=row.pk)
            refused(partial(rows.update, **{field.attname: value}))
        for removal in (f'DELETE FROM "{table}"', f'DROP TRIGGER "{table}_kept"' + _on(table)):
            if connection.vendor == "sqlite" or removal.startswith("DELETE"):
                refused(execute, removal)
        refused(model._base_manager.all()._raw_delete, "default")
        refused(row.delete)
        if connection.vendor == "postgresql":
            refused(execute, f'TRUNCATE "{table}" CASCADE')
        assert model._base_manager.order_by("pk").values().first() == before


def _on(table: str) -> str:
    return "" if connection.vendor == "sqlite" else f' ON "{table}"'


@pytest.mark.django_db
def test_triggers_hold_alone(cast: Cast, office: Office, noon: datetime) -> None:
    """The triggers are the first lock, the authorizer of SQLite the second; each refuses without the other."""
    fill(cast, office, noon)
    with maintenance():
        for table in GUARDS:
            refused(execute, f'DELETE FROM "{table}"')


@pytest.mark.django_db
def test_columns_that_may_change_still_may(cast: Cast, office: Office, noon: datetime) -> None:
    fill(cast, office, noon)
    for table, columns in GUARDS.items():
        model = MODELS[table]
        free = [f for f in model._meta.concrete_fields if columns and f.column not in columns]
        for field in free[:1]:
            same = model._base_manager.values_list(field.attname, flat=True).first()
            assert model._base_manager.filter(pk=model._base_manager.first().pk).update(
                **{field.attname: same}
            )


def test_every_recorded_table_is_guarded() -> None:
    recorded = {model._meta.db_table for model in apps.get_models() if issubclass(model, Recorded)}
    assert recorded - GUARDS.keys() == set()
    assert {"journal_line", "journal_about", "journal_checkpoint", "documents_print"} <= GUARDS.keys()


@pytest.mark.django_db
def test_every_guard_of_the_migrations_is_in_the_database(db: None) -> None:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = {name for (name,) in cursor.fetchall()}
    wanted = {f"{table}_{what}" for table in GUARDS for what in ("frozen", "kept")}
    assert wanted <= found


@pytest.mark.django_db
def test_guard_can_be_stepped_back_and_forth(db: None) -> None:
    """A migration of a later version needs the locks open, and must be able to put them back."""
    guard = AppendOnly("journal_checkpoint")
    assert guard.deconstruct() == ("AppendOnly", ["journal_checkpoint"], {})
    assert AppendOnly("x", columns=["id"]).deconstruct()[2] == {"columns": ["id"]}
    assert guard.describe() == "Guard journal_checkpoint against change"
    with unlocked():
        execute("DELETE FROM journal_checkpoint")
    if connection.vendor == "sqlite":  # The authorizer refuses the statement itself, whatever it would hit.
        refused(execute, "DELETE FROM journal_line WHERE 1 = 0")
