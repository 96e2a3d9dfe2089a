"""Routes of 案卷: opened, filled in by hand, closed, checked and handed over, counted and accepted or returned; printed and examined."""

import json
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field, StringConstraints

from liuhen.apps.archive import volumes
from liuhen.apps.archive.models import PropertyReport, Volume, VolumeEntry
from liuhen.apps.archive.volume_print import REMARKS, printed
from liuhen.apps.casework import queries as casework
from liuhen.interfaces.api import fields, pages_volumes
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, ListAsked, Moment, Text, Told, Word
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Listing
from liuhen.interfaces.api.shapes_volumes import VolumePage, VolumeRow
from liuhen.kernel.errors import Refused

routes = Routes("案卷")
Short = Annotated[Text, StringConstraints(max_length=500)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Key = Annotated[str, StringConstraints(max_length=40)]


class NewSheet(Told):
    title: Line
    pages: Annotated[int, Field(ge=1, le=5000)]
    says: Annotated[Line, StringConstraints(max_length=200)] | None = None


class NewRemark(Told):
    code: Word
    says: Short


class NewOrder(Told):
    order: Annotated[list[Key], Field(max_length=2000)]


class Noted(Told):
    note: Short | None = None


class NewAcceptance(Told):
    document: Count
    sheet: Count
    pages: Count
    recording: Count
    disc: Count
    shelf: Line
    note: Short | None = None


class NewReturn(Told):
    reason: Annotated[Short, StringConstraints(min_length=1)]
    due_at: Moment


@routes.get("/volumes", policy="volume.view", response=Listing[VolumeRow])
def listed(request: HttpRequest, listed: Query[ListAsked]) -> Listing[VolumeRow]:
    return pages_volumes.page(asked(request), listed)


@routes.post("/cases/{uuid:case}/volumes", policy="volume.make", response=Done)
def open_one(request: HttpRequest, case: UUID) -> Done:
    asking = asked(request)
    visible = casework.cases_visible_to(asking.by, at=asking.at)
    row = asking.found(visible, case, anyhow=casework.cases(), action="case.view")
    made = volumes.open_volume(row, by=asking.by, officer=asking.officer, law=asking.law_if_any, at=asking.at)
    return done(f"已立卷 {made.number}", about=made.pk, to=f"/volumes/{made.pk}")


@routes.get("/volumes/{uuid:volume}", policy="volume.view", response=VolumePage)
def one(request: HttpRequest, volume: UUID) -> VolumePage:
    return pages_volumes.one(asked(request), _volume(asked(request), volume))


@routes.get("/volumes/{uuid:volume}/print", policy="volume.view", response=str)
def print_one(request: HttpRequest, volume: UUID) -> HttpResponse:
    asking = asked(request)
    row = _volume(asking, volume)
    answer = HttpResponse(
        printed(row, forms=asking.office.forms, viewer=asking.by, now=asking.at),
        content_type="application/pdf",
    )
    answer["Content-Disposition"] = f'attachment; filename="{row.pk}.pdf"'
    return answer


@routes.get("/volumes/{uuid:volume}/properties", policy="volume.view", response=str)
def properties(
    request: HttpRequest, volume: UUID, moment: Literal["before", "after"] = "before"
) -> HttpResponse:
    asking = asked(request)
    row = _volume(asking, volume)
    if pages_volumes.is_partly_told(asking, row):
        raise Gone  # The report is about every line of the catalogue.
    report = volumes.report_of(row, PropertyReport.Moment(moment))
    if report is None:
        raise Refused("还没有做过这一次四性检测", do="封卷、接收之后由后台检测，稍候刷新页面。")
    told = json.dumps(report.report, ensure_ascii=False, indent=1)
    answer = HttpResponse(told, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{report.pk}.json"'
    return answer


# ── 立卷中 ──────────────────────────────────────────────────


@routes.get("/volumes/{uuid:volume}/sheet", policy="volume.make", response=Form)
def sheet_form(request: HttpRequest, volume: UUID) -> Form:
    row = _volume(asked(request), volume, to="volume.make")
    return Form(
        title=f"登记纸质材料 {row.number}", submit="登记", url=f"/volumes/{volume}/sheets",
        intro="只有纸质的材料（手绘图、票据、复印件等），登记名称和页数，列入卷内目录并编页。系统里的文书、音像和光盘自动列入。",
        fields=[
            fields.text("title", "材料名称"), fields.number("pages", "页数", hint="按实际张面，一页一号。"),
            fields.text("says", "备注", required=False),
        ],
    )  # fmt: skip


@routes.post("/volumes/{uuid:volume}/sheets", policy="volume.make", response=Done)
def enter_sheet(request: HttpRequest, volume: UUID, told: NewSheet) -> Done:
    entry = VolumeEntry(sort=VolumeEntry.Sort.SHEET, title=told.title, pages=told.pages, says=told.says or "")
    return _entered(asked(request), volume, entry, "已登记，列入卷内目录")


@routes.post("/volumes/{uuid:volume}/withdrawals", policy="volume.make", response=Done)
def withdraw_sheet(request: HttpRequest, volume: UUID, told: NewOrder) -> Done:
    row = _volume(asked(request), volume)
    held = {str(one.pk): one for one in row.entries.filter(sort=VolumeEntry.Sort.SHEET, withdrawn_by=None)}
    if len(told.order) != 1 or told.order[0] not in held:
        asked(request).require("volume.make", row)
        raise Refused("目录上没有这件纸质材料", do="请刷新页面查看。")
    entry = VolumeEntry(sort=VolumeEntry.Sort.WITHDRAWN, withdraws=held[told.order[0]])
    return _entered(asked(request), volume, entry, "已撤下")


@routes.get("/volumes/{uuid:volume}/remark", policy="volume.make", response=Form)
def remark_form(request: HttpRequest, volume: UUID) -> Form:
    row = _volume(asked(request), volume, to="volume.make")
    return Form(
        title=f"登记说明 {row.number}", submit="登记", url=f"/volumes/{volume}/remarks",
        intro="写入备考表，随案卷长期保存，不能更改。依规不需要的材料、交接的断点、不能识别的音像，说明之后可以封卷。",
        fields=[fields.select("code", "说明什么", fields.options(REMARKS)), fields.long("says", "说明", hint="缺什么、为什么、在哪里。")],
    )  # fmt: skip


@routes.post("/volumes/{uuid:volume}/remarks", policy="volume.make", response=Done)
def enter_remark(request: HttpRequest, volume: UUID, told: NewRemark) -> Done:
    if told.code not in REMARKS:
        asked(request).require("volume.make", _volume(asked(request), volume))
        raise Refused("没有这种说明的事项", do="请从所列事项中选择。")
    entry = VolumeEntry(sort=VolumeEntry.Sort.REMARK, code=told.code, says=told.says)
    return _entered(asked(request), volume, entry, "已写入备考表")


@routes.post("/volumes/{uuid:volume}/orders", policy="volume.make", response=Done)
def enter_order(request: HttpRequest, volume: UUID, told: NewOrder) -> Done:
    entry = VolumeEntry(sort=VolumeEntry.Sort.ORDER, order=told.order)
    return _entered(asked(request), volume, entry, "次序已改，页次随之重编")


@routes.get("/volumes/{uuid:volume}/closing", policy="volume.make", response=Form)
def closing_form(request: HttpRequest, volume: UUID) -> Form:
    row = _volume(asked(request), volume, to="volume.make")
    return Form(
        title=f"封卷 {row.number}", submit="封卷", url=f"/volumes/{volume}/closings",
        intro="依启用的制度逐项核对，没有办妥的不能封卷。封卷写定目录和页次，随后自动做四性检测；由另一名负责人检查、移交。",
        fields=[fields.long("note", "卷内情况说明", required=False)],
    )  # fmt: skip


@routes.post("/volumes/{uuid:volume}/closings", policy="volume.make", response=Done)
def close(request: HttpRequest, volume: UUID, told: Noted) -> Done:
    asking = asked(request)
    row = _volume(asking, volume)
    made = volumes.close_volume(
        row, by=asking.by, officer=asking.officer, law=asking.law_if_any, note=told.note or "", at=asking.at
    )
    return done(f"{row.number} 已封卷，正在做四性检测", about=made.pk)


# ── 移交和接收 ──────────────────────────────────────────────


@routes.get("/volumes/{uuid:volume}/submission", policy="volume.submit", response=Form)
def submission_form(request: HttpRequest, volume: UUID) -> Form:
    asking = asked(request)
    row = _volume(asking, volume, to="volume.submit")
    return Form(
        title=f"检查并移交 {row.number}", submit="移交", url=f"/volumes/{volume}/submissions",
        intro=f"移交清单：{pages_volumes.counts_of(asking, row)}。请对照目录逐件检查之后移交档案机构；立卷人不能自己检查。",
        fields=[fields.long("note", "检查情况", required=False)],
    )  # fmt: skip


@routes.post("/volumes/{uuid:volume}/submissions", policy="volume.submit", response=Done)
def submit(request: HttpRequest, volume: UUID, told: Noted) -> Done:
    asking = asked(request)
    row = _volume(asking, volume)
    made = volumes.submit_volume(
        row, by=asking.by, officer=asking.officer, note=told.note or "", at=asking.at
    )
    return done(f"{row.number} 已移交，等档案机构清点接收", about=made.pk)


@routes.get("/volumes/{uuid:volume}/acceptance", policy="volume.accept", response=Form)
def acceptance_form(request: HttpRequest, volume: UUID) -> Form:
    row = _volume(asked(request), volume, to="volume.accept")
    return Form(
        title=f"清点接收 {row.number}", submit="接收归档", url=f"/volumes/{volume}/acceptances",
        intro="请对实物和目录清点之后填写；与移交清单不符的不能接收。接收之后执法事项转入归档，并再做一次四性检测。",
        fields=[
            *(fields.number(key, label) for key, label in volumes.COUNTED.items()),
            fields.text("shelf", "存放位置", hint="库房、柜架、盒号。"), fields.long("note", "接收情况", required=False),
        ],
    )  # fmt: skip


@routes.post("/volumes/{uuid:volume}/acceptances", policy="volume.accept", response=Done)
def accept(request: HttpRequest, volume: UUID, told: NewAcceptance) -> Done:
    asking = asked(request)
    row = _volume(asking, volume)
    counted = {key: getattr(told, key) for key in volumes.COUNTED}
    made = volumes.accept_volume(
        row, by=asking.by, officer=asking.officer, counted=counted, shelf=told.shelf, note=told.note or "", at=asking.at
    )  # fmt: skip
    return done(f"{row.number} 已归档", about=made.pk)


@routes.get("/volumes/{uuid:volume}/return", policy="volume.accept", response=Form)
def return_form(request: HttpRequest, volume: UUID) -> Form:
    row = _volume(asked(request), volume, to="volume.accept")
    return Form(
        title=f"退回 {row.number}", submit="退回", url=f"/volumes/{volume}/returns",
        intro="退回之后由立卷人补正、重新封卷；原来的目录保留。期限按这里写的重新计算。",
        fields=[fields.long("reason", "理由", hint="缺哪一页、哪一件，哪里不符。"), fields.moment("due_at", "何时之前补齐")],
    )  # fmt: skip


@routes.post("/volumes/{uuid:volume}/returns", policy="volume.accept", response=Done)
def send_back(request: HttpRequest, volume: UUID, told: NewReturn) -> Done:
    asking = asked(request)
    row = _volume(asking, volume)
    made = volumes.return_volume(
        row, by=asking.by, officer=asking.officer, reason=told.reason, due_at=told.due_at, at=asking.at
    )
    return done(f"{row.number} 已退回", about=made.pk)


def _entered(asking: Asking, volume: UUID, entry: VolumeEntry, said: str) -> Done:
    made = volumes.enter(_volume(asking, volume), entry, by=asking.by, at=asking.at)
    return done(said, about=made.pk)


def _volume(asking: Asking, key: UUID, *, to: str = "") -> Volume:
    visible = volumes.volumes_visible_to(asking.by, at=asking.at)
    row: Volume = asking.found(visible, key, anyhow=volumes.volumes(), action="volume.view")
    asking.check_form(to, row)
    return row
