"""Routes of 受理登记: the list, one intake, entering it, and its steps. Opening a case and planning an activity are routes of casework."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field, StringConstraints

from liuhen.apps.casework import pushing, receiving
from liuhen.apps.casework.models import Intake, IntakeChange
from liuhen.apps.casework.receiving import Coming, Step
from liuhen.interfaces.api import fields, pages_intakes
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, ListAsked, Moment, Text, Told, Word
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Listing, Option
from liuhen.interfaces.api.shapes_intakes import IntakePage, IntakeRow
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused

routes = Routes("受理登记")
Says = Annotated[Text, StringConstraints(max_length=500)]


class NewIntake(Told):
    sort: Literal["incident", "complaint", "application", "lead"]
    channel: Literal["call", "visit", "letter", "online", "patrol", "assigned", "referred"]
    subject: Annotated[Line, StringConstraints(min_length=1)]
    received_at: Moment
    happened_at: Moment | None = None
    place_text: Line | None = None
    person: Annotated[Line, StringConstraints(max_length=100)] | None = None
    contact: Annotated[Line, StringConstraints(max_length=100)] | None = None
    real_name: Literal["yes", "no"] | None = None
    content: Text | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class NewStep(Told):
    step: Word
    happened_at: Moment
    says: Says | None = None


class Comparison(Told):
    change: UUID
    says: Says


@routes.get("/intakes", policy="intake.view", response=Listing[IntakeRow])
def intakes(request: HttpRequest, listed: Query[ListAsked]) -> Listing[IntakeRow]:
    return pages_intakes.page(asked(request), listed)


@routes.get("/intakes/{uuid:intake}", policy="intake.view", response=IntakePage)
def intake(request: HttpRequest, intake: UUID) -> IntakePage:
    asking = asked(request)
    return pages_intakes.intake(asking, intake_seen(asking, intake))


@routes.get("/forms/intake", policy="intake.write", response=Form)
def new_intake_form(request: HttpRequest) -> Form:
    asking = asked(request)
    channels = {v: w for v, w in Intake.Channel.choices if v != Intake.Channel.SYSTEM}
    return Form(
        title="受理登记", submit="登记", url="/intakes",
        intro="接到就登记，写入存证，不能更改；后来的情况在它的页面上一步一步登记。投诉举报须写明是不是实名。",
        fields=[
            fields.select("sort", "种类", fields.options(dict(Intake.Sort.choices))),
            fields.select("channel", "来源", fields.options(channels)),
            fields.text("subject", "事由", hint="一句话，如“夜间施工噪声扰民”。"),
            fields.moment("received_at", "收到时间", value=asking.at),
            fields.moment("happened_at", "所述时间", required=False, hint="来人说的事发生在何时；据此查找当时的音像。"),
            fields.text("place_text", "地点", required=False),
            fields.text("person", "来人", required=False, hint="报警人、投诉举报人或者申请人；没有留名的留空。"),
            fields.text("contact", "联系方式", required=False),
            fields.yes_no("real_name", "实名（投诉举报）", value=None),
            fields.long("content", "内容", required=False),
        ],
    )  # fmt: skip


@routes.post("/intakes", policy="intake.write", response=Done)
def enter(request: HttpRequest, told: NewIntake) -> Done:
    asking = asked(request)
    coming = Coming(
        sort=told.sort, channel=told.channel, subject=told.subject, received_at=told.received_at, content=told.content or "",
        place_text=told.place_text or "", person=told.person or "", contact=told.contact or "", happened_at=told.happened_at,
        real_name=None if told.real_name is None else told.real_name == "yes", latitude=told.latitude, longitude=told.longitude,
    )  # fmt: skip
    row = receiving.enter_intake(
        asking.officer.unit, coming, by=asking.by, officer=asking.officer, at=asking.at
    )
    return done(f"{row.number} 已登记", about=row.pk, to=f"/intakes/{row.pk}")


@routes.get("/intakes/{uuid:intake}/step", policy="intake.write", response=Form)
def step_form(request: HttpRequest, intake: UUID) -> Form:
    asking = asked(request)
    row = intake_seen(asking, intake, to="intake.write")
    away = (Step.OPENED, Step.PLANNED, Step.COMPARED)
    offered = {step: Step(step).label for step in receiving.next_steps(row) if step not in away}
    return Form(
        title=f"登记一步 {row.number}", submit="登记", url=f"/intakes/{intake}/steps",
        intro="写明做了什么、在何时。没有现场处置的、转送的、告知本人的，须写明情况；登记之后写入存证，不能更改。",
        fields=[
            fields.select("step", "哪一步", fields.options(offered)),
            fields.moment("happened_at", "时间", value=asking.at),
            fields.long("says", "情况", required=False),
        ],
    )  # fmt: skip


@routes.post("/intakes/{uuid:intake}/steps", policy="intake.write", response=Done)
def take_step(request: HttpRequest, intake: UUID, told: NewStep) -> Done:
    asking = asked(request)
    row = intake_seen(asking, intake)
    asking.require("intake.write", row)
    if told.step not in Step.values:
        raise WrongFields("没有这一步", {"step": "请从所列各步中选择。"})
    taken = receiving.take_step(
        row, by=asking.by, step=told.step, says=told.says or "", happened_at=told.happened_at, at=asking.at
    )
    return done(f"已登记“{taken.get_sort_display()}”", about=taken.pk)


@routes.get("/intakes/{uuid:intake}/comparison", policy="intake.write", response=Form)
def comparison_form(request: HttpRequest, intake: UUID) -> Form:
    asking = asked(request)
    row = intake_seen(asking, intake, to="intake.write")
    options = [Option(value=str(one.pk), label=_told(one)) for one in receiving.open_changes(row)]
    return Form(
        title=f"核对来文变更 {row.number}", submit="核对", url=f"/intakes/{intake}/comparisons",
        intro="对方系统以同一编号推送了不同的内容。先前的不改；请核对之后写明以哪一个为准、怎样查明的。",
        fields=[
            fields.select("change", "哪一次变更", options, value=options[0].value if options else None),
            fields.long("says", "核对结果"),
        ],
    )  # fmt: skip


@routes.post("/intakes/{uuid:intake}/comparisons", policy="intake.write", response=Done)
def compare(request: HttpRequest, intake: UUID, told: Comparison) -> Done:
    asking = asked(request)
    row = intake_seen(asking, intake)
    asking.require("intake.write", row)
    change = next((one for one in receiving.open_changes(row) if one.pk == told.change), None)
    if change is None:
        raise Refused("这次变更已经核对，或者不是这一件的", do="请刷新页面查看。")
    taken = receiving.take_step(
        row,
        by=asking.by,
        step=Step.COMPARED,
        says=told.says,
        happened_at=asking.at,
        at=asking.at,
        change=change,
    )
    return done("已核对", about=taken.pk)


def intake_seen(asking: Asking, key: UUID, *, to: str = "") -> Intake:
    """The intake, if this person may know of it. A form asks with `to` whether this person may do it at all."""
    visible = receiving.intakes_seen(asking.by, at=asking.at)
    row: Intake = asking.found(visible, key, anyhow=receiving.intakes(), action="intake.view")
    asking.check_form(to, row)
    return row


def _told(change: IntakeChange) -> str:
    labels = "、".join(label for label, _, _ in pushing.differences(change))
    return f"{shown(change.at)}：{labels}"
