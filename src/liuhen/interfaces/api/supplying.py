"""Routes of the recordings that supervising departments require: the register, the request, the answer; and what waits on the desk."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.access import supplying
from liuhen.apps.access.models import SupplyRequest
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.gate import Asking, Routes, asked, require_fresh
from liuhen.interfaces.api.lists import Text, Told
from liuhen.interfaces.api.rail import done, tone_of_deadline
from liuhen.interfaces.api.shapes import Action, Deadline, Done, DueItem, Form, State
from liuhen.interfaces.api.shapes_devices import LedgerRow, LedgerSection
from liuhen.kernel.clock import shown

routes = Routes("调阅审批")
_MOST = 200
_COLUMNS = ["编号", "音像", "要求人", "用途和事由", "期限", "答复"]


class Required(Told):
    purpose: Literal["incident", "review", "rights", "patrol", "complaint"]
    says: Annotated[Text, StringConstraints(min_length=1, max_length=500)]


class Answered(Told):
    answer: Literal["supplied", "objected"]
    reply: Annotated[Text, StringConstraints(max_length=500)] | None = None


@routes.get("/supply-requests", policy="supply.view", response=LedgerSection)
def register(request: HttpRequest) -> LedgerSection:
    asking = asked(request)
    rows = supplying.supplies_visible_to(asking.by, at=asking.at).order_by("-asked_at")[:_MOST]
    return LedgerSection(
        key="supplies", title="要求提供", says="有权监督的部门要求采集部门提供音像，限期答复；提供之后三天内可以播放，每次播放都登记。",
        columns=_COLUMNS, rows=[_row(asking, row) for row in rows], actions=[],
    )  # fmt: skip


@routes.get("/recordings/{uuid:recording}/supply-request", policy="supply.ask", response=Form)
def request_form(request: HttpRequest, recording: UUID) -> Form:
    row = _recording(asked(request), recording, to="supply.ask")
    return Form(
        title=f"要求提供 {row.number}", intro=f"由{row.unit.name}负责人在两天之内答复。", submit="提出", url=f"/recordings/{recording}/supply-requests",
        fields=[fields.select("purpose", "用途", fields.options(dict(SupplyRequest.Purpose.choices))), fields.long("says", "事由")],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/supply-requests", policy="supply.ask", response=Done)
def require(request: HttpRequest, recording: UUID, told: Required) -> Done:
    asking = asked(request)
    row = supplying.require_supply(
        _recording(asking, recording),
        by=asking.by,
        officer=asking.officer,
        purpose=told.purpose,
        says=told.says,
        at=asking.at,
    )
    return done(f"已提出，{row.unit.name}应于 {shown(row.due_at)} 前答复", about=row.pk)


@routes.get("/supply-requests/{uuid:supply}/answer", policy="supply.answer", response=Form)
def answer_form(request: HttpRequest, supply: UUID) -> Form:
    row = _supply(asked(request), supply, to="supply.answer")
    return Form(
        title=f"答复 {row.number}", intro=f"{row.asked_by.name}为“{row.get_purpose_display()}”要求提供 {row.recording.number}：{row.says}",
        submit="答复", url=f"/supply-requests/{supply}/answer",
        fields=[
            fields.select("answer", "答复", fields.options({"supplied": "提供", "objected": "提出异议"})),
            fields.long("reply", "说明", required=False, hint="提出异议的须写明理由。"),
        ],
    )  # fmt: skip


@routes.post("/supply-requests/{uuid:supply}/answer", policy="supply.answer", response=Done)
def answer(request: HttpRequest, supply: UUID, told: Answered) -> Done:
    asking = asked(request)
    row = _supply(asking, supply)
    require_fresh(request)
    supplying.answer_supply(
        row, by=asking.by, officer=asking.officer, answer=told.answer, reply=told.reply or "", at=asking.at
    )
    return done(f"{row.number} {row.get_answer_display()}", about=row.pk)


def actions(asking: Asking, row: Recording) -> list[Action]:
    """On a recording's page, for who may require it."""
    if not asking.may("supply.ask", row):
        return []
    return [Action(key="supply", label="要求提供", form_url=f"/recordings/{row.pk}/supply-request")]


def desk_supplies(asking: Asking) -> list[DueItem]:
    """What waits for this person's answer, and what he asked for and is overdue."""
    if not asking.can("supply.view"):
        return []
    rows = supplying.supplies_visible_to(asking.by, at=asking.at).filter(answer="").order_by("due_at")[:20]
    return [_due(asking, row) for row in rows if asking.may("supply.answer", row) or row.due_at < asking.at]


def _due(asking: Asking, row: SupplyRequest) -> DueItem:
    mine = asking.may("supply.answer", row)
    action = Action(key=f"supply-{row.pk}", label="答复", form_url=f"/supply-requests/{row.pk}/answer") if mine else Action(key=f"supply-{row.pk}", label="查看", to="/supply-requests")  # fmt: skip
    return DueItem(
        key=f"supply-{row.pk}", title="要求提供音像" if mine else "要求提供，逾期未答复", what=f"{row.get_purpose_display()}：{row.says}", number=row.number,
        deadline=Deadline(label="答复", due_at=row.due_at, tone=tone_of_deadline(row.due_at, asking.at)), state=State(label="待答复", tone="due"),
        action=action, cite=None,
    )  # fmt: skip


def _row(asking: Asking, row: SupplyRequest) -> LedgerRow:
    told = "未答复"
    if row.answered_at is not None and row.answered_by is not None:
        told = (
            f"{shown(row.answered_at)} {row.answered_by.name}：{row.get_answer_display()} {row.reply}".strip()
        )
    late = not row.answer and row.due_at < asking.at
    state = State(label=row.get_answer_display(), tone="plain") if row.answer else State(label="逾期未答复", tone="breach") if late else State(label="待答复", tone="due")  # fmt: skip
    action = Action(key="answer", label="答复", form_url=f"/supply-requests/{row.pk}/answer")
    return LedgerRow(
        id=str(row.pk), cells=[row.number, row.recording.number, row.asked_by.name, f"{row.get_purpose_display()}：{row.says}", shown(row.due_at), told],
        state=state, to=f"/recordings/{row.recording_id}", actions=[action] if not row.answer and asking.may("supply.answer", row) else [],
    )  # fmt: skip


def _recording(asking: Asking, key: UUID, *, to: str = "") -> Recording:
    visible = queries.visible_to(asking.by, at=asking.at)
    row: Recording = asking.found(visible, key, anyhow=queries.recordings(), action="recording.list")
    asking.check_form(to, row)
    return row


def _supply(asking: Asking, key: UUID, *, to: str = "") -> SupplyRequest:
    visible = supplying.supplies_visible_to(asking.by, at=asking.at)
    row: SupplyRequest = asking.found(visible, key, anyhow=supplying.supplies(), action="supply.answer")
    asking.check_form(to, row)
    return row
