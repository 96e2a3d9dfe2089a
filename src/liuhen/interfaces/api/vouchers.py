"""Routes of 当事人凭条: issued by one act, printed as often as wanted."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from liuhen.apps.evidence import queries
from liuhen.apps.evidence import vouchers as rules
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Action, Done, Form, Link
from liuhen.kernel.clock import shown

routes = Routes("音像资料")


class VoucherWish(Told):
    """Nothing to enter: a voucher names nobody."""


@routes.get("/recordings/{uuid:recording}/voucher", policy="voucher.issue", response=Form)
def voucher_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.check_form("voucher.issue", row)
    return Form(
        title=f"出具凭条 · {row.number}", submit="出具", url=f"/recordings/{row.pk}/vouchers", fields=[],
        intro="交给当事人：证明这份音像当时已经入库、至今未改，不显示内容，也不写任何人的姓名。须等台账封存；设有见证单位的，须等会签。",
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/vouchers", policy="voucher.issue", response=Done)
def issue(request: HttpRequest, recording: UUID, told: VoucherWish) -> Done:
    asking = asked(request)
    row, office = _recording(asking, recording), asking.office
    made = rules.issue_voucher(
        row, by=asking.by, officer=asking.officer, log=office.log, signer=office.signer, witnesses=office.witnesses, at=asking.at
    )  # fmt: skip
    return done(f"{made.number} 已出具，请在本页“凭条”处打印", about=made.pk)


@routes.get("/vouchers/{uuid:voucher}/paper", policy="voucher.issue", response=str)
def paper(request: HttpRequest, voucher: UUID) -> HttpResponse:
    asking = asked(request)
    recording = rules.recording_of(voucher)
    if recording is None:
        raise Gone
    asking.check_form("voucher.issue", _recording(asking, recording))
    content = rules.print_voucher(voucher, by=asking.by, forms=asking.office.forms, at=asking.at)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{voucher}.pdf"'
    return answer


def actions(asking: Asking, row: Recording) -> list[Action]:
    if not asking.may("voucher.issue", row):
        return []
    return [Action(key="voucher", label="出具当事人凭条", form_url=f"/recordings/{row.pk}/voucher")]


def links(asking: Asking, row: Recording) -> list[Link]:
    """What was issued, to be printed again by who may issue."""
    if not asking.may("voucher.issue", row):
        return []
    return [
        Link(
            label=f"{one.number}（PDF）",
            to=f"/api/v1/vouchers/{one.pk}/paper",
            note=f"{one.officer.name} {shown(one.at)} 出具",
        )
        for one in rules.vouchers_of(row)
    ]


def _recording(asking: Asking, key: UUID) -> Recording:
    found: Recording = asking.found(
        queries.visible_to(asking.by, at=asking.at), key, anyhow=queries.recordings(), action="recording.list"
    )
    return found
