"""Copies with parts hidden that go out in place of originals: what may be asked for, and what a package of them holds.

The corridor is that of every package (`packages`): asked for, approved by the pack's chain, ordered by another, fetched under a check.
Of the original only its digest goes out; of the journal only what answers for the copies and for the asking.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from liuhen.apps.access.models import Package, PackageCopy, PackageTerms, Redaction, RedactionAnswer
from liuhen.apps.access.packing import WITHHELD, Parts, opened, with_people
from liuhen.apps.access.secrecy import check_open_to
from liuhen.apps.approval.models import Opinion, Request
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import check_in_reach
from liuhen.apps.journal.actions import Pen
from liuhen.apps.journal.models import Recorded
from liuhen.engines.dossier import Contents
from liuhen.engines.dossier.alone import ALONE
from liuhen.engines.dossier.contents import CopyOut, Explained
from liuhen.engines.forms import Filled, load_form, print_document
from liuhen.engines.vault import FileVault
from liuhen.kernel.actors import Actor
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import BEIJING, aware, shown
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Refused

# What outsiders need not know of the asking and of the people: reasons of the office, numbers of officers.
_INSIDE = (
    *WITHHELD, "approval.request.reason", "approval.opinion.reason", "registry.officer.number", "redaction.trouble",
)  # fmt: skip
_LIMIT = "遮挡之外与原件相同，是本机关把副本重新解码、与原件的解码逐幅逐样比对以后登记的；没有原件，不能重做一次。副本不能代替作为证据的原件。"


@dataclass(frozen=True, slots=True)
class Terms:
    """Which copies go out, for what use, in what wrapping, and until when they are to come back."""

    copies: Sequence[Redaction]
    use: str
    wrapping: str
    due_back: date | None = None


def check_terms(terms: Terms, recordings: Iterable[Recording], *, by: Actor, at: datetime) -> None:
    """Raises `Refused` for a copy that was not agreed to by another, belongs to something else, or is out of this person's reach."""
    if not terms.copies:
        raise Refused("没有选遮挡副本", do="请先制作遮挡副本，由另一人审核同意，再申请对外提供。")
    if terms.use not in PackageTerms.Use.values or terms.wrapping not in PackageTerms.Wrapping.values:
        raise Refused("没有写明用途或者交付方式", do="请选用途和交付方式。")
    if terms.due_back is not None and terms.due_back < at.astimezone(BEIJING).date():
        raise Refused("归还或者销毁期限已经过去", do="请写今天以后的日期；不需要归还的，不填。")
    here = {row.pk for row in recordings}
    for copy in terms.copies:
        if copy.recording_id not in here:
            raise Refused(f"{copy.number} 不是这件事的遮挡副本", do="请从所列的副本中选。")
        if copy.derived is None or answer_of(copy) is None:
            raise Refused(f"{copy.number} 还没有另一人审核同意，不能提供", do="请先由另一人看过并审核。")
        check_in_reach([copy.recording_id])
        check_open_to(copy.recording, by=by, at=at)


def answer_of(copy: Redaction) -> RedactionAnswer | None:
    """The second person's agreement; None without one."""
    found = RedactionAnswer.objects.filter(redaction=copy, answer=RedactionAnswer.Answer.APPROVED)
    return found.select_related("by").first()


def note_terms(package: Package, terms: Terms, line: Pen) -> None:
    """Inside the act of asking: the very copies that are asked for, by digest, so that what is approved is what goes out."""
    row = PackageTerms(package=package, use=terms.use, wrapping=terms.wrapping, due_back=terms.due_back)
    row.save(force_insert=True)
    line.about(row)
    for copy in terms.copies:
        made = copy.derived
        if made is not None:  # `check_terms` refused the others.
            held = PackageCopy(
                package=package, redaction=copy, sha256=made.sha256, sm3=made.sm3, size=made.size
            )
            held.save(force_insert=True)
            line.about(held)


def copies_of(package: Package) -> list[PackageCopy]:
    """The copies that go out in this package, in the order of their numbers."""
    found = PackageCopy.objects.filter(package=package).order_by("redaction__number", "pk")
    return list(
        found.select_related("redaction__recording__unit", "redaction__derived", "redaction__drawn_by")
    )


