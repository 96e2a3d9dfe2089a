"""Routes of 光盘: asked for, labelled, entered when burned, read back."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import Field, StringConstraints

from liuhen.apps.archive import discs
from liuhen.apps.archive.catalogue import evidence_of, recordings_of
from liuhen.apps.archive.dividing import divided
from liuhen.apps.archive.models import Disc, DiscCheck, DiscSet
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.models import Case
from liuhen.apps.evidence.knowing import withheld_among
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Option

routes = Routes("光盘")
Key = Annotated[str, StringConstraints(max_length=40)]
Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$", max_length=64)]


class NewDiscSet(Told):
    recordings: Annotated[list[Key], Field(max_length=500)]
    medium: Literal["cd_r", "dvd_r", "bd_r", "other"] = "other"


class NewDisc(Told):
    copy_number: Annotated[int, Field(ge=1, le=9)]
    medium: Literal["cd_r", "dvd_r", "bd_r", "other"]
    shelf: Line
    same_place_why: Line | None = None


class NewCheck(Told):
    found: Hex
    says: Line | None = None


@routes.get("/cases/{uuid:case}/disc-set", policy="disc.make", response=Form)
def order_form(request: HttpRequest, case: UUID) -> Form:
    asking = asked(request)
    row = _case(asking, case, to="disc.make")
    evidence = {str(key) for key in evidence_of(row)}
    options = [
        Option(value=str(one.pk), label=f"{one.number} {one.get_form_display()}")
        for one in _known(asking, row)
    ]
    return Form(
        title=f"提出刻录光盘 {row.number}", submit="提出", url=f"/cases/{case}/disc-sets",
        intro=f"原件连同台账、文书和核验程序做成光盘映像，一式 {discs.copies_asked(asking.law_if_any)} 份；标签按制度要求的各项打印，缺项的不能提出。",
        fields=[fields.many("recordings", "刻录哪些音像", options, value=evidence),
                fields.select("medium", "用什么盘片（一张装不下的，按时间分成几张）", fields.options(dict(Disc.Medium.choices)))],
    )  # fmt: skip


@routes.post("/cases/{uuid:case}/disc-sets", policy="disc.make", response=Done)
def order(request: HttpRequest, case: UUID, told: NewDiscSet) -> Done:
    asking = asked(request)
    row = _case(asking, case)
    chosen = [one for one in _known(asking, row) if str(one.pk) in set(told.recordings)]
    laid = divided(chosen, medium=told.medium) or [[]]
    made = [
        discs.order_discs(
            row, part, by=asking.by, officer=asking.officer, law=asking.law_if_any, at=asking.at,
            part=f"（共 {len(laid)} 张盘之第 {turn}）" if len(laid) > 1 else "",
        )
        for turn, part in enumerate(laid, start=1)
    ]  # fmt: skip
    return done(f"{'、'.join(one.number for one in made)} 已提出，映像由后台制作", about=made[0].pk)


@routes.get("/disc-sets/{uuid:discset}/label", policy="disc.view", response=str)
def label(request: HttpRequest, discset: UUID) -> HttpResponse:
    asking = asked(request)
    row = _set(asking, discset)
    answer = HttpResponse(discs.print_label(row, forms=asking.office.forms), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{row.pk}.pdf"'
    return answer


@routes.get("/disc-sets/{uuid:discset}/disc", policy="disc.make", response=Form)
def disc_form(request: HttpRequest, discset: UUID) -> Form:
    row = _set(asked(request), discset, to="disc.make")
    return Form(
        title=f"登记刻录 {row.number}", submit="登记", url=f"/disc-sets/{discset}/discs",
        intro="用映像刻成一张之后登记一张，贴上标签；同一份重刻的，再登记一次，以最后一张为准。",
        fields=[
            fields.number("copy_number", f"第几份（共 {row.copies} 份）"), fields.select("medium", "盘片", fields.options(dict(Disc.Medium.choices))),
            fields.text("shelf", "存放处", hint="库房、柜架、盒号；两份分开存放。"),
            fields.text("same_place_why", "与另一份同处存放的理由", required=False),
        ],
    )  # fmt: skip


@routes.post("/disc-sets/{uuid:discset}/discs", policy="disc.make", response=Done)
def enter_disc(request: HttpRequest, discset: UUID, told: NewDisc) -> Done:
    asking = asked(request)
    burned = discs.Burned(told.copy_number, told.medium, told.shelf, told.same_place_why or "")
    made = discs.enter_disc(_set(asking, discset), burned, by=asking.by, officer=asking.officer, at=asking.at)
    return done(f"{made.number} 已登记，请读回核对", about=made.pk)


@routes.get("/discs/{uuid:disc}/check", policy="disc.check", response=Form)
def check_form(request: HttpRequest, disc: UUID) -> Form:
    row = _disc(asked(request), disc, to="disc.check")
    return Form(
        title=f"读回核对 {row.number}", submit="登记", url=f"/discs/{disc}/checks",
        intro="把光盘放入光驱，读出整盘的 SHA-256 填在这里（在服务器上可用 liuhen disc read 直接读盘登记）。与映像不同的如实登记为不符。",
        fields=[fields.text("found", "读出的 SHA-256"), fields.text("says", "说明", required=False)],
    )  # fmt: skip


@routes.post("/discs/{uuid:disc}/checks", policy="disc.check", response=Done)
def check(request: HttpRequest, disc: UUID, told: NewCheck) -> Done:
    asking = asked(request)
    row = _disc(asking, disc)
    made = discs.check_disc(
        row, by=asking.by, found=told.found, how=DiscCheck.How.TOLD, says=told.says or "", at=asking.at
    )
    return done(f"{row.number} 读回{'相符' if made.good else '不符，已登记，请重新刻录'}", about=made.pk)


def _known(asking: Asking, case: Case) -> list[Recording]:
    """The recordings of a case of which this person may know."""
    rows = recordings_of(case)
    away = withheld_among((row.pk for row in rows), asking.by, at=asking.at)
    return [row for row in rows if row.pk not in away]


def _case(asking: Asking, key: UUID, *, to: str = "") -> Case:
    visible = casework.cases_visible_to(asking.by, at=asking.at)
    row: Case = asking.found(visible, key, anyhow=casework.cases(), action="case.view")
    asking.check_form(to, row)
    return row


def _set(asking: Asking, key: UUID, *, to: str = "") -> DiscSet:
    visible = discs.disc_sets_visible_to(asking.by, at=asking.at)
    row: DiscSet = asking.found(visible, key, anyhow=discs.disc_sets(), action="disc.view")
    asking.check_form(to, row)
    return row


def _disc(asking: Asking, key: UUID, *, to: str = "") -> Disc:
    visible = discs.discs_visible_to(asking.by, at=asking.at)
    row: Disc = asking.found(
        visible,
        key,
        anyhow=Disc.objects.select_related("disc_set__case__unit", "disc_set__unit"),
        action="disc.view",
    )
    asking.check_form(to, row)
    return row
