"""Routes of documents: writing a statement about something, signing it, locking it, reading its print."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field, RootModel

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework import queries as activities
from liuhen.apps.casework.models import Activity, Case, Interruption
from liuhen.apps.casework.stages import check_step, check_told_once
from liuhen.apps.documents import actions, queries, signing
from liuhen.apps.documents.actions import WRITES
from liuhen.apps.documents.models import Document
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry.permission import allow
from liuhen.engines.forms import definition as forms
from liuhen.interfaces.api import fields, pages_documents
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.demands import check_seen, demand_of
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, ListAsked, Paper, Told, Word
from liuhen.interfaces.api.papers import address_of, forms_about
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import DocumentLine, DocumentPage, Done, Form, FormField, Listing, Option
from liuhen.interfaces.api.writing import Subject, action_of, check_write
from liuhen.kernel.errors import Refused

routes = Routes("文书")
_STATEMENT = "statement"


class Values(RootModel[Annotated[dict[Word, Paper | None], Field(max_length=60)]]):
    """What is written in a document, field by field; the form says which there are and how long each may be."""

    @property
    def told(self) -> dict[str, str]:
        return {name: value for name, value in self.root.items() if value is not None}


class NewVoiding(Told):
    reason: Line


@routes.get("/documents", policy="document.view", response=Listing[DocumentLine])
def documents(request: HttpRequest, listed: Query[ListAsked]) -> Listing[DocumentLine]:
    return pages_documents.documents(asked(request), listed)


@routes.get("/documents/{uuid:document}", policy="document.view", response=DocumentPage)
def document(request: HttpRequest, document: UUID) -> DocumentPage:
    asking = asked(request)
    return pages_documents.document(asking, document_of(asking, document))


@routes.get("/documents/{uuid:document}/print", policy="document.view", response=bytes)
def printed(request: HttpRequest, document: UUID) -> HttpResponse:
    """The PDF made when the document was locked, named by its number and nothing it says itself."""
    row = document_of(asked(request), document)
    content = queries.print_of(row)
    if content is None:
        raise Refused(f"文书 {row.number} 尚未定稿，没有 PDF", do="请先完成签名并定稿。")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="document-{row.pk}.pdf"'
    return response


# ── 填写 ───────────────────────────────────────────────────


@routes.get("/interruptions/{uuid:interruption}/statement", policy="document.write", response=Form)
def interruption_statement_form(request: HttpRequest, interruption: UUID) -> Form:
    asking = asked(request)
    return _new_form(asking, _interruption(asking, interruption), f"/interruptions/{interruption}/statements")


@routes.post("/interruptions/{uuid:interruption}/statements", policy="document.write", response=Done)
def write_about_interruption(request: HttpRequest, interruption: UUID, told: Values) -> Done:
    asking = asked(request)
    return _drafted(asking, _interruption(asking, interruption), told)


@routes.get("/recordings/{uuid:recording}/statement", policy="document.write", response=Form)
def recording_statement_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    return _new_form(asking, _recording(asking, recording), f"/recordings/{recording}/statements")


@routes.post("/recordings/{uuid:recording}/statements", policy="document.write", response=Done)
def write_about_recording(request: HttpRequest, recording: UUID, told: Values) -> Done:
    asking = asked(request)
    return _drafted(asking, _recording(asking, recording), told)


@routes.get("/activities/{uuid:activity}/statement", policy="document.write", response=Form)
def activity_statement_form(request: HttpRequest, activity: UUID) -> Form:
    asking = asked(request)
    return _new_form(asking, _activity(asking, activity), f"/activities/{activity}/statements")


@routes.post("/activities/{uuid:activity}/statements", policy="document.write", response=Done)
def write_about_activity(request: HttpRequest, activity: UUID, told: Values) -> Done:
    asking = asked(request)
    return _drafted(asking, _activity(asking, activity), told)


@routes.get("/documents/{uuid:document}/statement", policy="document.write", response=Form)
def document_statement_form(request: HttpRequest, document: UUID) -> Form:
    asking = asked(request)
    return _new_form(asking, document_of(asking, document), f"/documents/{document}/statements")


@routes.post("/documents/{uuid:document}/statements", policy="document.write", response=Done)
def write_about_document(request: HttpRequest, document: UUID, told: Values) -> Done:
    asking = asked(request)
    return _drafted(asking, document_of(asking, document), told)


@routes.get("/activities/{uuid:activity}/records/{form}", policy="document.write", response=Form)
def record_form(request: HttpRequest, activity: UUID, form: str) -> Form:
    """A record of what happened in an activity: 检查、询问笔录."""
    asking = asked(request)
    row = _activity(asking, activity)
    return _new_form(
        asking, row, f"/activities/{activity}/records/{form}", form=_about("activity", asking, form)
    )


@routes.post("/activities/{uuid:activity}/records/{form}", policy="document.write", response=Done)
def write_record(request: HttpRequest, activity: UUID, form: str, told: Values) -> Done:
    asking = asked(request)
    return _drafted(asking, _activity(asking, activity), told, form=_about("activity", asking, form))


@routes.get("/cases/{uuid:case}/papers/{form}", policy="document.view", response=Form)
def case_paper_form(request: HttpRequest, case: UUID, form: str) -> Form:
    """A document about a case: 审批表、通知书、决定书、送达回证。"""
    asking = asked(request)
    row = _case(asking, case)
    return _new_form(asking, row, f"/cases/{case}/papers/{form}", form=_about("case", asking, form))


@routes.post("/cases/{uuid:case}/papers/{form}", policy="document.view", response=Done)
def write_case_paper(request: HttpRequest, case: UUID, form: str, told: Values) -> Done:
    asking = asked(request)
    return _drafted(asking, _case(asking, case), told, form=_about("case", asking, form))


@routes.get("/recordings/{uuid:recording}/papers/{form}", policy="document.write", response=Form)
def recording_paper_form(request: HttpRequest, recording: UUID, form: str) -> Form:
    """A document about a recording: 音像证据文字说明材料."""
    asking = asked(request)
    row = _recording(asking, recording)
    return _new_form(
        asking, row, f"/recordings/{recording}/papers/{form}", form=_about("recording", asking, form)
    )


@routes.post("/recordings/{uuid:recording}/papers/{form}", policy="document.write", response=Done)
def write_recording_paper(request: HttpRequest, recording: UUID, form: str, told: Values) -> Done:
    asking = asked(request)
    return _drafted(asking, _recording(asking, recording), told, form=_about("recording", asking, form))


@routes.get("/documents/{uuid:document}/content", policy="document.view", response=Form)
def content_form(request: HttpRequest, document: UUID) -> Form:
    asking = asked(request)
    row = document_of(asking, document)
    form = pages_documents.form_of(asking, row.form)
    asking.check_form(WRITES[form.writer], row)
    return Form(
        title=f"更改 {form.title} {row.number}", intro="签名之前可以更改。", submit="保存", method="PATCH", url=address_of(row),
        fields=_fields(asking, row.form, row.values),
    )  # fmt: skip


@routes.patch("/documents/{uuid:document}", policy="document.view", response=Done)
def fill(request: HttpRequest, document: UUID, told: Values) -> Done:
    asking = asked(request)
    row = document_of(asking, document)
    form = pages_documents.form_of(asking, row.form)
    actions.fill_document(row, by=asking.by, form=form, values=told.told, at=asking.at)
    return done("已保存", about=row.pk)


# ── 签名、定稿、新版本 ─────────────────────────────────────


@routes.post("/documents/{uuid:document}/signatures", policy="document.view", response=Done)
def sign(request: HttpRequest, document: UUID, seen: Word = "", place: Word = "") -> Done:
    """One's own signature, in a place of the form that is this person's (the first, where none is named), under what `seen` says was read.

    Raises `Refused` for a place that is not his, or that he has signed.
    """
    asking = asked(request)
    row = document_of(asking, document)
    check_seen(row, seen)
    form = pages_documents.form_of(asking, row.form)
    places = pages_documents.own_places(asking, row, form, pages_documents.matter_of(asking, row))
    role = place or next(iter(places), "officer")
    if role not in places:
        allow(asking.by, signing.OWN.get(role, "document.sign"), on=row, at=asking.at)
        raise Refused(
            "这份文书上没有您的签名处，或者您已经签过",
            do="请核对签名身份；参加活动的人员和有权的负责人才能签名。",
        )
    signing.sign_document(row, by=asking.by, officer=asking.officer, role=role, form=form, at=asking.at)
    return done(f"已在 {row.number} 上签名", about=row.pk)


@routes.post("/documents/{uuid:document}/finalisation", policy="document.view", response=Done)
def finalise(request: HttpRequest, document: UUID) -> Done:
    """Lock and print; the statement of an interruption is attached to it at once."""
    asking = asked(request)
    row = document_of(asking, document)
    matter = pages_documents.matter_of(asking, row)
    form = pages_documents.form_of(asking, row.form)
    demand = demand_of(asking, row, matter.least)
    case = activities.case_of_paper(row)
    if case is not None:
        check_step(case, step=form.step, law=asking.law_if_any)
        check_told_once(case, row, law=asking.law_if_any)
    actions.finalise_document(
        row, by=asking.by, form=form, least=demand.least, clause=matter.clause, marks=demand.marks,
        may_decline=demand.may_decline, at=asking.at,
    )  # fmt: skip
    stop = activities.interruption(row.subject) if row.subject_kind == Interruption.kind() else None
    if stop is not None:
        casework.attach_statement(stop, by=asking.by, document=row, at=asking.at)
    return done(f"{row.number} 已定稿", about=row.pk)


@routes.post("/documents/{uuid:document}/versions", policy="document.view", response=Done)
def replace(request: HttpRequest, document: UUID) -> Done:
    asking = asked(request)
    row = document_of(asking, document)
    form = pages_documents.form_of(asking, row.form)
    fresh = actions.replace_document(row, by=asking.by, form=form, at=asking.at)
    return done(f"已另立第 {fresh.version} 版 {fresh.number}", about=fresh.pk, to=address_of(fresh))


@routes.get("/documents/{uuid:document}/voiding", policy="document.view", response=Form)
def voiding_form(request: HttpRequest, document: UUID) -> Form:
    asking = asked(request)
    row = document_of(asking, document)
    asking.check_form(WRITES[pages_documents.form_of(asking, row.form).writer], row)
    return Form(
        title=f"作废 {row.number}", submit="作废", url=f"{address_of(row)}/voiding",
        intro="没有定稿的文书不再用的，写明原因作废；它和上面的签名照原样留着，各处都标明“作废”。",
        fields=[fields.long("reason", "原因", hint="如：重复填写，以另一份为准。")],
    )  # fmt: skip


@routes.post("/documents/{uuid:document}/voiding", policy="document.view", response=Done)
def void(request: HttpRequest, document: UUID, told: NewVoiding) -> Done:
    asking = asked(request)
    row = document_of(asking, document)
    form = pages_documents.form_of(asking, row.form)
    actions.void_document(
        row, by=asking.by, officer=asking.officer, form=form, reason=told.reason, at=asking.at
    )
    return done(f"{row.number} 已作废", about=row.pk)


# ── 内部 ───────────────────────────────────────────────────


def _about(subject: forms.About, asking: Asking, form: str) -> str:
    """Only forms meant for it are written about a thing. Raises `Gone` for any other word."""
    if form not in {one.id for one in forms_about(asking, subject)}:
        raise Gone
    return form


def _new_form(asking: Asking, subject: Subject, url: str, *, form: str = _STATEMENT) -> Form:
    made = pages_documents.form_of(asking, form)
    asking.check_form(action_of(made, subject), subject)
    signer = made.signature[0].label
    return Form(
        title=made.title, intro=f"{made.says}填写后由{signer}签名，再定稿。", submit="保存草稿", url=url,
        fields=_fields(asking, form, pages_documents.first_values(asking, made, subject)),
    )  # fmt: skip


def _fields(asking: Asking, form: str, values: dict[str, str]) -> list[FormField]:
    return [_field(f, values.get(f.name, "")) for f in pages_documents.form_of(asking, form).field]


def _field(one: forms.FormField, value: str) -> FormField:
    if one.kind == "moment":
        began = forms.moment_of(value)
        return fields.moment(one.name, one.label, value=began, required=one.required, hint=one.hint or None)
    if one.kind == "choice":
        options = [Option(value=choice.code, label=choice.label) for choice in one.options]
        return fields.select(
            one.name, one.label, options, value=value or None, required=one.required, hint=one.hint or None
        )
    if one.kind == "table":
        return fields.table(
            one.name, one.label, one.columns, value=value, required=one.required, hint=one.hint or None
        )
    make = fields.long if one.kind == "long" else fields.text
    return make(one.name, one.label, value=value, required=one.required, hint=one.hint or None)


def _drafted(asking: Asking, subject: Subject, told: Values, *, form: str = _STATEMENT) -> Done:
    """Only who may enter something about the thing may write about it."""
    check_write(asking, pages_documents.form_of(asking, form), subject)
    unit = subject.activity.unit if isinstance(subject, Interruption) else subject.unit
    made = actions.draft_document(
        subject, by=asking.by, officer=asking.officer, unit=unit, values=told.told, at=asking.at,
        form=pages_documents.form_of(asking, form),
    )  # fmt: skip
    return done(f"已存为草稿 {made.number}，请签名", about=made.pk, to=address_of(made))


def document_of(asking: Asking, key: UUID) -> Document:
    visible = queries.visible_to(asking.by, at=asking.at)
    found: Document = asking.found(visible, key, anyhow=queries.documents(), action="document.view")
    return found


def _interruption(asking: Asking, key: UUID) -> Interruption:
    row = activities.interruption(key)
    if row is None:
        raise Gone
    _activity(asking, row.activity_id)
    return row


def _activity(asking: Asking, key: UUID) -> Activity:
    visible = activities.activities_visible_to(asking.by, at=asking.at)
    found: Activity = asking.found(visible, key, anyhow=activities.activities(), action="activity.view")
    return found


def _case(asking: Asking, key: UUID) -> Case:
    visible = activities.cases_visible_to(asking.by, at=asking.at)
    found: Case = asking.found(visible, key, anyhow=activities.cases(), action="case.view")
    return found


def _recording(asking: Asking, key: UUID) -> Recording:
    visible = evidence.visible_to(asking.by, at=asking.at)
    found: Recording = asking.found(visible, key, anyhow=evidence.recordings(), action="recording.list")
    return found
