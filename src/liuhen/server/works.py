"""What each kind of job does: the table that joins journal's jobs to the rooms. Every work may run twice.

What is done with the bytes of a recording stands in `media_works`.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import requests
from django.db.models import QuerySet

from liuhen.apps.access import redacting
from liuhen.apps.access.models import Package
from liuhen.apps.access.packages import build_package
from liuhen.apps.access.packing import Parts
from liuhen.apps.approval.models import Request
from liuhen.apps.archive import discs, scrubbing
from liuhen.apps.casework import aligning, linking, outward
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.fault_checks import note_fault_checked
from liuhen.apps.casework.linking import UNLINK
from liuhen.apps.casework.models import Activity, Case, Exemption, Interruption
from liuhen.apps.casework.receiving import TELL
from liuhen.apps.devices import faults
from liuhen.apps.documents.models import Document
from liuhen.apps.evidence import live, speech
from liuhen.apps.evidence.models import Recording
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
from liuhen.engines.rules import assess, keep_until
from liuhen.engines.rules.facts import Facts
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.office import Office, shelf_of
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Refused
from liuhen.kernel.grants import Grant
from liuhen.server import archive_works
from liuhen.server.informing import tell_system
from liuhen.server.media_works import (
    align_recordings,
    derive_copies,
    inspect_recording,
    make_redaction,
    recognize_speech,
    reconcile_recording,
    verify_recording,
)
from liuhen.server.superior import send

_LOGGER = logging.getLogger(__name__)
_APPROVAL_LASTS = timedelta(days=30)
_AT_ONCE = 500


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
        speech.RECOGNIZE: partial(recognize_speech, office),
        live.RECONCILE: partial(reconcile_recording, office),
        "approval.closed": partial(approval_closed, office),
        "fault.checked": fault_checked,
        "agency.judge": partial(judge_agency, office),
        outward.SEND: partial(send_handover, office),
        discs.BUILD: partial(archive_works.build_disc, office, parts_of),
        scrubbing.READ: partial(archive_works.read_on, office),
        "volume.examine": partial(archive_works.examine_volume, office),
        TELL: partial(tell_system, office.home / "keys"),
        "disposal.execute": partial(set_aside_listed, office),
        "disposal.finish": partial(finish_disposal, office),
        DRAW: draw_sample,
        "round.go-on": partial(go_on_judging, office),
    }


def judge(office: Office, kind: str, key: UUID, *, alone: bool = False) -> None:
    """Judge one thing; of a recording also derive how long it is kept, and judge what is held against its times.

    What an activity or a case says counts for how long its recordings are kept, so that those follow it; not where it is judged `alone`.
    """
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
    if isinstance(row, Recording):
        _keep_as_told([row], [told], law, at=at)
        for other, thing in casework.held_against(row.pk):
            judge(office, other, thing, alone=True)
    if isinstance(row, Activity | Case) and not alone:
        derive_anew(office, casework.recordings_of(row))
    if isinstance(row, Document) and row.state not in (Document.State.DRAFT, Document.State.TO_SIGN):
        case = casework.case_of_paper(row)
        if case is not None:  # What a finished paper proves counts for its case.
            judge(office, "case", case.pk)


def derive_anew(office: Office, recordings: QuerySet[Recording]) -> None:
    """How long each of these is kept, from what is known of it now. Nothing is written of those of which nothing new is said."""
    at = now()
    for key in recordings.order_by().values_list("agency", flat=True).distinct():
        law = _law(office, key)
        if law is None:
            continue
        rows = recordings.filter(agency=key).select_related("unit", "agency", "device").order_by("pk")
        keys = list(rows.values_list("pk", flat=True))
        for first in range(0, len(keys), _AT_ONCE):
            batch = list(rows.filter(pk__in=keys[first : first + _AT_ONCE]))
            told = subjects.facts_of("recording", batch, lines=law.check_lines, at=at)
            _keep_as_told(batch, told, law, at=at)


def _keep_as_told(rows: Sequence[Recording], told: Sequence[Facts], law: Rulebook, *, at: datetime) -> None:
    for row, facts in zip(rows, told, strict=True):
        if facts.recording is not None:
            keeping = keep_until(law, recording=facts.recording)
            derive_keeping(row, by=SYSTEM, keeping=keeping, packs=packs_of(law), at=at)


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
        derive_anew(office, disposal.still_listed(row))
        emptying.execute(row, stores_of(office), at=now())


def finish_disposal(office: Office, key: UUID) -> None:
    """The window is over, or the list was called off: destroy or put back, then certify."""
    row = disposal.disposal(key)
    if row is None:
        return
    called_off = row.state == disposal.State.CALLED_OFF
    if not called_off:
        derive_anew(office, disposal.still_listed(row))
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
        verifiers=verifiers, forms=office.forms,
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
