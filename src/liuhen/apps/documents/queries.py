"""Reading documents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.documents.models import Content, Document, Mark, Print, Refusal, Signature
from liuhen.apps.evidence.knowing import withheld_from
from liuhen.apps.registry.permission import reach_of
from liuhen.kernel.actors import Actor


def documents() -> QuerySet[Document]:
    return Document.objects.select_related("unit", "made_by", "agency").prefetch_related("signatures")


def visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Document]:
    """Documents this person may read: none about a recording of which he may not know."""
    seen = reach_of(viewer, "document.view", at=at, officers="made_by")
    return documents().filter(seen).exclude(withheld_things(viewer, at=at, by="pk"))


def withheld_things(viewer: Actor, *, at: datetime, by: str = "subject") -> Q:
    """For a filter over rows that name a thing by its key in the column `by`: the recordings of which this person may not know, the
    documents about them, and those about such a document.

    Each set is found from the few recordings outwards, along an index, whatever the number of documents.
    """
    withheld = withheld_from(viewer, at=at)
    papers = Document.objects.filter(subject__in=withheld).values("pk")
    further = Document.objects.filter(subject__in=papers).values("pk")
    return Q(**{f"{by}__in": withheld}) | Q(**{f"{by}__in": papers}) | Q(**{f"{by}__in": further})


def documents_on_recording(recording: UUID) -> list[Document]:
    """Every document about a recording, and every one about such a document, replaced ones too."""
    first = list(documents().filter(subject=recording))
    return [*first, *documents().filter(subject__in=[row.pk for row in first])]


def documents_about(subjects: list[UUID]) -> list[Document]:
    """Documents on some subjects that stand, oldest first: neither replaced nor void."""
    gone = (Document.State.REPLACED, Document.State.VOID)
    found = Document.objects.filter(subject__in=subjects).exclude(state__in=gone)
    return list(found.select_related("made_by").prefetch_related("signatures").order_by("made_at"))


@dataclass(frozen=True, slots=True)
class Underneath:
    """What stands under one document: who signed, who refused, which marks were put on the paper."""

    signed: frozenset[str]
    officers: int
    sealed: bool
    refused: frozenset[str]
    corrections: int
    marked: int
    straddled: bool


def underneath(documents: Iterable[UUID]) -> dict[UUID, Underneath]:
    """The same for many documents, in three queries."""
    keys = list(documents)
    signed, refused, marks = (
        _by_document(model.objects.filter(document__in=keys)) for model in (Signature, Refusal, Mark)
    )
    return {key: _underneath(signed.get(key, []), refused.get(key, []), marks.get(key, [])) for key in keys}


def _by_document(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.document_id, []).append(row)
    return found


def _underneath(signed: list[Signature], refused: list[Refusal], marks: list[Mark]) -> Underneath:
    corrections = [m for m in marks if m.sort == Mark.Sort.CORRECTION]
    answered = {m.answers_id for m in corrections if m.answers_id}
    first = [m for m in corrections if m.answers_id is None]
    return Underneath(
        signed=frozenset(s.role for s in signed),
        officers=len({s.officer_id for s in signed if s.officer_id}),
        sealed=any(s.means == Signature.Means.SEAL for s in signed),
        refused=frozenset(r.role for r in refused),
        corrections=len(first),
        marked=len([m for m in first if m.means or m.pk in answered]),
        straddled=any(m.sort == Mark.Sort.STRADDLE for m in marks),
    )


def contents_of(documents: Iterable[UUID]) -> dict[UUID, Content]:
    """What filled documents tell in the words of the law."""
    return {row.document_id: row for row in Content.objects.filter(document__in=list(documents))}


def print_of(document: Document) -> bytes | None:
    """The PDF of a finalised document."""
    found = Print.objects.filter(document=document).values_list("content", flat=True).first()
    return bytes(found) if found is not None else None
