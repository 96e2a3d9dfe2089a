"""监督检查 as pages: the list, and one examination with what was drawn, how it was scored, what was remarked and answered."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.casework import queries as casework
from liuhen.apps.documents import queries as documents
from liuhen.apps.documents.queries import withheld_things
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.examining import ENDS, is_for_examined, last_reply, plan_line, ways_from
from liuhen.apps.oversight.models import Drawn, Examination, Remark, Reply, Score
from liuhen.apps.registry import queries as registry
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, between, containing, page_of
from liuhen.interfaces.api.rail import rail
from liuhen.interfaces.api.score_sheets import sheet_of
from liuhen.interfaces.api.shapes import (
    Action,
    Cite,
    Due,
    Fact,
    Filter,
    Head,
    Link,
    Listing,
    Option,
    SavedView,
    State,
    Teach,
    Tone,
)
from liuhen.interfaces.api.shapes_oversight import DrawnRow, ExaminationPage, ExaminationRow, RemarkShown
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

_STATES = {"open": "办理中", "overdue": "逾期", "closed": "已办结"}
_FILTERS = [
    Filter(key="q", label="编号或者事由", kind="text"),
    Filter(key="kind", label="种类", kind="select", options=[Option(value=v, label=w) for v, w in Examination.Kind.choices]),
    Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in _STATES.items()]),
    Filter(key="when", label="立项", kind="dates"),
]  # fmt: skip
_VIEWS = [SavedView(key=key, label=label, query={"state": key}) for key, label in _STATES.items()]
_TEACH = Teach(
    title="还没有监督检查", what_belongs="督察、执法监督、考评和督促整改：查了什么、怎样抽取、提了哪些意见、怎样答复。",
    how_it_gets_here="由督察、法制或者绩效考核人员立项；随机抽取的各件由存证日志决定，可以重抽核对。",
)  # fmt: skip
_PAGES = {
    "recording": "/recordings/",
    "activity": "/activities/",
    "case": "/cases/",
    "document": "/documents/",
}
_TONES: Mapping[str, Tone] = {"pass": "plain", "fail": "due", "absent": "plain"}


def listing(asking: Asking, asked: ListAsked) -> Listing[ExaminationRow]:
    """Newest first. Raises `Malformed` for a filter there is not."""
    if asked.state not in ("", *_STATES) or asked.kind not in ("", *Examination.Kind.values):
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    rows = oversight.examinations_seen(asking.by, at=asking.at)
    rows = rows.filter(kind_of_check=asked.kind) if asked.kind else rows
    rows = rows.filter(_of_state(asked.state, asking))
    words = containing(asked.q, ("number", "title")) & between(asked.when, "planned_at")
    page = page_of(rows.filter(words), by="planned_at", after=asked.after)
    return Listing[ExaminationRow](
        rows=[_row(row, asking) for row in page.rows], next=page.next, count_label=page.count_label, filters=_FILTERS, views=_VIEWS,
        actions=_new(asking), teach=_TEACH,
    )  # fmt: skip


def page(asking: Asking, row: Examination) -> ExaminationPage:
    law = asking.law_or_none
    seen, told = (
        oversight.drawn_seen(asking.by, at=asking.at),
        oversight.remarks_seen(asking.by, at=asking.at),
    )
    drawn = list(seen.filter(examination=row).order_by("order").prefetch_related("scores"))
    remarks = list(told.filter(examination=row).order_by("at", "pk"))
    findings = oversight.findings_about([row.pk])
    sheet = sheet_of(law, row.kind_of_check)
    writes = asking.may("examination.write", row) and row.closed_at is None and row.drawn_at is not None
    things = [row.pk, *(one.pk for one in drawn), *(one.pk for one in remarks)]
    return ExaminationPage(
        head=_head(asking, row, remarks, writes=writes), facts=_facts(row), sheet=_results(drawn, sheet),
        drawn=_drawn(row, drawn, writes=writes), remarks=[_remark(asking, row, one) for one in remarks],
        sample=Link(label="抽样文件", to=f"/api/v1/inspections/{row.pk}/sample", note="用 sample.py 重抽核对") if row.checkpoint_size else None,
        rail=rail(asking, findings=findings, law=law, things=things),
    )  # fmt: skip


def ways_of(asking: Asking, remark: Remark) -> list[str]:
    """What this person may do about a remark now."""
    row = remark.examination
    own = {True: asking.may("examination.answer", row), False: asking.may("examination.write", row)}
    last = last_reply(remark)
    mine = last is not None and (
        last.by == asking.by.id or (last.sort == Reply.Sort.APPEALED and remark.by == asking.by.id)
    )
    return [
        way
        for way in ways_from(remark)
        if own[is_for_examined(way)] and (is_for_examined(way) or not mine)
    ]  # fmt: skip


def _way_of(asking: Asking, remark: Remark) -> str:
    """The form of this person's side."""
    ways = ways_of(asking, remark)
    return f"/remarks/{remark.pk}/{'answer' if ways and is_for_examined(ways[0]) else 'ruling'}"


