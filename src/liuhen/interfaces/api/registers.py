"""Routes of 台账: which registers there are, one as a page, the whole of it as a table, and what the office records of itself."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import StringConstraints

from liuhen.apps.oversight import queries, records
from liuhen.apps.oversight.records import UNIT_RULES, NewRule
from liuhen.apps.oversight.registers import REGISTERS
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Unit
from liuhen.interfaces.api import fields, sheets
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Moment, Text, Told, Word
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, FormField, Option
from liuhen.interfaces.api.shapes_oversight import RegisterName, RegistersPage, SheetPage
from liuhen.interfaces.api.sheets import SheetAsked
from liuhen.kernel.errors import Malformed

routes = Routes("台账")
Filled = Annotated[Text, StringConstraints(min_length=1)]
Title = Annotated[Line, StringConstraints(min_length=1)]


class TableAsked(SheetAsked):
    form: Literal["csv", "xlsx"] = "csv"


class NewTraining(Told):
    unit: UUID
    title: Title
    due_at: Moment


class NewHolding(Told):
    held_at: Moment
    trainer: Annotated[Line, StringConstraints(max_length=100)]
    attendees: Filled
    result: Filled


class NewUnitRule(Told):
    unit: UUID
    code: Word
    title: Title
    issue_number: Annotated[Line, StringConstraints(max_length=100)] | None = None
    text: Filled
    since: Moment


@routes.get("/registers", policy="register.view", response=RegistersPage)
def names(request: HttpRequest) -> RegistersPage:
    asking = asked(request)
    return RegistersPage(
        registers=[
            RegisterName(
                key=one.key, title=one.title, says=one.says, group=one.group, to=f"/registers/{one.key}"
            )
            for one in REGISTERS.values()
            if asking.can(one.action)
        ]
    )


@routes.get("/registers/{key}", policy="register.view", response=SheetPage)
def page(request: HttpRequest, key: Word, listed: Query[SheetAsked]) -> SheetPage:
    return sheets.register_page(asked(request), key, listed)


@routes.get("/registers/{key}/table", policy="register.view", response=str)
def table(request: HttpRequest, key: Word, listed: Query[TableAsked]) -> HttpResponse:
    return sheets.register_file(asked(request), key, listed, form=listed.form)


@routes.get("/forms/training", policy="training.keep", response=Form)
def training_form(request: HttpRequest) -> Form:
    asking = asked(request)
    return Form(
        title="安排教育培训", submit="安排", url="/trainings", intro="写明内容和应办时间；办完之后登记办理情况。逾期未办的，制度要求培训的部门列为不符合。",
        fields=[_units(asking), fields.text("title", "内容"), fields.moment("due_at", "应办时间")],
    )  # fmt: skip


@routes.post("/trainings", policy="training.keep", response=Done)
def plan_training(request: HttpRequest, told: NewTraining) -> Done:
    asking = asked(request)
    unit = _unit(asking, told.unit)
    row = records.plan_training(unit, by=asking.by, title=told.title, due_at=told.due_at, at=asking.at)
    return done("培训已安排", about=row.pk)


@routes.get("/trainings/{uuid:training}/holding", policy="training.keep", response=Form)
def holding_form(request: HttpRequest, training: UUID) -> Form:
    asking = asked(request)
    row = asking.found(
        queries.trainings_seen(asking.by, at=asking.at),
        training,
        anyhow=queries.trainings(),
        action="register.view",
    )
    asking.check_form("training.keep", row)
    return Form(
        title=f"登记办理 {row.title}", submit="登记", url=f"/trainings/{training}/holdings", intro="登记之后写入存证，不能更改。",
        fields=[
            fields.moment("held_at", "办理时间", value=asking.at), fields.text("trainer", "讲授人"), fields.long("attendees", "参加人员"),
            fields.long("result", "结果"),
        ],
    )  # fmt: skip


@routes.post("/trainings/{uuid:training}/holdings", policy="training.keep", response=Done)
def hold_training(request: HttpRequest, training: UUID, told: NewHolding) -> Done:
    asking = asked(request)
    row = asking.found(
        queries.trainings_seen(asking.by, at=asking.at),
        training,
        anyhow=queries.trainings(),
        action="register.view",
    )
    records.hold_training(
        row, by=asking.by, held_at=told.held_at, trainer=told.trainer, attendees=told.attendees, result=told.result, at=asking.at
    )  # fmt: skip
    return done("办理情况已登记", about=row.pk)


@routes.get("/forms/unit-rule", policy="unit-rule.keep", response=Form)
def rule_form(request: HttpRequest) -> Form:
    asking = asked(request)
    return Form(
        title="登记管理制度", submit="登记", url="/unit-rules", intro="本机关自己订立的制度、清单、指引，和向上级的报备。登记之后写入存证；改了的，另行登记新的，再终止旧的。",
        fields=[
            _units(asking), fields.select("code", "种类", fields.options(UNIT_RULES)), fields.text("title", "名称"),
            fields.text("issue_number", "文号", required=False), fields.long("text", "正文或者存放处"), fields.moment("since", "施行时间", value=asking.at),
        ],
    )  # fmt: skip


@routes.post("/unit-rules", policy="unit-rule.keep", response=Done)
def enter_rule(request: HttpRequest, told: NewUnitRule) -> Done:
    asking = asked(request)
    new = NewRule(told.code, told.title, told.text, told.since, told.issue_number or "")
    row = records.enter_rule(_unit(asking, told.unit), new, by=asking.by, at=asking.at)
    return done("管理制度已登记", about=row.pk)


@routes.post("/unit-rules/{uuid:unitrule}/ending", policy="unit-rule.keep", response=Done)
def end_rule(request: HttpRequest, unitrule: UUID) -> Done:
    asking = asked(request)
    row = asking.found(
        queries.unit_rules_seen(asking.by, at=asking.at),
        unitrule,
        anyhow=queries.unit_rules(),
        action="register.view",
    )
    records.end_rule(row, by=asking.by, at=asking.at)
    return done(f"“{row.title}”已终止", about=row.pk)


def _units(asking: Asking) -> FormField:
    units = registry.units_of(asking.officer.agency_id)
    return fields.select(
        "unit", "部门", [Option(value=str(unit.pk), label=unit.name) for unit in units], value=str(asking.officer.unit_id)
    )  # fmt: skip


def _unit(asking: Asking, key: UUID) -> Unit:
    found = next((unit for unit in registry.units_of(asking.officer.agency_id) if unit.pk == key), None)
    if found is None:
        raise Malformed("没有这个部门", do="请从名单中选择。")
    return found
