"""What became of a package outside: handed over against a signature of both sides, and given back or destroyed when its time came.

The delivery note is printed, signed on the screen or on paper; a paper is scanned in, or entered with the place where it lies.
"""

import base64
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.db.models import QuerySet

from liuhen.apps.access.copying import copies_of
from liuhen.apps.access.models import Package, PackageDelivery, PackageReturn, PackageTerms
from liuhen.apps.access.packages import JUDICIAL, is_for, packages
from liuhen.apps.approval.scans import scan_in
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow
from liuhen.engines.forms import Filled, Signed, load_form, print_document
from liuhen.engines.forms.printing import drawn
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import BEIJING, shown
from liuhen.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Handing:
    """Who took it, what he showed, and how both sides signed."""

    receiver: str
    paper: str
    paper_number: str
    means: str
    handed_at: datetime
    post: str = ""
    legal_document: str = ""
    giver_ink: str = ""
    ink: str = ""
    scan: str = ""
    kept_where: str = ""


def deliver_package(
    package: Package, told: Handing, *, by: Actor, officer: Officer, at: datetime
) -> PackageDelivery:
    """交付签收。Raises `Refused` before it is made, for a second time, without the receiver's paper or without both signatures."""
    allow(by, "package.deliver", on=package, at=at)
    if not is_for(package, by) or by.id != officer.pk:
        raise Refused(f"证据包 {package.number} 由申请或者制作它的人交付", do="请由申请人或者制作人登记。")
    if package.made_at is None:
        raise Refused(f"证据包 {package.number} 还没有制成，不能交付", do="请等制成并下载以后再交付。")
    if not package.made_at <= told.handed_at <= at:
        raise Refused("交付时间应在制成以后、现在以前", do="请核对交付时间。")
    _check(package, told)
    scan = scan_in(told.scan)
    row = PackageDelivery(
        package=package, receiver=told.receiver.strip(), post=told.post.strip(), paper=told.paper.strip(), paper_number=told.paper_number.strip(),
        legal_document=told.legal_document.strip(), means=told.means, giver_ink=told.giver_ink, ink=told.ink, scan=told.scan, scan_type=scan.type,
        sha256=scan.sha256, kept_where=told.kept_where.strip(), handed_by=officer,
        handed_at=told.handed_at, at=at,
    )  # fmt: skip
    with act("package.delivered", by=by, at=at, agency=package.agency_id, approval=package.approval) as line:
        Package.objects.select_for_update(of=("self",)).get(pk=package.pk)
        if PackageDelivery.objects.filter(package=package).exists():
            raise Refused(
                f"证据包 {package.number} 的交付已经登记", do="一包只交付一次；再交付的，请重新申请。"
            )
        row.save(force_insert=True)
        line.about(row)
        line.about(package, sha256=package.sha256)
    return row


def _check(package: Package, told: Handing) -> None:
    if not told.receiver.strip() or not told.paper.strip() or not told.paper_number.strip():
        raise Refused("没有写明接收人和他的证件", do="请核对接收人的有效证件，写明姓名、证件名称和号码。")
    if package.recipient_kind in JUDICIAL and not told.legal_document.strip():
        raise Refused("有关机关调取的，须有法律文书", do="请写明调取文书的名称和文号。")
    for image in (told.giver_ink, told.ink):
        drawn(image)
    lacks = {
        PackageDelivery.Means.SCREEN: not (told.giver_ink and told.ink),
        PackageDelivery.Means.SCAN: not told.scan,
        PackageDelivery.Means.PAPER: not told.kept_where.strip(),
    }
    if told.means not in lacks:
        raise Refused("没有写明怎样签名", do="请选签名方式。")
    if lacks[PackageDelivery.Means(told.means)]:
        raise Refused(
            "交付须有双方签名",
            do="请双方在屏幕上签名；在纸上签的，附扫描件，或者写明交接单原件存放在哪里。",
        )


def scan_of(package: Package) -> tuple[bytes, str] | None:
    """The scanned note as it was put in, with its kind. Raises `Malformed` where it is not what was entered."""
    row = delivery_of(package)
    if row is None or not row.scan:
        return None
    return base64.b64decode(row.scan), row.scan_type


