"""The first page: the one thing that is due, for this person, now; then the rest of what waits; then the figures.

Everything here is read from findings, approvals and the device ledger; nothing is a task of its own.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.access.packages import PACKAGE
from liuhen.apps.approval import queries as approval
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.linking import UNLINK, awaits_link
from liuhen.apps.casework.models import Activity
from liuhen.apps.casework.tally import open_absences
from liuhen.apps.devices import queries as devices
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.sources import needs_statement
from liuhen.apps.journal import queries as journal
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.models import Finding as FindingRow
from liuhen.apps.registry.permission import posts_of
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.api import (
    backups,
    bulk,
    desk,
    lending,
    pages_disclosing,
    pages_discs,
    pages_disposal,
    pages_handing,
    pages_intakes,
    pages_keeping,
    pages_linking,
    pages_outward,
    pages_reviews,
    pages_superiors,
    pages_volumes,
    viewing_requests,
    visits,
)
from liuhen.interfaces.api.alerts import overseen_items
from liuhen.interfaces.api.behind import told_of
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.matters import is_told
from liuhen.interfaces.api.own import numbers_of, own_subjects, where_is
from liuhen.interfaces.api.pages_sources import desk_items
from liuhen.interfaces.api.pages_stations import desk_reports
from liuhen.interfaces.api.rail import (
    cite_of_finding,
    deadline_of,
    title_of,
    tone_of_deadline,
    trail_of,
)
from liuhen.interfaces.api.recording_rows import due_today
from liuhen.interfaces.api.shapes import (
    Action,
    Deadline,
    Due,
    DueItem,
    Figure,
    Link,
    State,
    Teach,
    WorkbenchPage,
)
from liuhen.interfaces.api.supplying import desk_supplies
from liuhen.interfaces.api.words import VERDICT_TONES, count_label, said
from liuhen.kernel.clock import BEIJING, shown

_ASKED = 60
# Those who look after the record without keeping it: what is breached in their reach is theirs to press for.
_OVERSEERS = frozenset({"legal_reviewer", "inspector", "agency_head", "leader_in_charge"})
# Those who keep what was recorded.
_KEEPERS = frozenset({"archive_clerk", "archive_head", "custodian"})
_PURPOSES = {
    "view-recording": "调阅音像",
    PACKAGE: "对外提供",
    "interruption": "中断说明",
    "exemption": "不予记录",
    UNLINK: "解除关联",
    "law.shorten": "缩短保存期限",
    "disposal": "销毁清单",
    "hold.release": "终结暂缓处置",
    "keeping.shorten": "缩短一段音像的保存期限",
}


def workbench(asking: Asking) -> WorkbenchPage:
    items = waiting_items(asking)
    decide, decide_more = desk.decisions(items)
    due, folded = desk.folded(items)
    recent = told_of(asking, journal.trail_by(asking.by.id, most=64), most=8)
    return WorkbenchPage(
        greeting=f"{asking.officer.name}，{_part_of_day(asking.at)}",
        first=_first(items),
        decide=decide,
        decide_more=decide_more,
        due=due,
        due_more=_more(items),
        folded=folded,
        facts=_figures(asking),
        recent=trail_of(recent),
        teach=_teach(asking) if not items else None,
    )


def waiting_items(asking: Asking) -> list[DueItem]:
    """Everything that waits for this person, the most urgent first: the desk's first lines, and the whole of the daily list."""
    law = asking.law_or_none
    items = [
        *_approvals(asking), *pages_superiors.due_items(asking), *_loans(asking), *_quarantine(asking), *_sources(asking), *_findings(asking, law), *_unlinked(asking),
        *_to_close(asking), *_absent(asking), *pages_intakes.desk_items(asking), *pages_outward.desk_items(asking), *pages_handing.desk_items(asking), *pages_reviews.desk_items(asking), *desk_reports(asking),
        *overseen_items(asking), *desk_supplies(asking), *viewing_requests.desk_items(asking), *visits.desk_items(asking), *bulk.desk_items(asking), *lending.desk_items(asking), *pages_disclosing.desk_items(asking), *pages_keeping.desk_items(asking), *pages_disposal.desk_items(asking), *backups.desk_items(asking), *pages_volumes.desk_items(asking), *pages_discs.desk_items(asking),
    ]  # fmt: skip
    return sorted(desk.with_told(asking, items), key=_urgency)


