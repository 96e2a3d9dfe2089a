"""What an organ that fetches shows, as every form of asking takes it; and the scan of its document, for who decides."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import StringConstraints

from liuhen.apps.access import packages
from liuhen.apps.access.models import Package
from liuhen.apps.access.packages import Wish
from liuhen.apps.access.warrants import Warrant, warrant_of, warrant_scan
from liuhen.apps.approval.scans import LARGEST
from liuhen.engines.rules.approvals import papers_asked
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Told
from liuhen.interfaces.api.shapes import Fact, FormField, Link
from liuhen.kernel.errors import Refused

routes = Routes("证据包")


class ShownPapers(Told):
    """Part of a body: who came, his paper, the legal document and its scan."""

    bearer: Annotated[Line, StringConstraints(max_length=50)] | None = None
    bearer_paper: Annotated[Line, StringConstraints(max_length=40)] | None = None
    bearer_number: Annotated[Line, StringConstraints(max_length=60)] | None = None
    legal_document: Annotated[Line, StringConstraints(max_length=200)] | None = None
    scan: Annotated[str, StringConstraints(max_length=(LARGEST + 2) // 3 * 4)] | None = None

    @property
    def warrant(self) -> Warrant:
        return Warrant(
            self.bearer or "", self.bearer_paper or "", self.bearer_number or "", self.legal_document or "", self.scan or ""
        )  # fmt: skip


def asks_papers(asking: Asking, wish: Wish) -> bool:
    return papers_asked(asking.law, purpose="disclosure", circumstances=wish.circumstances)


def paper_fields(asking: Asking) -> list[FormField]:
    """The same five fields of every form by which something goes out."""
    asks = papers_asked(asking.law, purpose="disclosure", circumstances=frozenset({"judicial"}))
    hint = "纪检监察、检察院、法院、司法行政机关来调取的" + (
        "，这五栏都须填写。" if asks else "，写明来人；不填的，交付时登记。"
    )
    return [
        fields.text("bearer", "来人姓名", required=False, hint=hint),
        fields.text("bearer_paper", "来人证件", required=False, hint="如：工作证。"),
        fields.text("bearer_number", "证件号码", required=False),
        fields.text("legal_document", "法律文书", required=False, hint="名称和文号。"),
        fields.file(
            "scan", "法律文书扫描件", required=False, hint="PDF、PNG 或者 JPEG，不大于 4 MB；审批的人看得到。"
        ),
    ]


@routes.get("/packages/{uuid:package}/warrant", policy="package.view", response=str)
def scan(request: HttpRequest, package: UUID) -> HttpResponse:
    """The legal document as it was scanned in."""
    asking = asked(request)
    visible = packages.visible_to(asking.by, at=asking.at)
    row: Package = asking.found(visible, package, anyhow=packages.packages(), action="package.view")
    found = warrant_scan(row)
    if found is None:
        raise Refused("这次提供没有法律文书的扫描件", do="不是有关机关凭文书调取的，没有这一项。")
    content, kind = found
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="warrant-{row.pk}.{kind.rpartition("/")[2]}"'
    return answer


def facts(row: Package) -> list[Fact]:
    told = warrant_of(row)
    if told is None:
        return []
    return [
        Fact(label="来人", value=f"{told.bearer}，{told.paper} {told.paper_number}"),
        Fact(label="法律文书", value=told.document, note=f"扫描件 SHA-256 {told.sha256[:16]}…"),
    ]


def scans(row: Package) -> list[Link]:
    told = warrant_of(row)
    return [Link(label="法律文书（扫描件）", to=f"/api/v1/packages/{row.pk}/warrant", note=told.document)] if told else []  # fmt: skip
