"""Routes of 交接: drawing up the list, one's own signature under it, that of somebody outside, and not taking it over."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.casework import handing, queries
from liuhen.apps.casework.handing import Thing
from liuhen.apps.casework.models import Case, CaseHandover
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Officer
from liuhen.interfaces.api import fields, pages_handing
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Text, Told, Word
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Option

routes = Routes("交接")
Ink = Annotated[str, StringConstraints(max_length=200_100)]
Reason = Annotated[Text, StringConstraints(min_length=1, max_length=500)]
Word64 = Annotated[str, StringConstraints(max_length=64)]
Points = Literal[
    "dispatch", "acceptance", "officer_change", "evidence", "measure", "cooperation", "transfer", "review", "other", "to_legal",
    "external", "with_party",
]  # fmt: skip


class NewHandover(Told):
    point: Points
    receiver: UUID | None = None
    outside: Annotated[Line, StringConstraints(max_length=120)] | None = None
    things: list[Word] | None = None
    goods: Text | None = None
    note: Annotated[Text, StringConstraints(max_length=500)] | None = None


class NewHandoverHand(Told):
    name: Annotated[Line, StringConstraints(min_length=1, max_length=50)]
    ink: Ink


class NewHandoverRefusal(Told):
    name: Annotated[Line, StringConstraints(max_length=50)] | None = None
    reason: Reason


@routes.get("/cases/{uuid:case}/handover", policy="case.write", response=Form)
def handover_form(request: HttpRequest, case: UUID) -> Form:
    asking = asked(request)
    row = _case(asking, case, to="case.write")
    listed = [
        Option(value=one.key, label=one.name, hint=pages_handing.SORTS[one.sort])
        for one in handing.offered(row, viewer=asking.by, at=asking.at)
    ]
    chosen = (
        [
            fields.many(
                "things", "文书和音像", listed, required=False, hint="列入清单时连同摘要值，双方签的是同一份"
            )
        ]
        if listed
        else []
    )
    return Form(
        title=f"制作交接清单 {row.number}", submit="制作", url=f"/cases/{case}/handovers",
        intro="清单写明交什么、交给谁；移交人、接收人各自登录签名，接收人签名之前仍由移交人负责。",
        fields=[
            fields.select("point", "交接环节", fields.options(dict(CaseHandover.Point.choices))),
            fields.select("receiver", "接收人", fields.officers(asking.officer.agency_id), required=False, hint="本机关内部的"),
            fields.text("outside", "外单位或者当事人", required=False, hint="不是本机关人员的，写明名称，当面签名"),
            *chosen,
            fields.long("goods", "物品和其他材料", required=False, hint="一行一件：名称、数量、特征"),
            fields.long("note", "说明", required=False),
        ],
    )  # fmt: skip


@routes.post("/cases/{uuid:case}/handovers", policy="case.write", response=Done)
def prepare(request: HttpRequest, case: UUID, told: NewHandover) -> Done:
    asking = asked(request)
    row = _case(asking, case)
    made = handing.prepare_handover(
        row, by=asking.by, point=told.point, giver=asking.officer, receiver=_receiver(asking, told.receiver), outside=told.outside or "",
        things=_things(asking, row, told), note=told.note or "", at=asking.at,
    )  # fmt: skip
    return done(f"已制作 {made.number}，请在清单上签名", about=made.pk)


@routes.get("/case-handovers/{uuid:handover}/signature", policy="handover.sign", response=Form)
def signature_form(request: HttpRequest, handover: UUID) -> Form:
    asking = asked(request)
    row = _handover(asking, handover)
    return Form(
        title=f"在 {row.number} 上签名", submit="签名", url=f"/case-handovers/{handover}/signatures?seen={handing.seen_of(row)}",
        intro=pages_handing.list_of(row), fields=[],
    )  # fmt: skip


@routes.post("/case-handovers/{uuid:handover}/signatures", policy="handover.sign", response=Done)
def sign(request: HttpRequest, handover: UUID, seen: Word64 = "") -> Done:
    asking = asked(request)
    row = _handover(asking, handover)
    handing.sign_handover(row, by=asking.by, officer=asking.officer, seen=seen, at=asking.at)
    return done(f"已在 {row.number} 上签名", about=row.pk)


@routes.get("/case-handovers/{uuid:handover}/hand", policy="handover.sign", response=Form)
def hand_form(request: HttpRequest, handover: UUID) -> Form:
    asking = asked(request)
    row = _handover(asking, handover)
    return Form(
        title=f"{row.outside} 接收 {row.number}", submit="确认签名", url=f"/case-handovers/{handover}/hand?seen={handing.seen_of(row)}",
        intro=f"请先把清单给接收的人看过，再把屏幕交给他。{pages_handing.list_of(row)}",
        fields=[fields.text("name", "接收人姓名"), fields.ink("ink", "签名")],
    )  # fmt: skip


@routes.post("/case-handovers/{uuid:handover}/hand", policy="handover.sign", response=Done)
def take_hand(request: HttpRequest, handover: UUID, told: NewHandoverHand, seen: Word64 = "") -> Done:
    asking = asked(request)
    row = _handover(asking, handover)
    handing.sign_for_outside(row, by=asking.by, name=told.name, image=told.ink, seen=seen, at=asking.at)
    return done(f"{told.name} 已接收 {row.number}", about=row.pk)


@routes.get("/case-handovers/{uuid:handover}/refusal", policy="handover.sign", response=Form)
def refusal_form(request: HttpRequest, handover: UUID) -> Form:
    asking = asked(request)
    row = _handover(asking, handover)
    name = [] if row.receiver_id else [fields.text("name", "不予接收的人")]
    return Form(
        title=f"不予接收 {row.number}", submit="不予接收", url=f"/case-handovers/{handover}/refusals?seen={handing.seen_of(row)}",
        intro=f"不予接收的，一切仍在移交人处。{pages_handing.list_of(row)}",
        fields=[*name, fields.long("reason", "理由", hint="如清单与实物不符之处")],
    )  # fmt: skip


@routes.post("/case-handovers/{uuid:handover}/refusals", policy="handover.sign", response=Done)
def refuse(request: HttpRequest, handover: UUID, told: NewHandoverRefusal, seen: Word64 = "") -> Done:
    asking = asked(request)
    row = _handover(asking, handover)
    handing.refuse_handover(
        row, by=asking.by, officer=asking.officer, name=told.name or asking.officer.name, reason=told.reason, seen=seen, at=asking.at
    )  # fmt: skip
    return done(f"{row.number} 不予接收，仍在移交人处", about=row.pk)


def _case(asking: Asking, key: UUID, *, to: str = "") -> Case:
    visible = queries.cases_visible_to(asking.by, at=asking.at)
    found: Case = asking.found(visible, key, anyhow=queries.cases(), action="case.view")
    asking.check_form(to, found)
    return found


def _handover(asking: Asking, key: UUID) -> CaseHandover:
    """A list this person gives or receives by; for anybody else it is not there."""
    found: CaseHandover = asking.found(
        handing.handovers_with(asking.by.id).exclude(pk__in=handing.closed_lists(asking.by, at=asking.at)),
        key,
        anyhow=handing.handovers(),
        action="handover.sign",
    )
    return found


def _receiver(asking: Asking, key: UUID | None) -> Officer | None:
    if key is None:
        return None
    found = registry.officer(key)
    if found is None or found.agency_id != asking.officer.agency_id:
        raise WrongFields("接收人不在本机关名册中", {"receiver": "请从名册中选择。"})
    return found


def _things(asking: Asking, row: Case, told: NewHandover) -> list[Thing]:
    """What was chosen of the case, as it stands now, and each line of goods."""
    known = {one.key: one for one in handing.offered(row, viewer=asking.by, at=asking.at)}
    chosen = told.things or []
    if set(chosen) - known.keys():
        raise WrongFields("所选的文书或者音像不在本事项中", {"things": "请刷新页面，重新选择。"})
    goods = [line.strip() for line in (told.goods or "").splitlines() if line.strip()]
    return [*(known[key] for key in dict.fromkeys(chosen)), *(Thing("goods", line[:200]) for line in goods)]
