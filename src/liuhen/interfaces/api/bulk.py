"""Routes of much at once: who looked at or took away how much in one day, and what the security administrator found out."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.access import bulk
from liuhen.apps.access.models import BulkAnswer, BulkNotice
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Action, Done, DueItem, Form, State
from liuhen.interfaces.api.shapes_devices import LedgerRow, LedgerSection
from liuhen.interfaces.api.words import size_shown
from liuhen.kernel.clock import shown

routes = Routes("大量查看")
_MOST = 200
_COLUMNS = ["日期", "人员", "部门", "到数时", "原件", "大小", "核查"]


class BulkAsked(Told):
    says: Annotated[Text, StringConstraints(min_length=1, max_length=500)]


@routes.get("/bulk-notices", policy="bulk.view", response=LedgerSection)
def notices(request: HttpRequest) -> LedgerSection:
    asking = asked(request)
    limit = asking.office.bulk
    return LedgerSection(
        key="bulk", title="每次提醒", says=f"一人一天查看、取走原件每满 {limit.count} 份或者 {size_shown(limit.size)}，提醒一次。查看都有登记，不因此停止；由安全管理员问明原因。这里不显示是哪几段。",
        columns=_COLUMNS, rows=[_row(asking, one) for one in bulk.notices_visible_to(asking.by, at=asking.at)[:_MOST]], actions=[],
    )  # fmt: skip


@routes.get("/bulk-notices/{uuid:notice}/answer", policy="bulk.answer", response=Form)
def answer_form(request: HttpRequest, notice: UUID) -> Form:
    row = _notice(asked(request), notice)
    return Form(
        title=f"核查 {row.officer.name} {row.day.isoformat()}", submit="登记核查情况", url=f"/bulk-notices/{row.pk}/answers",
        intro=f"{row.officer.name}（{row.officer.unit.name}）当日到 {shown(row.at)} 已查看、取走原件 {row.count} 份，共 {size_shown(row.size)}。请向本人和他的负责人问明原因；有疑点的，请督察人员查“查阅登记”。",
        fields=[fields.long("says", "核查情况", hint="问了谁、为什么、是否正常、怎样处理。")],
    )  # fmt: skip


@routes.post("/bulk-notices/{uuid:notice}/answers", policy="bulk.answer", response=Done)
def answer(request: HttpRequest, notice: UUID, told: BulkAsked) -> Done:
    asking = asked(request)
    row = _notice(asking, notice)
    made = bulk.answer_notice(row, by=asking.by, officer=asking.officer, says=told.says, at=asking.at)
    return done(f"{row.officer.name} {row.day.isoformat()} 的大量查看已核查", about=made.pk)


def desk_items(asking: Asking) -> list[DueItem]:
    """What the security administrator has not asked about yet."""
    if not asking.can("bulk.answer"):
        return []
    waiting = bulk.notices_visible_to(asking.by, at=asking.at).filter(answer=None)[:20]
    return [
        DueItem(
            key=f"bulk-{one.pk}", title="有人一天查看很多原件", what=f"{one.officer.name}（{one.officer.unit.name}）{one.count} 份，{size_shown(one.size)}",
            number=one.day.isoformat(), deadline=None, state=State(label="待核查", tone="breach"), action=_answer(one, f"bulk-{one.pk}"), cite=None,
        )
        for one in waiting
    ]  # fmt: skip


def _answer(row: BulkNotice, key: str = "answer") -> Action:
    return Action(key=key, label="核查", form_url=f"/bulk-notices/{row.pk}/answer")


def _row(asking: Asking, row: BulkNotice) -> LedgerRow:
    answer: BulkAnswer | None = getattr(row, "answer", None)
    told = f"{shown(answer.at)} {answer.by.name}：{answer.says}" if answer else "还没有核查"
    state = State(label="已核查", tone="plain") if answer else State(label="待核查", tone="due")
    return LedgerRow(
        id=str(row.pk), cells=[row.day.isoformat(), row.officer.name, row.officer.unit.name, shown(row.at), f"{row.count} 份", size_shown(row.size), told],
        state=state, to=None, actions=[_answer(row)] if answer is None and asking.may("bulk.answer", row) else [],
    )  # fmt: skip


def _notice(asking: Asking, key: UUID) -> BulkNotice:
    visible = bulk.notices_visible_to(asking.by, at=asking.at)
    row: BulkNotice = asking.found(visible, key, anyhow=bulk.notices(), action="bulk.view")
    return row