def keys_of(asking: Asking, of: str, numbers: list[str]) -> list[UUID]:
    """The things with these numbers, in the order they were named. Raises `Malformed` where one is unknown."""
    rows: QuerySet[Any] = _ROWS[of]().filter(agency=asking.officer.agency_id, number__in=numbers)
    rows = rows.exclude(withheld_things(asking.by, at=asking.at, by="pk"))
    held: dict[str, UUID] = dict(rows.values_list("number", "pk"))
    missing = [number for number in numbers if number not in held]
    if missing:
        raise Malformed(f"没有这些编号：{'、'.join(missing[:5])}", do="请核对编号和“查什么”。")
    return [held[number] for number in dict.fromkeys(numbers)]


def numbers_of_drawn(row: Examination, drawn: Iterable[Drawn]) -> dict[UUID, str]:
    keys = [one.subject for one in drawn]
    return dict(_ROWS[row.of]().filter(pk__in=keys).values_list("pk", "number"))


_ROWS: dict[str, Callable[[], QuerySet[Any]]] = {
    "recording": evidence.recordings, "activity": casework.activities, "case": casework.cases, "document": documents.documents,
}  # fmt: skip


def _of_state(state: str, asking: Asking) -> Q:
    open_ = Q(closed_at__isnull=True)
    return {"": Q(), "open": open_, "overdue": open_ & Q(due_at__lt=asking.at), "closed": ~open_}[state]


def _state(row: Examination, asking: Asking) -> State:
    if row.closed_at:
        return State(label="已办结", tone="plain")
    if row.due_at < asking.at:
        return State(label="逾期", tone="breach", reason=f"应于 {shown(row.due_at)} 前办结")
    return State(label="办理中" if row.drawn_at else "待抽取", tone="action")


def _row(row: Examination, asking: Asking) -> ExaminationRow:
    return ExaminationRow(
        id=str(row.pk), number=row.number, title=row.title, kind=row.get_kind_of_check_display(), unit=row.unit.name,
        how=f"{row.get_of_display()}，{row.get_method_display()} {row.size}/{row.frame_count}", due_at=row.due_at, state=_state(row, asking),
    )  # fmt: skip


def _new(asking: Asking) -> list[Action]:
    if not asking.can("examination.write"):
        return []
    return [
        Action(key="inspection", label="立项督察", main=True, form_url="/forms/inspection"),
        Action(key="supervision", label="执法监督", form_url="/forms/supervision"),
        Action(key="assessment", label="考评", form_url="/forms/assessment"),
    ]


def _head(asking: Asking, row: Examination, remarks: list[Remark], *, writes: bool) -> Head:
    actions = [
        Action(key="remark", label="提出意见", main=True, form_url=f"/inspections/{row.pk}/remark"),
        Action(key="end", label="办结", form_url=f"/inspections/{row.pk}/end"),
    ]
    return Head(
        id=str(row.pk), number=row.number, title=row.title, state=_state(row, asking), due=_due(asking, row, remarks),
        actions=actions if writes else [], crumbs=[Link(label="监督检查", to="/inspections")],
    )  # fmt: skip


def _due(asking: Asking, row: Examination, remarks: list[Remark]) -> Due | None:
    if row.drawn_at is None:
        return Due(says="计划封存之后自动抽取，几秒之后请刷新。", tone="plain")
    waiting = [one for one in remarks if ways_of(asking, one)]
    if not waiting:
        return None
    first = min(waiting, key=lambda one: one.due_at or row.due_at)
    return Due(
        says=f"有 {len(waiting)} 条意见等您办理", tone="due",
        action=Action(key="reply", label="办理", main=True, form_url=_way_of(asking, first)),
    )  # fmt: skip


