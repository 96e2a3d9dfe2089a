"""案卷 as pages: the list with what is overdue, and one volume: what is missing, its catalogue, times, way, four properties, discs."""

from collections.abc import Iterator
from datetime import datetime

from liuhen.apps.archive import catalogue, volumes
from liuhen.apps.archive.models import PropertyReport, Volume, VolumeItem, VolumeStep
from liuhen.apps.archive.properties import FAIL, NOTICE, PASS, PROPERTIES
from liuhen.apps.archive.volume_print import REMARKS, counts_says, pages_says
from liuhen.apps.casework.facts import facts_of_documents
from liuhen.engines.rules.judging import Judgement
from liuhen.interfaces.api import pages_discs
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, containing, page_of
from liuhen.interfaces.api.rail import rail, tone_of_deadline
from liuhen.interfaces.api.shapes import (
    Action,
    Cite,
    DueItem,
    Fact,
    Filter,
    GateLine,
    Head,
    Link,
    Listing,
    Option,
    State,
    Teach,
    Tone,
)
from liuhen.interfaces.api.shapes_volumes import (
    CheckShown,
    PropertyShown,
    TimesLine,
    VolumeLine,
    VolumePage,
    VolumeRow,
    VolumeStepShown,
)
from liuhen.interfaces.api.words import said
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed
from liuhen.kernel.spans import Span

_Step, _Moment = VolumeStep.Step, PropertyReport.Moment
_OPEN = (volumes.OPEN, _Step.RETURNED)
_TONES: dict[str, Tone] = {
    volumes.OPEN: "action", _Step.CLOSED: "action", _Step.SUBMITTED: "action", _Step.ACCEPTED: "proven", _Step.RETURNED: "due",
}  # fmt: skip
_RESULTS: dict[str, State] = {
    PASS: State(label="通过", tone="proven"), NOTICE: State(label="提示", tone="due"), FAIL: State(label="不通过", tone="breach"),
    "not_checked": State(label="本系统不检测", tone="plain"),
}  # fmt: skip
_WHERE = {"document": "/documents/{}", "recording": "/recordings/{}"}
_TEACH = Teach(
    title="还没有案卷",
    what_belongs="办结的执法事项，一件一卷：文书、纸质材料、音像、光盘列入同一目录，由另一人检查移交，档案机构清点接收。",
    how_it_gets_here="执法事项转入“终结”之后，在它的页面上点“立卷”。",
)


def page(asking: Asking, asked: ListAsked) -> Listing[VolumeRow]:
    """The newest first."""
    rows = volumes.volumes_visible_to(asking.by, at=asking.at)
    rows = rows.filter(containing(asked.q, ("number", "title", "case__number")))
    if asked.state not in ("", "filed", "open"):
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    if asked.state:
        filed = VolumeStep.objects.filter(step=_Step.ACCEPTED).values("volume")
        rows = rows.filter(pk__in=filed) if asked.state == "filed" else rows.exclude(pk__in=filed)
    found = page_of(rows, by="at", after=asked.after)
    options = [Option(value="open", label="没有归档"), Option(value="filed", label="已归档")]
    return Listing[VolumeRow](
        rows=[_row(asking, row) for row in found.rows], next=found.next, count_label=found.count_label, views=[], actions=[], teach=_TEACH,
        filters=[Filter(key="q", label="案卷号、题名、案号", kind="text"), Filter(key="state", label="状态", kind="select", options=options)],
    )  # fmt: skip


def desk_items(asking: Asking) -> list[DueItem]:
    """What waits for this person: volumes to check, to receive, or returned to him; each with its term."""
    if not asking.can("volume.view"):
        return []
    filed = VolumeStep.objects.filter(step=_Step.ACCEPTED).values("volume")
    rows = volumes.volumes_visible_to(asking.by, at=asking.at).exclude(pk__in=filed).order_by("at")[:200]
    return [item for row in rows if (item := _desk_item(asking, row)) is not None][:10]


