"""What each kind of job does: the table that joins journal's jobs to the rooms. Every work may run twice.

Reading the inside of files happens in the media engine's sandboxed child; a file that cannot be read is a finding,
not a failure.
"""

import logging
import tempfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from uuid import UUID

import requests

from liuhen.apps.access import redacting
from liuhen.apps.access.models import Package, Redaction
from liuhen.apps.access.packages import build_package
from liuhen.apps.access.packing import Parts
from liuhen.apps.approval.models import Request
from liuhen.apps.archive import discs
from liuhen.apps.casework import aligning, linking, outward
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.fault_checks import note_fault_checked
from liuhen.apps.casework.linking import UNLINK
from liuhen.apps.casework.models import Exemption, Interruption
from liuhen.apps.casework.receiving import TELL
from liuhen.apps.devices import faults
from liuhen.apps.documents.models import Document
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence import clocks, queries
from liuhen.apps.evidence.aligning import keep_alignments, take_of
from liuhen.apps.evidence.device_logs import is_device_log, read_device_log, unread_logs
from liuhen.apps.evidence.models import Derived, DeviceLog, Recording
from liuhen.apps.evidence.models import Inspection as InspectionRow
from liuhen.apps.oversight import subjects
from liuhen.apps.oversight.actions import keep_findings
from liuhen.apps.oversight.examining import DRAW, draw_examination
from liuhen.apps.oversight.models import Examination, Round
from liuhen.apps.oversight.rounds import begin_round, go_on
from liuhen.apps.registry.adopting import SHORTEN, carry_out
from liuhen.apps.registry.law import law_of
from liuhen.apps.registry.models import Agency, LawChange, Unit
from liuhen.apps.registry.permission import Place
from liuhen.apps.retention import certifying, disposal, emptying
from liuhen.apps.retention.actions import derive_keeping
from liuhen.apps.retention.holds import RELEASE, hold_of, release_hold
from liuhen.apps.retention.shortening import SHORTEN_ONE, apply_shortening, shortening
from liuhen.engines import media
from liuhen.engines.media.alignment import Take, arranged
from liuhen.engines.media.device_logs import FORMS, LOG_LIMIT, LogForm, forms_of
from liuhen.engines.media.envelope import Envelope
from liuhen.engines.media.listening import listen
from liuhen.engines.media.masks import MaskList
from liuhen.engines.media.redaction import redacted
from liuhen.engines.rules import assess, keep_until
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.office import Office, shelf_of
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Malformed, Refused
from liuhen.kernel.grants import Grant
from liuhen.server import archive_works
from liuhen.server.informing import tell_system
from liuhen.server.superior import send

_LOGGER = logging.getLogger(__name__)
_PROGRAM = "media/1"
_APPROVAL_LASTS = timedelta(days=30)
OWN_FORMS = "device-logs.toml"
_FORMS = {"video": "video", "audio": "audio", "picture": "photo", "unknown": "unknown"}


def works(office: Office) -> Mapping[str, Callable[[UUID], None]]:
    """Kind of job -> what to do with its subject."""
    return {
        "recording.verify": partial(verify_recording, office),
        "recording.inspect": partial(inspect_recording, office),
        "recording.derive": partial(derive_copies, office),
        **{f"{kind}.judge": partial(judge, office, kind) for kind in subjects.KINDS},
        "package.build": partial(make_package, office),
        redacting.RENDER: partial(make_redaction, office),
        aligning.ALIGN: partial(align_recordings, office),
        "approval.closed": partial(approval_closed, office),
        "fault.checked": fault_checked,
        "agency.judge": partial(judge_agency, office),
        outward.SEND: partial(send_handover, office),
        discs.BUILD: partial(archive_works.build_disc, office, parts_of),
        "volume.examine": partial(archive_works.examine_volume, office),
        TELL: partial(tell_system, office.home / "keys"),
        "disposal.execute": partial(set_aside_listed, office),
        "disposal.finish": partial(finish_disposal, office),
        DRAW: draw_sample,
        "round.go-on": partial(go_on_judging, office),
    }


def verify_recording(office: Office, recording_id: UUID) -> None:
    """Re-read from the medium and compare; only then may a station clear the card."""
    evidence.note_verified(Recording.objects.get(pk=recording_id), by=SYSTEM, vault=office.vault)