def _part_of_day(at: datetime) -> str:
    hour = at.astimezone(BEIJING).hour
    return "早上好" if 5 <= hour < 11 else "中午好" if hour < 13 else "下午好" if hour < 18 else "晚上好"


def _urgency(item: DueItem) -> tuple[int, float]:
    rank = {"breach": 0, "due": 1, "action": 2, "plain": 3, "proven": 4}
    # Somebody waits for this person's decision, whatever else is wrong.
    first = -1 if item.decides else rank[item.state.tone]
    return first, item.deadline.due_at.timestamp() if item.deadline else 4e9


def _first(items: list[DueItem]) -> Due | None:
    top = desk.first_of(items)
    if top is None:
        return None
    return Due(
        says=f"{top.title}：{top.what}",
        deadline=top.deadline,
        tone=top.state.tone,
        action=top.action,
        cite=top.cite,
    )


def _more(items: list[DueItem]) -> Link | None:
    return Link(label=f"全部 {len(items)} 件", to="/alerts") if items else None


# ── 待办 ───────────────────────────────────────────────────


def _findings(asking: Asking, law: Rulebook | None) -> list[DueItem]:
    """Breaches and running clocks on one's own things, one item a thing, its gravest finding first."""
    writes = asking.can("activity.write")
    if not asking.can("finding.view") or not (writes or _oversees(asking)):
        return []
    verdicts = ("不符合", "未到期") if writes else ("不符合",)
    rows = oversight.open_findings(asking.by, at=asking.at, subjects=own_subjects(asking), verdicts=verdicts)
    told: dict[UUID, list[FindingRow]] = {}
    # 未到期 without a moment at which it turns waits for the work itself, not for this person.
    rows = rows.exclude(verdict="未到期", turns_at__isnull=True)
    for row in rows.order_by("verdict", "turns_at", "-judged_at")[: _ASKED * 2]:
        told.setdefault(row.subject, []).append(row)
    numbers = numbers_of(told)
    places = where_is(row for found in told.values() for row in found)
    return [
        _finding_item(asking, law, found, numbers.get(subject, ""), places.get(subject, "/"))
        for subject, found in told.items()
    ]


def _oversees(asking: Asking) -> bool:
    return any(post.role in _OVERSEERS for post in posts_of(asking.by.id, at=asking.at))


def _finding_item(
    asking: Asking, law: Rulebook | None, rows: list[FindingRow], number: str, to: str
) -> DueItem:
    rows = sorted(rows, key=lambda r: (r.verdict != "不符合", r.turns_at or asking.at))
    worst = rows[0]
    more = f"（另有 {len(rows) - 1} 项）" if len(rows) > 1 else ""
    clock = next((c for row in rows if (c := deadline_of(row, law=law, at=asking.at))), None)
    tone = VERDICT_TONES[worst.verdict]
    if worst.verdict == "未到期" and clock is not None and clock.tone == "plain":
        tone = "plain"
    return DueItem(
        key=f"finding-{worst.subject}", title=title_of(worst, law) + more, what=said(worst.reason, beside=worst.article), number=number,
        deadline=clock, state=State(label=worst.verdict, tone=tone),
        action=Action(key=f"open-{worst.subject}", label="去办理" if asking.can("activity.write") else "去查看", to=to), cite=cite_of_finding(worst),
    )  # fmt: skip


def _unlinked(asking: Asking) -> list[DueItem]:
    """One item for all of one's recordings that wait for their activity."""
    if not asking.can("recording.link"):
        return []
    rows = pages_linking.queue(asking)
    mine = rows.filter(officer=asking.officer.pk) if own_subjects(asking) else rows
    waiting = list(mine.order_by("received_at")[:_ASKED])
    if not waiting:
        return []
    late = pages_linking.overdue(asking, mine).count()
    first = waiting[0]
    count = f"{len(waiting)} 段" if len(waiting) < _ASKED else f"{_ASKED} 段以上"
    to = f"/recordings/{first.pk}" if len(waiting) == 1 else "/linking"
    more = f"，其中 {late} 段已经超期" if late else ""
    return [
        DueItem(
            key="unlinked", title="确认关联", what=f"有 {count}音像还没有关联到现场活动{more}；系统已排出可能的活动，请核对确认。",
            number=first.number + (" 等" if len(waiting) > 1 else ""), deadline=None,
            state=State(label="超期" if late else "待关联", tone="breach" if late else "action"), action=Action(key="link", label="去确认", to=to), cite=None,
        )
    ]  # fmt: skip