def one(asking: Asking, row: Volume) -> VolumePage:
    """Everything about one volume."""
    state, law = volumes.state_of(row), asking.law_or_none
    is_open, steps = state in _OPEN, volumes.steps_of(row)
    items = _items(asking, row, is_open=is_open)
    reports = list(row.property_reports.filter(edition=volumes.edition_of(row)).order_by("at", "pk"))
    told = volumes.obstacles(row, law=law, at=asking.at, viewer=asking.by) if is_open else []
    may = is_open and asking.may("volume.make", row)
    return VolumePage(
        head=_head(asking, row, state), says=_says(row, state, items), facts=_facts(asking, row, items), is_open=may,
        obstacles=[_obstacle(asking, row, one) for one in told],
        catalogue=[_line(row, item, items, may=may) for item in items], times=[*_times(asking, row)],
        steps=[_step(step) for step in steps], properties=[_report(row, one, partly=is_partly_told(asking, row)) for one in reports],
        remarks=[Fact(label=REMARKS.get(one.code, one.code), value=one.says, note=shown(one.at)) for one in catalogue.remarks_of(row)],
        discs=pages_discs.shelf(asking, row.case), print=Link(label="封面、目录、备考表（PDF）", to=f"/api/v1/volumes/{row.pk}/print"),
        rail=rail(asking, findings=[], law=law, things=[row.pk, *(step.pk for step in steps), *(one.pk for one in reports)]),
    )  # fmt: skip


def counts_of(asking: Asking, row: Volume) -> str:
    """What the newest closing counted, of what this person may know of."""
    step = volumes.last_of(row, _Step.CLOSED)
    return counts_says(catalogue.counts_of(_items(asking, row, is_open=False))) if step else "还没有封卷"


def is_partly_told(asking: Asking, row: Volume) -> bool:
    """Whether the catalogue as it was closed last has lines withheld from this person."""
    lines = row.items.filter(edition=volumes.edition_of(row))
    return lines.filter(catalogue.withheld_lines(asking.by, at=asking.at)).exists()


def _row(asking: Asking, row: Volume) -> VolumeRow:
    return VolumeRow(
        id=str(row.pk), number=row.number, to=f"/volumes/{row.pk}", title=row.title, case=row.case.number, unit=row.unit.name,
        officer=row.officer.name, at=row.at, due_at=volumes.due_of(row), state=_state(asking, row),
    )  # fmt: skip


def _state(asking: Asking, row: Volume) -> State:
    state = volumes.state_of(row)
    due, late = volumes.due_of(row), None
    if state != _Step.ACCEPTED and due is not None and due < asking.at:
        late = f"应于 {shown(due)} 前归档，已逾期"
    returned = volumes.last_of(row, _Step.RETURNED)
    reason = returned.note if returned is not None and state == _Step.RETURNED else None
    tone: Tone = "breach" if late else _TONES[state]
    return State(label=volumes.STATES[state], tone=tone, reason=late or reason)


def _desk_item(asking: Asking, row: Volume) -> DueItem | None:
    state = volumes.state_of(row)
    act = (
        {_Step.CLOSED: "volume.submit", _Step.SUBMITTED: "volume.accept"}.get(_Step(state))
        if state in _Step.values
        else None
    )
    mine = row.officer_id == asking.officer.pk and state in _OPEN
    closer = volumes.last_of(row, _Step.CLOSED)
    own = closer is not None and closer.officer_id == asking.officer.pk
    if not mine and (act is None or own or not asking.may(act, row)):
        return None
    words = {
        volumes.OPEN: "立卷",
        _Step.RETURNED: "补正退回的案卷",
        _Step.CLOSED: "检查并移交案卷",
        _Step.SUBMITTED: "清点接收案卷",
    }
    return DueItem(
        key=f"volume-{row.pk}", title=words[state], what=row.title, number=row.number, state=_state(asking, row), cite=None, deadline=None,
        action=Action(key="open", label="打开案卷", to=f"/volumes/{row.pk}"),
    )  # fmt: skip


def _head(asking: Asking, row: Volume, state: str) -> Head:
    return Head(
        id=str(row.pk), number=row.number, title=row.title, state=_state(asking, row), due=None, actions=[*_actions(asking, row, state)],
        crumbs=[Link(label="归档", to="/volumes"), Link(label=row.case.number, to=f"/cases/{row.case_id}")],
    )  # fmt: skip


