"""Routes of proof: the checkpoints, the receipt behind each 存证 chip, and what a third party needs to check it."""

import json
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query
from pydantic import Field

from liuhen.apps.journal import queries
from liuhen.apps.journal.models import Line
from liuhen.apps.journal.stamping import token_over
from liuhen.apps.journal.witnessing import note_of, take_back
from liuhen.apps.registry.permission import Place, allow
from liuhen.interfaces.api import behind, fields, pages_journal, pages_witnesses
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Told
from liuhen.interfaces.api.shapes import Done, Form, Receipt
from liuhen.interfaces.api.shapes_proof import ProofPage, SlipPage

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


class Brought(Told):
    """What the scanner read, or the content of the file."""

    text: Annotated[str, Field(min_length=1, max_length=100_000)]


@routes.get("/proof/checkpoints/{int:size}/token", policy="proof.view", response=str)
def token(request: HttpRequest, size: Number) -> HttpResponse:
    """The time-stamp token over a checkpoint, as any RFC 3161 tool reads it."""
    found = token_over(size)
    if found is None:
        raise Gone
    return _attachment(bytes(found.token), f"checkpoint-{size}.tst", "application/timestamp-token")


@routes.get("/proof/witnesses/{int:witness}/submission", policy="proof.view", response=str)
def submission(request: HttpRequest, witness: Number) -> HttpResponse:
    """The file to carry to a witness."""
    asking = asked(request)
    body = pages_witnesses.submission(
        asking.office, pages_witnesses.witness_of(asking.office, witness)
    ).body()
    return _attachment(body, "to-witness.txt", "text/plain; charset=utf-8")


@routes.get("/proof/witnesses/{int:witness}", policy="proof.view", response=SlipPage)
def slip(request: HttpRequest, witness: Number) -> SlipPage:
    asking = asked(request)
    return pages_witnesses.slip(asking.office, pages_witnesses.witness_of(asking.office, witness))


@routes.get("/proof/cosignatures", policy="proof.carry", response=Form)
def cosignatures_form(request: HttpRequest) -> Form:
    hint = "把光标放在这里，用扫码枪依次扫描带回的每一个二维码（次序不限）；或者用记事本打开带回的文件，全部复制到这里。"
    return Form(
        title="收下带回的会签",
        intro="收下之前逐一核对：检查点是本机关签的，会签是见证策略中的单位签的，内容与本机一致。",
        submit="核对并收下", url="/proof/cosignatures",
        fields=[fields.long("text", "扫码或文件内容", hint=hint)],
    )  # fmt: skip


@routes.post("/proof/cosignatures", policy="proof.carry", response=Done)
def take_cosignatures(request: HttpRequest, told: Brought) -> Done:
    """A cosigned checkpoint, brought back on a stick or on paper."""
    asking = asked(request)
    allow(asking.by, "proof.carry", on=Place(asking.officer.agency_id, "/"), at=asking.at)
    office = asking.office
    kept = take_back(office.log.apart(), office.witnesses, note_of(told.text), by=asking.by, at=asking.at)
    names = "、".join(one.witness for one in kept)
    return Done(said=f"已收下{names}的会签，至第 {kept[0].checkpoint_id} 笔")


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
    if line is None or line.agency not in mine or behind.is_withheld(asking, line):
        raise Gone
    return line


def _attachment(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
