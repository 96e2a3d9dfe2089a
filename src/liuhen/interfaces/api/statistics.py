"""Routes of 统计: the figures with formula and rows, the same as a table, and reports laid down for one of the six uses."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import StringConstraints

from liuhen.apps.oversight import queries, records, statistics
from liuhen.apps.oversight.records import USES
from liuhen.apps.oversight.registers import REGISTERS
from liuhen.apps.oversight.statistics import INDICATORS, Scope
from liuhen.apps.oversight.statistics import Told as Counted
from liuhen.apps.registry.permission import KNOW, Place
from liuhen.interfaces.api import fields, sheets
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Moment, Text, Told, Word, day_of
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Action, Done, Fact, Filter, Form, Link
from liuhen.interfaces.api.shapes_oversight import FigureLine, SheetPage, StatisticsPage
from liuhen.interfaces.api.statistics_print import Edition, charts_of, printed
from liuhen.interfaces.api.words import size_shown
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

routes = Routes("统计")
_USUAL = timedelta(days=30)
# 四项原则：标准配备、正确使用、规范管理、严格监督，各由哪些指标反映（TNH-4）。
_GROUPS = {
    "allotment": "标准配备", "usage": "正确使用", "unrecorded": "正确使用", "stopped": "正确使用", "timely-ingest": "规范管理",
    "late-ingest": "规范管理", "linked": "规范管理", "checked": "严格监督", "passed": "严格监督", "mended": "严格监督",
    "described": "规范管理", "sound": "规范管理", "findable": "规范管理",
}  # fmt: skip
_ORDER = ("标准配备", "正确使用", "规范管理", "严格监督")
# Said by the post, whether there is such a recording or not.
_BASIS = {
    True: "各项按全部音像计",
    False: "限制您知悉的音像不计；全机关的数以机关负责人、法制审核人员所见为准",
}
_REPORTED = {True: "按全部音像计", False: "不计限制形成人知悉的音像"}
_HEADS = ("指标", "数值", "分子", "分母", "算法", "不计", "能否按过去时点重算")


class Asked(Told):
    """A unit by its code, a period `2026-11-01..2026-11-30`, and as of which moment (now, where none is given)."""

    unit: Word = ""
    when: Word = ""
    as_of: Moment | None = None


class RowsAsked(Asked):
    figure: Word
    side: Literal["part", "whole"] = "part"
    after: Annotated[str, StringConstraints(max_length=40)] = ""


class TableAsked(Asked):
    form: Literal["csv", "xlsx"] = "csv"


class PrintAsked(Asked):
    """`outside`: the edition that may leave the house."""

    outside: bool = False


class NewReport(Told):
    use: Word
    unit: Word = ""
    when: Word = ""
    says: Annotated[Text, StringConstraints(min_length=1)]


@routes.get("/statistics", policy="statistics.view", response=StatisticsPage)
def page(request: HttpRequest, listed: Query[Asked]) -> StatisticsPage:
    asking = asked(request)
    scope = _scope(asking, listed)
    query = _query(listed)
    lines = [*(_line(one, query) for one in statistics.told(scope)), _storage(scope)]
    lines.sort(key=lambda line: _ORDER.index(line.group))
    return StatisticsPage(
        says=f"每个数都由台账里的行数出来，点开就是那些行；算法和不计的写在旁边。{_BASIS[knows_all(asking)]}。", unit=_unit_name(asking, scope), since=shown(scope.since),
        until=shown(scope.until), figures=lines, charts=charts_of(scope), reports=_reports(asking),
        filters=[sheets.unit_filter(asking), Filter(key="when", label="时段", kind="dates")],
        actions=[Action(key="report", label="形成统计报告", form_url=f"/forms/statistics?{query}")] if asking.can("statistics.report") else [],
        downloads=[
            *(Link(label=form.upper(), to=f"/api/v1/statistics/table?{query}{'&' if query else ''}form={form}") for form in ("csv", "xlsx")),
            Link(label="PDF 报告", to=f"/api/v1/statistics/print?{query}"),
            Link(label="PDF 报告（对外版）", to=f"/api/v1/statistics/print?{query}{'&' if query else ''}outside=true"),
        ],
    )  # fmt: skip


@routes.get("/statistics/rows", policy="statistics.view", response=SheetPage)
def rows(request: HttpRequest, listed: Query[RowsAsked]) -> SheetPage:
    asking = asked(request)
    one, scope = INDICATORS.get(listed.figure), _scope(asking, listed)
    if one is None or (listed.side == "whole" and one.whole is None):
        raise Malformed("没有这个指标", do="请回到统计页重新打开。")
    counted, key = (one.whole, one.of_whole) if listed.side == "whole" and one.whole else (one.part, one.of)
    register = REGISTERS[key]
    if not asking.can(register.action):
        raise Gone
    found = register.rows(asking.by, asking.at).filter(pk__in=counted(scope).values("pk")).order_by("-pk")
    what = "分母" if listed.side == "whole" else "分子"
    return sheets.sheet(
        asking, register, found, after=listed.after, title=f"{one.label}的{what}", says=f"{one.formula}。{one.excluded}。", filters=[], actions=[],
        downloads="",
    ).model_copy(update={"downloads": []})  # fmt: skip


@routes.get("/statistics/table", policy="statistics.view", response=str)
def table(request: HttpRequest, listed: Query[TableAsked]) -> HttpResponse:
    scope = _scope(asked(request), listed)
    lines = [_line(one, "") for one in statistics.told(scope)]
    told: list[list[object]] = [
        [f.label, f.value, f.numerator, f.denominator, f.formula, f.excluded, f.as_of] for f in lines
    ]
    return sheets.file_of(_HEADS, told, name="statistics", form=listed.form)


@routes.get("/statistics/print", policy="statistics.view", response=str)
def print_report(request: HttpRequest, listed: Query[PrintAsked]) -> HttpResponse:
    """The figures and charts as PDF; the edition for outside tells no small numbers."""
    asking = asked(request)
    scope = _scope(asking, listed)
    edition = Edition(_unit_name(asking, scope), _BASIS[knows_all(asking)], listed.outside, _GROUPS)
    answer = HttpResponse(printed(asking, scope, edition), content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="statistics.pdf"'
    return answer


@routes.get("/forms/statistics", policy="statistics.report", response=Form)
def report_form(request: HttpRequest, listed: Query[Asked]) -> Form:
    asking = asked(request)
    scope = _scope(asking, listed)
    return Form(
        title="形成统计报告", submit="形成", url="/statistics/reports",
        intro=f"{_BASIS[knows_all(asking)]}。把 {shown(scope.since)} 至 {shown(scope.until)} 的各项数字照现在所见固定下来，写入存证；以后台账有变，报告不变。",
        fields=[
            fields.select("use", "用于", fields.options(USES)), fields.long("says", "分析"),
            fields.text("unit", "部门代码", value=listed.unit, required=False), fields.text("when", "时段", value=listed.when, required=False),
        ],
    )  # fmt: skip


@routes.post("/statistics/reports", policy="statistics.report", response=Done)
def report(request: HttpRequest, told: NewReport) -> Done:
    asking = asked(request)
    scope = _scope(asking, Asked(unit=told.unit, when=told.when))
    unit = next(unit for unit in statistics.units_in(scope.agency) if unit.path == scope.path)
    figures = [
        {
            "key": one.indicator.key,
            "part": one.part,
            "whole": one.whole,
            "rows": statistics.rows_digest(one.indicator, scope),
            "all": scope.viewer is None,
        }
        for one in statistics.told(scope)
    ]
    row = records.report_statistics(
        unit, by=asking.by, use=told.use, since=scope.since, until=scope.until, figures=figures, says=told.says, at=asking.at
    )  # fmt: skip
    return done(f"{USES[row.use]}的统计报告已形成", about=row.pk)


def _scope(asking: Asking, listed: Asked) -> Scope:
    """What is asked for, within this person's reach: without a unit the widest part of the office he may see."""
    since, until = sheets.period_of(listed.when)
    _, tomorrow = day_of(asking.at)
    path = sheets.path_of(asking, listed.unit) if listed.unit else _widest(asking)
    if not asking.may("statistics.view", Place(asking.officer.agency_id, path)):
        raise Gone
    at = min(listed.as_of, asking.at) if listed.as_of else asking.at
    viewer = None if knows_all(asking) else asking.by
    return Scope(asking.officer.agency_id, path, since or tomorrow - _USUAL, until or tomorrow, at, viewer)


