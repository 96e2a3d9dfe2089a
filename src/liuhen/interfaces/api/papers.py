"""Documents as other pages show them: signing times on a timeline, rows in a case, what may be written about a thing."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from liuhen.apps.casework.models import Case, Interruption
from liuhen.apps.documents import queries
from liuhen.apps.documents.models import Document
from liuhen.engines.forms import Form, load_forms
from liuhen.engines.forms.definition import About
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, DocumentRow, Explanation, PaperOffer, PaperStage, State, Tone
from liuhen.interfaces.api.writing import may_write
from liuhen.kernel.clock import shown

_TONES: dict[str, Tone] = {
    "draft": "due",
    "to_sign": "due",
    "finalised": "proven",
    "replaced": "plain",
    "void": "plain",
}


_ENDS = (Case.Stage.ARCHIVED, Case.Stage.NOT_STARTED, Case.Stage.TRANSFERRED)
_MAIN = ("facts", "findings", "content")
_ROOM = 120


def state_of(row: Document) -> State:
    """Where a document stands; green only once it is locked and printed."""
    return State(label=row.get_state_display(), tone=_TONES.get(row.state, "plain"))


def address_of(row: Document) -> str:
    return f"/documents/{row.pk}"


def signings_about(subjects: Iterable[UUID]) -> list[tuple[datetime, str]]:
    """When documents about some things were signed."""
    found = queries.documents_about(list(subjects))
    return [(s.at, f"{s.name}签{d.title}") for d in found for s in d.signatures.all()]


def rows_about(subjects: Iterable[UUID]) -> list[DocumentRow]:
    """The documents about some things."""
    return [
        DocumentRow(
            id=str(row.pk), number=row.number, title=row.title, state=state_of(row), at=row.finalised_at or row.made_at,
            to=address_of(row), form=row.form,
        )
        for row in queries.documents_about(list(subjects))
    ]  # fmt: skip


def actions_about(row: Interruption) -> list[Action]:
    """The statement of an interruption: write it, or open the one that is there."""
    held = queries.documents_about([row.pk])
    if held:
        return [
            Action(
                key=f"paper-{held[-1].pk}",
                label=f"情况说明（{held[-1].get_state_display()}）",
                to=address_of(held[-1]),
            )
        ]
    return [
        Action(key=f"state-{row.pk}", label="填写情况说明", form_url=f"/interruptions/{row.pk}/statement")
    ]


def statements_about(subject: UUID) -> list[Explanation]:
    """Statements written about a thing itself, as an activity's page lists them."""
    return [
        Explanation(
            id=str(row.pk), title=row.title, state=state_of(row), says=_gist(row), to=address_of(row),
            signed=_signed(row), actions=[],
        )
        for row in queries.documents_about([subject])
    ]  # fmt: skip


def _gist(row: Document) -> str:
    """What it says in the main, as far as a line or two have room for it."""
    told = next((str(row.values[name]) for name in _MAIN if row.values.get(name)), "")
    return told if len(told) <= _ROOM else f"{told[:_ROOM]}……"


def forms_about(asking: Asking, subject: About) -> list[Form]:
    """The forms that may be written about a kind of thing, but for the statement, in the order of their titles."""
    found = [
        form
        for form in load_forms(asking.office.forms).values()
        if subject in form.about and form.id != "statement"
    ]
    return sorted(found, key=lambda form: form.title)


def offers(asking: Asking, subject: About, path: str) -> list[Action]:
    """One action for each document that may be written about a thing, at `path` of the thing."""
    return [
        Action(key=form.id, label=f"写{form.title}", form_url=f"{path}/{form.id}")
        for form in forms_about(asking, subject)
    ]


_STAGES: dict[str, str] = {
    "intake": "启动", "investigation": "调查取证", "review": "审查决定", "service": "送达执行", "": "各环节都可写",
}  # fmt: skip


def shelf_of(asking: Asking, case: Case, rows: Iterable[DocumentRow], *, handles: bool) -> list[PaperStage]:
    """What may be written about a case, stage by stage, with what has been written."""
    written: dict[str, list[DocumentRow]] = {}
    for row in rows:
        written.setdefault(row.form, []).append(row)
    forms = forms_about(asking, "case")
    return [
        PaperStage(
            label=label, current=stage == case.stage,
            papers=[
                PaperOffer(
                    title=form.title, says=_told(form), written=written.get(form.id, []),
                    action=Action(key=form.id, label="填写", form_url=f"/cases/{case.pk}/papers/{form.id}")
                    if _may(asking, form, case, handles=handles) else None,
                )
                for form in forms if form.stage == stage
            ],
        )
        for stage, label in _STAGES.items()
    ]  # fmt: skip


def _told(form: Form) -> str:
    return f"{form.says}由法制审核人员填写，承办本案的人不能写。" if form.writer else form.says


def _may(asking: Asking, form: Form, case: Case, *, handles: bool) -> bool:
    """Whether a form is this person's to fill: of the one who handles the case, or of whom the form names; of nobody once it has ended."""
    if not form.writer:
        return handles
    return case.stage not in _ENDS and may_write(asking, form, case)


def _signed(row: Document) -> str:
    names = [f"{s.name} {shown(s.at)} 签名" for s in row.signatures.all()]
    return "；".join(names) or f"{row.made_by.name}起草，尚无签名"


def page_of(document: Document | None) -> str | None:
    """Where a document is read."""
    return address_of(document) if document else None
