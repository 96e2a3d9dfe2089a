"""Routes of the device ledger: the board, hand-out with its check, return, entry."""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field, StringConstraints

from liuhen.apps.devices import actions, queries
from liuhen.apps.devices.models import Device, Loan
from liuhen.apps.registry import queries as registry
from liuhen.interfaces.api import fields, pages_device, pages_devices
from liuhen.interfaces.api.answers import Gone, WrongFields, cite_of
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, ListAsked, Moment, Text, Told
from liuhen.interfaces.api.rail import done, guidance_for
from liuhen.interfaces.api.shapes import DevicesPage, Done, Form, FormField, Option
from liuhen.interfaces.api.shapes_devices import HandOutBoard
from liuhen.kernel.clock import BEIJING

routes = Routes("设备")
_CHOICES = [Option(value="ok", label="正常"), Option(value="bad", label="不正常")]
_SHIFT_ENDS = 18


class HandOut(Told):
    officer: UUID
    purpose: Line
    due_at: Moment
    checks: dict[Annotated[str, StringConstraints(max_length=60)], Literal["ok", "bad"]]


class Return(Told):
    content: Annotated[Text, StringConstraints(max_length=500)] = ""
    files: Annotated[int, Field(ge=0, le=100_000)] | None = None


class NewDevice(Told):
    number: Annotated[Line, StringConstraints(min_length=1, max_length=30)]
    serial: Annotated[Line, StringConstraints(min_length=1, max_length=40)]
    device_type: Literal[
        "camera", "video_camera", "audio_recorder", "body_recorder", "mobile_terminal", "vehicle_recorder",
        "fixed_camera", "other",
    ]  # fmt: skip
    model: Annotated[Line, StringConstraints(max_length=60)] | None = None


@routes.get("/devices", policy="device.view", response=DevicesPage)
def devices(request: HttpRequest, listed: Query[ListAsked]) -> DevicesPage:
    return pages_devices.board(asked(request), listed)


@routes.get("/hand-out", policy="device.keep", response=HandOutBoard)
def hand_out_board(request: HttpRequest) -> HandOutBoard:
    """What the board of the morning needs, in one answer: devices, people, the check's lines, the end of the shift."""
    asking = asked(request)
    return pages_devices.hand_out_board(asking, due_at=_end_of_shift(asking.at))


@routes.get("/forms/device", policy="device.keep", response=Form)
def new_device_form(request: HttpRequest) -> Form:
    return Form(
        title="登记设备", intro="登记后即在库，可以领用。编号和产品序号在本机关内不得重复。", submit="登记", url="/devices",
        fields=[
            fields.text("number", "设备编号", hint="机关自己的编号，如 记-07。"),
            fields.text("serial", "产品序号", hint="设备写进文件名或文件里的号码，入库时据此认出设备。"),
            fields.select("device_type", "类型", fields.options(dict(Device.Kind.choices)), value="body_recorder"),
            fields.text("model", "型号", required=False),
        ],
    )  # fmt: skip


@routes.post("/devices", policy="device.keep", response=Done)
def register(request: HttpRequest, told: NewDevice) -> Done:
    asking = asked(request)
    device = actions.register_device(
        asking.officer.unit, by=asking.by, number=told.number, serial=told.serial, device_type=told.device_type,
        model=told.model or "", at=asking.at,
    )  # fmt: skip
    return done(f"已登记设备 {device.number}", about=device.pk)


