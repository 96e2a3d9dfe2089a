"""暂缓处置: while a dispute is open nothing that belongs to it can be disposed of.

A hold stands on a recording, an activity or a case, and covers every recording that is or ever was linked to it: taking a link back does
not lift it. Each hold ends by its own release, asked for by those who look after the law and approved by the head, never by the unit alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.approval.models import Request
from liuhen.apps.casework.models import Activity, Case, CaseLink, Link
from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import agencies_at_rest
from liuhen.apps.journal.actions import act
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.apps.registry.policy import ROLES
from liuhen.apps.retention.models import Hold, HoldRelease
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.errors import Malformed, Refused

RELEASE = "hold.release"
_HEADS = ("agency_head", "leader_in_charge")
Subject = Recording | Activity | Case


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a hold is placed: the matter, its number, whose it is, and what happened."""

    matter: str
    reference: str
    authority: str
    reason: str


def place_hold(subject: Subject, grounds: Grounds, *, by: Actor, officer: Officer, at: datetime) -> Hold:
    """Stop the disposal of everything that belongs to `subject`. Raises `Refused` without number, authority or reason."""
    allow(by, "hold.place", on=subject, at=at)
    if grounds.matter not in Hold.Matter.values:
        raise Malformed("没有这种事项", do=f"可选的有：{'、'.join(Hold.Matter.labels)}。")
    if not (grounds.reference.strip() and grounds.authority.strip() and grounds.reason.strip()):
        raise Refused(
            "暂缓处置须写明案号、受理机关和事由",
            do="请照受理通知书填写；还没有案号的，写登记号或者收文号。",
        )
    hold = Hold(
        agency_id=subject.agency_id, unit=subject.unit, subject_kind=subject.kind(), subject=subject.pk,
        subject_number=subject.number, matter=grounds.matter, reference=grounds.reference.strip(),
        authority=grounds.authority.strip(), reason=grounds.reason.strip(), placed_by=officer, placed_at=at,
    )  # fmt: skip
    with act("hold.placed", by=by, at=at, agency=subject.agency_id) as line:
        # What is destroyed at this very moment waits: disposal looks for holds under the same lock.
        agencies_at_rest(subject.agency_id)
        hold.number = next_number(subject.agency, "暂缓", at=at)
        hold.save(force_insert=True)
        line.about(hold)
        line.about(subject)
        for recording in covered_by(hold):
            line.schedule("recording.judge", recording)
    return hold


def ask_for_release(hold: Hold, *, by: Actor, officer: Officer, reason: str, at: datetime) -> Request:
    """Ask the head to end a hold. Raises `Refused` for one that has ended, or where it was asked already."""
    allow(by, "hold.release", on=hold, at=at)
    if HoldRelease.objects.filter(hold=hold).exists():
        raise Refused(f"{hold.number} 已经终结", do="无需再次申请。")
    if Request.objects.filter(subject=hold.pk, purpose=RELEASE, state=Request.State.PENDING).exists():
        raise Refused(f"终结 {hold.number} 已经提出，正等审批", do="请等审批；退回之后可以重新提出。")
    chain = [head_step(hold.unit, asker=officer.pk, at=at)]
    return request_approval(
        hold, by=by, requester=officer, unit=hold.unit, purpose=RELEASE, reason=reason, chain=chain, at=at
    )


def head_step(unit: Unit, *, asker: UUID, at: datetime) -> ChainStep:
    """The head over the unit, else the leader in charge; never the asker. Raises `Refused` where there is neither."""
    for role in _HEADS:
        if any(
            officer.pk != asker for officer in registry.holders(unit.agency_id, role, at=at, path=unit.path)
        ):
            return ChainStep(role=role, title=ROLES[role], clause="")
    raise Refused("本机关没有可以批准此事的机关负责人或者分管领导", do="请由安全管理员先行任命。")


def release_hold(hold: Hold, *, request: Request, at: datetime) -> HoldRelease | None:
    """The head's approval ends the hold. Done once, however often the job runs."""
    if request.state != Request.State.APPROVED or HoldRelease.objects.filter(hold=hold).exists():
        return None
    release = HoldRelease(hold=hold, reason=request.reason, approval=request.number, at=at)
    with act("hold.released", by=SYSTEM, at=at, agency=hold.agency_id, approval=request.number) as line:
        release.save(force_insert=True)
        line.about(release)
        line.about(hold)
        for recording in covered_by(hold):
            line.schedule("recording.judge", recording)
    return release


# ── 谁被暂缓 ────────────────────────────────────────────────


def live_holds() -> QuerySet[Hold]:
    """Holds that stand."""
    return Hold.objects.filter(release=None)


def hold_of(key: UUID) -> Hold | None:
    return Hold.objects.select_related("unit", "agency", "placed_by", "release").filter(pk=key).first()


def holds_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Hold]:
    """Holds this person may know of, ended ones too."""
    rows = Hold.objects.filter(reach_of(viewer, "hold.view", at=at, officers="placed_by"))
    known = rows.filter(known_to(viewer, at=at, by="subject"))
    return known.select_related("unit", "placed_by", "release")


def is_held() -> Q:
    """For a filter over recordings: those some live hold covers."""
    things = live_holds().values("subject")
    linked = Link.objects.filter(Q(activity__in=things) | Q(activity__case__in=things)).values("recording")
    direct = CaseLink.objects.filter(case__in=things).values("recording")
    return Q(pk__in=things) | Q(pk__in=linked) | Q(pk__in=direct)


def covered_by(hold: Hold) -> QuerySet[Recording]:
    """The recordings a hold covers."""
    linked = Link.objects.filter(Q(activity=hold.subject) | Q(activity__case=hold.subject))
    direct = CaseLink.objects.filter(case=hold.subject).values("recording")
    return Recording.objects.filter(
        Q(pk=hold.subject) | Q(pk__in=linked.values("recording")) | Q(pk__in=direct)
    )


def subjects_of(recordings: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Of each of these: itself, and every activity and case it is or ever was linked to."""
    keys = list(recordings)
    belongs: dict[UUID, set[UUID]] = {key: {key} for key in keys}
    links = Link.objects.filter(recording__in=keys)
    for recording, activity, case in links.values_list("recording", "activity", "activity__case"):
        belongs[recording] |= {activity, case} - {None}
    for recording, case in CaseLink.objects.filter(recording__in=keys).values_list("recording", "case"):
        belongs[recording].add(case)
    return belongs


def holds_on(recordings: Iterable[UUID]) -> dict[UUID, list[Hold]]:
    """The live holds over each of these, in four queries whatever their number; nothing for those without."""
    belongs = subjects_of(recordings)
    things = {thing for one in belongs.values() for thing in one}
    held: dict[UUID, list[Hold]] = {}
    for hold in live_holds().filter(subject__in=things).order_by("placed_at"):
        held.setdefault(hold.subject, []).append(hold)
    found = {key: [hold for thing in one for hold in held.get(thing, [])] for key, one in belongs.items()}
    return {key: holds for key, holds in found.items() if holds}
