"""Routes of 保存处置: the calendar, the periods, holds placed and ended, and terms shortened or decided."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import StringConstraints

from liuhen.apps.casework import queries as casework
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import Recording
from liuhen.apps.retention import holds, shortening
from liuhen.apps.retention.models import Hold
from liuhen.apps.retention.queries import keeping_of
from liuhen.interfaces.api import fields, pages_keeping
from liuhen.interfaces.api.gate import Asking, Routes, asked, require_fresh
from liuhen.interfaces.api.lists import Line, ListAsked, Moment, Text, Told, Word
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Listing
from liuhen.interfaces.api.shapes_keeping import HeldShown, HoldRow, KeepingCalendar, KeepingRow
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused

routes = Routes("保存处置")
_Short = Annotated[Line, StringConstraints(max_length=120)]


class NewHold(Told):
    matter: Word
    reference: _Short
    authority: _Short
    reason: Text


class Reason(Told):
    reason: Text


class NewDecision(Told):
    until: Moment
    reason: Text


@routes.get("/keeping/calendar", policy="keeping.view", response=KeepingCalendar)
def calendar(request: HttpRequest) -> KeepingCalendar:
    return pages_keeping.calendar(asked(request))


@routes.get("/keeping", policy="keeping.view", response=Listing[KeepingRow])
def listed(request: HttpRequest, listed: Query[ListAsked]) -> Listing[KeepingRow]:
    return pages_keeping.page(asked(request), listed)


@routes.get("/holds", policy="hold.view", response=Listing[HoldRow])
def holds_listed(request: HttpRequest, listed: Query[ListAsked]) -> Listing[HoldRow]:
    return pages_keeping.holds_page(asked(request), listed)


# ── 登记暂缓 ────────────────────────────────────────────────


@routes.get("/recordings/{uuid:recording}/holds", policy="hold.view", response=HeldShown)
def holds_on_recording(request: HttpRequest, recording: UUID) -> HeldShown:
    return pages_keeping.held_shown(asked(request), _recording(asked(request), recording))


@routes.get("/recordings/{uuid:recording}/hold", policy="hold.place", response=Form)
def recording_hold_form(request: HttpRequest, recording: UUID) -> Form:
    return _hold_form(
        _recording(asked(request), recording, to="hold.place"), f"/recordings/{recording}/holds"
    )


@routes.post("/recordings/{uuid:recording}/holds", policy="hold.place", response=Done)
def hold_recording(request: HttpRequest, recording: UUID, told: NewHold) -> Done:
    return _placed(asked(request), _recording(asked(request), recording), told)


@routes.get("/activities/{uuid:activity}/holds", policy="hold.view", response=HeldShown)
def holds_on_activity(request: HttpRequest, activity: UUID) -> HeldShown:
    return pages_keeping.held_shown(asked(request), _activity(asked(request), activity))


@routes.get("/activities/{uuid:activity}/hold", policy="hold.place", response=Form)
def activity_hold_form(request: HttpRequest, activity: UUID) -> Form:
    return _hold_form(_activity(asked(request), activity, to="hold.place"), f"/activities/{activity}/holds")


@routes.post("/activities/{uuid:activity}/holds", policy="hold.place", response=Done)
def hold_activity(request: HttpRequest, activity: UUID, told: NewHold) -> Done:
    return _placed(asked(request), _activity(asked(request), activity), told)


@routes.get("/cases/{uuid:case}/holds", policy="hold.view", response=HeldShown)
def holds_on_case(request: HttpRequest, case: UUID) -> HeldShown:
    return pages_keeping.held_shown(asked(request), _case(asked(request), case))


@routes.get("/cases/{uuid:case}/hold", policy="hold.place", response=Form)
def case_hold_form(request: HttpRequest, case: UUID) -> Form:
    return _hold_form(_case(asked(request), case, to="hold.place"), f"/cases/{case}/holds")


@routes.post("/cases/{uuid:case}/holds", policy="hold.place", response=Done)
def hold_case(request: HttpRequest, case: UUID, told: NewHold) -> Done:
    return _placed(asked(request), _case(asked(request), case), told)


def _hold_form(subject: holds.Subject, url: str) -> Form:
    return Form(
        title=f"登记暂缓处置 {subject.number}", submit="登记", url=url,
        intro="登记之后，有关音像（包括今后关联进来的）一律不得销毁，直到这一项终结。登记写入存证，不能更改；终结由法制或者督察提出，机关负责人批准。",
        fields=[
            fields.select("matter", "事项", fields.options(dict(Hold.Matter.choices))),
            fields.text("reference", "案号或者登记号"),
            fields.text("authority", "受理或者决定的机关"),
            fields.long("reason", "事由", hint="争议是什么，哪些音像与它有关。"),
        ],
    )  # fmt: skip


def _placed(asking: Asking, subject: holds.Subject, told: NewHold) -> Done:
    grounds = holds.Grounds(told.matter, told.reference, told.authority, told.reason)
    made = holds.place_hold(subject, grounds, by=asking.by, officer=asking.officer, at=asking.at)
    return done(f"{made.number} 已登记，有关音像暂缓处置", about=made.pk)


# ── 终结 ───────────────────────────────────────────────────


@routes.get("/holds/{uuid:hold}/release", policy="hold.release", response=Form)
def release_form(request: HttpRequest, hold: UUID) -> Form:
    row = _hold(asked(request), hold, to="hold.release")
    return Form(
        title=f"提出终结 {row.number}", submit="提交审批", url=f"/holds/{hold}/releases",
        intro=f"{row.get_matter_display()} {row.reference}（{row.authority}）已经终结的，写明结果；机关负责人批准之后才解除。其他未终结的事项不受影响。",
        fields=[fields.long("reason", "怎样终结的", hint="写明文书名称、文号和日期。")],
    )  # fmt: skip


@routes.post("/holds/{uuid:hold}/releases", policy="hold.release", response=Done)
def ask_for_release(request: HttpRequest, hold: UUID, told: Reason) -> Done:
    asking = asked(request)
    row = _hold(asking, hold)
    made = holds.ask_for_release(row, by=asking.by, officer=asking.officer, reason=told.reason, at=asking.at)
    return done(f"已提交审批 {made.number}，批准之后终结", about=made.pk)


# ── 缩短和决定 ──────────────────────────────────────────────


@routes.get("/recordings/{uuid:recording}/shortening", policy="keeping.shorten", response=Form)
def shortening_form(request: HttpRequest, recording: UUID) -> Form:
    row = _recording(asked(request), recording, to="keeping.shorten")
    held = keeping_of(row.pk)
    if held is None or held.shorter_until is None:
        raise Refused(f"{row.number} 依现有事实没有可以缩短的期限", do="事实有误的，请先更正事实。")
    now_says = f"至 {shown(held.until)}" if held.until else held.label
    return Form(
        title=f"提出缩短 {row.number}", submit="提交审批", url=f"/recordings/{recording}/shortenings",
        intro=f"现保存{now_says}；依现有事实可以缩短至 {shown(held.shorter_until)}。由机关负责人批准；批准时事实又变了的，不缩短。",
        fields=[fields.long("reason", "事由", hint="哪一项事实改变了，凭什么。")],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/shortenings", policy="keeping.shorten", response=Done)
def propose_shortening(request: HttpRequest, recording: UUID, told: Reason) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    require_fresh(request)
    made = shortening.propose_shortening(
        row, by=asking.by, officer=asking.officer, reason=told.reason, at=asking.at
    )
    return done(f"已提交审批 {made.number}，批准之后缩短", about=made.pk)


@routes.get("/recordings/{uuid:recording}/keeping-decision", policy="keeping.decide", response=Form)
def decision_form(request: HttpRequest, recording: UUID) -> Form:
    row = _recording(asked(request), recording, to="keeping.decide")
    held = keeping_of(row.pk)
    return Form(
        title=f"决定保存期限 {row.number}", submit="决定", url=f"/recordings/{recording}/keeping-decisions",
        intro=f"{held.reason if held else ''}决定之后只能再延长。",
        fields=[fields.moment("until", "保存至"), fields.long("reason", "理由")],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/keeping-decisions", policy="keeping.decide", response=Done)
def decide_keeping(request: HttpRequest, recording: UUID, told: NewDecision) -> Done:
    asking = asked(request)
    until: datetime = told.until
    row = _recording(asking, recording)
    made = shortening.decide_keeping(
        row, by=asking.by, officer=asking.officer, until=until, reason=told.reason, at=asking.at
    )
    return done(f"{row.number} 已决定保存至 {shown(until)}", about=made.pk)


def _recording(asking: Asking, key: UUID, *, to: str = "") -> Recording:
    visible = evidence.visible_to(asking.by, at=asking.at)
    row: Recording = _found(asking, visible, key, evidence.recordings(), "recording.list", to)
    return row


def _activity(asking: Asking, key: UUID, *, to: str = "") -> Any:
    visible = casework.activities_visible_to(asking.by, at=asking.at)
    return _found(asking, visible, key, casework.activities(), "activity.view", to)


def _case(asking: Asking, key: UUID, *, to: str = "") -> Any:
    visible = casework.cases_visible_to(asking.by, at=asking.at)
    return _found(asking, visible, key, casework.cases(), "case.view", to)


def _hold(asking: Asking, key: UUID, *, to: str = "") -> Any:
    visible = holds.holds_visible_to(asking.by, at=asking.at)
    return _found(asking, visible, key, Hold.objects.select_related("unit"), "hold.view", to)


def _found(asking: Asking, visible: Any, key: UUID, anyhow: Any, action: str, to: str) -> Any:
    row = asking.found(visible, key, anyhow=anyhow, action=action)
    asking.check_form(to, row)
    return row