def _unlinked_seen(asking: Asking) -> QuerySet[Recording]:
    """The same for those who may only look."""
    return evidence.visible_to(asking.by, at=asking.at).filter(awaits_link())


def _to_close(asking: Asking) -> list[DueItem]:
    """Activities of one's own that ended and have nothing open any more."""
    if not asking.can("activity.write"):
        return []
    visible = casework.activities_visible_to(asking.by, at=asking.at).filter(state=Activity.State.ENDED)
    open_ = oversight.open_findings(
        asking.by, at=asking.at, verdicts=("不符合", "未到期", "无法判定")
    ).values("subject")
    mine = visible.filter(pk__in=casework.took_part(asking.officer.pk).values("pk")).exclude(pk__in=open_)
    rows = list(mine.order_by("ended_at")[:3])
    return [
        DueItem(
            key=f"close-{row.pk}", title="办结活动", what=f"{row.subject}，记录已核对完毕。", number=row.number, deadline=None,
            state=State(label="可办结", tone="plain"), action=Action(key=f"open-{row.pk}", label="去办结", to=f"/activities/{row.pk}"),
            cite=None,
        )
        for row in rows
    ]  # fmt: skip


def _absent(asking: Asking) -> list[DueItem]:
    """One item for all that should be there and is not, as of the last comparison."""
    found = open_absences(asking.by, at=asking.at) if asking.can("absence.explain") else None
    if found is None:
        return []
    return [
        DueItem(
            key="absent", title="查明应有未有", what=f"近 30 天有 {found.number} 项应有而未有，或者时间、编号有疑点，还没有说明。",
            number=f"{shown(found.at)} 比对", deadline=None, state=State(label="待查明", tone="due"),
            action=Action(key="absent", label="去查明", to="/absences?state=open"), cite=None,
        )
    ]  # fmt: skip


def _approvals(asking: Asking) -> list[DueItem]:
    """What waits for this person's opinion."""
    if not asking.can("approval.decide"):
        return []
    return [
        DueItem(
            key=f"approval-{request.id}", title=f"审批：{_PURPOSES.get(request.purpose, request.purpose)}",
            what=f"{request.requester}于 {shown(request.made_at)} 提交，事由：{request.reason}", number=request.number,
            deadline=None, state=State(label="待审批", tone="action"),
            action=Action(key=f"decide-{request.id}", label="审批", main=True, form_url=f"/approvals/{request.id}/decision"),
            cite=None, decides=True,
        )
        for request in approval.waiting_for(asking.by, at=asking.at)
        if is_told(asking, request)
    ]  # fmt: skip


def _loans(asking: Asking) -> list[DueItem]:
    """Overdue loans: one's own for everybody, all of them for the keeper."""
    loans = devices.held_by([asking.officer.pk])
    if asking.can("device.keep"):
        loans = devices.open_loans(devices.visible_to(asking.by, at=asking.at))
    late = sorted((loan for loan in loans if loan.due_at < asking.at), key=lambda loan: loan.due_at)
    return [
        DueItem(
            key=f"loan-{loan.pk}", title="归还设备", what=f"{loan.officer.name} {shown(loan.out_at)} 领用，用途：{loan.purpose}",
            number=loan.device.number, deadline=Deadline(label="归还", due_at=loan.due_at, tone=tone_of_deadline(loan.due_at, asking.at)),
            state=State(label="逾期未还", tone="breach"),
            action=Action(key=f"see-{loan.pk}", label="去设备页", to="/devices?state=issued"), cite=None,
        )
        for loan in late[:_ASKED]
    ]  # fmt: skip


def _quarantine(asking: Asking) -> list[DueItem]:
    if not asking.can("recording.identify"):
        return []
    rows: list[Recording] = list(
        evidence.visible_to(asking.by, at=asking.at).exclude(quarantine="").order_by("received_at")[:_ASKED]
    )
    return [
        DueItem(
            key=f"quarantine-{row.pk}", title="查明来源", what=row.quarantine, number=row.number, deadline=None,
            state=State(label="待查明来源", tone="due"),
            action=Action(key=f"identify-{row.pk}", label="去查明", to=f"/recordings/{row.pk}"), cite=None,
        )
        for row in rows
        if not needs_statement(row)
    ]  # fmt: skip


