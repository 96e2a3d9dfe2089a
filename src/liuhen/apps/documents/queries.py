"""Reading documents."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from liuhen.apps.documents.models import Document, Print, Signature
from liuhen.apps.registry.permission import reach_of
from liuhen.kernel.actors import Actor


def documents() -> QuerySet[Document]:
    return Document.objects.select_related("unit", "made_by", "agency").prefetch_related("signatures")


def visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Document]:
    """Documents this person may read."""
    seen = reach_of(viewer, "document.view", at=at, officers="made_by")
    return documents().filter(seen)


def documents_about(subjects: list[UUID]) -> list[Document]:
    """Documents on some subjects, oldest first, without replaced ones."""
    found = Document.objects.filter(subject__in=subjects).exclude(state=Document.State.REPLACED)
    return list(found.select_related("made_by").prefetch_related("signatures").order_by("made_at"))


def signing_officers(documents: Iterable[UUID]) -> dict[UUID, int]:
    """How many officers have signed each document, in one query."""
    signed = Signature.objects.filter(document__in=list(documents), officer__isnull=False)
    rows = signed.values("document").annotate(count=Count("officer", distinct=True))
    return {row["document"]: row["count"] for row in rows}


def print_of(document: Document) -> bytes | None:
    """The PDF of a finalised document."""
    found = Print.objects.filter(document=document).values_list("content", flat=True).first()
    return bytes(found) if found is not None else None