def knows_all(asking: Asking) -> bool:
    """Whether this person knows by his post of every recording of the agency: only his figures are those of the house."""
    return asking.may(KNOW, Place(asking.officer.agency_id, "/"))


def _widest(asking: Asking) -> str:
    units = statistics.units_in(asking.officer.agency_id)
    return next(
        (u.path for u in units if asking.may("statistics.view", Place(u.agency_id, u.path))),
        asking.officer.unit.path,
    )


def _unit_name(asking: Asking, scope: Scope) -> str:
    return next(unit.name for unit in statistics.units_in(scope.agency) if unit.path == scope.path)


def _query(listed: Asked) -> str:
    told = {"unit": listed.unit, "when": listed.when, "as_of": _as_text(listed.as_of)}
    return "&".join(f"{name}={value}" for name, value in told.items() if value)


def _as_text(moment: datetime | None) -> str:
    return moment.isoformat().replace("+", "%2B") if moment else ""


def _line(one: Counted, query: str) -> FigureLine:
    told, rate = one.indicator, one.rate
    value = f"{one.part}" if told.whole is None else f"{rate:.1%}" if rate is not None else "没有可算的"
    return FigureLine(
        key=told.key, group=_GROUPS[told.key], label=told.label, value=value, formula=told.formula, numerator=str(one.part),
        denominator="" if one.whole is None else str(one.whole), excluded=told.excluded, part=None if rate is None else min(rate, 1.0),
        as_of="能" if told.reproducible else "只按现在", to=f"/statistics/rows?figure={told.key}{'&' if query else ''}{query}",
    )  # fmt: skip


def _storage(scope: Scope) -> FigureLine:
    people = INDICATORS["allotment"].whole
    count, held = people(scope).count() if people else 0, statistics.stored_bytes(scope)
    return FigureLine(
        key="storage", group="规范管理", label="人均存储量", value=size_shown(held // count) if count else "没有可算的", formula="本期入库的字节数 ÷ 在岗执法人员人数",
        numerator=size_shown(held), denominator=str(count), excluded="不计设备日志、派生件和备份", as_of="人数只按现在", part=None, to=None,
    )  # fmt: skip


def _reports(asking: Asking) -> list[Fact]:
    found = queries.reports_seen(asking.by, at=asking.at).order_by("-made_at")[:12]
    return [
        Fact(label=USES[row.use], value=row.says, note=f"{row.unit.name}，{shown(row.since)} 至 {shown(row.until)}，{shown(row.made_at)} 形成，{_REPORTED[all(one.get('all', True) for one in row.figures)]}")
        for row in found
    ]  # fmt: skip