def _sources(asking: Asking) -> list[DueItem]:
    """Recordings from elsewhere that wait for their statement, or for the second person."""
    if not (asking.can("recording.receive") or asking.can("recording.confirm")):
        return []
    rows = (
        evidence.visible_to(asking.by, at=asking.at).filter(station=None, device=None).exclude(quarantine="")
    )
    return desk_items(asking, list(rows.order_by("received_at")[:_ASKED]))


# ── 数目 ───────────────────────────────────────────────────


def _figures(asking: Asking) -> list[Figure]:
    found = [*_keeping_figures(asking), *_casework_figures(asking), *_device_figures(asking)]
    sealed = journal.sealed_size()
    found.append(
        Figure(key="sealed", label="已封存", value=f"{sealed:,}", note="台账笔数", tone="proven", to="/proof")
    )
    return found[:4]


def _casework_figures(asking: Asking) -> list[Figure]:
    if not asking.can("finding.view"):
        return []
    at, subjects = asking.at, own_subjects(asking)
    whose = "本人" if subjects else "可见范围"
    breached = oversight.open_findings(asking.by, at=at, subjects=subjects, verdicts=("不符合",))
    count = len(set(breached.values_list("subject", flat=True)[:1001]))
    clocks = oversight.open_findings(asking.by, at=at, subjects=subjects, verdicts=("未到期",))
    pending = clocks.filter(turns_at__isnull=False).count()
    links = asking.can("recording.link")
    waiting = pages_linking.queue(asking) if links else _unlinked_seen(asking)
    waiting = waiting.filter(officer=asking.officer.pk) if subjects else waiting
    return [
        Figure(key="breach", label="不符合", value=f"{count}", note=f"{whose}，按事项计", tone="breach" if count else "plain",
               to="/activities?record=missing"),
        Figure(key="pending", label="期限在走", value=f"{pending}", note=whose, tone="due" if pending else "plain", to=None),
        Figure(key="unlinked", label="待关联", value=count_label(waiting[:1001].count()).removeprefix("共 ").removesuffix(" 条"),
               note="音像资料", to="/linking" if links else "/recordings?state=unlinked"),
    ]  # fmt: skip


def _keeping_figures(asking: Asking) -> list[Figure]:
    """For those who keep: whose term ends today. It is theirs to see to; nothing goes by itself."""
    if not any(post.role in _KEEPERS for post in posts_of(asking.by.id, at=asking.at)):
        return []
    count = due_today(asking).order_by()[:1001].count()
    return [
        Figure(key="due-today", label="今日到期", value=count_label(count).removeprefix("共 ").removesuffix(" 条"), note="保存期限届满",
               tone="due" if count else "plain", to="/recordings?view=due-today"),
    ]  # fmt: skip


def _device_figures(asking: Asking) -> list[Figure]:
    if not asking.can("device.keep"):
        return []
    visible = devices.visible_to(asking.by, at=asking.at)
    out = devices.open_loans(visible)
    late = sum(1 for loan in out if loan.due_at < asking.at)
    return [
        Figure(key="out", label="领用中", value=f"{len(out)}", note=f"{late} 台逾期" if late else "无逾期",
               tone="breach" if late else "plain", to="/devices?state=issued"),
        Figure(key="stock", label="在库", value=f"{visible.filter(state='in_stock').count()}", note="可以领用", to="/devices?state=in_stock"),
    ]  # fmt: skip


def _teach(asking: Asking) -> Teach:
    if asking.can("activity.write"):
        return Teach(
            title="眼下没有要办的事", what_belongs="临近期限、不符合、待关联和待审批的事会出现在这里，最急的在最上面。",
            how_it_gets_here="去现场之前先登记活动；回来后把设备接入采集站。",
            action=Action(key="plan", label="登记活动", form_url="/forms/activity"),
        )  # fmt: skip
    if (
        asking.can("account.manage")
        or asking.can("role.appoint")
        or (asking.can("audit.view") and not asking.can("activity.view"))
    ):
        return Teach(
            title="管理员的工作台", what_belongs="管理员不接触执法业务和音像，只办账号、职务或审计。",
            how_it_gets_here="系统管理员登记人员、开通账号，安全管理员任命职务，审计管理员查存证；每一步都写入存证。", action=Action(key="people", label="打开人员", to="/people"),
        )  # fmt: skip
    return Teach(
        title="眼下没有要办的事", what_belongs="待您审批、归还或查明的事会出现在这里，最急的在最上面。",
        how_it_gets_here="由执法人员提交，或由期限临近触发。", action=None,
    )  # fmt: skip
