"""Routes of what is absent: the list, and the note that says what became of one."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import StringConstraints

from liuhen.apps.casework.absence import Absence
from liuhen.apps.casework.completeness import absences, explain_absence
from liuhen.apps.casework.models import AbsenceNote
from liuhen.interfaces.api import fields, pages_absences
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import ListAsked, Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Listing
from liuhen.interfaces.api.shapes_absences import AbsenceRow

routes = Routes("应有未有")
Day = Annotated[str, StringConstraints(max_length=10, pattern=r"^\d{4}-\d\d-\d\d$")]


class Which(Told):
    """An absence is computed, not kept: its key, and the day on which it is found again."""

    absence: UUID
    day: Day


class NewNote(Told):
    outcome: Literal["explained", "elsewhere", "lost"]
    reason: Annotated[Text, StringConstraints(min_length=1)]


@routes.get("/absences", policy="absence.view", response=Listing[AbsenceRow])
def absent(request: HttpRequest, listed: Query[ListAsked]) -> Listing[AbsenceRow]:
    return pages_absences.page(asked(request), listed)


@routes.get("/forms/absence-note", policy="absence.explain", response=Form)
def note_form(request: HttpRequest, which: Query[Which]) -> Form:
    asking = asked(request)
    one = _found(asking, which)
    asking.check_form("absence.explain", one)
    return Form(
        title="说明应有未有", submit="说明",
        url=f"/absences/notes?absence={one.id}&day={which.day}",
        intro=f"{one.what}：{one.why}。说明只能作一次，写入存证，不能更改；所缺的仍列在“已说明”之中。",
        fields=[
            fields.select("outcome", "结果", fields.options(dict(AbsenceNote.Outcome.choices))),
            fields.long("reason", "理由", hint="写明查明了什么、凭什么这样认定。"),
        ],
    )  # fmt: skip


@routes.post("/absences/notes", policy="absence.explain", response=Done)
def explain(request: HttpRequest, which: Query[Which], told: NewNote) -> Done:
    asking = asked(request)
    note = explain_absence(
        _found(asking, which), by=asking.by, outcome=told.outcome, reason=told.reason, at=asking.at
    )
    return done("已说明，理由写入存证", about=note.pk)


def _found(asking: Asking, which: Which) -> Absence:
    """Found again among what this person may know of: nothing is explained that is not absent."""
    span = pages_absences.span_of(which.day, at=asking.at)
    for one in absences(asking.by, within=span, at=asking.at):
        if one.id == which.absence:
            return one
    raise Gone
