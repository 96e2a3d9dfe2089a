"""Evidence packages 证据包: asked for, approved, ordered by a second person, built by the system, fetched under a check each time.

The chain is the pack's for supply to the outside; what is in a package is `packing`'s business, how it is written `engines/dossier`'s.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.access.copying import Terms, check_terms, contents_of_copies, note_terms
from liuhen.apps.access.models import Package, PackageRemoval, PackageTerms
from liuhen.apps.access.packing import Parts, contents_of, recordings_of
from liuhen.apps.access.secrecy import check_open_to
from liuhen.apps.access.warrants import NOBODY, Warrant, check_warrant, note_warrant
from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.approval.models import Request
from liuhen.apps.casework.linking import live_links
from liuhen.apps.casework.models import Activity
from liuhen.apps.evidence.knowing import withheld_from
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import Job
from liuhen.apps.journal.queries import jobs_of, was_done
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.engines.dossier import Contents, alone_files, bag_files, bag_name, zipped
from liuhen.engines.ledger import Signer
from liuhen.engines.vault import FileVault
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Refused
from liuhen.kernel.identifiers import new_id

PACKAGE = "package"
GOOD_FOR = timedelta(days=30)
JUDICIAL = ("court", "procuratorate", "supervision", "justice")
# To these only copies go, never an original.
COPIES_ONLY = ("party", "media", "other")
_ONE_FETCH = timedelta(hours=1)
_SEALED_BY = timedelta(seconds=4)
_AT_ONCE, _SWEPT_AGAIN = 20, timedelta(days=1)
Subject = Activity | Recording


@dataclass(frozen=True, slots=True)
class Wish:
    """To whom a package is to go, for which case, and what bears on who must approve; `terms` where copies go in place of originals."""

    recipient_kind: str
    recipient: str
    case_number: str
    is_evidence: bool
    is_sensitive: bool
    terms: Terms | None = None
    warrant: Warrant = NOBODY

    @property
    def circumstances(self) -> frozenset[str]:
        """As the packs name what adds or spares a step of the chain."""
        told = {
            "judicial": self.recipient_kind in JUDICIAL,
            "sensitive": self.is_sensitive,
            "evidence": self.is_evidence,
        }
        return frozenset(name for name, holds in told.items() if holds)


def ask_for_package(
    subject: Subject,
    wish: Wish,
    *,
    by: Actor,
    requester: Officer,
    reason: str,
    chain: Sequence[ChainStep],
    at: datetime,
    asks_papers: bool = False,
) -> Request:
    """Enter what is wanted and lay it before the chain. Raises `Refused` without a recipient, a case number where one is asked for, where
    originals would go to whom only copies may go, or without the papers that the law `asks_papers` for.
    """
    allow(by, "package.ask", on=subject, at=at)
    _check(wish)
    check_warrant(wish.warrant, is_asked=asks_papers)
    package = Package(
        agency_id=subject.agency_id, unit=subject.unit, subject_kind=subject.kind(), subject=subject.pk, title=_title(subject, wish.terms),
        recipient_kind=wish.recipient_kind, recipient=wish.recipient.strip(), case_number=wish.case_number.strip(),
        is_evidence=wish.is_evidence, is_sensitive=wish.is_sensitive, asked_by=requester, asked_at=at,
    )  # fmt: skip
    if wish.terms is None:
        _check_secrets(package, by=by, at=at)
    else:
        check_terms(wish.terms, recordings_of(package), by=by, at=at)
    with act("package.asked", by=by, at=at, agency=subject.agency_id) as line:
        package.number = next_number(subject.agency, "证据包", at=at)
        package.save(force_insert=True)
        line.about(package)
        if wish.terms is not None:
            note_terms(package, wish.terms, line)
        if not wish.warrant.is_empty:
            note_warrant(package, wish.warrant, line)
    return request_approval(
        package,
        by=by,
        requester=requester,
        unit=subject.unit,
        purpose=PACKAGE,
        reason=reason,
        chain=chain,
        at=at,
    )


def order_package(package: Package, *, by: Actor, at: datetime) -> None:
    """Have an approved package built. Raises `Refused` without a live approval, for one's own request, or where it was built."""
    allow(by, "package.make", on=package, at=at)
    if by.id == package.asked_by_id:
        raise Refused("自己申请的证据包不能由自己制作", do="请由保管人、档案员或者法制审核人员制作。")
    request = approval_of(package)
    if request is None or request.closed_at is None:
        raise Refused(
            f"证据包 {package.number} 的申请还没有批准，不能制作", do="请等审批办结；急用的，请联系审批人。"
        )
    if at > request.closed_at + GOOD_FOR:
        raise Refused(f"审批 {request.number} 已超过三十天，不能再据以制作", do="请重新申请。")
    if package.made_at is not None or is_being_made(package):
        raise Refused(
            f"证据包 {package.number} 已经制作或者正在制作", do="请在活动或者音像资料的页面上下载。"
        )
    _check_secrets(package, by=by, at=at)
    with act("package.ordered", by=by, at=at, agency=package.agency_id, approval=request.number) as line:
        package.approval, package.ordered_by, package.ordered_at = request.number, by.id, at
        package.save(update_fields=["approval", "ordered_by", "ordered_at"])
        line.about(package)
        line.schedule("package.build", package, after=_SEALED_BY, rank=6)


