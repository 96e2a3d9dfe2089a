"""Routes of 销毁: lists drawn, the two hands, the sample, calling off, and the certificate. Checking and approving go by 审批."""

from typing import Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query

from liuhen.apps.retention import certifying
from liuhen.apps.retention import disposal as acts
from liuhen.apps.retention.models import DisposalList
from liuhen.interfaces.api import fields, pages_disposal
from liuhen.interfaces.api.gate import Asking, Routes, asked, require_fresh
from liuhen.interfaces.api.lists import Line, ListAsked, Moment, Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Listing, Option
from liuhen.interfaces.api.shapes_disposal import DisposalPage, DisposalRow
from liuhen.kernel.errors import Refused

routes = Routes("销毁")
_FITS = [Option(value="yes", label="与清单相符"), Option(value="no", label="不符，全部放回")]


class NewList(Told):
    cutoff: Moment
    reason: Text


class NewHand(Told):
    outside: Line | None = None


class NewSample(Told):
    agrees: Literal["yes", "no"]
    note: Text


class Reason(Told):
    reason: Text


@routes.get("/disposals", policy="disposal.view", response=Listing[DisposalRow])
def listed(request: HttpRequest, listed: Query[ListAsked]) -> Listing[DisposalRow]:
    return pages_disposal.page(asked(request), listed)


@routes.get("/forms/disposal", policy="disposal.draw", response=Form)
def draw_form(request: HttpRequest) -> Form:
    asking = asked(request)
    trusted = pages_disposal.trusted_or_none(asking)
    told = (
        pages_disposal.may_be_listed_says(asking, trusted)
        if trusted
        else "见证单位太久没有会签，现在不能列清单。"
    )
    return Form(
        title="列销毁清单", submit="提交核对和批准", url="/disposals",
        intro=f"{told}列出之后清单不能更改；法制核对、机关负责人批准之后，由两个部门的两个人执行。",
        fields=[
            fields.moment("cutoff", "列入届满早于", value=trusted, hint="不晚于最近一次见证的时间"),
            fields.long("reason", "事由", hint="如“三季度期满音像”。"),
        ],
    )  # fmt: skip


@routes.post("/disposals", policy="disposal.draw", response=Done)
def draw(request: HttpRequest, told: NewList) -> Done:
    asking = asked(request)
    trusted = certifying.trusted_time(asking.office.witnesses, at=asking.at)
    made = acts.draw_list(
        by=asking.by,
        officer=asking.officer,
        cutoff=told.cutoff,
        reason=told.reason,
        trusted=trusted,
        at=asking.at,
    )
    return done(f"清单已列出，提交审批 {made.number}", about=made.subject, to=f"/disposals/{made.subject}")


@routes.get("/disposals/{uuid:disposal}", policy="disposal.view", response=DisposalPage)
def one(request: HttpRequest, disposal: UUID) -> DisposalPage:
    return pages_disposal.one(asked(request), _list(asked(request), disposal))


@routes.get("/disposals/{uuid:disposal}/certificate", policy="disposal.view", response=str)
def certificate(request: HttpRequest, disposal: UUID) -> HttpResponse:
    row = _list(asked(request), disposal)
    made = certifying.certificate_of(row)
    if made is None:
        raise Refused(f"{row.number} 还没有销毁证明", do="销毁完毕之后出具。")
    answer = HttpResponse(certifying.print_of(made), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{made.pk}.pdf"'
    return answer


@routes.get("/disposals/{uuid:disposal}/hand", policy="disposal.execute", response=Form)
def hand_form(request: HttpRequest, disposal: UUID) -> Form:
    row = _list(asked(request), disposal, to="disposal.execute")
    return Form(
        title=f"登记到场执行 {row.number}", submit="登记到场", url=f"/disposals/{disposal}/hands",
        intro="两名执行人须属不同部门，各自登录登记；第二人登记之后即开始执行。只有一个部门的机关，须写明上级机关派来的人。",
        fields=[fields.text("outside", "上级机关到场人", required=False, hint="单位、姓名、证件号；没有的不填。")],
    )  # fmt: skip


@routes.post("/disposals/{uuid:disposal}/hands", policy="disposal.execute", response=Done)
def stand_by(request: HttpRequest, disposal: UUID, told: NewHand) -> Done:
    asking = asked(request)
    row = _list(asking, disposal)
    require_fresh(request)
    made = acts.stand_by(row, by=asking.by, officer=asking.officer, outside=told.outside or "", at=asking.at)
    return done("已登记到场", about=made.pk)


@routes.get("/disposals/{uuid:disposal}/sample", policy="disposal.check", response=Form)
def sample_form(request: HttpRequest, disposal: UUID) -> Form:
    row = _list(asked(request), disposal, to="disposal.check")
    drawn = "、".join(
        item.recording.number for item in row.items.filter(in_sample=True).select_related("recording")
    )
    return Form(
        title=f"抽查 {row.number}", submit="登记抽查", url=f"/disposals/{disposal}/samples",
        intro=f"由最近公布的检查点抽出：{drawn or '尚未抽出'}。逐段核对登记、期限依据和摘要；不符的，全部放回。",
        fields=[fields.select("agrees", "结果", _FITS), fields.long("note", "怎样核对、结果如何")],
    )  # fmt: skip


@routes.post("/disposals/{uuid:disposal}/samples", policy="disposal.check", response=Done)
def check_sample(request: HttpRequest, disposal: UUID, told: NewSample) -> Done:
    asking = asked(request)
    row = _list(asking, disposal)
    acts.check_sample(
        row, by=asking.by, officer=asking.officer, agrees=told.agrees == "yes", note=told.note, at=asking.at
    )
    return done("已登记抽查", about=row.pk)


@routes.get("/disposals/{uuid:disposal}/call-off", policy="disposal.call-off", response=Form)
def call_off_form(request: HttpRequest, disposal: UUID) -> Form:
    row = _list(asked(request), disposal, to="disposal.call-off")
    return Form(
        title=f"撤回 {row.number}", submit="撤回", url=f"/disposals/{disposal}/call-offs",
        intro="撤回之后不再执行，移出的原件全部放回证据库。已经覆盖删除的不能恢复。", fields=[fields.long("reason", "原因")],
    )  # fmt: skip


@routes.post("/disposals/{uuid:disposal}/call-offs", policy="disposal.call-off", response=Done)
def call_off(request: HttpRequest, disposal: UUID, told: Reason) -> Done:
    asking = asked(request)
    row = _list(asking, disposal)
    acts.call_off(row, by=asking.by, reason=told.reason, at=asking.at)
    return done(f"{row.number} 已撤回", about=row.pk)


def _list(asking: Asking, key: UUID, *, to: str = "") -> DisposalList:
    visible = acts.disposals_visible_to(asking.by, at=asking.at)
    anyhow = DisposalList.objects.select_related("unit", "agency", "drawn_by")
    row: DisposalList = asking.found(visible, key, anyhow=anyhow, action="disposal.view")
    asking.check_form(to, row)
    return row
