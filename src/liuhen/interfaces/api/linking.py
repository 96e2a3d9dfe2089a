"""Routes of linking: the queue, a shift confirmed at once, the note that there is no case, and taking a link back."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field, StringConstraints

from liuhen.apps.casework import actions, linking
from liuhen.apps.casework.models import CaseLink, NoCase
from liuhen.apps.casework.models import Link as LinkRow
from liuhen.apps.casework.suggestions import suggestions_for
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api import fields, pages_linking
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import ListAsked, Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Listing
from liuhen.interfaces.api.shapes_linking import Confirmation, Confirmed, LinkingRow, Shifts, ShiftSheet
from liuhen.kernel.clock import BEIJING
from liuhen.kernel.errors import LiuhenError, Refused

routes = Routes("关联")
Reason = Annotated[Text, StringConstraints(min_length=1)]


class Which(Told):
    officer: UUID
    day: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 30))]


class Tick(Told):
    recording: UUID
    activity: UUID


class Ticks(Told):
    links: Annotated[list[Tick], Field(min_length=1, max_length=pages_linking.MOST)]


class NewNote(Told):
    why: Literal["test", "mistake", "nothing", "refused", "other"]
    reason: Reason


class Wish(Told):
    reason: Reason


@routes.get("/linking", policy="recording.link", response=Listing[LinkingRow])
def queue(request: HttpRequest, listed: Query[ListAsked]) -> Listing[LinkingRow]:
    return pages_linking.page(asked(request), listed)


@routes.get("/linking/shifts", policy="recording.link", response=Shifts)
def shifts(request: HttpRequest) -> Shifts:
    return pages_linking.shifts(asked(request))


@routes.get("/linking/sheet", policy="recording.link", response=ShiftSheet)
def sheet(request: HttpRequest, which: Query[Which]) -> ShiftSheet:
    day = datetime(which.day.year, which.day.month, which.day.day, 12, tzinfo=BEIJING)
    return pages_linking.sheet(asked(request), which.officer, day)


@routes.post("/linking/confirmations", policy="recording.link", response=Confirmation)
def confirm(request: HttpRequest, told: Ticks) -> Confirmation:
    """What was ticked on a sheet: one act for each, with the reasons as they were shown; a refusal stops no other."""
    asking = asked(request)
    lines = [_confirmed(asking, tick) for tick in told.links]
    good = sum(line.ok for line in lines)
    rest = f"，{len(lines) - good} 段没有关联，原因写在各段之下" if good < len(lines) else ""
    return Confirmation(said=f"已关联 {good} 段{rest}", lines=lines)


def _confirmed(asking: Asking, tick: Tick) -> Confirmed:
    row = queries.visible_to(asking.by, at=asking.at).filter(pk=tick.recording).first()
    try:
        said, ok = f"已关联到 {_linked(asking, row, tick.activity)}", True
    except LiuhenError as error:
        said, ok = f"{error.why}。{error.do}", False
    return Confirmed(recording=str(tick.recording), number=row.number if row else "", ok=ok, says=said)


def _linked(asking: Asking, row: Recording | None, activity: UUID) -> str:
    """Link as the sheet suggested it; the number of the activity. What is no longer suggested is not linked blindly."""
    if row is None:
        raise Gone
    guess = next((s for s in suggestions_for(row) if s.activity.pk == activity), None)
    if guess is None:
        raise Refused("这条建议已经变了", do="请重新打开核对表，看现在的建议。")
    reasons = [reason.says for reason in guess.reasons]
    actions.link_recording(guess.activity, by=asking.by, recording=row, reasons=reasons, at=asking.at)
    return guess.activity.number


# ── 无案说明 ────────────────────────────────────────────────


@routes.get("/recordings/{uuid:recording}/no-case", policy="recording.link", response=Form)
def no_case_form(request: HttpRequest, recording: UUID) -> Form:
    row = _recording(asked(request), recording, to="recording.link")
    return Form(
        title=f"无案说明 {row.number}", submit="说明", url=f"/recordings/{recording}/no-cases",
        intro="确实不属于任何现场活动的，写明情形和理由。原件照样保存；说明只作一次，不能更改；之后发现有对应活动的，仍可关联。",
        fields=[
            fields.select("why", "情形", fields.options(dict(NoCase.Why.choices))),
            fields.long("reason", "理由", hint="写明拍到什么、为何不属于任何活动。"),
        ],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/no-cases", policy="recording.link", response=Done)
def note_no_case(request: HttpRequest, recording: UUID, told: NewNote) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    made = linking.note_no_case(row, by=asking.by, why=told.why, reason=told.reason, at=asking.at)
    return done(f"{row.number} 已说明无案", about=made.pk)


# ── 解除关联 ────────────────────────────────────────────────


@routes.get("/links/{uuid:link}/unlinking", policy="recording.link", response=Form)
def unlinking_form(request: HttpRequest, link: UUID) -> Form:
    asking = asked(request)
    row = _link(asking, link, to="recording.link")
    law = asking.law_or_none
    steps = linking.deciders_of(row, asker=asking.by.id, law=law, at=asking.at)
    of_case = isinstance(row, CaseLink)
    home = (
        f"{row.case.number} {row.case.cause}"
        if isinstance(row, CaseLink)
        else f"{row.activity.number} {row.activity.subject}"
    )
    return Form(
        title=f"解除关联 {row.recording.number}", submit="提交审批", url=f"/links/{link}/unlinkings",
        intro=f"现关联到 {home}。写明理由，由{steps[0].title}同意之后才解除；原关联保留在记录里。"
        f"解除之后，这段音像重新等待关联，{'这件事项' if of_case else '活动'}的记录情况重新判定。",
        fields=[fields.long("reason", "理由", hint="如“这段拍的是邻街的检查，误关联到本次”。")],
    )  # fmt: skip


@routes.post("/links/{uuid:link}/unlinkings", policy="recording.link", response=Done)
def ask_to_unlink(request: HttpRequest, link: UUID, told: Wish) -> Done:
    asking = asked(request)
    made = linking.ask_to_unlink(
        _link(asking, link), by=asking.by, requester=asking.officer, reason=told.reason, law=asking.law_or_none,
        at=asking.at,
    )  # fmt: skip
    return done(f"已提交审批 {made.number}，同意之后解除", about=made.pk)


def _recording(asking: Asking, key: UUID, *, to: str = "") -> Recording:
    visible = queries.visible_to(asking.by, at=asking.at)
    found: Recording = asking.found(visible, key, anyhow=queries.recordings(), action="recording.list")
    asking.check_form(to, found)
    return found


def _link(asking: Asking, key: UUID, *, to: str = "") -> LinkRow | CaseLink:
    row = linking.link(key)
    if row is None:
        raise Gone
    _recording(asking, row.recording_id, to=to)
    return row