def build_package(package: Package, *, parts: Parts, copies: FileVault, signer: Signer, at: datetime) -> None:
    """Write the package into `copies` and its digest into the journal. May run twice; the second finds it made.

    Raises `Unavailable` while its lines are not sealed and witnessed, `Tampered` where anything does not fit.
    """
    if package.made_at is not None or package.ordered_at is None:
        return
    terms = terms_of(package)
    if terms is None:
        contents = contents_of(package, parts=parts)
    else:
        contents = contents_of_copies(package, parts=parts, copies=copies)
    is_alone = terms is not None and terms.wrapping == PackageTerms.Wrapping.ALONE
    arriving = copies.incoming(new_id().hex)
    try:
        for piece in pieces_of(contents, signer, is_alone=is_alone):
            arriving.write(piece)
        stored = arriving.commit()
    except BaseException:
        arriving.discard()
        raise
    with act(
        "package.completed", by=SYSTEM, at=at, agency=package.agency_id, approval=package.approval
    ) as line:
        package.made_at, package.size = at, stored.size
        package.sha256, package.sm3 = stored.digest.sha256, stored.digest.sm3
        package.save(update_fields=["made_at", "size", "sha256", "sm3"])
        line.about(package, sha256=stored.digest.sha256, sm3=stored.digest.sm3)


def fetch_package(package: Package, *, by: Actor, at: datetime) -> Digest:
    """The right to take the package, asked on every request; the first of this person in an hour has its line, whichever part it asks for.

    Raises `Refused` without the right, before it is made, and thirty days after.
    """
    allow(by, "package.fetch", on=package, at=at)
    if not is_for(package, by):
        raise Refused(f"证据包 {package.number} 只供申请和制作它的人取用", do="请由申请人或者制作人下载。")
    if package.made_at is None:
        raise Refused(f"证据包 {package.number} 还没有制成", do="请稍候；制成之后页面上会有下载。")
    if at > package.made_at + GOOD_FOR:
        raise Refused(
            f"证据包 {package.number} 制成已超过三十天，不再提供下载", do="仍有需要的，请重新申请。"
        )
    _check_secrets(package, by=by, at=at)
    if not was_done(package.pk, verb="package.fetched", by=by.id, since=at - _ONE_FETCH):
        with act(
            "package.fetched", by=by, at=at, agency=package.agency_id, approval=package.approval
        ) as line:
            line.about(package)
    return Digest(package.sha256, package.sm3)


def remove_old_packages(copies: FileVault, *, at: datetime) -> int:
    """Packages that nobody may fetch any more leave the copies' store, each with its line first; how many lines that were.

    A file that was still there after a crash goes at the next round.
    """
    old = Package.objects.filter(made_at__lt=at - GOOD_FOR, removal=None).order_by("made_at")[:_AT_ONCE]
    for package in old:
        with act("package.removed", by=SYSTEM, at=at, agency=package.agency_id) as line:
            removal = PackageRemoval(package=package, sha256=package.sha256, at=at)
            removal.save(force_insert=True)
            line.about(removal)
    kept = Package.objects.filter(made_at__isnull=False, removal=None).values("sha256")
    recent = PackageRemoval.objects.filter(at__gte=at - _SWEPT_AGAIN).exclude(sha256__in=kept)
    for address in recent.values_list("sha256", flat=True):
        digest = Digest(address)
        if copies.holds(digest):
            copies.set_aside(digest)
        if copies.condemn(digest):
            copies.destroy(digest)
    return len(old)


