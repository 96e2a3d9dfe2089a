"""The end of every recording's wait: linked to an activity or straight to a case, said to belong to none, or overdue; and how a link
is taken back.

A link is taken back by two people: one asks and says why, another agrees; the job of the closed approval carries it out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.approval.models import Request
from liuhen.apps.casework.models import Case, CaseLink, CaseUnlinking, Link, LinkSpan, NoCase, Unlinking
from liuhen.apps.casework.recusing import check_not_recused
from liuhen.apps.documents.queries import documents_about
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.sources import lacks_second_person
from liuhen.apps.journal.actions import act
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow
from liuhen.apps.registry.policy import ROLES
from liuhen.apps.search.actions import keep
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Malformed, Refused

UNLINK = "unlink"
# Whoever else holds one of these over the recording's unit decides, the first that is held by another than the asker.
_DECIDERS = ("unit_head", "associator", "deputy_head", "legal_reviewer")


def live_links() -> QuerySet[Link]:
    """Links that stand: those taken back are history."""
    return Link.objects.filter(unlinking=None)


def live_case_links() -> QuerySet[CaseLink]:
    """The same of recordings that belong to a case without an activity between."""
    return CaseLink.objects.filter(unlinking=None)


def is_linked() -> Q:
    """For a filter over recordings: those that belong to an activity or straight to a case."""
    return Q(pk__in=live_links().values("recording")) | Q(pk__in=live_case_links().values("recording"))


def count_links(recordings: Iterable[UUID]) -> dict[UUID, int]:
    """How many links of each stand; nothing for those without."""
    keys = list(recordings)
    found = Counter(live_links().filter(recording__in=keys).values_list("recording", flat=True))
    return found + Counter(live_case_links().filter(recording__in=keys).values_list("recording", flat=True))


def in_case(case: Case, *, background: bool = True) -> Q:
    """For a filter over recordings: those of a case, through its activities or straight."""
    links, direct = live_links().filter(activity__case=case), live_case_links().filter(case=case)
    if not background:
        links, direct = links.exclude(part=Link.Part.CONTEXT), direct.exclude(part=Link.Part.CONTEXT)
    return Q(pk__in=links.values("recording")) | Q(pk__in=direct.values("recording"))


def link(key: UUID) -> Link | CaseLink | None:
    """One link, standing or ended, to an activity or to a case."""
    rows = Link.objects.select_related("recording__unit", "activity__unit", "unlinking")
    direct = CaseLink.objects.select_related("recording__unit", "case__unit", "unlinking")
    return rows.filter(pk=key).first() or direct.filter(pk=key).first()


def links_about(recording: UUID) -> list[Link]:
    """Every link of a recording, ended ones too, the oldest first."""
    rows = Link.objects.filter(recording=recording).select_related("activity__case", "span", "unlinking")
    return list(rows.order_by("at", "pk"))


def case_links_about(recording: UUID) -> list[CaseLink]:
    """Every straight link of a recording to a case, ended ones too, the oldest first."""
    rows = CaseLink.objects.filter(recording=recording).select_related("case", "unlinking")
    return list(rows.order_by("at", "pk"))


def links_of(recordings: Iterable[Recording | UUID]) -> dict[UUID, list[Link]]:
    """The standing links of each to activities, the oldest first."""
    found: dict[UUID, list[Link]] = defaultdict(list)
    rows = live_links().filter(recording__in=list(recordings)).select_related("activity__case")
    for row in rows.order_by("at", "pk"):
        found[row.recording_id].append(row)
    return found


def case_links_of(recordings: Iterable[Recording | UUID]) -> dict[UUID, list[CaseLink]]:
    """The standing straight links of each, the oldest first."""
    found: dict[UUID, list[CaseLink]] = defaultdict(list)
    for row in (
        live_case_links().filter(recording__in=list(recordings)).select_related("case").order_by("at", "pk")
    ):
        found[row.recording_id].append(row)
    return found


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


def check_linkable(recording: Recording, *, by: Actor, at: datetime) -> None:
    """Whether this person may link it at all. Raises `Refused` before its source is known, and for what he brought in himself."""
    allow(by, "recording.link", on=recording, at=at)
    if recording.quarantine:
        raise Refused(
            f"音像资料 {recording.number} 来源待查：{recording.quarantine}", do="请先由设备管理员认领。"
        )
    if lacks_second_person(recording, by.id):
        raise Refused(
            "这段音像由您手工导入，当时也没有您的领用登记，不能由您本人关联",
            do="请由部门负责人或者关联专人关联。",
        )


def length_of(recording: Recording) -> float | None:
    """How many seconds it ran, where both ends are known."""
    if recording.started_at is None or recording.ended_at is None:
        return None
    return (recording.ended_at - recording.started_at).total_seconds()


def link_to_case(
    case: Case, *, by: Actor, recording: Recording, reasons: Sequence[str], at: datetime,
    part: str = Link.Part.WHOLE, is_evidence: bool = False, begins: float | None = None, ends: float | None = None,
) -> CaseLink:  # fmt: skip
    """直接关联到一件执法事项：for what belongs to the case and to none of its activities. Same roles, grades and parts as any link."""
    check_linkable(recording, by=by, at=at)
    allow(by, "case.view", on=case, at=at)
    check_not_recused(case, by)
    if recording.agency_id != case.agency_id:
        raise Refused("音像资料与执法事项不属于同一机关", do="请核对编号。")
    if part not in Link.Part.values:
        raise Malformed("没有这种关联方式", do=f"可选的有：{'、'.join(Link.Part.labels)}。")
    span = span_of_media(begins, ends, length=length_of(recording)) if part == Link.Part.SEGMENT else None
    row = CaseLink(
        case=case, recording=recording, part=part, is_evidence=is_evidence, reasons=list(reasons), at=at, by=by.id,
        begins=span.begins if span else None, ends=span.ends if span else None,
    )  # fmt: skip
    with act("recording.case-linked", by=by, at=at, agency=case.agency_id) as line:
        Recording.objects.select_for_update().get(pk=recording.pk)  # Two hands at once make one link.
        if Recording.objects.filter(in_case(case), pk=recording.pk).exists():
            raise Refused("这段音像已经归到这件执法事项", do="无需重复关联。")
        row.save(force_insert=True)
        keep(row)
        line.about(row)
        line.about(recording)
        line.schedule("case.judge", case)
        line.schedule("recording.judge", recording)
    return row


def ask_to_unlink(
    row: Link | CaseLink, *, by: Actor, requester: Officer, reason: str, law: Rulebook | None, at: datetime
) -> Request:
    """提出解除关联。Raises `Refused` for a link that has ended, one already asked about, or where nobody else may decide."""
    allow(by, "recording.link", on=row, at=at)
    if _is_ended(row):
        raise Refused("这项关联已经解除", do="请刷新页面，看现在的关联。")
    if waiting_unlinkings([row.pk]):
        raise Refused("解除这项关联已经提出，正等第二人审批", do="请等审批；退回之后可以重新提出。")
    return request_approval(
        row, by=by, requester=requester, unit=row.recording.unit, purpose=UNLINK, reason=reason,
        chain=deciders_of(row, asker=requester.pk, law=law, at=at), at=at,
    )  # fmt: skip


def deciders_of(row: Link | CaseLink, *, asker: UUID, law: Rulebook | None, at: datetime) -> list[ChainStep]:
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


def unlink(
    row: Link | CaseLink, *, by: Actor, request: Request, at: datetime
) -> Unlinking | CaseUnlinking | None:
    """The approval of a second person takes the link back. Done once, however often the job runs."""
    if request.state != Request.State.APPROVED or _is_ended(row):
        return None
    told = {"reason": request.reason, "approval": request.number, "at": at}
    ended = CaseUnlinking(link=row, **told) if isinstance(row, CaseLink) else Unlinking(link=row, **told)
    with act(
        "recording.unlinked", by=by, at=at, agency=row.recording.agency_id, approval=request.number
    ) as line:
        ended.save(force_insert=True)
        line.about(ended)
        line.about(row)
        line.about(row.recording)
        line.schedule("recording.judge", row.recording)
        if isinstance(row, CaseLink):
            keep(row)
            line.schedule("case.judge", row.case)
            return ended
        line.schedule("activity.judge", row.activity)
        for document in documents_about([row.activity_id]):
            line.schedule("document.judge", document)
    return ended


def _is_ended(row: Link | CaseLink) -> bool:
    ended = CaseUnlinking if isinstance(row, CaseLink) else Unlinking
    return ended.objects.filter(link=row.pk).exists()


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
        if Recording.objects.filter(is_linked(), pk=recording.pk).exists():
            raise Refused(f"{recording.number} 已经关联", do="关联有误的，请先提出解除。")
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
    """For a filter: recordings that wait for their activity or case. Not what already ended, nor what waits for its source first; a recorder's
    log belongs to its device and waits for nothing.
    """
    ended = is_linked() | Q(pk__in=without_case().values("recording"))
    return Q(quarantine="") & ~Q(form=Recording.Form.LOG) & ~ended


def without_case() -> QuerySet[NoCase]:
    """For a filter: recordings said to belong to no activity."""
    return NoCase.objects.all()