def _actions(asking: Asking, row: Volume, state: str) -> Iterator[Action]:
    def act(key: str, label: str, path: str, *, main: bool = False, unavailable: str | None = None) -> Action:
        return Action(
            key=key, label=label, main=main, form_url=f"/volumes/{row.pk}/{path}", unavailable=unavailable
        )

    if state in _OPEN and asking.may("volume.make", row):
        yield act("close", "封卷", "closing", main=True)
        yield act("sheet", "登记纸质材料", "sheet")
        yield act("remark", "登记说明", "remark")
        discs = pages_discs.order_action(asking, row.case)
        yield from [discs] if discs else []
    closed = volumes.last_of(row, _Step.CLOSED)
    if state == _Step.CLOSED and asking.may("volume.submit", row):
        own = closed is not None and closed.officer_id == asking.officer.pk
        yield act(
            "submit",
            "检查并移交",
            "submission",
            main=True,
            unavailable="立卷人不能自己检查，须由另一名负责人办理" if own else None,
        )
    if state == _Step.SUBMITTED and asking.may("volume.accept", row):
        own = any(
            step.officer_id == asking.officer.pk
            for step in volumes.steps_of(row)
            if step.step in (_Step.CLOSED, _Step.SUBMITTED)
        )
        why = "立卷、移交的人不能自己接收" if own else None
        yield act("accept", "清点接收", "acceptance", main=True, unavailable=why)
        yield act("return", "退回", "return", unavailable=why)


def _says(row: Volume, state: str, items: list[VolumeItem]) -> str:
    counts = counts_says(catalogue.counts_of(items))
    returned = volumes.last_of(row, _Step.RETURNED)
    told = {
        volumes.OPEN: "立卷中：文书、音像、光盘自动列入目录；只有纸质的材料请登记。没有欠缺之后封卷。",
        _Step.CLOSED: f"已封卷：{counts}。由另一名负责人对照目录检查，移交档案机构。",
        _Step.SUBMITTED: f"已移交：{counts}。由档案机构清点；不符的写明理由退回。",
        _Step.ACCEPTED: "已归档。目录、页次、检测报告和经过永久保留。",
        _Step.RETURNED: f"档案机构退回：{returned.note if returned else ''}。请补正之后重新封卷。",
    }  # fmt: skip
    return told[state]


def _facts(asking: Asking, row: Volume, items: list[VolumeItem]) -> list[Fact]:
    due, filed = volumes.due_of(row), volumes.last_of(row, _Step.ACCEPTED)
    tone: Tone = tone_of_deadline(due, asking.at) if due and filed is None else "plain"
    facts = [
        Fact(label="执法事项", value=row.case.number, to=f"/cases/{row.case_id}"), Fact(label="立卷", value=f"{row.officer.name} {shown(row.at)}"),
        Fact(label="卷内数量", value=counts_says(catalogue.counts_of(items))), Fact(label="归档期限", value=shown(due) if due else "制度没有写明", tone=tone),
    ]  # fmt: skip
    if filed is not None:
        late = f"，迟 {(filed.at - due).days + 1} 天" if due and filed.at > due else ""
        facts.append(
            Fact(
                label="归档",
                value=f"{filed.officer.name} {shown(filed.at)}{late}",
                tone="due" if late else "plain",
            )
        )
        facts.append(Fact(label="存放位置", value=filed.shelf))
    facts.append(Fact(label="目录摘要", value=catalogue.catalogue_digest(items), mono=True))
    return facts


def _items(asking: Asking, row: Volume, *, is_open: bool) -> list[VolumeItem]:
    """The lines of which this person may know; their order is changed by who knows of all of them."""
    if is_open:
        found = catalogue.numbered(row, catalogue.entries_of(row), edition=0)
    else:
        found = catalogue.items_of(row, volumes.edition_of(row))
    return catalogue.known_items(found, viewer=asking.by, at=asking.at)


def _line(row: Volume, item: VolumeItem, items: list[VolumeItem], *, may: bool) -> VolumeLine:
    where = _WHERE.get(item.sort)
    return VolumeLine(
        key=str(item.thing), place=item.place_in, sort=item.get_sort_display(), number=item.number, title=item.title,
        responsible=item.responsible, date=_day(item.dated), pages=pages_says(item), note=item.note,
        to=where.format(item.thing) if where else None, actions=[*_line_actions(row, item, items)] if may else [],
    )  # fmt: skip