def _check_secrets(package: Package, *, by: Actor, at: datetime) -> None:
    """A mark of secrecy keeps out of a package whoever it keeps from the recording itself; the operator sees no page and no frame."""
    for recording in recordings_of(package) if by.kind == "officer" else ():
        check_open_to(recording, by=by, at=at)


def is_for(package: Package, who: Actor) -> bool:
    """Whoever asked for it or had it made; the operator, who sits at the machine itself."""
    return who.kind != "officer" or who.id in (package.asked_by_id, package.ordered_by)


def pieces_of(contents: Contents, signer: Signer, *, is_alone: bool = False) -> Iterator[bytes]:
    """The package as one zip, in pieces; copies `is_alone` go without the journal and the verifiers."""
    if is_alone and contents.explained is not None:
        files = alone_files(contents.number, contents.copies, contents.explained, signer)
    else:
        files = bag_files(contents, signer)
    return zipped(files, bag_name(contents.number))


def terms_of(package: Package) -> PackageTerms | None:
    """The terms on which copies go out; None where the originals do."""
    return PackageTerms.objects.filter(package=package).first()


def visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Package]:
    """Packages this person may know of: none that holds a recording he may not know of."""
    withheld = withheld_from(viewer, at=at)
    seen = packages().filter(reach_of(viewer, "package.view", at=at, officers="asked_by"))
    return seen.exclude(subject__in=withheld).exclude(pk__in=_holding(withheld))


def _holding(withheld: QuerySet[Any, Any]) -> list[UUID]:
    """Packages about activities that hold one of these recordings, which are few."""
    about = live_links().filter(recording__in=withheld).values("activity")
    keys = frozenset(withheld.values_list("recording", flat=True)) if about.exists() else frozenset()
    rows = Package.objects.filter(subject__in=about) if keys else ()
    return [row.pk for row in rows if keys & {one.pk for one in recordings_of(row)}]


def packages() -> QuerySet[Package]:
    return Package.objects.select_related("unit", "agency", "asked_by")


def packages_about(subject: Subject, *, viewer: Actor, at: datetime) -> list[Package]:
    """Those of one thing that this person may know of."""
    return list(visible_to(viewer, at=at).filter(subject=subject.pk).order_by("-asked_at"))


def approval_of(package: Package) -> Request | None:
    """The approved request about this package."""
    found = Request.objects.filter(subject=package.pk, purpose=PACKAGE, state=Request.State.APPROVED)
    return found.order_by("-closed_at").first()


def is_being_made(package: Package) -> bool:
    return package.ordered_at is not None and trouble_of(package) is None


def trouble_of(package: Package) -> str | None:
    """Why the building was given up; None while it goes on or where it was never begun."""
    last = jobs_of(package.pk).filter(kind="package.build").last()
    return last.reason if last is not None and last.state == Job.State.FAILED else None


def waiting_for(package: Package) -> str:
    """What the building waits for, as its last try said; empty where nothing held it up."""
    last = jobs_of(package.pk).filter(kind="package.build").last()
    return last.reason.partition(": ")[2] if last is not None and last.state == Job.State.WAITING else ""


def _check(wish: Wish) -> None:
    if wish.recipient_kind not in Package.Recipient.values:
        raise Refused("没有写明接收方的种类", do="请从所列的种类中选。")
    if wish.terms is None and wish.recipient_kind in COPIES_ONLY:
        raise Refused(
            "原件只提供给有权机关",
            do="向当事人、新闻媒体和其他单位、个人提供的，请选经过遮挡并由另一人审核的副本。",
        )
    if wish.terms is not None and wish.is_evidence:
        raise Refused("作为证据使用的须提供原件，不能用遮挡副本代替", do="请申请证据包，或者不作为证据提供。")
    if not wish.recipient.strip():
        raise Refused("没有写明接收方", do="请写接收机关、单位的全称，或者个人的姓名。")
    if wish.terms is None and not wish.case_number.strip():
        raise Refused("制作证据包须写明接收机关和案号", do="请补填案号。")


def _title(subject: Subject, terms: Terms | None) -> str:
    told = (
        f"音像资料 {subject.number}"
        if isinstance(subject, Recording)
        else f"现场活动 {subject.number} {subject.subject}"
    )
    return f"{told}的遮挡副本 {len(terms.copies)} 份" if terms else told
