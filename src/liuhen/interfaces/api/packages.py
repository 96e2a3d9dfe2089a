"""Routes of evidence packages: asking for one, and having an approved one built. The bytes go by /files/packages/."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.access import packages
from liuhen.apps.access.models import Package
from liuhen.apps.access.packages import Subject, Wish
from liuhen.apps.archive.discs import packages_known
from liuhen.apps.casework import queries as casework
from liuhen.apps.evidence import queries as evidence
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.chains import chain_for
from liuhen.interfaces.api.gate import Asking, Routes, asked, require_fresh
from liuhen.interfaces.api.lists import Line, Text
from liuhen.interfaces.api.pages_packages import address_of
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form
from liuhen.interfaces.api.warrants import ShownPapers, asks_papers, paper_fields

routes = Routes("证据包")
YesNo = Literal["yes", "no"]
_ORGANS = {kind: label for kind, label in Package.Recipient.choices if kind not in packages.COPIES_ONLY}


class PackageWish(ShownPapers):
    recipient_kind: Literal["court", "procuratorate", "supervision", "justice", "agency"]
    recipient: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    case_number: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    is_evidence: YesNo
    is_sensitive: YesNo
    reason: Annotated[Text, StringConstraints(min_length=1)]


@routes.get("/activities/{uuid:activity}/package-request", policy="package.ask", response=Form)
def activity_package_form(request: HttpRequest, activity: UUID) -> Form:
    asking = asked(request)
    return _form(asking, activity_seen(asking, activity))


@routes.post("/activities/{uuid:activity}/package-requests", policy="package.ask", response=Done)
def ask_for_activity_package(request: HttpRequest, activity: UUID, told: PackageWish) -> Done:
    asking = asked(request)
    return _ask(asking, activity_seen(asking, activity), told)


@routes.get("/recordings/{uuid:recording}/package-request", policy="package.ask", response=Form)
def recording_package_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    return _form(asking, recording_seen(asking, recording))


@routes.post("/recordings/{uuid:recording}/package-requests", policy="package.ask", response=Done)
def ask_for_recording_package(request: HttpRequest, recording: UUID, told: PackageWish) -> Done:
    asking = asked(request)
    return _ask(asking, recording_seen(asking, recording), told)


@routes.post("/packages/{uuid:package}/order", policy="package.make", response=Done)
def order(request: HttpRequest, package: UUID) -> Done:
    asking = asked(request)
    row: Package = asking.found(
        packages_known(asking.by, at=asking.at),
        package,
        anyhow=packages.packages(),
        action="package.make",
    )
    require_fresh(request)
    packages.order_package(row, by=asking.by, at=asking.at)
    return done(f"证据包 {row.number} 开始制作，封存并见证之后制成", about=row.pk)


def _form(asking: Asking, subject: Subject) -> Form:
    asking.check_form("package.ask", subject)
    way = " → ".join(step.title for step in chain_for(asking, "disclosure")) or "（制度没有规定审批人）"
    return Form(
        title=f"申请证据包 · {subject.number}", submit="提交审批", url=f"{address_of(subject)}/package-requests",
        intro=f"原件不加遮挡，连同台账、文书、查看记录和核验程序交给有权机关。审批次序一般为：{way}；司法调取、内容敏感、作为证据的，按制度增减。批准后由另一人制作。",
        fields=[
            fields.select("recipient_kind", "接收机关的种类", fields.options(_ORGANS)),
            fields.text("recipient", "接收机关", hint="写全称。"),
            fields.text("case_number", "案号"),
            fields.yes_no("is_evidence", "作为证据使用", value=True, required=True),
            fields.yes_no("is_sensitive", "内容复杂、敏感或者易引发争议", value=False, required=True),
            *paper_fields(asking),
            fields.long("reason", "事由", hint="写明依据哪一份文书、需要证明什么。"),
        ],
    )  # fmt: skip


def _ask(asking: Asking, subject: Subject, told: PackageWish) -> Done:
    wish = Wish(
        recipient_kind=told.recipient_kind, recipient=told.recipient, case_number=told.case_number,
        is_evidence=told.is_evidence == "yes", is_sensitive=told.is_sensitive == "yes", warrant=told.warrant,
    )  # fmt: skip
    asking.require("package.ask", subject)
    chain = chain_for(asking, "disclosure", circumstances=wish.circumstances)
    made = packages.ask_for_package(
        subject, wish, by=asking.by, requester=asking.officer, reason=told.reason, chain=chain, at=asking.at,
        asks_papers=asks_papers(asking, wish),
    )  # fmt: skip
    return done(f"已提交审批 {made.number}", about=made.pk)


def activity_seen(asking: Asking, key: UUID) -> Subject:
    visible = casework.activities_visible_to(asking.by, at=asking.at)
    return asking.found(visible, key, anyhow=casework.activities(), action="activity.view")  # type: ignore[no-any-return]


def recording_seen(asking: Asking, key: UUID) -> Subject:
    visible = evidence.visible_to(asking.by, at=asking.at)
    return asking.found(visible, key, anyhow=evidence.recordings(), action="recording.list")  # type: ignore[no-any-return]