def close_package(
    package: Package,
    *,
    by: Actor,
    officer: Officer,
    outcome: str,
    says: str,
    happened_at: datetime,
    at: datetime,
) -> PackageReturn:
    """收回：given back, destroyed by the receiver, or lawfully kept. Raises `Refused` before it was handed over and for a second time."""
    allow(by, "package.deliver", on=package, at=at)
    delivery = delivery_of(package)
    if not is_for(package, by) or by.id != officer.pk:
        raise Refused(f"证据包 {package.number} 由申请或者制作它的人收回", do="请由申请人或者制作人登记。")
    if delivery is None:
        raise Refused(f"证据包 {package.number} 还没有交付", do="请先登记交付。")
    if outcome not in PackageReturn.Outcome.values or not says.strip():
        raise Refused("没有写明收回的结果", do="请选结果，并写明凭据，如收条、销毁说明的日期。")
    if not delivery.handed_at <= happened_at <= at:
        raise Refused("收回时间应在交付以后、现在以前", do="请核对时间。")
    row = PackageReturn(
        package=package, outcome=outcome, says=says.strip(), happened_at=happened_at, at=at, by=officer
    )
    with act("package.returned", by=by, at=at, agency=package.agency_id, approval=package.approval) as line:
        Package.objects.select_for_update(of=("self",)).get(pk=package.pk)
        if PackageReturn.objects.filter(package=package).exists():
            raise Refused(f"证据包 {package.number} 的收回已经登记", do="无需再次登记。")
        row.save(force_insert=True)
        line.about(row)
        line.about(package)
    return row


def delivery_of(package: Package) -> PackageDelivery | None:
    return PackageDelivery.objects.select_related("handed_by").filter(package=package).first()


def return_of(package: Package) -> PackageReturn | None:
    return PackageReturn.objects.select_related("by").filter(package=package).first()


def not_handed_over(by: Actor) -> QuerySet[Package]:
    """Made at this person's asking and not handed over yet."""
    return (
        packages()
        .filter(asked_by=by.id, made_at__isnull=False, delivery=None, removal=None)
        .order_by("made_at")
    )


def not_returned(by: Actor, *, at: datetime) -> QuerySet[Package]:
    """Handed over at this person's asking, due to come back today or overdue."""
    today = at.astimezone(BEIJING).date()
    found = packages().filter(
        asked_by=by.id, delivery__isnull=False, returned=None, terms__due_back__lte=today
    )
    return found.order_by("terms__due_back")


def print_note(package: Package, *, by: Actor, at: datetime, forms: Path) -> bytes:
    """The delivery note as PDF: empty places for both hands, or what both drew on the screen."""
    allow(by, "package.deliver", on=package, at=at)
    if package.made_at is None:
        raise Refused(f"证据包 {package.number} 还没有制成", do="制成以后再打印交接单。")
    delivery, terms, held = (
        delivery_of(package),
        PackageTerms.objects.filter(package=package).first(),
        copies_of(package),
    )
    told = {
        "recipient": f"{package.recipient}（{package.get_recipient_kind_display()}）",
        "basis": f"审批 {package.approval}{f'；案号 {package.case_number}' if package.case_number else ''}"
        f"{f'；用途：{terms.get_use_display()}' if terms else ''}",
        "receiver": _receiver(delivery),
        "items": "\n".join(
            [f"{package.number}　{package.title}\t{package.size}\t{package.sha256}",
             *(f"其中 {one.redaction.number}\t{one.size}\t{one.sha256}" for one in held)]
        ),
        "duties": _duties(terms),
        "handed": shown(delivery.handed_at) if delivery else "        年    月    日    时    分",
    }  # fmt: skip
    form = replace(load_form(forms / "house" / "delivery-note.form"), folder=forms)
    signed = [] if delivery is None else [
        Signed(role="giver", name=delivery.handed_by.name, at=delivery.handed_at, image=delivery.giver_ink),
        Signed(role="receiver", name=delivery.receiver, at=delivery.handed_at, image=delivery.ink),
    ] if delivery.means == PackageDelivery.Means.SCREEN else []  # fmt: skip
    return print_document(
        Filled(form=form, number=package.number, agency=package.agency.name, made_at=package.made_at, values=told, signatures=signed)
    )  # fmt: skip


def _receiver(delivery: PackageDelivery | None) -> str:
    if delivery is None:
        return "姓名：            单位和职务：                    证件名称和号码：                    "
    post = f"，{delivery.post}" if delivery.post else ""
    document = f"；法律文书：{delivery.legal_document}" if delivery.legal_document else ""
    return f"{delivery.receiver}{post}；{delivery.paper} {delivery.paper_number}{document}"


def _duties(terms: PackageTerms | None) -> str:
    if terms is None:
        return "只用于所写的案件；不得公开、转给他人或者上传互联网。"
    back = f"应于 {terms.due_back.isoformat()} 以前归还或者销毁，并书面告知。" if terms.due_back else ""
    return f"这是遮挡副本，不是原件；只用于“{terms.get_use_display()}”，不得除去遮挡、改作他用或者未经同意上传互联网。{back}"