def _facts(row: Examination) -> list[Fact]:
    names = registry.names_of([row.planned_by, *filter(None, [row.closed_by])])
    seed = f"{row.checkpoint_size:,} 条时的检查点，根 {row.root[:16]}…" if row.checkpoint_size else "尚未产生"
    told = [
        Fact(label="种类", value=row.get_kind_of_check_display()), Fact(label="部门", value=row.unit.name),
        Fact(label="时段", value=f"{shown(row.since)} 至 {shown(row.until)}"), Fact(label="立项", value=f"{names.get(row.planned_by, '')}，{shown(row.planned_at)}"),
        Fact(label="应办结", value=shown(row.due_at)), Fact(label="选取", value=f"{row.get_method_display()}：{row.frame_count} 件中取 {row.size} 件"),
    ]  # fmt: skip
    if row.method == Examination.Method.RANDOM:
        told += [
            Fact(label="计划", value=f"台账第 {plan_line(row)} 行", to="/proof"),
            Fact(
                label="种子", value=seed, note="计划之后的第一个检查点，立项时还不存在", mono=bool(row.root)
            ),
            Fact(label="可抽清单", value=f"SHA-256 {row.frame_digest[:16]}…", mono=True),
        ]
    else:
        told.append(Fact(label="指定理由", value=row.reason))
    if row.closed_at and row.closed_by:
        told += [
            Fact(label="办结", value=f"{names.get(row.closed_by, '')}，{shown(row.closed_at)}"),
            Fact(label="结果", value=row.summary),
        ]
    return told


def _newest(one: Drawn) -> dict[str, Score]:
    return {score.code: score for score in sorted(one.scores.all(), key=lambda score: (score.at, score.pk))}


def _results(drawn: Iterable[Drawn], sheet: Mapping[str, str]) -> list[Fact]:
    """Of each item how many of those it applies to were found good."""
    newest = [_newest(one) for one in drawn]
    told = []
    for code, label in sheet.items():
        answers = [
            held[code].answer for held in newest if code in held and held[code].answer != Score.Answer.ABSENT
        ]
        good = answers.count(Score.Answer.PASS)
        rate = f"合格 {good} / 评定 {len(answers)}" if answers else "还没有评定"
        told.append(Fact(label=label, value=rate, tone="due" if good < len(answers) else "plain"))
    return told


def _drawn(row: Examination, drawn: list[Drawn], *, writes: bool) -> list[DrawnRow]:
    things = {thing.pk: thing for thing in _ROWS[row.of]().filter(pk__in=[one.subject for one in drawn])}
    return [
        DrawnRow(
            id=str(one.pk), order=one.order, number=getattr(things.get(one.subject), "number", "已不在"), says=_says(things.get(one.subject)),
            to=f"{_PAGES[row.of]}{one.subject}", key=one.key[:12],
            scores=[State(label=f"{s.label} {s.get_answer_display()}", tone=_TONES[s.answer]) for s in _newest(one).values()],
            actions=[Action(key="score", label="评定", form_url=f"/drawn/{one.pk}/score")] if writes else [],
        )
        for one in drawn
    ]  # fmt: skip


def _says(thing: Any) -> str:
    return next(
        (
            str(value)
            for name in ("subject", "cause", "title", "source_name")
            if (value := getattr(thing, name, ""))
        ),
        "",
    )


def _remark(asking: Asking, row: Examination, one: Remark) -> RemarkShown:
    last, one.examination = last_reply(one), row
    names = registry.names_of([one.by, *(r.by for r in one.replies.all())])
    place = f"第 {one.drawn.order} 件" if one.drawn else "全部"
    second = f"，第 {one.second:g} 秒" if one.second is not None else ""
    to = (
        f"{_PAGES[row.of]}{one.drawn.subject}" + (f"?t={one.second:g}" if one.second is not None else "")
        if one.drawn
        else None
    )
    return RemarkShown(
        id=str(one.pk), sort=State(label=one.get_sort_display(), tone="due" if one.sort == Remark.Sort.PROBLEM else "proven"), says=one.says,
        place=f"{place}{second}（{names.get(one.by, '')}，{shown(one.at)}）", to=to, due_at=one.due_at, state=_remark_state(asking, one, last),
        cite=Cite(regulation=one.regulation, article=one.article, clause=one.clause) if one.clause else None,
        replies=[
            Fact(label=r.get_sort_display(), value=r.says, note=f"{names.get(r.by, '')}，{shown(r.at)}")
            for r in sorted(one.replies.all(), key=lambda r: (r.at, r.pk))
        ],
        actions=[Action(key="reply", label="办理", form_url=_way_of(asking, one))] if ways_of(asking, one) else [],
    )  # fmt: skip


def _remark_state(asking: Asking, one: Remark, last: Reply | None) -> State:
    if one.sort == Remark.Sort.PRAISE:
        return State(label="无须答复")
    if last is not None and last.sort in ENDS:
        return State(label="已了结", reason=last.get_sort_display())
    is_open = last is None or last.sort == Reply.Sort.RETURNED
    if is_open and one.due_at is not None and one.due_at < asking.at:
        return State(label="整改逾期", tone="breach")
    return State(label="待整改" if is_open else "待裁定", tone="due")
