"""Routes of 上报关联: the list, how the line stands, making a list, taking it away as a file, and the platform's numbers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import StringConstraints

from liuhen.apps.casework import outward
from liuhen.apps.casework.models import OutwardHandover, OutwardItem
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api import fields, pages_outward
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, ListAsked, Moment, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Listing
from liuhen.interfaces.api.shapes_outward import OutwardLine, OutwardRow
from liuhen.kernel.errors import Refused

routes = Routes("上报关联")


class NewReference(Told):
    reference: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    given_at: Moment


class NewHandover(Told):
    platform: Annotated[Line, StringConstraints(min_length=1, max_length=100)]


@routes.get("/handovers", policy="handover.view", response=Listing[OutwardRow])
def listed(request: HttpRequest, listed: Query[ListAsked]) -> Listing[OutwardRow]:
    return pages_outward.page(asked(request), listed)


@routes.get("/handovers/line", policy="handover.view", response=OutwardLine)
def line(request: HttpRequest) -> OutwardLine:
    return pages_outward.line(asked(request))


@routes.get("/forms/handover", policy="handover.make", response=Form)
def handover_form(request: HttpRequest) -> Form:
    asking = asked(request)
    count = min(outward.waiting_recordings(asking.by, at=asking.at).count(), outward.MOST)
    superior = asking.office.superior
    way = (
        "做成之后即经联网接口发送，没有送成的自动再送"
        if superior and superior.url
        else "做成之后下载清单，由人带到平台"
    )
    return Form(
        title="上报关联", submit="上报", url="/handovers",
        intro=f"把已关联、已复核的 {count} 段音像做成一份签名的清单：编号、摘要、起止、设备、警号、活动和案号。{way}。清单写入存证，不能更改；音像本身不随清单交出。",
        fields=[fields.text("platform", "上级平台", value=superior.name if superior else "")],
    )  # fmt: skip


@routes.post("/handovers", policy="handover.make", response=Done)
def make(request: HttpRequest, told: NewHandover) -> Done:
    asking = asked(request)
    rows = list(outward.waiting_recordings(asking.by, at=asking.at).order_by("received_at")[: outward.MOST])
    superior = asking.office.superior
    by_line = superior is not None and superior.url != "" and told.platform == superior.name
    made = outward.hand_over(
        rows, by=asking.by, agency=asking.officer.agency, platform=told.platform, signer=asking.office.signer, at=asking.at,
        way=OutwardHandover.Way.LINE if by_line else OutwardHandover.Way.FILE,
    )  # fmt: skip
    return done(f"{made.number} 已做成，{made.count} 段", about=made.pk, to="/handovers?state=open")


@routes.get("/handovers/{uuid:handover}/manifest", policy="handover.view", response=str)
def manifest(request: HttpRequest, handover: UUID) -> HttpResponse:
    made = _made(asked(request), handover)
    return _attachment(made.manifest.encode(), f"{made.pk}.json", "application/json")


@routes.get("/handovers/{uuid:handover}/table", policy="handover.view", response=str)
def table(request: HttpRequest, handover: UUID) -> HttpResponse:
    made = _made(asked(request), handover)
    return _attachment(pages_outward.table_of(made), f"{made.pk}.csv", "text/csv; charset=utf-8")


@routes.get("/recordings/{uuid:recording}/outward-reference", policy="handover.make", response=Form)
def reference_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    item = _item(asking, recording, to="handover.make")
    return Form(
        title=f"登记平台编号 {item.recording.number}", submit="登记", url=f"/recordings/{recording}/outward-references",
        intro=f"{item.handover.platform}收下这段音像之后给出的编号。只登记一次，写入存证，不能更改。",
        fields=[
            fields.text("reference", "平台编号"),
            fields.moment("given_at", "平台给出的时间", value=asking.at, hint="照平台上显示的时间"),
        ],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/outward-references", policy="handover.make", response=Done)
def enter(request: HttpRequest, recording: UUID, told: NewReference) -> Done:
    asking = asked(request)
    item = _item(asking, recording)
    given: datetime = told.given_at
    row = outward.enter_reference(item, by=asking.by, reference=told.reference, given_at=given, at=asking.at)
    return done(f"已登记 {item.recording.number} 的平台编号", about=row.pk)


def _item(asking: Asking, recording: UUID, *, to: str = "") -> OutwardItem:
    """The recording as it was handed over. A form asks with `to` whether this person may do it at all."""
    visible = queries.visible_to(asking.by, at=asking.at)
    row: Recording = asking.found(visible, recording, anyhow=queries.recordings(), action="recording.list")
    asking.check_form(to, row)
    item = outward.items_seen(asking.by, at=asking.at).filter(recording=recording).first()
    if item is None:
        raise Refused(f"{row.number} 还没有上报", do="请先列入上报清单；没有关联的，先关联。")
    return item


def _made(asking: Asking, key: UUID) -> OutwardHandover:
    made = pages_outward.made_seen(asking, key)
    if made is None:
        raise Gone
    return made


def _attachment(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
