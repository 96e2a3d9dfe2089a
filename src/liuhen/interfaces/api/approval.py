"""Routes of approvals: the decision that is due, and taking one's own request back."""

from typing import Literal
from uuid import UUID

from django.http import HttpRequest

from liuhen.apps.access.packages import PACKAGE
from liuhen.apps.access.visiting import VISIT
from liuhen.apps.approval import actions, queries
from liuhen.apps.approval.actions import decides_above
from liuhen.apps.approval.models import Request
from liuhen.apps.registry.adopting import SHORTEN
from liuhen.apps.retention.disposal import DISPOSE
from liuhen.apps.retention.holds import RELEASE
from liuhen.apps.retention.shortening import SHORTEN_ONE
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked, require_fresh
from liuhen.interfaces.api.lists import Text, Told
from liuhen.interfaces.api.matters import is_told, matter_of
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Option
from liuhen.kernel.clock import shown

routes = Routes("审批")
# What gives something away or shortens its life: who agrees proves once more that he is himself.
_GRAVE = frozenset({PACKAGE, VISIT, DISPOSE, RELEASE, SHORTEN_ONE, SHORTEN})
_ANSWERS = [Option(value="agree", label="同意"), Option(value="return", label="退回")]


class Decision(Told):
    answer: Literal["agree", "return"]
    reason: Text | None = None


@routes.get("/approvals/{uuid:approval}/decision", policy="approval.decide", response=Form)
def decision_form(request: HttpRequest, approval: UUID) -> Form:
    asking = asked(request)
    row = _request(asking, approval)
    view = queries.view_of(row)
    before = "".join(f"{s.title}{s.officer}已{s.answer}。" for s in view.steps if s.at)
    title = next((s.title for s in view.steps if not s.at), "")
    return Form(
        title=f"审批 {row.number}", submit="提交意见", url=f"/approvals/{approval}/decision",
        intro=f"{view.requester}于 {shown(view.made_at)} 申请：{matter_of(row)}。事由：{view.reason}。{before}"
        f"{f'现由{title}审批。' if title else ''}",
        fields=[
            fields.select("answer", "意见", _ANSWERS),
            fields.long("reason", "理由", required=False, hint="退回须写明理由，申请人据此补正。"),
        ],
    )  # fmt: skip


@routes.post("/approvals/{uuid:approval}/decision", policy="approval.decide", response=Done)
def decide(request: HttpRequest, approval: UUID, told: Decision) -> Done:
    asking = asked(request)
    row = _request(asking, approval)
    agree = told.answer == "agree"
    if agree and row.purpose in _GRAVE:
        require_fresh(request)
    actions.decide(
        row, by=asking.by, officer=asking.officer, agree=agree, reason=told.reason or "", at=asking.at
    )
    return done(f"{row.number} 已{'同意' if agree else '退回'}", about=row.pk)


@routes.post("/approvals/{uuid:approval}/withdrawal", policy="approval.request", response=Done)
def withdraw(request: HttpRequest, approval: UUID) -> Done:
    asking = asked(request)
    row = _request(asking, approval)
    actions.withdraw(row, by=asking.by, at=asking.at)
    return done(f"{row.number} 已撤回", about=row.pk)


def _request(asking: Asking, key: UUID) -> Request:
    row = queries.request(key)
    if (
        row is None
        or not (row.agency_id == asking.officer.agency_id or decides_above(row, asking.by, at=asking.at))
        or not queries.may_read(row, asking.by, at=asking.at)
        or not is_told(asking, row)
    ):
        raise Gone
    return row