def inspect_recording(office: Office, recording_id: UUID) -> None:
    """Look into the file in the sandbox and keep what was found."""
    recording = Recording.objects.select_related("agency").get(pk=recording_id)
    at = now()
    found = media.inspect_file(office.vault.path(recording.digest), at=at)
    is_log = found.kind == "unknown" and is_device_log(recording) and read_log(office, recording).form != ""
    said = found.to_json()
    row = InspectionRow(at=at, program=_PROGRAM, sandbox=found.sandbox, facts=said, findings=said["findings"])
    evidence.note_inspection(
        recording, by=SYSTEM, inspection=row, believed=_believed(recording, found, is_log=is_log), at=at
    )


def read_log(office: Office, recording: Recording) -> DeviceLog:
    """Read a recorder's log by the forms of the house and the office's own. What fits none is kept as unread."""
    with office.vault.open(recording.digest) as file:
        content = file.read(LOG_LIMIT)
    return read_device_log(recording, content, by=SYSTEM, forms=log_forms(office), at=now())


def read_waiting_logs(office: Office) -> tuple[int, int]:
    """Try again what no form has read: how many were read now, and how many wait. Raises `Malformed` for a mistake in the own forms."""
    own = office.home / OWN_FORMS
    if own.is_file():
        forms_of(own.read_text("utf-8"), where=OWN_FORMS)
    rows = unread_logs(Recording.objects.select_related("device"))
    read = sum(read_log(office, row).form != "" for row in rows)
    return read, len(rows) - read


def log_forms(office: Office) -> tuple[LogForm, ...]:
    """The office's own forms first. A mistake in its file is told in the log of the program and stops no intake."""
    own = office.home / OWN_FORMS
    try:
        return (*forms_of(own.read_text("utf-8"), where=OWN_FORMS), *FORMS) if own.is_file() else FORMS
    except (Malformed, UnicodeDecodeError) as error:
        _LOGGER.warning("%s 没有采用：%s", OWN_FORMS, error)
        return FORMS


def _believed(recording: Recording, found: media.Inspection, *, is_log: bool) -> evidence.Believed:
    clock = clocks.believed(recording, found)
    return evidence.Believed(
        form=Recording.Form.LOG if is_log else _FORMS[found.kind],
        started_at=clock.moment if clock else None,
        ended_at=clocks.end_of(clock.moment, found.duration) if clock and clock.moment else None,
        clock=clock.source if clock else "",
    )


def derive_copies(office: Office, recording_id: UUID) -> None:
    """A thumbnail always where there is a picture; a playable copy only where browsers cannot play the original."""
    recording = Recording.objects.get(pk=recording_id)
    row = queries.newest_inspection(recording_id)
    if row is None:
        return
    found = media.Inspection.from_json(row.facts)
    source = office.vault.path(recording.digest)
    if found.kind in ("video", "picture"):
        _keep_copy(office, recording, Derived.Kind.THUMBNAIL, partial(_thumbnail, source))
    if found.kind in ("video", "audio") and not media.browser_can_play(found):
        _keep_copy(office, recording, Derived.Kind.PROXY, partial(_proxy, source))


def _keep_copy(
    office: Office, recording: Recording, kind: str, make: Callable[[], tuple[bytes, str, str]]
) -> None:
    if queries.derived_of(recording.pk, kind) is not None:
        return
    try:
        content, media_type, how = make()
    except Malformed as error:
        _LOGGER.info("%s 没有%s：%s", recording.number, kind, error)
        return
    stored = office.copies.put(BytesIO(content))
    evidence.keep_derived(
        recording, by=SYSTEM, kind=kind, stored=stored, media_type=media_type, how=how, at=now()
    )


def _thumbnail(source: Path) -> tuple[bytes, str, str]:
    return media.thumbnail(source), "image/jpeg", "缩略图，长边不超过 480 像素，JPEG"


def _proxy(source: Path) -> tuple[bytes, str, str]:
    with tempfile.TemporaryDirectory(prefix="liuhen-proxy-") as folder:
        out = Path(folder) / "copy.mp4"
        made = media.proxy(source, out)
        return out.read_bytes(), made.media_type, "转制为 H.264/AAC，供浏览器播放"


