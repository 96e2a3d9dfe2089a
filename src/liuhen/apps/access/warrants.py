"""What a court, a procuratorate or another organ that may fetch shows before anything is asked: who came, his identity, the legal document.

Where the pack says so (`papers` of its chain), nothing is laid before the chain without it; the scan is read by who decides.
"""

import base64
from dataclasses import dataclass

from liuhen.apps.access.models import Package, PackageWarrant
from liuhen.apps.approval.scans import scan_in
from liuhen.apps.journal.actions import Pen
from liuhen.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Warrant:
    """Who came, what he showed, which document he brought, and its scan in Base64."""

    bearer: str = ""
    paper: str = ""
    paper_number: str = ""
    document: str = ""
    scan: str = ""

    @property
    def is_empty(self) -> bool:
        return not any((self.bearer, self.paper, self.paper_number, self.document, self.scan))


NOBODY = Warrant()


def check_warrant(told: Warrant, *, is_asked: bool) -> None:
    """Raises `Refused` where something of it is missing: all of it where the law asks for it, else only once it was begun."""
    if told.is_empty and not is_asked:
        return
    lacking = [
        name
        for name, value in (
            ("来人姓名", told.bearer),
            ("证件名称", told.paper),
            ("证件号码", told.paper_number),
            ("法律文书", told.document),
            ("法律文书的扫描件", told.scan),
        )
        if not value.strip()
    ]
    if lacking:
        raise Refused(
            f"有关机关调取的，须凭有效证件和法律文书，还缺{'、'.join(lacking)}",
            do="请核对来人的证件和法律文书，写明并附扫描件以后再提交审批。",
        )
    scan_in(told.scan)


def note_warrant(package: Package, told: Warrant, line: Pen) -> None:
    """Inside the act of asking."""
    scan = scan_in(told.scan)
    row = PackageWarrant(
        package=package, bearer=told.bearer.strip(), paper=told.paper.strip(), paper_number=told.paper_number.strip(),
        document=told.document.strip(), scan=told.scan, scan_type=scan.type, sha256=scan.sha256,
    )  # fmt: skip
    row.save(force_insert=True)
    line.about(row)


def warrant_of(package: Package) -> PackageWarrant | None:
    return PackageWarrant.objects.filter(package=package).first()


def warrant_scan(package: Package) -> tuple[bytes, str] | None:
    """The legal document as it was scanned in, with its kind; None where none was asked for."""
    row = warrant_of(package)
    return (base64.b64decode(row.scan), row.scan_type) if row else None