def given_out(recordings: Iterable[UUID]) -> list[PackageCopy]:
    """Copies of these recordings that were handed over, newest first."""
    found = PackageCopy.objects.filter(
        redaction__recording__in=list(recordings), package__delivery__isnull=False
    )
    return list(
        found.select_related("package__delivery", "redaction").order_by("-package__delivery__handed_at")
    )


def usable_copies(recordings: Iterable[UUID]) -> list[Redaction]:
    """Copies of these recordings that another person agreed to."""
    found = Redaction.objects.filter(
        recording__in=list(recordings),
        answered__answer=RedactionAnswer.Answer.APPROVED,
        derived__isnull=False,
    )
    return list(found.select_related("recording__unit", "recording__agency", "derived").order_by("number"))


def contents_of_copies(package: Package, *, parts: Parts, copies: FileVault) -> Contents:
    """Everything a package of copies holds. Raises `Unavailable` while lines are not sealed and witnessed, `Refused` for what is gone."""
    held = copies_of(package)
    check_in_reach(one.redaction.recording_id for one in held)
    for one in held:
        if answer_of(one.redaction) is None or not copies.holds(Digest(one.sha256, one.sm3)):
            raise Refused(f"{one.redaction.number} 已不在副本库，不能提供", do="请重新制作、审核并另行申请。")
    rows = [*_rows(package, held)]
    made = [one.redaction.derived_id for one in held if one.redaction.derived_id]
    told = opened(with_people(rows), about=[package.pk, *made], parts=parts, withheld=_INSIDE)
    statement = statement_of(package, held)
    return Contents(
        number=package.number, agency=package.agency.name, made_at=package.ordered_at or package.asked_at, subject_kind=package.subject_kind,
        subject=package.subject, title=package.title, order=package.pk, house=told.house, policy=parts.policy, policy_line=told.policy_line,
        checkpoint=told.point.note, lines=told.lines, rows=told.rows, stamps=told.stamps, verifiers=parts.verifiers,
        copies=[_out(one, copies) for one in held],
        explained=Explained(canonical(statement), print_statement(package, statement, forms=parts.forms)),
    )  # fmt: skip


def _rows(package: Package, held: list[PackageCopy]) -> Iterator[Recorded]:
    yield package
    yield from PackageTerms.objects.filter(package=package)
    yield package.agency
    for one in held:
        yield one
        yield one.redaction
        if one.redaction.derived is not None:
            yield one.redaction.derived
        yield from RedactionAnswer.objects.filter(redaction=one.redaction)
    requests = Request.objects.filter(subject=package.pk).order_by("made_at", "pk")
    yield from requests
    yield from Opinion.objects.filter(request__in=requests).order_by("at", "pk")


def _out(one: PackageCopy, copies: FileVault) -> CopyOut:
    copy, digest = one.redaction, Digest(one.sha256, one.sm3)
    answer = answer_of(copy)
    return CopyOut(
        id=copy.pk, number=copy.number, derived=copy.derived_id or copy.pk, answer=answer.pk if answer else copy.pk, suffix="mp4",
        digest=digest, size=one.size, open=lambda: copies.open(digest), original_number=copy.recording.number,
        original=copy.recording.digest,
    )  # fmt: skip


# ── 说明 ───────────────────────────────────────────────────


def statement_of(package: Package, held: list[PackageCopy]) -> dict[str, Any]:
    """What is said of the copies: to whom and for what, what each hides and why, who drew, who agreed, what was measured."""
    terms = PackageTerms.objects.get(package=package)
    return {
        "format": ALONE, "package": package.number, "agency": package.agency.name, "made_at": package.ordered_at or package.asked_at,
        "recipient": {"kind": package.get_recipient_kind_display(), "name": package.recipient}, "case": package.case_number,
        "use": terms.get_use_display(), "due_back": terms.due_back.isoformat() if terms.due_back else "", "approved": _approved(package),
        "copies": [_told(one, index) for index, one in enumerate(held, 1)], "limit": _LIMIT,
    }  # fmt: skip


def _approved(package: Package) -> list[dict[str, Any]]:
    request = (
        Request.objects.filter(subject=package.pk, state=Request.State.APPROVED)
        .order_by("-closed_at")
        .first()
    )
    given = request.opinions.select_related("officer").order_by("step") if request else ()
    return [
        {"number": request.number, "title": request.chain[one.step]["title"], "by": one.officer.name, "at": one.at}
        for one in given if request
    ]  # fmt: skip