def align_recordings(office: Office, activity_id: UUID) -> None:
    """Listen to every recording of an activity and keep where each lies to the others."""
    rows = aligning.alignable(casework.activities().get(pk=activity_id))
    seen = queries.newest_inspections(row.pk for row in rows)
    takes = {row.pk: _take(office, row, seen[row.pk]) for row in rows if row.pk in seen}
    if len(takes) < 2:
        return
    ground, fits = arranged(takes)
    keep_alignments(next(row for row in rows if row.pk == ground), fits, by=SYSTEM, at=now())


def make_redaction(office: Office, redaction_id: UUID) -> None:
    """Write a copy with parts hidden and keep it only if what was measured says that it is one."""
    row = redacting.redactions().get(pk=redaction_id)
    if row.state != Redaction.State.DRAWN:
        return
    masks = MaskList.from_json(row.masks, length=redacting.length_of(row.recording))
    with tempfile.TemporaryDirectory(prefix="liuhen-redaction-") as folder:
        out = Path(folder) / "copy.mp4"
        try:
            proof = redacted(office.vault.path(row.recording.digest), out, masks=masks)
        except Malformed as error:
            redacting.note_failed(row, by=SYSTEM, why=error.why, at=now())
            return
        with out.open("rb") as content:
            stored = office.copies.put(content)
    media_type = "video/mp4" if proof.pictures else "audio/mp4"
    redacting.note_rendered(row, by=SYSTEM, stored=stored, proof=proof, media_type=media_type, at=now())


def _take(office: Office, recording: Recording, row: InspectionRow) -> Take:
    sound: Envelope | None = None
    try:
        sound = listen(office.vault.path(recording.digest))
    except Malformed as error:
        _LOGGER.info("%s 不能按声音对齐：%s", recording.number, error)
    return take_of(recording, media.Inspection.from_json(row.facts), sound)


def judge(office: Office, kind: str, key: UUID) -> None:
    """Judge one thing; of a recording also derive how long it is kept, and judge what is held against its times."""
    row, at = subjects.row_of(kind, key), now()
    law = _law(office, row.agency_id)
    if law is None:
        return
    (told,) = subjects.facts_of(kind, [row], lines=law.check_lines, at=at)
    unit = subjects.unit_of(row)
    place = Place(row.agency_id, row.path) if isinstance(row, Unit) else row.place()
    is_log = isinstance(row, Recording) and row.form == Recording.Form.LOG  # Its keeping alone is a question.
    judgements = () if is_log else assess(law, facts=told, now=at)
    keep_findings(row, by=SYSTEM, unit=unit, place=place, judgements=judgements, at=at)
    if isinstance(row, Recording) and told.recording is not None:
        keeping = keep_until(law, recording=told.recording)
        derive_keeping(row, by=SYSTEM, keeping=keeping, packs=packs_of(law), at=at)
        for other, thing in casework.held_against(row.pk):
            judge(office, other, thing)
    if isinstance(row, Document) and row.state not in (Document.State.DRAFT, Document.State.TO_SIGN):
        case = casework.case_of_paper(row)
        if case is not None:  # What a finished paper proves counts for its case.
            judge(office, "case", case.pk)


def approval_closed(office: Office, request_id: UUID) -> None:
    """What an approval was about is judged anew."""
    request = Request.objects.get(pk=request_id)
    if request.purpose == SHORTEN:
        carry_out_change(office, request)
        return
    if request.purpose in (RELEASE, SHORTEN_ONE, disposal.DISPOSE):
        keep_as_decided(request)
        return
    if request.purpose == UNLINK:
        row = linking.link(request.subject)
        if row is not None:
            linking.unlink(row, by=SYSTEM, request=request, at=now())
        return
    subject: Interruption | Exemption | None = None
    if request.purpose == "interruption":
        subject = Interruption.objects.filter(pk=request.subject).first()
    elif request.purpose == "exemption":
        subject = Exemption.objects.filter(pk=request.subject).first()
    if subject is not None:
        judge(office, "activity", subject.activity_id)


def fault_checked(fault_id: UUID) -> None:
    """What the keeper found of a fault is entered on the interruption that it was to explain."""
    fault = faults.fault(fault_id)
    if fault is not None and fault.interruption is not None:
        is_real = fault.steps.filter(step="checked").exists()
        note_fault_checked(fault.interruption, by=SYSTEM, is_real=is_real, at=now())


