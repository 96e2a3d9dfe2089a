"""Routes of 回避: asking for it in a case, and deciding it."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.casework import queries, recusing
from liuhen.apps.casework.models import Case, Recusal
from liuhen.apps.registry import queries as registry
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Option

routes = Routes("回避")
Reason = Annotated[Text, StringConstraints(min_length=1, max_length=500)]


class NewRecusal(Told):
    officer: UUID
    asked: Literal["self", "party", "office"]
    reason: Reason


class Decision(Told):
    agreed: Literal["yes", "no"]
    reason: Reason


@routes.get("/cases/{uuid:case}/recusal", policy="case.write", response=Form)
def recusal_form(request: HttpRequest, case: UUID) -> Form:
    asking = asked(request)
    row = _case(asking, case, to="case.write")
    people = [Option(value=str(o.pk), label=o.name) for o in (row.officer, row.second_officer) if o]
    return Form(
        title=f"提出回避 {row.number}", submit="提出", url=f"/cases/{case}/recusals",
        intro="写明谁应当回避、为什么。决定之前照常办理；决定回避之后，本人只能把承办责任交接给他人。",
        fields=[
            fields.select("officer", "回避的人", people, value=people[0].value if len(people) == 1 else None),
            fields.select("asked", "怎样提出", fields.options(dict(Recusal.Asked.choices))),
            fields.long("reason", "理由"),
        ],
    )  # fmt: skip


@routes.post("/cases/{uuid:case}/recusals", policy="case.write", response=Done)
def ask(request: HttpRequest, case: UUID, told: NewRecusal) -> Done:
    asking = asked(request)
    row = _case(asking, case)
    asking.require("case.write", row)
    officer = registry.officer(told.officer)
    if officer is None or officer.agency_id != row.agency_id:
        raise WrongFields("人员不在本机关名册中", {"officer": "请从所列承办人中选择。"})
    made = recusing.ask_recusal(
        row, by=asking.by, officer=officer, asked=told.asked, reason=told.reason, at=asking.at
    )
    return done(f"{officer.name}的回避已提出，待决定", about=made.pk)


@routes.get("/recusals/{uuid:recusal}/decision", policy="recusal.decide", response=Form)
def decision_form(request: HttpRequest, recusal: UUID) -> Form:
    asking = asked(request)
    row = _recusal(asking, recusal)
    asking.check_form("recusal.decide", row)
    return Form(
        title=f"决定回避 {row.officer.name}", submit="决定", url=f"/recusals/{recusal}/decisions",
        intro=f"{row.case.number} {row.case.cause}。{row.get_asked_display()}：{row.reason}",
        fields=[fields.yes_no("agreed", "应当回避", value=None, required=True), fields.long("reason", "理由")],
    )  # fmt: skip


@routes.post("/recusals/{uuid:recusal}/decisions", policy="recusal.decide", response=Done)
def decide(request: HttpRequest, recusal: UUID, told: Decision) -> Done:
    asking = asked(request)
    row = _recusal(asking, recusal)
    made = recusing.decide_recusal(
        row, by=asking.by, agreed=told.agreed == "yes", reason=told.reason, at=asking.at
    )
    return done("已决定" + ("回避" if made.agreed else "不需回避"), about=made.pk)


def _case(asking: Asking, key: UUID, *, to: str = "") -> Case:
    visible = queries.cases_visible_to(asking.by, at=asking.at)
    row: Case = asking.found(visible, key, anyhow=queries.cases(), action="case.view")
    asking.check_form(to, row)
    return row


def _recusal(asking: Asking, key: UUID) -> Recusal:
    """A recusal is known to whoever may know of its case."""
    seen = queries.cases_visible_to(asking.by, at=asking.at).values("pk")
    rows = recusing.recusals()
    row: Recusal = asking.found(rows.filter(case__in=seen), key, anyhow=rows, action="case.view")
    return row