def _line_actions(row: Volume, item: VolumeItem, items: list[VolumeItem]) -> Iterator[Action]:
    """One place up; a sheet is taken off again."""
    if item.place_in > 1:
        order = [str(one.thing) for one in items]
        at = item.place_in - 1
        order[at - 1], order[at] = order[at], order[at - 1]
        yield Action(
            key=f"up-{item.thing}",
            label="上移",
            method="POST",
            url=f"/volumes/{row.pk}/orders",
            body={"order": order},
        )
    if item.sort == VolumeItem.Sort.SHEET:
        yield Action(
            key=f"off-{item.thing}", label="撤下", method="POST", url=f"/volumes/{row.pk}/withdrawals", body={"order": [str(item.thing)]},
            confirm=f"把“{item.title}”从目录上撤下，后面的页次随之前移。",
        )  # fmt: skip


def _obstacle(asking: Asking, row: Volume, one: Judgement) -> GateLine:
    subject = one.rule.judge.subject
    where = Action(key="open-case", label="打开执法事项", to=f"/cases/{row.case_id}")
    if subject == "case" and asking.may("volume.make", row):
        where = Action(key="remark-of-gate", label="登记说明", form_url=f"/volumes/{row.pk}/remark")
    return GateLine(
        says=said(f"{one.finding.told}。"), who="", action=where,
        cite=Cite(regulation=one.cite.regulation, article=one.cite.article, clause=one.cite.clause),
    )  # fmt: skip


def _times(asking: Asking, row: Volume) -> Iterator[TimesLine]:
    """Of each paper that tells from when to when: what it says, what was filmed beside it, and the difference at both ends."""
    papers = [one for one in catalogue.papers_of_volume(row.case) if asking.knows(one.subject)]
    for paper, told in zip(papers, facts_of_documents(papers), strict=True):
        if told is None or told.stated is None:
            continue
        yield TimesLine(
            title=f"{paper.title} {paper.number}", to=f"/documents/{paper.pk}", stated=_span(told.stated),
            recorded=_span(told.recorded) if told.recorded else "没有同时段的音像",
            state=_agreement(told.stated, told.recorded, explained=bool(told.times_explained)),
        )  # fmt: skip


def _agreement(stated: Span, recorded: Span | None, *, explained: bool) -> State:
    if recorded is None:
        return State(label="无可比对", tone="plain")
    apart = [
        abs((recorded.start - stated.start).total_seconds()),
        abs((recorded.end - stated.end).total_seconds()),
    ]
    says = f"开始相差 {apart[0] / 60:.0f} 分，结束相差 {apart[1] / 60:.0f} 分"
    if max(apart) <= 60:
        return State(label="一致", tone="proven", reason=says)
    return State(label="已说明" if explained else "相差", tone="plain" if explained else "due", reason=says)


def _span(span: Span) -> str:
    return f"{shown(span.start)} 至 {shown(span.end)}"


def _step(step: VolumeStep) -> VolumeStepShown:
    more = f"；{shown(step.due_at)} 前补齐" if step.due_at else f"；存放于 {step.shelf}" if step.shelf else ""
    edition = f"（第 {step.edition} 次封卷）" if step.edition > 1 else ""
    return VolumeStepShown(
        title=f"{step.get_step_display()}{edition}",
        who=step.officer.name,
        at=step.at,
        says=f"{step.note}{more}".strip("；"),
    )


def _report(row: Volume, one: PropertyReport, *, partly: bool) -> PropertyShown:
    checks = one.report["checks"]
    return PropertyShown(
        title=f"四性检测（{one.get_moment_display()}）", at=one.at, state=_RESULTS[PASS if one.passed else FAIL],
        checks=[
            CheckShown(
                code=f"{PROPERTIES[told['property']]} {told['code']}", says=told["says"], state=_RESULTS[told["result"]], details=[] if partly else told["details"][:20]
            )
            for told in checks
        ],
        file=Link(label="检测报告（JSON）", to=f"/api/v1/volumes/{row.pk}/properties?moment={one.moment}", note=f"SHA-256 {one.sha256[:16]}…"),
    )  # fmt: skip


def _day(moment: datetime | None) -> str:
    return shown(moment)[:10] if moment else ""