def keep_as_decided(request: Request) -> None:
    """The head's word on a hold or on a shorter term."""
    if request.purpose == RELEASE:
        hold = hold_of(request.subject)
        if hold is not None:
            release_hold(hold, request=request, at=now())
        return
    row = shortening(request.subject) if request.purpose == SHORTEN_ONE else None
    if row is not None:
        apply_shortening(row, request=request, at=now())
    listed = disposal.disposal(request.subject) if request.purpose == disposal.DISPOSE else None
    if listed is not None:
        disposal.decided(listed, request=request, at=now())


def set_aside_listed(office: Office, key: UUID) -> None:
    """Two persons stand by: the list is checked again and what stands is moved out of reach."""
    row = disposal.disposal(key)
    if row is not None:
        emptying.execute(row, stores_of(office), at=now())


def finish_disposal(office: Office, key: UUID) -> None:
    """The window is over, or the list was called off: destroy or put back, then certify."""
    row = disposal.disposal(key)
    if row is None:
        return
    called_off = row.state == disposal.State.CALLED_OFF
    stores = stores_of(office, by_witness=not called_off)  # Putting back waits for no witness.
    if emptying.finish(row, stores, at=now()):
        witnessed = not office.witnesses.is_none
        certifying.certify(row, stores, forms=office.forms, witnessed=witnessed, at=now())


def stores_of(office: Office, *, by_witness: bool = True) -> emptying.Stores:
    """Both vaults, with the time and the seed disposal goes by. Raises `Unavailable` where the witnesses it goes by are silent."""
    at = now()
    trusted = certifying.trusted_time(office.witnesses, at=at) if by_witness else at
    return emptying.Stores(office.vault, office.copies, trusted, certifying.seed_now())


def make_package(office: Office, package_id: UUID) -> None:
    """Write an evidence package that was approved and ordered, with both verifiers as they stand beside the program."""
    package = Package.objects.select_related("agency", "unit").get(pk=package_id)
    build_package(package, parts=parts_of(office), copies=office.copies, signer=office.signer, at=now())


def parts_of(office: Office) -> Parts:
    """What of the office a package is made from."""
    verifiers = {name: (office.verifiers / name).read_bytes() for name in ("verify.py", "verify.html")}
    return Parts(
        vault=office.vault, log=office.log, signer=office.signer, witnesses=office.witnesses, policy=office.witness_text,
        verifiers=verifiers,
    )  # fmt: skip


def carry_out_change(office: Office, request: Request) -> None:
    """A change of the law that a second person approved comes into force by that approval, and no earlier."""
    change, at = LawChange.objects.select_related("agency").filter(pk=request.subject).first(), now()
    if change is None or request.state != Request.State.APPROVED or request.closed_at is None:
        return
    grant = Grant(
        holder=SYSTEM.id, action=SHORTEN, objects=frozenset({change.pk}), opens=request.closed_at,
        closes=request.closed_at + _APPROVAL_LASTS, approval=request.number,
    )  # fmt: skip
    carry_out(change, by=SYSTEM, packs=shelf_of(office, change.key), grant=grant, at=at)


def judge_agency(office: Office, agency_id: UUID) -> None:
    """The law has changed: a round begins."""
    begin_round(Agency.objects.get(pk=agency_id), by=SYSTEM, at=now())


def go_on_judging(office: Office, round_id: UUID) -> None:
    """The next batch of a round."""
    row = Round.objects.get(pk=round_id)
    law = _law(office, row.agency_id)
    go_on(row, by=SYSTEM, law=law, packs=packs_of(law) if law else "", at=now())


def draw_sample(examination_id: UUID) -> None:
    """Draw what a plan asks for, once its line is under a checkpoint; until then the job comes back."""
    draw_examination(Examination.objects.get(pk=examination_id), by=SYSTEM, at=now())


def send_handover(office: Office, handover_id: UUID) -> None:
    """Bring a list to the superior's platform; what did not arrive is tried again by the job its line leaves."""
    made = outward.handover(handover_id)
    if made is not None:
        with requests.Session() as line:
            send(made, office.superior, line)


def packs_of(law: Rulebook) -> str:
    return "、".join(f"{pack.head.key}@{pack.head.version}" for pack in law.packs)


def _law(office: Office, agency: UUID) -> Rulebook | None:
    """The rulebook in force; None before the first activation, when nothing is judged."""
    try:
        return law_of(agency, packs=office.packs, at=now())
    except Refused:
        return None
