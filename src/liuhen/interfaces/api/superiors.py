"""Routes of a superior agency's written approval: entered by one, held against the paper by another, and the scan of it."""

import base64
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import StringConstraints

from liuhen.apps.approval import queries, superiors
from liuhen.apps.approval.actions import SUPERIOR
from liuhen.apps.approval.models import Request, SuperiorPaper
from liuhen.apps.approval.scans import LARGEST
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked, require_fresh
from liuhen.interfaces.api.lists import Line, Text, Told
from liuhen.interfaces.api.matters import is_told, matter_of
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Option
from liuhen.kernel.citations import Citation
from liuhen.kernel.clock import BEIJING, shown
from liuhen.kernel.errors import Refused

routes = Routes("审批")
_ANSWERS = [Option(value="agree", label="同意"), Option(value="return", label="不同意")]
_OUTCOMES = [Option(value="fits", label="与纸质一致"), Option(value="differs", label="与纸质不符")]
Name = Annotated[Line, StringConstraints(min_length=1, max_length=100)]


class WrittenApproval(Told):
    organ: Name
    number: Name
    dated: date
    signer: Annotated[Line, StringConstraints(min_length=1, max_length=50)]
    office: Name
    answer: Literal["agree", "return"]
    assessment: Annotated[Text, StringConstraints(min_length=1)]
    scan: Annotated[str, StringConstraints(max_length=(LARGEST + 2) // 3 * 4)] | None = None


class HeldAgainst(Told):
    outcome: Literal["fits", "differs"]
    reason: Annotated[Line, StringConstraints(max_length=500)] | None = None


@routes.get("/approvals/{uuid:approval}/paper", policy="approval.paper", response=Form)
def paper_form(request: HttpRequest, approval: UUID) -> Form:
    asking = asked(request)
    row = _request(asking, approval, "approval.paper")
    asking.check_form("approval.paper", row)
    return Form(
        title=f"登记上级批准 · {row.number}", submit="登记", url=f"/approvals/{row.pk}/papers",
        intro=f"{matter_of(row)}。照上级机关的纸质批准文书填写并附扫描件；由另一人对照纸质核对以后，计为上级机关的审批。",
        fields=[
            fields.text("organ", "批准机关", hint="写全称。"), fields.text("number", "文号"),
            fields.text("dated", "批准日期", value=asking.at.astimezone(BEIJING).date().isoformat(), hint="照文书所写，如 2026-11-20。"),
            fields.text("signer", "签署人"), fields.text("office", "签署人职务"), fields.select("answer", "意见", _ANSWERS, value="agree"),
            fields.long("assessment", "分析评估", hint="报批以前就内容和影响作的分析评估，结论是什么。"),
            fields.file("scan", "批准文书扫描件", hint="PDF、PNG 或者 JPEG，不大于 4 MB。"),
        ],
    )  # fmt: skip


@routes.post("/approvals/{uuid:approval}/papers", policy="approval.paper", response=Done)
def enter(request: HttpRequest, approval: UUID, told: WrittenApproval) -> Done:
    asking = asked(request)
    row = _request(asking, approval, "approval.paper")
    word = superiors.WrittenWord(
        organ=told.organ, number=told.number, dated=told.dated, signer=told.signer, office=told.office, agree=told.answer == "agree",
        assessment=told.assessment, scan=told.scan or "",
    )  # fmt: skip
    made = superiors.enter_paper(
        row, word, by=asking.by, officer=asking.officer, cite=_cite(asking, row), at=asking.at
    )
    return done(f"{row.number} 的上级批准文书已登记，待另一人核对", about=made.pk)


@routes.get("/approvals/{uuid:approval}/paper-check", policy="approval.check-paper", response=Form)
def check_form(request: HttpRequest, approval: UUID) -> Form:
    asking = asked(request)
    row = _request(asking, approval, "approval.check-paper")
    asking.check_form("approval.check-paper", row)
    paper = _unchecked(row)
    return Form(
        title=f"核对上级批准 · {row.number}", submit="提交结论", url=f"/approvals/{row.pk}/paper-checks",
        intro=f"{paper.entered_by.name}于 {shown(paper.entered_at)} 登记：{paper.organ}，{paper.number}，{paper.dated.isoformat()}，"
        f"{paper.office}{paper.signer}，{paper.get_answer_display()}。分析评估：{paper.assessment}。请拿着纸质原件逐项核对，并核对扫描件是否就是这一份。",
        fields=[
            fields.select("outcome", "结论", _OUTCOMES),
            fields.text("reason", "说明", required=False, hint="与纸质不符的，写明哪一项不同；登记人可以重新登记。"),
        ],
    )  # fmt: skip


@routes.post("/approvals/{uuid:approval}/paper-checks", policy="approval.check-paper", response=Done)
def check(request: HttpRequest, approval: UUID, told: HeldAgainst) -> Done:
    asking = asked(request)
    row = _request(asking, approval, "approval.check-paper")
    require_fresh(request)
    fits = told.outcome == "fits"
    made = superiors.check_paper(
        _unchecked(row), by=asking.by, officer=asking.officer, fits=fits, reason=told.reason or "", cite=_cite(asking, row), at=asking.at
    )  # fmt: skip
    return done(
        f"{row.number} 的上级批准文书{'相符，已计入审批' if fits else '不符，请重新登记'}", about=made.pk
    )


@routes.get("/approvals/{uuid:approval}/paper-scan", policy="approval.view", response=str)
def scan(request: HttpRequest, approval: UUID) -> HttpResponse:
    """The newest paper as it was scanned in."""
    asking = asked(request)
    row = queries.request(approval)
    if row is None or not (_reads(asking, row) and is_told(asking, row)):
        raise Gone
    paper = next(iter(superiors.papers_of(row)), None)
    if paper is None:
        raise Refused("没有登记上级机关的批准文书", do="取得书面批准以后登记。")
    answer = HttpResponse(base64.b64decode(paper.scan), content_type=paper.scan_type)
    answer["Content-Disposition"] = (
        f'attachment; filename="superior-{paper.pk}.{paper.scan_type.rpartition("/")[2]}"'
    )
    return answer


def _reads(asking: Asking, row: Request) -> bool:
    acts = ("approval.paper", "approval.check-paper")
    return queries.may_read(row, asking.by, at=asking.at) or any(asking.may(one, row) for one in acts)


def _request(asking: Asking, key: UUID, action: str) -> Request:
    row = queries.request(key)
    is_mine = row is not None and row.agency_id == asking.officer.agency_id and _reads(asking, row)
    if row is None or not is_mine or not is_told(asking, row):
        raise Gone
    asking.require(action, row)
    return row


def _unchecked(row: Request) -> SuperiorPaper:
    paper = superiors.unchecked_paper(row)
    if paper is None:
        raise Refused("没有待核对的上级批准文书", do="取得书面批准以后先登记。")
    return paper


def _cite(asking: Asking, row: Request) -> Citation | None:
    clause = next((step["clause"] for step in row.chain if step["role"] == SUPERIOR), "")
    law = asking.law_or_none
    return law.cite(clause) if law is not None and clause else None
