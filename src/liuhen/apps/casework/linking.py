"""The end of every recording's wait: linked, said to belong to no activity, or overdue; and how a link is taken back.

A link is taken back by two people: one asks and says why, another agrees; the job of the closed approval carries it out.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.approval.models import Request
from liuhen.apps.casework.models import Link, LinkSpan, NoCase, Unlinking
from liuhen.apps.documents.queries import documents_about
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow
from liuhen.apps.registry.policy import ROLES
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Malformed, Refused

UNLINK = "unlink"
# Whoever else holds one of these over the recording's unit decides, the first that is held by another than the asker.
_DECIDERS = ("unit_head", "associator", "deputy_head", "legal_reviewer")


def live_links() -> QuerySet[Link]:
    """Links that stand: those taken back are history."""
    return Link.objects.filter(unlinking=None)


def link(key: UUID) -> Link | None:
    """One link, standing or ended."""
    rows = Link.objects.select_related("recording__unit", "activity__unit", "unlinking")
    return rows.filter(pk=key).first()


def links_about(recording: UUID) -> list[Link]:
    """Every link of a recording, ended ones too, the oldest first."""
    rows = Link.objects.filter(recording=recording).select_related("activity__case", "span", "unlinking")
    return list(rows.order_by("at"))


def waiting_unlinkings(links: Iterable[UUID]) -> frozenset[UUID]:
    """Links somebody asked to take back and nobody has decided yet."""
    asked = Request.objects.filter(subject__in=list(links), purpose=UNLINK, state=Request.State.PENDING)
    return frozenset(asked.values_list("subject", flat=True))


def span_of_media(begins: float | None, ends: float | None, *, length: float | None) -> LinkSpan:
    """The part of the original that belongs to the activity. Raises `Refused` where it is not within it."""
    if begins is None or ends is None:
        raise Refused("只有一部分属于这次活动的，需写明起止", do="请填写片段的起和止，从头算起。")
    if not 0 <= begins < ends or (length is not None and ends > length + 1):
        raise Refused("片段的起止不在这段音像之内", do="请对照播放器上的时间重新填写，止须在起之后。")
    return LinkSpan(begins=begins, ends=ends)


def ask_to_unlink(
    row: Link, *, by: Actor, requester: Officer, reason: str, law: Rulebook | None, at: datetime
) -> Request:
    """提出解除关联。Raises `Refused` for a link that has ended, one already asked about, or where nobody else may decide."""
    allow(by, "recording.link", on=row, at=at)
    if Unlinking.objects.filter(link=row).exists():
        raise Refused("这项关联已经解除", do="请刷新页面，看现在的关联。")
    if waiting_unlinkings([row.pk]):
        raise Refused("解除这项关联已经提出，正等第二人审批", do="请等审批；退回之后可以重新提出。")
    return request_approval(
        row, by=by, requester=requester, unit=row.recording.unit, purpose=UNLINK, reason=reason,
        chain=deciders_of(row, asker=requester.pk, law=law, at=at), at=at,
    )  # fmt: skip


def deciders_of(row: Link, *, asker: UUID, law: Rulebook | None, at: datetime) -> list[ChainStep]:
    """Who decides: no regulation says, so the nearest who looks after the records and is not the asker."""
    unit = row.recording.unit
    for role in _DECIDERS:
        held = registry.holders(unit.agency_id, role, at=at, path=unit.path)
        if any(officer.pk != asker for officer in held):
            title = law.term(role) if law else role
            return [ChainStep(role=role, title=title if title != role else ROLES[role], clause="")]
    raise Refused(
        "本机关没有可以审批解除关联的第二人", do="请由安全管理员任命部门负责人、关联专人或者法制审核人员。"
    )


def unlink(row: Link, *, by: Actor, request: Request, at: datetime) -> Unlinking | None:
    """The approval of a second person takes the link back. Done once, however often the job runs."""
    if request.state != Request.State.APPROVED or Unlinking.objects.filter(link=row).exists():
        return None
    ended = Unlinking(link=row, reason=request.reason, approval=request.number, at=at)
    with act(
        "recording.unlinked", by=by, at=at, agency=row.recording.agency_id, approval=request.number
    ) as line:
        ended.save(force_insert=True)
        line.about(ended)
        line.about(row)
        line.about(row.recording)
        line.schedule("activity.judge", row.activity)
        line.schedule("recording.judge", row.recording)
        for document in documents_about([row.activity_id]):
            line.schedule("document.judge", document)
    return ended


def note_no_case(recording: Recording, *, by: Actor, why: str, reason: str, at: datetime) -> NoCase:
    """说明一段音像不属于任何现场活动。Raises `Refused` without a reason, for a linked one, and a second time."""
    allow(by, "recording.link", on=recording, at=at)
    if why not in NoCase.Why.values:
        raise Malformed("没有这种情形", do=f"可选的有：{'、'.join(NoCase.Why.labels)}。")
    if not reason.strip():
        raise Refused("无案说明需写明理由", do="请写明拍到什么、为何不属于任何活动。")
    row = NoCase(recording=recording, why=why, reason=reason.strip(), at=at, by=by.id)
    with act("recording.left-unlinked", by=by, at=at, agency=recording.agency_id) as line:
        Recording.objects.select_for_update().get(pk=recording.pk)  # Nobody links it at the same moment.
        if live_links().filter(recording=recording).exists():
            raise Refused(f"{recording.number} 已经关联到活动", do="关联有误的，请先提出解除。")
        if NoCase.objects.filter(recording=recording).exists():
            raise Refused(
                f"{recording.number} 已经作过无案说明", do="原说明保留；有对应活动的，可以直接关联。"
            )
        row.save(force_insert=True)
        line.about(row)
        line.about(recording)
        line.schedule("recording.judge", recording)
    return row


def no_cases_of(recordings: Iterable[UUID]) -> dict[UUID, NoCase]:
    """What was said of those that belong to no activity."""
    return {row.recording_id: row for row in NoCase.objects.filter(recording__in=list(recordings))}


def awaits_link() -> Q:
    """For a filter: recordings that wait for their activity. Not what already ended, nor what waits for its source first; a recorder's
    log belongs to its device and waits for nothing.
    """
    ended = Q(pk__in=live_links().values("recording")) | Q(pk__in=without_case().values("recording"))
    return Q(quarantine="") & ~Q(form=Recording.Form.LOG) & ~ended


def without_case() -> QuerySet[NoCase]:
    """For a filter: recordings said to belong to no activity."""
    return NoCase.objects.all()
