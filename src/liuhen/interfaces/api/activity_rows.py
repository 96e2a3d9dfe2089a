"""Activities and cases as rows: the lists with their filters, and the lines on other pages."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from liuhen.apps.casework import queries
from liuhen.apps.casework.models import Activity, Case
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.models import Finding as FindingRow
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, between, containing, page_of
from liuhen.interfaces.api.rail import deadline_of, gravest
from liuhen.interfaces.api.shapes import (
    Action,
    ActivityRow,
    CaseRow,
    Filter,
    Listing,
    Option,
    SavedView,
    State,
    Teach,
    Tone,
)
from liuhen.interfaces.api.words import said
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

# What decides whether an activity's record is whole; the rest of its findings stand on its page.
RECORD_KINDS = ("must_record", "start_stop", "interruption", "may_skip")
_RECORD: dict[str, tuple[str, Tone]] = {
    "不符合": ("记录不全", "breach"), "无法判定": ("待补登", "due"), "未到期": ("待入库", "due"),
    "依规免除": ("依规免除", "plain"), "符合": ("应录已录", "proven"),
}  # fmt: skip
_TONES: dict[str, Tone] = {"planned": "plain", "under_way": "action", "ended": "plain", "closed": "plain"}
PLAN = Action(key="plan", label="登记活动", main=True, form_url="/forms/activity")
OPEN_CASE = Action(key="open-case", label="启动执法事项", main=True, form_url="/forms/case")


def types_of(law: Rulebook | None) -> dict[str, str]:
    return {kind.code: kind.label for kind in law.activity_types} if law else {}


def activity_state(activity: Activity) -> State:
    reason = "结束后请核对记录，办结前可以补登" if activity.state == Activity.State.ENDED else None
    return State(label=activity.get_state_display(), tone=_TONES.get(activity.state, "plain"), reason=reason)


def record_state(findings: Iterable[FindingRow], *, has_ended: bool = True) -> State:
    """How the record of an activity stands, in one word with its reason."""
    worst = gravest(f for f in findings if f.rule_kind in RECORD_KINDS)
    if worst is None:
        return State(label="尚未判定", tone="plain", reason="还没有可以判定的事实，或本类活动不要求记录")
    label, tone = _RECORD.get(worst.verdict, ("尚未判定", "plain"))
    if worst.verdict == "未到期" and not has_ended:
        label, tone = "活动未结束", "plain"
    return State(label=label, tone=tone, reason=said(worst.reason))


# ── 现场活动 ────────────────────────────────────────────────


def activities(asking: Asking, asked: ListAsked) -> Listing[ActivityRow]:
    """The activities this person may read, newest first."""
    visible = queries.activities_visible_to(asking.by, at=asking.at)
    rows = page_of(visible.filter(_asked(asking, asked)), by="planned_at", after=asked.after)
    may_plan = asking.can("activity.write")
    return Listing[ActivityRow](
        rows=activity_rows(rows.rows, law=asking.law_or_none),
        next=rows.next,
        count_label=rows.count_label,
        filters=_FILTERS,
        views=_VIEWS,
        actions=[PLAN] if may_plan else [],
        teach=Teach(
            title="这里放现场活动",
            what_belongs="每一次现场检查、处置、取证、送达：何时何地、谁去的、应录什么、录到了没有。",
            how_it_gets_here="出发前或到场后由执法人员登记；音像入库后关联到活动，系统逐条核对。",
            action=PLAN if may_plan else None,
        ),
    )


_FILTERS = [
    Filter(key="q", label="编号、事由、地点", kind="text"),
    Filter(
        key="record", label="记录情况", kind="select",
        options=[Option(value="missing", label="记录不全"), Option(value="waiting", label="待入库或待补登"),
                 Option(value="whole", label="应录已录"), Option(value="exempt", label="依规免除")],
    ),
    Filter(
        key="state", label="状态", kind="select",
        options=[Option(value=value, label=label) for value, label in Activity.State.choices],
    ),
    Filter(key="when", label="日期", kind="dates"),
]  # fmt: skip
_VIEWS = [
    SavedView(key="all", label="全部", query={}),
    SavedView(key="mine", label="我参加的", query={"view": "mine"}),
    SavedView(key="missing", label="应录未录", query={"record": "missing"}),
    SavedView(key="interruptions", label="中断记录", query={"view": "interruptions"}),
    SavedView(key="exempt", label="不予记录", query={"view": "exempt"}),
]
_RECORDED_AS = {
    "missing": ("不符合",),
    "waiting": ("未到期", "无法判定"),
    "whole": ("符合",),
    "exempt": ("依规免除",),
}


def _asked(asking: Asking, asked: ListAsked) -> Q:
    found = containing(asked.q, ("number", "subject", "place_text", "case__number"))
    found &= between(asked.when, "planned_at")
    views = {
        "": Q(), "mine": Q(pk__in=queries.took_part(asking.officer.pk).values("pk")),
        "interruptions": Q(interruptions__isnull=False), "exempt": Q(exemption__isnull=False),
    }  # fmt: skip
    if asked.view not in views or asked.record not in ("", *_RECORDED_AS):
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    if asked.view == "interruptions":
        views["interruptions"] = Q(
            pk__in=queries.activities().filter(interruptions__isnull=False).values("pk")
        )
    found &= views[asked.view]
    if asked.record:
        found &= _recorded(asking, asked.record)
    return found & Q(state=asked.state) if asked.state else found


def _recorded(asking: Asking, record: str) -> Q:
    """Activities whose gravest finding about their record is of this kind."""

    def having(*verdicts: str) -> Q:
        rows = oversight.open_findings(asking.by, at=asking.at, verdicts=verdicts)
        return Q(pk__in=rows.filter(rule_kind__in=RECORD_KINDS).values("subject"))

    graver = {"missing": (), "waiting": ("不符合",), "exempt": ("不符合", "未到期", "无法判定"),
              "whole": ("不符合", "未到期", "无法判定", "依规免除")}[record]  # fmt: skip
    found = having(*_RECORDED_AS[record])
    return found & ~having(*graver) if graver else found


def activity_rows(rows: Iterable[Activity], *, law: Rulebook | None) -> list[ActivityRow]:
    """Rows of a list, with what belongs to them fetched together."""
    rows = list(rows)
    keys = [row.pk for row in rows]
    members, findings, types = queries.members_of(keys), oversight.findings_by_subject(keys), types_of(law)
    return [_activity_row(row, members.get(row.pk, []), findings, types) for row in rows]


def _activity_row(
    row: Activity, members: list[str], findings: dict[UUID, list[FindingRow]], types: dict[str, str]
) -> ActivityRow:
    type_ = types.get(row.activity_type, row.activity_type)
    planned = f"计划 {shown(row.planned_at)}" if row.state == Activity.State.PLANNED else ""
    return ActivityRow(
        id=str(row.pk), number=row.number, type=row.subject,
        place=" · ".join(filter(None, [type_, row.place_text, planned])), officers="、".join(members),
        started_at=row.arrived_at or row.started_at, ended_at=row.ended_at,
        state=activity_state(row), record=record_state(findings.get(row.pk, []), has_ended=row.ended_at is not None),
        case_number=row.case.number if row.case else None,
    )  # fmt: skip


# ── 执法事项 ────────────────────────────────────────────────


def cases(asking: Asking, asked: ListAsked) -> Listing[CaseRow]:
    """The cases this person may read, newest first."""
    visible = queries.cases_visible_to(asking.by, at=asking.at)
    rows = page_of(visible.filter(_asked_cases(asking, asked)), by="opened_at", after=asked.after)
    may_open = asking.can("case.write")
    return Listing[CaseRow](
        rows=case_rows(asking, rows.rows),
        next=rows.next,
        count_label=rows.count_label,
        filters=_CASE_FILTERS,
        views=_CASE_VIEWS,
        actions=[OPEN_CASE] if may_open else [],
        teach=Teach(
            title="这里放执法事项",
            what_belongs="每一件许可、处罚、强制、检查：从启动到归档的各个环节，以及其间的活动、音像和文书。",
            how_it_gets_here="由承办人启动；现场活动登记时可以归入事项。",
            action=OPEN_CASE if may_open else None,
        ),
    )


_CASE_FILTERS = [
    Filter(key="q", label="案号、案由、当事人", kind="text"),
    Filter(
        key="kind", label="类别", kind="select",
        options=[Option(value=value, label=label) for value, label in Case.Category.choices],
    ),
    Filter(
        key="state", label="环节", kind="select",
        options=[Option(value=value, label=label) for value, label in Case.Stage.choices],
    ),
    Filter(key="when", label="启动", kind="dates"),
]  # fmt: skip
_CASE_VIEWS = [
    SavedView(key="all", label="全部", query={}),
    SavedView(key="mine", label="我承办的", query={"view": "mine"}),
    SavedView(key="open", label="在办", query={"view": "open"}),
]


def _asked_cases(asking: Asking, asked: ListAsked) -> Q:
    found = containing(asked.q, ("number", "cause", "party")) & between(asked.when, "opened_at")
    views = {
        "": Q(), "mine": Q(pk__in=queries.conducts(asking.officer.pk).values("pk")),
        "open": Q(concluded_at__isnull=True) & ~Q(stage__in=(Case.Stage.NOT_STARTED, Case.Stage.TRANSFERRED)),
    }  # fmt: skip
    if asked.view not in views:
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    found &= views[asked.view]
    found &= Q(category=asked.kind) if asked.kind else Q()
    return found & Q(stage=asked.state) if asked.state else found


def case_rows(asking: Asking, rows: Iterable[Case]) -> list[CaseRow]:
    rows = list(rows)
    law = asking.law_or_none
    findings = oversight.findings_by_subject(row.pk for row in rows)
    activities_of = queries.activities_of_cases(row.pk for row in rows)
    about = oversight.findings_by_subject(key for keys in activities_of.values() for key in keys)
    return [
        _case_row(
            row, findings.get(row.pk, []), [f for key in activities_of.get(row.pk, []) for f in about.get(key, [])],
            law, asking,
        )
        for row in rows
    ]  # fmt: skip


def _case_row(
    row: Case, own: list[FindingRow], about: list[FindingRow], law: Rulebook | None, asking: Asking
) -> CaseRow:
    clocks = [clock for f in own if (clock := deadline_of(f, law=law, at=asking.at))]
    return CaseRow(
        id=str(row.pk), number=row.number, cause=row.cause, category=row.get_category_display(),
        parties=row.party or "未填", officers=conductors(row), stage=State(label=row.get_stage_display(), tone="plain"),
        started_at=row.opened_at, deadline=min(clocks, key=lambda c: c.due_at, default=None), record=record_state(about),
    )  # fmt: skip


def conductors(row: Case) -> str:
    return "、".join(o.name for o in (row.officer, row.second_officer) if o)
