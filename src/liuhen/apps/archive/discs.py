"""光盘：asked for with a label that names what the rules want, imaged with the evidence package and its verifiers, burned, read back.

The image is the sealed bag of an evidence package about the recordings. What leads to it is a `Package` whose receiver is the case's own
volume: the verifiers want the row that ordered it. A set is done when each copy was read back and agreed.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import QuerySet

from liuhen.apps.access.models import Package
from liuhen.apps.access.packages import visible_to as packages_visible_to
from liuhen.apps.access.packing import Parts, contents_of
from liuhen.apps.access.secrecy import check_open_to
from liuhen.apps.archive.dividing import CAPACITY
from liuhen.apps.archive.facts import done_at
from liuhen.apps.archive.models import Disc, DiscCheck, DiscImage, DiscItem, DiscSet
from liuhen.apps.casework.linking import in_case, live_case_links, live_links
from liuhen.apps.casework.models import Case
from liuhen.apps.evidence.knowing import withheld_from
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.journal.models import Job
from liuhen.apps.journal.queries import jobs_of
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.engines.dossier import bag_files, write_image
from liuhen.engines.dossier.parity import add_parity
from liuhen.engines.forms import print_document
from liuhen.engines.forms.definition import load_form
from liuhen.engines.forms.filled import Filled
from liuhen.engines.ledger import Signer
from liuhen.engines.rules.kinds.lines import Need
from liuhen.engines.rules.kinds.required import Required
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.engines.rules.recording_words import DISC_LABEL
from liuhen.engines.vault import FileVault
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.citations import Citation
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused
from liuhen.kernel.identifiers import new_id

BUILD = "disc.build"
AGAIN_AFTER = timedelta(days=730)  # Read again every two years: our term, no regulation names one.
_SEALED_BY = timedelta(seconds=4)
_PIECE = 1 << 20
_LATER = ("second", "number")  # Given with the set itself.


@dataclass(frozen=True, slots=True)
class Burned:
    """What is told of one burned disc."""

    copy: int
    medium: str
    shelf: str
    same_place_why: str = ""


def copies_asked(law: Rulebook | None) -> int:
    """How many identical discs the law in force wants: two where a label must name the second."""
    asked = {need.code for need in _wanted(law)}
    return 2 if "second" in asked else 1


def order_discs(
    case: Case,
    recordings: Sequence[Recording],
    *,
    by: Actor,
    officer: Officer,
    law: Rulebook | None,
    at: datetime,
    part: str = "",
) -> DiscSet:
    """提出刻录; `part` says which of several where one disc holds not all. Raises `Refused` without recordings, for one that is not of the case, and where the label would lack what the law wants."""
    allow(by, "disc.make", on=case, at=at)
    own = set(Recording.objects.filter(in_case(case)).values_list("pk", flat=True))
    if not recordings or any(row.pk not in own for row in recordings):
        raise Refused("没有选择本案的音像", do="请从本案关联的音像中选择要刻录的。")
    for row in recordings:
        check_open_to(row, by=by, at=at)
    label = label_of(case, recordings, officer=officer, at=at)
    wanted = {need.code: need.label for need in _wanted(law)}
    missing = [words for code, words in wanted.items() if code not in _LATER and not label.get(code, "x")]
    if missing:
        raise Refused(
            f"光盘标签缺：{'、'.join(missing)}", do="请先在现场活动上补登，再提出刻录。", cite=_cite(law)
        )
    made = DiscSet(
        agency=case.agency, unit=case.unit, case=case, title=f"{case.cause} 音像证据 {len(recordings)} 段{part}", copies=copies_asked(law),
        label=label, officer=officer, at=at,
    )  # fmt: skip
    package = Package(
        agency=case.agency, unit=case.unit, subject_kind=DiscSet.kind(), subject=made.pk, title=made.title, recipient_kind="agency",
        recipient=f"{case.agency.name}案卷", case_number=case.number, is_evidence=True, is_sensitive=False, asked_by=officer, asked_at=at,
        ordered_by=by.id, ordered_at=at,
    )  # fmt: skip
    with act("disc.ordered", by=by, at=at, agency=case.agency_id) as line:
        made.number = next_number(case.agency, "光盘", at=at)
        made.label = made.label | {"number": made.number}
        package.number = made.number
        made.save(force_insert=True)
        package.save(force_insert=True)
        for row in recordings:
            item = DiscItem(disc_set=made, recording=row)
            item.save(force_insert=True)
            line.about(item)
        line.about(made)
        line.about(package)
        line.schedule(BUILD, made, after=_SEALED_BY, rank=6)
    return made


def build_image(
    made: DiscSet, *, parts: Parts, copies: FileVault, signer: Signer, home: Path, at: datetime
) -> None:
    """Write the image into `copies` and its digest into the journal. May run twice; the second finds it made.

    Raises `Unavailable` while its lines are not sealed and witnessed, `Tampered` where an original does not fit.
    """
    if DiscImage.objects.filter(disc_set=made).exists():
        return
    package = Package.objects.select_related("agency", "unit").get(subject=made.pk)
    recordings = Recording.objects.filter(disc_items__disc_set=made).select_related(
        "device", "officer", "station"
    )
    contents = contents_of(package, parts=parts, chosen=list(recordings.order_by("started_at", "pk")))
    arriving = copies.incoming(new_id().hex)
    try:
        with tempfile.TemporaryFile(dir=home) as file:
            write_image(bag_files(contents, signer), file, volume=f"LH{made.at:%y%m%d}{made.number[-4:]}")
            parity = add_parity(file)
            file.seek(0)
            while piece := file.read(_PIECE):
                arriving.write(piece)
        stored = arriving.commit()
    except BaseException:
        arriving.discard()
        raise
    told = {"sha256": stored.digest.sha256, "sm3": stored.digest.sm3, "size": stored.size}
    with act("disc.imaged", by=SYSTEM, at=at, agency=made.agency_id) as line:
        image = DiscImage(disc_set=made, parity=parity, at=at, **told)
        image.save(force_insert=True)
        package.made_at, package.size = at, stored.size
        package.sha256, package.sm3 = stored.digest.sha256, stored.digest.sm3
        package.save(update_fields=["made_at", "size", "sha256", "sm3"])
        line.about(image, sha256=image.sha256, sm3=image.sm3)
        line.about(package)
        line.about(made)


def enter_disc(made: DiscSet, told: Burned, *, by: Actor, officer: Officer, at: datetime) -> Disc:
    """登记刻录. Raises `Refused` before the image is made, for a copy that was not ordered, and for one place for two copies without a reason."""
    allow(by, "disc.make", on=made, at=at)
    if not DiscImage.objects.filter(disc_set=made).exists():
        raise Refused(f"{made.number} 的映像还没有制成", do="映像由后台制作，制成之后页面上可以下载。")
    if not 1 <= told.copy <= made.copies:
        raise Refused(f"{made.number} 一共 {made.copies} 份，没有第 {told.copy} 份", do="请核对是第几份。")
    if told.medium not in Disc.Medium.values or not told.shelf.strip():
        raise Refused("须写明盘片种类和存放处", do="请写明库房、柜架和盒号。")
    held, image = CAPACITY.get(told.medium), DiscImage.objects.get(disc_set=made)
    if held is not None and image.size > held:
        raise Refused(
            f"映像 {image.size} 字节，这种盘片只装 {held} 字节", do="请换容量更大的盘片，或者分开提出刻录。"
        )
    others = {disc.shelf for disc in newest_discs(made).values() if disc.copy != told.copy}
    if told.shelf.strip() in others and not told.same_place_why.strip():
        raise Refused("两份光盘放在同一处", do="请另换一处存放；确需同处的，写明理由。")
    row = Disc(
        disc_set=made, copy=told.copy, medium=told.medium, shelf=told.shelf.strip(), same_place_why=told.same_place_why.strip(),
        officer=officer, at=at, by=by.id,
    )  # fmt: skip
    with act("disc.burned", by=by, at=at, agency=made.agency_id) as line:
        turn = Disc.objects.filter(disc_set=made, copy=told.copy).count()
        row.number = f"{made.number}-{told.copy}{f'-重{turn}' if turn else ''}"
        row.save(force_insert=True)
        line.about(row)
        line.about(made)
        _judge(line, made)
    return row


def check_disc(disc: Disc, *, by: Actor, found: str, how: str, says: str, at: datetime) -> DiscCheck:
    """读回核对: what was read from the disc against the image. A disc that differs is entered as bad, never passed over."""
    allow(by, "disc.check", on=disc, at=at)
    image = DiscImage.objects.get(disc_set=disc.disc_set_id)
    row = DiscCheck(
        disc=disc, good=found.strip().lower() == image.sha256, how=how, found=found.strip().lower()[:64], says=says.strip(),
        next_at=at + AGAIN_AFTER, at=at, by=by.id,
    )  # fmt: skip
    with act("disc.checked", by=by, at=at, agency=disc.disc_set.agency_id) as line:
        row.save(force_insert=True)
        line.about(row, sha256=row.found)
        line.about(disc)
        _judge(line, disc.disc_set)
    return row


def label_of(
    case: Case, recordings: Sequence[Recording], *, officer: Officer, at: datetime
) -> dict[str, str]:
    """What the label says, in the codes of the rules: the union of what the regulations name. What is not known is empty."""
    links = list(
        live_links()
        .filter(activity__case=case, recording__in=recordings)
        .select_related("activity")
        .order_by("at")
    )
    activities = {link.activity_id: link.activity for link in links}.values()
    direct = live_case_links().filter(case=case, recording__in=recordings).exists()
    matters, places = [one.subject for one in activities], [one.place_text for one in activities]
    if direct:  # What belongs to no activity of the case is told by the case itself.
        matters, places = [*matters, case.cause], [*places, case.place_text]
    starts = [row.started_at for row in recordings if row.started_at]
    ends = [row.ended_at for row in recordings if row.ended_at]
    names = [row.officer.name for row in recordings if row.officer]
    return {
        "body": case.agency.name, "maker": officer.name, "made_at": shown(at), "subject": f"{case.party}{case.cause}", "number": "",
        "matter": "、".join(dict.fromkeys(matters)),
        "time": f"{shown(min(starts))} 至 {shown(max(ends))}" if starts and ends else "",
        "place": "、".join(dict.fromkeys(place for place in places if place)),
        "manner": "、".join(dict.fromkeys(row.get_form_display() for row in recordings)),
        "officers": "、".join(dict.fromkeys(names)),
    }  # fmt: skip


def print_label(made: DiscSet, *, forms: Path) -> bytes:
    """The label as PDF: one for each copy, with its number."""
    form = replace(load_form(forms / "house" / "disc-label.form"), folder=forms)
    image = DiscImage.objects.filter(disc_set=made).first()
    lines = "\n".join(f"{DISC_LABEL[code]}\t{value}" for code, value in made.label.items() if value)
    told = {"label": lines, "copies": str(made.copies), "digest": image.sha256 if image else "映像还没有制成"}
    return print_document(
        Filled(
            form=form,
            number=made.number,
            agency=made.agency.name,
            made_at=made.at,
            values=told,
            signatures=[],
        )
    )


# ── 现况 ───────────────────────────────────────────────────


def disc_sets() -> QuerySet[DiscSet]:
    return DiscSet.objects.select_related("agency", "unit", "case__unit", "officer", "image")


def overdue_discs(viewer: Actor, *, at: datetime) -> list[Disc]:
    """The newest disc of each copy that was not read back yet, differed, or is due to be read again; the longest due first."""
    rows = discs_visible_to(viewer, at=at).order_by("disc_set", "copy", "at", "pk")
    newest = {(row.disc_set_id, row.copy): row for row in rows}
    found = [(check.next_at if check else row.at, row) for row in newest.values() if (check := last_check(row)) is None or not check.good or check.next_at <= at]  # fmt: skip
    return [row for _, row in sorted(found, key=lambda one: (one[0], one[1].number))]


def disc_sets_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[DiscSet]:
    """Sets this person may know of: a disc holds what it holds, so that none is shown with a recording he may not know of."""
    closed = DiscItem.objects.filter(recording__in=withheld_from(viewer, at=at)).values("disc_set")
    return disc_sets().filter(reach_of(viewer, "disc.view", at=at)).exclude(pk__in=closed)


def discs_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Disc]:
    seen = disc_sets_visible_to(viewer, at=at).values("pk")
    rows = Disc.objects.filter(disc_set__in=seen).select_related(
        "disc_set__case__unit", "disc_set__unit", "disc_set__agency", "officer"
    )
    return rows.prefetch_related("checks")


def discs_of(case: Case, *, viewer: Actor, at: datetime) -> list[DiscSet]:
    """Those of one case that this person may know of."""
    return list(disc_sets_visible_to(viewer, at=at).filter(case=case).order_by("at", "pk"))


def packages_known(viewer: Actor, *, at: datetime) -> QuerySet[Package]:
    """Packages this person may know of, those by which a disc was made only where he may know of all that is on it."""
    closed = DiscItem.objects.filter(recording__in=withheld_from(viewer, at=at)).values("disc_set")
    return packages_visible_to(viewer, at=at).exclude(subject__in=closed)


def package_of(made: DiscSet) -> Package | None:
    """The package by which the image was ordered."""
    return Package.objects.select_related("agency", "unit").filter(subject=made.pk).first()


def newest_discs(made: DiscSet) -> dict[int, Disc]:
    """Of each copy the disc that was burned last."""
    rows = made.discs.select_related("officer").prefetch_related("checks").order_by("at", "pk")
    return {disc.copy: disc for disc in rows}


def last_check(disc: Disc) -> DiscCheck | None:
    return max(disc.checks.all(), key=lambda one: (one.at, one.pk), default=None)


def is_done(made: DiscSet) -> bool:
    return done_at(made) is not None


def trouble_of(made: DiscSet) -> str:
    """Why the image was given up, or what its building waits for; empty where nothing holds it up."""
    last = jobs_of(made.pk).filter(kind=BUILD).last()
    return (
        last.reason.partition(": ")[2]
        if last is not None and last.state in (Job.State.FAILED, Job.State.WAITING)
        else ""
    )


def _wanted(law: Rulebook | None) -> list[Need]:
    """What the labels must name by the laws in force."""
    return [need for _, kind in _label_rules(law) for need in kind.line]


def _cite(law: Rulebook | None) -> Citation | None:
    return next((rule.citation for rule, _ in _label_rules(law)), None)


def _label_rules(law: Rulebook | None) -> list[tuple[Rule, Required]]:
    rules = law.rules_of("required") if law else ()
    return [
        (rule, rule.judge)
        for rule in rules
        if isinstance(rule.judge, Required) and str(rule.judge.found) == "recording.disc_label"
    ]


def _judge(line: Pen, made: DiscSet) -> None:
    for item in made.items.select_related("recording"):
        line.schedule("recording.judge", item.recording)
