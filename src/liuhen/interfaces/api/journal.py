"""Routes of proof: the checkpoints, the receipt behind each 存证 chip, and what a third party needs to check it."""

import json
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query
from pydantic import Field

from liuhen.apps.journal import queries
from liuhen.apps.journal.models import Line
from liuhen.interfaces.api import pages_journal
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Told
from liuhen.interfaces.api.shapes import ProofPage, Receipt

routes = Routes("存证")
Number = Annotated[int, Path(ge=1, le=1 << 60)]


class Before(Told):
    """The checkpoint before which to go on."""

    before: Annotated[int, Field(ge=1, le=1 << 60)] | None = None


@routes.get("/proof", policy="proof.view", response=ProofPage)
def proof(request: HttpRequest, listed: Query[Before]) -> ProofPage:
    return pages_journal.proof(asked(request), before=listed.before)


@routes.get("/proof/checkpoints/{int:size}", policy="proof.view", response=str)
def checkpoint(request: HttpRequest, size: Number) -> HttpResponse:
    """The signed note itself, for a witness to keep."""
    found = queries.checkpoint(size)
    if found is None:
        raise Gone
    return _attachment(found.note.encode(), f"checkpoint-{size}.txt", "text/plain; charset=utf-8")


@routes.get("/receipts/{int:number}", policy="proof.view", response=Receipt)
def receipt(request: HttpRequest, number: Number) -> Receipt:
    asking = asked(request)
    return pages_journal.receipt(asking, _line(asking, number))


@routes.get("/receipts/{int:number}/file", policy="proof.view", response=str)
def receipt_file(request: HttpRequest, number: Number) -> HttpResponse:
    """The line, its salt and its way into the tree: everything an outsider needs, and no name."""
    asking = asked(request)
    line = _line(asking, number)
    if not pages_journal.may_read(asking, line):
        raise Gone
    content = json.dumps(pages_journal.evidence_of(asking.office, line), ensure_ascii=False, indent=1)
    return _attachment(content.encode(), f"receipt-{number}.json", "application/json")


def _line(asking: Asking, number: int) -> Line:
    """Lines of one's own agency, and those of the house itself."""
    line = queries.line(number)
    mine: tuple[UUID | None, ...] = (asking.officer.agency_id, None)
    if line is None or line.agency not in mine:
        raise Gone
    return line


def _attachment(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
