"""Routes of what other people put under a document, on the officer's screen: a signature, a refusal noted, a mark."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.documents import signing
from liuhen.apps.documents.models import Document, Mark, Signature
from liuhen.apps.documents.signing import OWN, Hand
from liuhen.interfaces.api import fields, pages_documents
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.demands import check_seen, seen_of
from liuhen.interfaces.api.documents import document_of
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Told, Word
from liuhen.interfaces.api.papers import address_of
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, FormField, Option

routes = Routes("文书签名")
Means = Literal["sign", "seal", "fingerprint"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]
Ink = Annotated[str, StringConstraints(max_length=200_100)]


class NewHand(Told):
    role: Word
    name: Name
    means: Means
    ink: Ink | None = None


class NewRefusal(Told):
    role: Word
    name: Name
    reason: Annotated[Line, StringConstraints(min_length=1)]


class NewMark(Told):
    sort: Literal["correction", "straddle", "answer"]
    says: Line | None = None
    answers: UUID | None = None
    name: Annotated[str, StringConstraints(max_length=50)] | None = None
    means: Means | None = None
    ink: Ink | None = None


@routes.get("/documents/{uuid:document}/hand", policy="document.sign", response=Form)
def hand_form(request: HttpRequest, document: UUID) -> Form:
    asking = asked(request)
    row = document_of(asking, document)
    asking.check_form("document.sign", row)
    return Form(
        title=f"在 {row.number} 上签名", submit="确认签名", url=f"{address_of(row)}/hand?seen={seen_of(row)}",
        intro="请先把全文给签名的人看过或者读给他听，再把屏幕交给他。签名写入存证，内容随即不能再改。",
        fields=[_roles(asking, row), fields.text("name", "姓名或者印章名称", value=_likely(row)), _means(),
                fields.ink("ink", "签名、指印或者印章", required=False, hint="用手指、笔或者鼠标签名；指印、印章可附 PNG 图片。只有加盖在纸质件上的印章可以不附。")],
    )  # fmt: skip


@routes.post("/documents/{uuid:document}/hand", policy="document.sign", response=Done)
def take_hand(request: HttpRequest, document: UUID, told: NewHand, seen: Word = "") -> Done:
    asking = asked(request)
    row = document_of(asking, document)
    check_seen(row, seen)
    form = pages_documents.form_of(asking, row.form)
    hand = Hand(told.name, told.means, told.ink or "")
    signing.sign_by_hand(row, by=asking.by, role=told.role, form=form, hand=hand, at=asking.at)
    return done(f"{told.name} 已在 {row.number} 上签名", about=row.pk)


@routes.get("/documents/{uuid:document}/refusal", policy="document.sign", response=Form)
def refusal_form(request: HttpRequest, document: UUID) -> Form:
    asking = asked(request)
    row = document_of(asking, document)
    asking.check_form("document.sign", row)
    return Form(
        title=f"注明拒签 {row.number}", submit="注明", url=f"{address_of(row)}/refusal?seen={seen_of(row)}",
        intro="写明何人、为何没有签名；注明印在文书上，制度另要求的执法人员签名和音像记录仍须具备。",
        fields=[_roles(asking, row), fields.text("name", "姓名", value=_likely(row)),
                fields.long("reason", "原因和当时的情形", hint="如：阅后拒绝签名，未说明理由。")],
    )  # fmt: skip


@routes.post("/documents/{uuid:document}/refusal", policy="document.sign", response=Done)
def note_refusal(request: HttpRequest, document: UUID, told: NewRefusal, seen: Word = "") -> Done:
    asking = asked(request)
    row = document_of(asking, document)
    check_seen(row, seen)
    form = pages_documents.form_of(asking, row.form)
    signing.note_refusal(
        row, by=asking.by, officer=asking.officer, role=told.role, name=told.name, reason=told.reason, form=form, at=asking.at
    )  # fmt: skip
    return done(f"已注明 {told.name} 没有签名", about=row.pk)


@routes.get("/documents/{uuid:document}/mark", policy="document.sign", response=Form)
def mark_form(request: HttpRequest, document: UUID) -> Form:
    asking = asked(request)
    row = document_of(asking, document)
    asking.check_form("document.sign", row)
    bare = [m for m in signing.marks_of(row) if m.sort == Mark.Sort.CORRECTION and not m.means]
    sorts = [Option(value="correction", label="改动处"), Option(value="straddle", label="骑缝（各页）")]
    asked_of = (
        [fields.select("answers", "补捺哪一处", [Option(value=str(m.pk), label=m.says) for m in bare])]
        if bare
        else []
    )
    return Form(
        title=f"捺印 {row.number}", submit="记入", url=f"{address_of(row)}/mark?seen={seen_of(row)}",
        intro="改动处写明改了什么；纸质件上尚未捺印的，先登记改动，捺印后再补。骑缝印分印在每一页的边上。",
        fields=[
            fields.select("sort", "何种印记", [*sorts, Option(value="answer", label="补捺已登记的改动")] if bare else sorts, value="answer" if bare else "correction"),
            fields.text("says", "改动了什么", required=False, hint="如：第 2 页第 5 行“三”改为“二”。"), *asked_of,
            fields.text("name", "何人", required=False, value=_likely(row)), _means(required=False),
            fields.ink("ink", "签名、指印或者印章", required=False),
        ],
    )  # fmt: skip


@routes.post("/documents/{uuid:document}/mark", policy="document.sign", response=Done)
def put_mark(request: HttpRequest, document: UUID, told: NewMark, seen: Word = "") -> Done:
    asking = asked(request)
    row = document_of(asking, document)
    check_seen(row, seen)
    if told.sort == "correction" and not told.says:
        raise WrongFields("没有写明改动", {"says": "请写明改动了什么。"})
    earlier = row.marks.filter(pk=told.answers).first() if told.sort == "answer" and told.answers else None
    if told.sort == "answer" and earlier is None:
        raise WrongFields("没有指明哪一处改动", {"answers": "请选择要补捺的改动。"})
    hand = Hand(told.name or "", told.means or Signature.Means.SIGN, told.ink) if told.ink else None
    form = pages_documents.form_of(asking, row.form)
    signing.mark_paper(
        row, by=asking.by, officer=asking.officer, form=form, says=(told.says or "") if told.sort == "correction" else "", hand=hand,
        answers=earlier, at=asking.at,
    )  # fmt: skip
    return done("已记入文书", about=row.pk)


def _roles(asking: Asking, row: Document) -> FormField:
    """The places of the form that others sign; the first one still empty is offered."""
    form = pages_documents.form_of(asking, row.form)
    slots = [slot for slot in form.signature if slot.role not in OWN]
    done_ = {s.role for s in row.signatures.all()} | signing.declined_of(row)
    first = next((slot.role for slot in slots if slot.role not in done_), None)
    return fields.select("role", "签名处", [Option(value=s.role, label=s.label) for s in slots], value=first)


def _likely(row: Document) -> str:
    """Who will probably sign: the one the paper is made out to."""
    names = ("recipient", "holder", "target", "applicant", "party")
    return next((row.values[name] for name in names if row.values.get(name)), "")


def _means(*, required: bool = True) -> FormField:
    return fields.select(
        "means", "方式", fields.options(dict(Signature.Means.choices)), value="sign", required=required
    )
