"""销毁 before anything is moved: the list is drawn, checked, approved, and two persons of different units stand by.

Nothing is ever disposed of singly, by one person, or because a term ran out or a disk is full. What the regulation does not fix is told
in docs/decisions. What happens with the vault stands in `emptying`.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.access.models import Package, PackageCopy
from liuhen.apps.access.packages import GOOD_FOR
from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.approval.models import Request
from liuhen.apps.casework.linking import count_links, live_links
from liuhen.apps.evidence.knowing import withheld_from
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import gone
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import Job
from liuhen.apps.journal.queries import jobs_of
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import Place, allow, reach_of
from liuhen.apps.registry.policy import ROLES
from liuhen.apps.retention.holds import head_step, is_held
from liuhen.apps.retention.models import DisposalHand, DisposalItem, DisposalList, KeepingPeriod
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.canonical import canonical
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Refused
from liuhen.kernel.months import day_of

DISPOSE = "disposal"
MOST = 500
State, Outcome, Part = DisposalList.State, DisposalItem.Outcome, DisposalHand.Part
_OPEN = (State.ASKED, State.APPROVED, State.RUNNING, State.ASIDE)


def draw_list(
    *, by: Actor, officer: Officer, cutoff: datetime, reason: str, trusted: datetime, at: datetime
) -> Request:
    """Draw what fell due before `cutoff` and lay it before legal and the head.

    `trusted` is the last witnessed time: what fell due by our own clock alone is not listed. Raises `Refused` where nothing may be listed.
    """
    unit = registry.top_of(officer.agency_id)
    allow(by, "disposal.draw", on=Place(unit.agency_id, unit.path), at=at)
    if cutoff > trusted:
        raise Refused("届满日期不能晚于最近一次见证的时间", do="请改填更早的日期，或先取得见证单位的会签。")
    rows = list(may_be_listed(officer.agency_id, cutoff=cutoff, at=at)[:MOST])
    if not rows:
        raise Refused("没有可以列入销毁清单的音像", do="届满、未暂缓、已复核而又不在其他清单上的才能列入。")
    links = count_links(row.recording_id for row in rows)
    items = [_item(row, links.get(row.recording_id, 0)) for row in rows]
    made = DisposalList(
        agency=officer.agency, unit=unit, cutoff=cutoff, count=len(items), size=sum(i.size for i in items),
        sha256=digest_of_items(items), drawn_by=officer, drawn_at=at,
    )  # fmt: skip
    chain = [_legal_step(officer, unit, at=at), head_step(unit, asker=officer.pk, at=at)]
    with act("disposal.listed", by=by, at=at, agency=officer.agency_id) as line:
        made.number = next_number(officer.agency, "销毁", at=at)
        made.save(force_insert=True)
        line.about(made, sha256=made.sha256)
        for item in items:
            item.disposal = made
            line.about(item)
        DisposalItem.objects.bulk_create(items)
    return request_approval(
        made, by=by, requester=officer, unit=unit, purpose=DISPOSE, reason=reason, chain=chain, at=at
    )


def may_be_listed(agency: UUID, *, cutoff: datetime, at: datetime) -> QuerySet[KeepingPeriod]:
    """Periods whose last day was over by `cutoff`, of recordings read again, not in doubt, not held, on no open list and with no package under way."""
    free = Recording.objects.filter(agency=agency, quarantine="", verified_at__isnull=False).exclude(
        is_held()
    )
    free = free.exclude(pk__in=gone().values("recording"))
    free = free.exclude(pk__in=DisposalItem.objects.filter(disposal__state__in=_OPEN).values("recording"))
    free = free.exclude(in_unfinished_package(at))
    due = KeepingPeriod.objects.filter(
        rank="until", until__lt=day_of(cutoff), recording__in=free.values("pk")
    )
    return due.select_related("recording").order_by("until", "pk")


def in_unfinished_package(at: datetime) -> Q:
    """For a filter over recordings: a package about them is asked for, being made, or may still be fetched."""
    waiting = Request.objects.filter(
        state__in=(Request.State.PENDING, Request.State.APPROVED), purpose="package"
    )
    live = Package.objects.filter(
        Q(made_at__gt=at - GOOD_FOR) | Q(made_at=None, pk__in=waiting.values("subject"))
    )
    about = live.values("subject")
    given = PackageCopy.objects.filter(package__in=live).values("redaction__recording")
    return (
        Q(pk__in=about)
        | Q(pk__in=given)
        | Q(pk__in=live_links().filter(activity__in=about).values("recording"))
    )


def digest_of_items(items: Iterable[DisposalItem]) -> str:
    """What the list said when it was drawn; the same again at execution, or something was changed."""
    told = sorted([str(i.recording_id), i.sha256, i.sm3, i.size, i.until, i.reason, i.links] for i in items)
    return digest_of(canonical(told)).sha256


def decided(row: DisposalList, *, request: Request, at: datetime) -> None:
    """Legal and the head have spoken. Done once, however often the job runs."""
    if row.state != State.ASKED or request.state not in (
        Request.State.APPROVED,
        Request.State.RETURNED,
        Request.State.WITHDRAWN,
    ):
        return
    agreed = request.state == Request.State.APPROVED
    verb = "disposal.approved" if agreed else "disposal.returned"
    with act(verb, by=SYSTEM, at=at, agency=row.agency_id, approval=request.number) as line:
        row.state, row.approval = (State.APPROVED if agreed else State.RETURNED), request.number
        row.closed_at = None if agreed else at
        row.save(update_fields=["state", "approval", "closed_at"])
        line.about(row)


def stand_by(row: DisposalList, *, by: Actor, officer: Officer, outside: str, at: datetime) -> DisposalHand:
    """One of the two persons is there. With the second the execution begins.

    Raises `Refused` for one who decided on the list, for a second of the same unit, and, where the agency has a single unit, without
    somebody of the superior agency.
    """
    allow(by, "disposal.execute", on=row, at=at)
    if row.state != State.APPROVED:
        raise Refused(f"清单 {row.number} 现为“{row.get_state_display()}”，不能执行", do="批准之后才能执行。")
    if decided_on(row, officer.pk):
        raise Refused("核对、批准清单的人不能执行", do="请由其他部门的人员执行。")
    first = row.hands.filter(part=Part.EXECUTE).first()
    if first is not None:
        _check_second(row, first, officer, outside)
    hand = DisposalHand(
        disposal=row, part=Part.EXECUTE, officer=officer, unit=officer.unit, outside=outside.strip(), at=at
    )
    with act("disposal.attended", by=by, at=at, agency=row.agency_id, approval=row.approval) as line:
        _still(row)
        if first is None and row.hands.filter(part=Part.EXECUTE).exists():
            raise Refused("另一人刚刚登记到场", do="请刷新页面再登记。")
        hand.save(force_insert=True)
        line.about(hand)
        if first is not None:
            row.state = State.RUNNING
            row.save(update_fields=["state"])
            line.schedule("disposal.execute", row)
        line.about(row)
    return hand


def check_sample(
    row: DisposalList, *, by: Actor, officer: Officer, agrees: bool, note: str, at: datetime
) -> None:
    """A third person compared the sample with the list. Where it does not fit, everything is put back."""
    allow(by, "disposal.check", on=row, at=at)
    if row.state != State.ASIDE or row.hands.filter(part=Part.SAMPLE).exists():
        raise Refused(f"清单 {row.number} 现在不待抽查", do="移出之后、销毁之前抽查一次。")
    if row.hands.filter(officer=officer).exists() or officer.pk == row.drawn_by_id:
        raise Refused("列清单和执行的人不能抽查自己办的", do="请由督察、法制或者档案机构的其他人抽查。")
    if not note.strip():
        raise Refused("抽查须写明怎样核对、结果如何", do="请写明核对了哪些编号和摘要。")
    hand = DisposalHand(
        disposal=row,
        part=Part.SAMPLE,
        officer=officer,
        unit=officer.unit,
        agrees=agrees,
        note=note.strip(),
        at=at,
    )
    with act("disposal.sampled", by=by, at=at, agency=row.agency_id, approval=row.approval) as line:
        _still(row)
        hand.save(force_insert=True)
        line.about(hand)
        if not agrees:
            _stop(row, f"抽查不符：{note.strip()}")
        line.about(row)
        if not agrees:
            line.schedule("disposal.finish", row)


def call_off(row: DisposalList, *, by: Actor, reason: str, at: datetime) -> None:
    """Stop a list at any time before it is destroyed: what was moved out is put back."""
    allow(by, "disposal.call-off", on=row, at=at)
    if row.state not in (State.APPROVED, State.RUNNING, State.ASIDE):
        raise Refused(f"清单 {row.number} 现为“{row.get_state_display()}”，不能撤回", do="已销毁的不能恢复。")
    if not reason.strip():
        raise Refused("撤回须写明原因", do="请写明为何不销毁。")
    with act("disposal.called-off", by=by, at=at, agency=row.agency_id, approval=row.approval) as line:
        _still(row)
        _stop(row, reason.strip())
        line.about(row)
        line.schedule("disposal.finish", row)


def still_listed(row: DisposalList) -> QuerySet[Recording]:
    """What of a list may yet be destroyed."""
    left = row.items.filter(outcome__in=(Outcome.LISTED, Outcome.ASIDE))
    return Recording.objects.filter(pk__in=left.values("recording"))


def overdue_lists(*, at: datetime) -> list[DisposalList]:
    """Lists whose next step is due and nobody takes it: both stand by, the window is over and the sample checked, or what was called off is not back yet."""
    ready = DisposalHand.objects.filter(part=Part.SAMPLE, agrees=True).values("disposal")
    called_off = Q(state=State.CALLED_OFF, closed_at=None)
    waiting = Q(state=State.ASIDE, recover_until__lte=at, pk__in=ready) | called_off | Q(state=State.RUNNING)
    return [row for row in DisposalList.objects.filter(waiting) if not _is_under_way(row.pk)]


def resume(row: DisposalList, *, at: datetime) -> None:
    """Let the worker take the next step."""
    with act("disposal.resumed", by=SYSTEM, at=at, agency=row.agency_id, approval=row.approval) as line:
        line.note(disposal=row.pk)
        line.schedule("disposal.execute" if row.state == State.RUNNING else "disposal.finish", row)


def _still(row: DisposalList) -> None:
    """Behind the lock: the list stands where the one who acts saw it, and the worker has not gone on meanwhile."""
    if DisposalList.objects.select_for_update().get(pk=row.pk).state != row.state:
        raise Refused(f"清单 {row.number} 刚刚转入下一步", do="请刷新页面，看清单现在的状态。")


def _is_under_way(key: UUID) -> bool:
    return jobs_of(key).filter(state__in=(Job.State.WAITING, Job.State.RUNNING)).exists()


def _stop(row: DisposalList, why: str) -> None:
    row.state, row.called_off = State.CALLED_OFF, why
    row.save(update_fields=["state", "called_off"])


def decided_on(row: DisposalList, officer: UUID) -> bool:
    """Whether this person gave an opinion on the list."""
    return Request.objects.filter(subject=row.pk, purpose=DISPOSE, opinions__officer=officer).exists()


def disposals_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[DisposalList]:
    """Lists this person may know of: a list stands as a whole, so that none is shown that holds a recording he may not know of."""
    rows = DisposalList.objects.filter(reach_of(viewer, "disposal.view", at=at, officers="drawn_by"))
    closed = DisposalItem.objects.filter(recording__in=withheld_from(viewer, at=at))
    rows = rows.exclude(pk__in=closed.values("disposal"))
    return rows.select_related("unit", "agency", "drawn_by")


def disposal(key: UUID) -> DisposalList | None:
    return DisposalList.objects.select_related("unit", "agency", "drawn_by").filter(pk=key).first()


def _check_second(row: DisposalList, first: DisposalHand, officer: Officer, outside: str) -> None:
    if first.officer_id == officer.pk:
        raise Refused("须由两人执行，您已登记到场", do="请由另一部门的人员登录后登记。")
    if registry.has_one_unit(row.agency_id):
        if not (outside.strip() or first.outside):
            raise Refused("本机关只有一个部门，须有上级机关派人到场", do="请写明到场人的单位、姓名和证件号。")
    elif first.unit_id == officer.unit_id:
        raise Refused(f"两名执行人须属不同部门，现都属{officer.unit.name}", do="请由其他部门的人员执行。")


def _legal_step(officer: Officer, unit: Unit, *, at: datetime) -> ChainStep:
    held = registry.holders(unit.agency_id, "legal_reviewer", at=at, path=unit.path)
    if not any(one.pk != officer.pk for one in held):
        raise Refused("本机关没有可以核对清单的法制审核人员", do="请由安全管理员先行任命。")
    return ChainStep(role="legal_reviewer", title=ROLES["legal_reviewer"], clause="")


def _item(row: KeepingPeriod, links: int) -> DisposalItem:
    recording, until = row.recording, row.until
    assert until is not None  # noqa: S101  the filter asked for an end
    return DisposalItem(
        recording=recording,
        sha256=recording.sha256,
        sm3=recording.sm3,
        size=recording.size,
        until=until,
        reason=row.reason,
        links=links,
    )