def _told(one: PackageCopy, index: int) -> dict[str, Any]:
    copy, answer = one.redaction, answer_of(one.redaction)
    original = copy.recording
    return {
        "number": copy.number, "path": f"{index:03d}.mp4", "sha256": one.sha256, "sm3": one.sm3, "size": one.size,
        "original": {"number": original.number, "sha256": original.sha256, "sm3": original.sm3, "size": original.size},
        "drawn": {"by": copy.drawn_by.name, "at": copy.drawn_at},
        "checked": {"by": answer.by.name, "at": answer.at} if answer else {},
        "masks": copy.masks, "proof": copy.proof,
    }  # fmt: skip


def print_statement(package: Package, statement: dict[str, Any], *, forms: Path) -> bytes:
    """The same as a paper."""
    copies = statement["copies"]
    back = statement["due_back"]
    told = {
        "recipient": f"{statement['recipient']['name']}（{statement['recipient']['kind']}）",
        "use": f"{statement['use']}{f'；案号 {package.case_number}' if package.case_number else ''}"
        f"{f'；应于 {back} 以前归还或者销毁' if back else ''}",
        "approved": "\n".join(f"{one['title']} {one['by']} {shown(one['at'])} 同意（{one['number']}）" for one in statement["approved"]),
        "copies": "\n".join(f"{one['path']}　{one['number']}\t{one['size']}\t{one['sha256']}" for one in copies),
        "originals": "\n".join(f"{one['number']}\t{one['original']['number']}\t{one['original']['sha256']}" for one in copies),
        "hidden": "\n".join(row for one in copies for row in _hidden(one)),
        "people": "\n".join(_people(one) for one in copies),
        "proof": "\n".join(row for one in copies for row in _proven(one)),
        "limit": _LIMIT,
    }  # fmt: skip
    form = replace(load_form(forms / "house" / "copy-statement.form"), folder=forms)
    return print_document(
        Filled(form=form, number=package.number, agency=package.agency.name, made_at=aware(statement["made_at"]), values=told, signatures=[])
    )  # fmt: skip


_SOUNDS = {"mute": "静音", "lower": "变声（压低）", "higher": "变声（抬高）"}
_MADE = {"drawn": "手工画出", "motion": "按活动找出", "detector": "检测程序找出"}


def _hidden(one: dict[str, Any]) -> Iterator[str]:
    found = [
        *((mask["begins"], mask["ends"], "画面遮黑", mask["reason"], _MADE[mask["made"]]) for mask in one["masks"]["masks"]),
        *((mute["begins"], mute["ends"], _SOUNDS[mute.get("sound", "mute")], mute["reason"], _MADE["drawn"]) for mute in one["masks"]["mutes"]),
    ]  # fmt: skip
    for begins, ends, what, why, how in sorted(found):
        yield f"{one['path']}\t{_second(begins)} 至 {_second(ends)}\t{what}\t{why}\t{how}"


def _people(one: dict[str, Any]) -> str:
    drawn, checked = one["drawn"], one["checked"]
    agreed = f"；{checked['by']} 看过副本，{shown(checked['at'])} 同意使用" if checked else ""
    return f"{one['number']}：{drawn['by']} {shown(drawn['at'])} 画出{agreed}"


def _proven(one: dict[str, Any]) -> Iterator[str]:
    told = one["proof"]
    if told["pictures"]:
        converted = (
            f"（原件画面是 {told['converted_from']}，先转为 8 位 4:2:0）" if told["converted_from"] else ""
        )
        yield (
            f"{one['path']}\t画面 {told['pictures']:,} 幅{converted}\t{told['pixels_outside']:,} 个像素值在遮挡之外，与原件解码不同的 {told['differing_outside']:,} 个；"
            f"{told['pixels_inside']:,} 个在遮挡之内，没有遮住的 {told['shown_inside']:,} 个"
        )
    if told["samples"]:
        yield (
            f"{one['path']}\t声音 {told['samples']:,} 个采样\t静音 {told['samples_muted']:,} 个，变声 {told.get('samples_disguised', 0):,} 个，留下原声的 {told['heard_inside']:,} 个；"
            f"其余与原件解码{'逐样相同' if told['sound_equal'] else '不同'}"
        )


def _second(told: float) -> str:
    minutes, seconds = divmod(told, 60)
    return f"{int(minutes):02d}:{seconds:04.1f}"
