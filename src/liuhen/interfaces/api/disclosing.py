"""Routes of copies that go out in place of originals, and of what becomes of every package outside: handed over, signed for, taken back."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import Field, StringConstraints

from liuhen.apps.access import copying, delivering, packages
from liuhen.apps.access.copying import Terms
from liuhen.apps.access.delivering import Handing
from liuhen.apps.access.models import Package, PackageDelivery, PackageReturn, PackageTerms, Redaction
from liuhen.apps.access.packages import Subject, Wish
from liuhen.apps.access.warrants import warrant_of
from liuhen.apps.approval.scans import LARGEST
from liuhen.apps.casework import queries as casework
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api import fields, pages_disclosing
from liuhen.interfaces.api.chains import chain_for
from liuhen.interfaces.api.device_care import Blank
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Moment, Text, Told
from liuhen.interfaces.api.packages import activity_seen, recording_seen
from liuhen.interfaces.api.pages_packages import address_of
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Option, PackagePage
from liuhen.interfaces.api.warrants import ShownPapers, asks_papers, paper_fields
from liuhen.kernel.errors import Refused

routes = Routes("证据包")
_Ink = Annotated[str, StringConstraints(max_length=300_000)]


class CopyWish(ShownPapers):
    copies: Annotated[list[UUID], Field(max_length=50)]
    recipient_kind: Literal[
        "party", "media", "other", "court", "procuratorate", "supervision", "justice", "agency"
    ]
    recipient: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    case_number: Annotated[Line, StringConstraints(max_length=100)] = ""
    use: Literal["rights", "publicity", "training", "reply", "other"]
    wrapping: Literal["bag", "alone"]
    due_back: Annotated[date | None, Blank] = None
    is_sensitive: Literal["yes", "no"]
    reason: Annotated[Text, StringConstraints(min_length=1)]


class Delivered(Told):
    receiver: Annotated[Line, StringConstraints(min_length=1, max_length=50)]
    post: Annotated[Line, StringConstraints(max_length=100)] | None = None
    paper: Annotated[Line, StringConstraints(min_length=1, max_length=40)]
    paper_number: Annotated[Line, StringConstraints(min_length=1, max_length=60)]
    legal_document: Annotated[Line, StringConstraints(max_length=200)] | None = None
    means: Literal["screen", "scan", "paper"]
    giver_ink: _Ink | None = None
    ink: _Ink | None = None
    scan: Annotated[str, StringConstraints(max_length=(LARGEST + 2) // 3 * 4)] | None = None
    kept_where: Annotated[Line, StringConstraints(max_length=200)] | None = None
    handed_at: Moment


class TakenBack(Told):
    outcome: Literal["returned", "destroyed", "kept"]
    says: Annotated[Text, StringConstraints(min_length=1, max_length=500)]
    happened_at: Moment


@routes.get("/activities/{uuid:activity}/copy-request", policy="package.ask", response=Form)
def activity_copy_form(request: HttpRequest, activity: UUID) -> Form:
    asking = asked(request)
    return _form(asking, activity_seen(asking, activity))


@routes.post("/activities/{uuid:activity}/copy-requests", policy="package.ask", response=Done)
def ask_for_activity_copies(request: HttpRequest, activity: UUID, told: CopyWish) -> Done:
    asking = asked(request)
    return _ask(asking, activity_seen(asking, activity), told)


@routes.get("/recordings/{uuid:recording}/copy-request", policy="package.ask", response=Form)
def recording_copy_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    return _form(asking, recording_seen(asking, recording))


@routes.post("/recordings/{uuid:recording}/copy-requests", policy="package.ask", response=Done)
def ask_for_recording_copies(request: HttpRequest, recording: UUID, told: CopyWish) -> Done:
    asking = asked(request)
    return _ask(asking, recording_seen(asking, recording), told)


@routes.get("/packages/{uuid:package}", policy="package.view", response=PackagePage)
def package(request: HttpRequest, package: UUID) -> PackagePage:
    asking = asked(request)
    return pages_disclosing.page(asking, _package(asking, package))


@routes.get("/packages/{uuid:package}/note", policy="package.deliver", response=str)
def note(request: HttpRequest, package: UUID) -> HttpResponse:
    """The delivery note as PDF, to be signed by both."""
    asking = asked(request)
    row = _package(asking, package, to="package.deliver")
    content = delivering.print_note(row, by=asking.by, at=asking.at, forms=asking.office.forms)
    return _file(content, "application/pdf", f"note-{row.pk}.pdf")


@routes.get("/packages/{uuid:package}/scan", policy="package.deliver", response=str)
def scan(request: HttpRequest, package: UUID) -> HttpResponse:
    """The signed note as it was scanned in."""
    asking = asked(request)
    row = _package(asking, package, to="package.deliver")
    found = delivering.scan_of(row)
    if found is None:
        raise Refused("这次交付没有扫描件", do="纸质交接单的存放处见交付登记。")
    content, kind = found
    return _file(content, kind, f"signed-{row.pk}.{kind.rpartition('/')[2]}")


@routes.get("/packages/{uuid:package}/delivery", policy="package.deliver", response=Form)
def delivery_form(request: HttpRequest, package: UUID) -> Form:
    asking = asked(request)
    row = _package(asking, package, to="package.deliver")
    shown = warrant_of(row)
    return Form(
        title=f"登记交付 · {row.number}", submit="登记", url=f"/packages/{row.pk}/deliveries",
        intro=f"交给{row.recipient}。请核对接收人的有效证件；双方在屏幕上签名，或者在打印的交接单上签名以后扫描上传；没有扫描仪的，写明交接单存放在哪里。",
        fields=[
            fields.moment("handed_at", "交付时间", value=asking.at),
            fields.text("receiver", "接收人", value=shown.bearer if shown else ""), fields.text("post", "单位和职务", required=False),
            fields.text("paper", "证件名称", value=shown.paper if shown else "", hint="如：居民身份证、记者证、工作证。"),
            fields.text("paper_number", "证件号码", value=shown.paper_number if shown else ""),
            fields.text("legal_document", "法律文书", value=shown.document if shown else "", required=row.recipient_kind in packages.JUDICIAL, hint="有关机关调取的，写文书名称和文号。"),
            fields.select("means", "怎样签名", fields.options(dict(PackageDelivery.Means.choices))),
            fields.ink("giver_ink", "交付人签名", required=False, hint="在屏幕上签名的，双方都签。"), fields.ink("ink", "接收人签名", required=False),
            fields.file("scan", "签过名的交接单", required=False, hint="PDF、PNG 或者 JPEG，不大于 4 MB。"),
            fields.text("kept_where", "纸质交接单存放处", required=False, hint="只有纸质的，写明卷号或者柜号。"),
        ],
    )  # fmt: skip


@routes.post("/packages/{uuid:package}/deliveries", policy="package.deliver", response=Done)
def deliver(request: HttpRequest, package: UUID, told: Delivered) -> Done:
    asking = asked(request)
    row = _package(asking, package)
    handing = Handing(
        receiver=told.receiver, post=told.post or "", paper=told.paper, paper_number=told.paper_number, legal_document=told.legal_document or "",
        means=told.means, giver_ink=told.giver_ink or "", ink=told.ink or "", scan=told.scan or "", kept_where=told.kept_where or "",
        handed_at=told.handed_at,
    )  # fmt: skip
    made = delivering.deliver_package(row, handing, by=asking.by, officer=asking.officer, at=asking.at)
    return done(f"{row.number} 已交付，{made.receiver}签收", about=made.pk)


@routes.get("/packages/{uuid:package}/return", policy="package.deliver", response=Form)
def return_form(request: HttpRequest, package: UUID) -> Form:
    asking = asked(request)
    row = _package(asking, package, to="package.deliver")
    return Form(
        title=f"登记收回 · {row.number}", intro="归还的，收到以后登记；由接收人销毁的，以他的书面说明为凭。", submit="登记",
        url=f"/packages/{row.pk}/returns",
        fields=[
            fields.select("outcome", "结果", fields.options(dict(PackageReturn.Outcome.choices))),
            fields.moment("happened_at", "时间", value=asking.at), fields.long("says", "凭据和说明"),
        ],
    )  # fmt: skip


@routes.post("/packages/{uuid:package}/returns", policy="package.deliver", response=Done)
def close(request: HttpRequest, package: UUID, told: TakenBack) -> Done:
    asking = asked(request)
    row = _package(asking, package)
    made = delivering.close_package(
        row, by=asking.by, officer=asking.officer, outcome=told.outcome, says=told.says, happened_at=told.happened_at, at=asking.at
    )  # fmt: skip
    return done(f"{row.number} {made.get_outcome_display()}", about=made.pk)


def _form(asking: Asking, subject: Subject) -> Form:
    asking.check_form("package.ask", subject)
    usable = _usable(asking, subject)
    way = " → ".join(step.title for step in chain_for(asking, "disclosure")) or "（制度没有规定审批人）"
    intro = (
        f"只交出遮挡副本，不交原件；遮挡清单、每处的理由、第二人的意见、摘要和比对结果一并交出。审批次序一般为：{way}；内容敏感的，按制度增加。批准后由另一人制作。"
        if usable
        else "还没有可以提供的遮挡副本：请先制作遮挡副本，由另一人看过并审核同意。"
    )
    kinds = {kind: label for kind, label in Package.Recipient.choices if kind in packages.COPIES_ONLY}
    kinds |= dict(Package.Recipient.choices)
    return Form(
        title=f"对外提供遮挡副本 · {subject.number}", submit="提交审批", url=f"{address_of(subject)}/copy-requests", intro=intro,
        fields=[
            fields.many("copies", "遮挡副本", [*_options(usable)], value=[str(one.pk) for one in usable] if len(usable) == 1 else ()),
            fields.select("recipient_kind", "接收方的种类", fields.options(kinds)), fields.text("recipient", "接收方", hint="单位写全称，个人写姓名。"),
            fields.select("use", "用途", fields.options(dict(PackageTerms.Use.choices))),
            fields.select("wrapping", "交付方式", _WRAPPINGS, value="alone"),
            fields.text("case_number", "案号", required=False),
            fields.text("due_back", "归还或者销毁期限", required=False, hint="如 2027-06-30；不需要归还的，不填。"),
            fields.yes_no("is_sensitive", "内容复杂、敏感或者易引发争议", value=False, required=True),
            *paper_fields(asking),
            fields.long("reason", "事由", hint="写明为什么提供、提供到什么范围。"),
        ],
    )  # fmt: skip


_WRAPPINGS = [
    Option(value="alone", label="单独交付", hint="副本、说明和本机关的签名，适合当事人、媒体"),
    Option(
        value="bag", label="随证据包", hint="另附有关台账、见证过的检查点和核验程序，离开本系统也能逐项核验"
    ),
]


def _options(usable: Iterable[Redaction]) -> Iterable[Option]:
    return (
        Option(value=str(one.pk), label=one.number, hint=f"{one.recording.number}：{one.purpose}"[:60])
        for one in usable
    )


def _usable(asking: Asking, subject: Subject) -> list[Redaction]:
    """Copies that may go out and that this person may see."""
    if isinstance(subject, Recording):
        behind = [subject.pk]
    else:
        behind = [link.recording_id for link in casework.links_of_activity(subject.pk)]
    return [one for one in copying.usable_copies(behind) if asking.may("redaction.view", one)]


def _ask(asking: Asking, subject: Subject, told: CopyWish) -> Done:
    asking.require("package.ask", subject)
    usable = {one.pk: one for one in _usable(asking, subject)}
    if not set(told.copies) <= usable.keys():
        raise Refused("所选的副本不在可以提供的之列", do="请从表上所列的副本中选；还没有审核同意的，先审核。")
    terms = Terms([usable[key] for key in dict.fromkeys(told.copies)], told.use, told.wrapping, told.due_back)
    wish = Wish(
        recipient_kind=told.recipient_kind, recipient=told.recipient, case_number=told.case_number, is_evidence=False,
        is_sensitive=told.is_sensitive == "yes", terms=terms, warrant=told.warrant,
    )  # fmt: skip
    chain = chain_for(asking, "disclosure", circumstances=wish.circumstances)
    made = packages.ask_for_package(
        subject, wish, by=asking.by, requester=asking.officer, reason=told.reason, chain=chain, at=asking.at,
        asks_papers=asks_papers(asking, wish),
    )  # fmt: skip
    return done(f"已提交审批 {made.number}", about=made.pk, to=f"/packages/{made.subject}")


def _package(asking: Asking, key: UUID, *, to: str = "") -> Package:
    visible = packages.visible_to(asking.by, at=asking.at)
    row: Package = asking.found(visible, key, anyhow=packages.packages(), action=to or "package.view")
    asking.check_form(to, row)
    return row


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