@routes.get("/devices/{uuid:device}/hand-out", policy="device.keep", response=Form)
def hand_out_form(request: HttpRequest, device: UUID) -> Form:
    asking = asked(request)
    row, law = _device(asking, device, to="device.keep"), asking.law_or_none
    lines = law.check_lines if law else ()
    rule = next(iter(law.rules_of("pre_use_check")), None) if law else None
    intro = (
        "领用前逐项检查；有一项不正常就不能领用，请换一台或报故障。"
        if lines
        else "写明领用人、用途和归还时间。"
    )
    return Form(
        title=f"领用 {row.number}", intro=intro, cite=cite_of(rule.citation) if rule else None, submit="领用",
        guidance=guidance_for(law, at="hand_out"),
        url=f"/devices/{device}/loans",
        fields=[
            fields.select("officer", "领用人", _who_may_take(asking)),
            fields.text("purpose", "用途", hint="如“上午巡查”，或写明要去的现场活动。"),
            fields.moment("due_at", "应归还", value=_end_of_shift(asking.at)),
            *([FormField(name="checks", label="使用前检查", kind="checks", choices=_CHOICES,
                         options=[Option(value=line.code, label=line.label) for line in lines], value={})] if lines else []),
        ],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/loans", policy="device.keep", response=Done)
def hand_out(request: HttpRequest, device: UUID, told: HandOut) -> Done:
    asking = asked(request)
    row, law = _device(asking, device), asking.law
    asking.require("device.keep", row)
    officer = registry.officer(told.officer)
    if officer is None or officer.agency_id != row.agency_id:
        raise WrongFields("领用人不在本机关名册中", {"officer": "请从名册中选择领用人。"})
    rule = next(iter(law.rules_of("pre_use_check")), None)
    loan = actions.hand_out(
        row, by=asking.by, to=officer, purpose=told.purpose,
        check={line.label: told.checks.get(line.code) == "ok" for line in law.check_lines},
        required=[line.label for line in law.check_lines], cite=rule.citation if rule else None,
        due_at=told.due_at, still_on_it=pages_device.still_on(row.pk), at=asking.at,
    )  # fmt: skip
    return done(f"{officer.name}已领用 {row.number}", about=loan.pk)


@routes.get("/devices/{uuid:device}/return", policy="device.keep", response=Form)
def return_form(request: HttpRequest, device: UUID) -> Form:
    loan = _loan(asked(request), device, to="device.keep")
    return Form(
        title=f"归还 {loan.device.number}",
        intro=f"{loan.officer.name}为“{loan.purpose}”领用。归还后请将设备接入采集站，把记录存入系统。",
        submit="归还", url=f"/devices/{device}/return",
        fields=[
            fields.long("content", "记录内容", required=False, hint="这次领用录了什么；没有录的写明没有。"),
            FormField(name="files", label="摄录了几个文件", kind="number", required=False,
                      hint="全部入库之前，这台设备不能领给别人；不知道的不填。"),
        ],
    )  # fmt: skip


@routes.post("/devices/{uuid:device}/return", policy="device.keep", response=Done)
def take_back(request: HttpRequest, device: UUID, told: Return) -> Done:
    asking = asked(request)
    loan = _loan(asking, device)
    actions.take_back(loan, by=asking.by, content=told.content, files=told.files, at=asking.at)
    return done(f"{loan.device.number} 已归还", about=loan.pk)


def _device(asking: Asking, key: UUID, *, to: str = "") -> Device:
    visible = queries.visible_to(asking.by, at=asking.at)
    found: Device = asking.found(visible, key, anyhow=queries.devices(), action="device.view")
    asking.check_form(to, found)
    return found


def _loan(asking: Asking, key: UUID, *, to: str = "") -> Loan:
    loan = queries.open_loan_of(_device(asking, key, to=to).pk)
    if loan is None:
        raise Gone
    return loan


def _who_may_take(asking: Asking) -> list[Option]:
    out: dict[UUID, int] = {}
    people = registry.colleagues(asking.officer.agency_id)
    for loan in queries.held_by(o.id for o in people):
        out[loan.officer_id] = out.get(loan.officer_id, 0) + 1
    return [
        Option(value=str(o.id), label=f"{o.name}（{o.number}）", hint=f"还有 {out[o.id]} 台未还" if o.id in out else o.unit)
        for o in people
    ]  # fmt: skip


def _end_of_shift(at: datetime) -> datetime:
    """Six in the evening, or eight hours on where that is over."""
    evening = at.astimezone(BEIJING).replace(hour=_SHIFT_ENDS, minute=0, second=0, microsecond=0)
    return evening if evening > at + timedelta(minutes=30) else at + timedelta(hours=8)
