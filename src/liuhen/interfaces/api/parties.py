"""Routes of 当事人与其他人 of a case, and how the page of the case shows them."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.casework import parties, queries
from liuhen.apps.casework.models import Case, CaseParty
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Action, Done, Form, Party

routes = Routes("当事人")
Filled = Annotated[Line, StringConstraints(min_length=1)]


class NewParty(Told):
    role: Literal["party", "applicant", "complainant", "victim", "third", "agent", "guardian", "witness"]
    name: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    note: Annotated[Line, StringConstraints(max_length=200)] | None = None


class PartyStrike(Told):
    why: Annotated[Line, StringConstraints(min_length=1, max_length=200)]


@routes.get("/cases/{uuid:case}/party", policy="case.write", response=Form)
def party_form(request: HttpRequest, case: UUID) -> Form:
    asking = asked(request)
    row = _case(asking, case)
    asking.check_form("case.write", row)
    return Form(
        title=f"登记当事人 {row.number}", submit="登记", url=f"/cases/{case}/parties",
        intro="当事人、申请人的姓名随即写在本事项、案卷和此后的文书上；已经定稿的文书不变。",
        fields=[
            fields.select("role", "身份", fields.options(dict(CaseParty.Role.choices)), value="party"),
            fields.text("name", "姓名或者名称"), fields.text("note", "说明", required=False),
        ],
    )  # fmt: skip


@routes.post("/cases/{uuid:case}/parties", policy="case.write", response=Done)
def enter(request: HttpRequest, case: UUID, told: NewParty) -> Done:
    asking = asked(request)
    row = parties.enter_party(
        _case(asking, case), by=asking.by, role=told.role, name=told.name, note=told.note or "", at=asking.at
    )  # fmt: skip
    return done(f"{row.name}已登记为{row.get_role_display()}", about=row.pk)


@routes.get("/parties/{uuid:party}/strike", policy="case.write", response=Form)
def strike_form(request: HttpRequest, party: UUID) -> Form:
    asking = asked(request)
    row = _party(asking, party)
    asking.check_form("case.write", row)
    return Form(
        title=f"撤销登记 {row.name}", submit="撤销", url=f"/parties/{party}/strikes",
        intro="登记错了的才撤销；原来的登记和撤销的原因都留在存证里。", fields=[fields.text("why", "撤销的原因")],
    )  # fmt: skip


@routes.post("/parties/{uuid:party}/strikes", policy="case.write", response=Done)
def strike(request: HttpRequest, party: UUID, told: PartyStrike) -> Done:
    asking = asked(request)
    row = _party(asking, party)
    parties.strike_party(row, by=asking.by, why=told.why, at=asking.at)
    return done(f"{row.name}的登记已撤销", about=row.pk)


def shown(case: Case, *, may_write: bool) -> list[Party]:
    """Who stands in the case; who was named at its opening alone has no row yet."""
    rows = parties.parties_of(case.pk)
    if not rows:
        return [Party(name=case.party, role="当事人", note="")] if case.party else []
    return [
        Party(name=row.name, role=row.get_role_display(), note=row.note,
              actions=[Action(key=f"strike-{row.pk}", label="撤销", form_url=f"/parties/{row.pk}/strike")] if may_write else [])
        for row in rows
    ]  # fmt: skip


def enter_action(case: Case) -> Action:
    return Action(key="party", label="登记当事人", form_url=f"/cases/{case.pk}/party")


def _case(asking: Asking, key: UUID) -> Case:
    visible = queries.cases_visible_to(asking.by, at=asking.at)
    row: Case = asking.found(visible, key, anyhow=queries.cases(), action="case.view")
    return row


def _party(asking: Asking, key: UUID) -> CaseParty:
    """A party is known to whoever may know of its case."""
    row = parties.party(key)
    if row is None:
        raise Gone
    _case(asking, row.case_id)
    return row
