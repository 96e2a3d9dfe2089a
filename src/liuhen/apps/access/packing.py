"""From rows to the contents of a package: what concerns one activity or one recording, each row with the line that answers for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from liuhen.apps.access.models import Glimpse, Package, Viewing
from liuhen.apps.access.secrecy import unknown_then
from liuhen.apps.approval.models import Opinion, PaperCheck, Request, SuperiorPaper
from liuhen.apps.approval.queries import view_of
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.models import Activity, Declaration, Exemption, Interruption, Link, Member
from liuhen.apps.devices.models import Device, Station
from liuhen.apps.documents.models import Content, Document, Mark, Refusal, Signature
from liuhen.apps.documents.queries import documents_about, print_of
from liuhen.apps.evidence import custody
from liuhen.apps.evidence.models import (
    Clearing,
    ErasureNote,
    Inspection,
    LateNote,
    Recording,
    SourceAnswer,
    SourceStatement,
)
from liuhen.apps.evidence.queries import check_in_reach, newest_inspections
from liuhen.apps.evidence.receipts import receipt_of
from liuhen.apps.journal.keys import house_text
from liuhen.apps.journal.models import Recorded
from liuhen.apps.journal.opening import (
    Point,
    lines_about,
    opened_lines,
    policy_line,
    provable_point,
    stamps_under,
    told_rows,
)
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.queries import names_of
from liuhen.engines.dossier import Contents
from liuhen.engines.dossier.contents import Holding, OpenedLine, Paper, RecordRow, Taken, TimeStamp
from liuhen.engines.ledger import Log, Signer
from liuhen.engines.ledger.policy import WitnessPolicy
from liuhen.engines.vault import FileVault
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Tampered

# Of these only the digest goes out: no court needs them, and they are somebody's.
WITHHELD = (
    "devices.station.token_digest", "registry.officer.card", "registry.officer.card_valid_until", "approval.superiorpaper.scan",
)  # fmt: skip
_PEOPLE = ("officer_id", "made_by_id", "asked_by_id", "requester_id", "drawn_by_id", "by_id")
_SUFFIXES = {
    "mp4": "mp4", "mov": "mov", "avi": "avi", "matroska": "mkv", "webm": "webm", "mpegts": "ts", "mp3": "mp3", "wav": "wav",
    "m4a": "m4a", "jpeg": "jpg", "png": "png", "heif": "heic",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parts:
    """What of the office a package is made from."""

    vault: FileVault
    log: Log
    signer: Signer
    witnesses: WitnessPolicy
    policy: str
    verifiers: Mapping[str, bytes]
    forms: Path


@dataclass(frozen=True, slots=True)
class Opened:
    """Rows and lines as they go out, under one checkpoint that is sealed and witnessed."""

    house: str
    policy_line: int
    point: Point
    lines: list[OpenedLine]
    rows: list[RecordRow]
    stamps: list[TimeStamp]


def contents_of(package: Package, *, parts: Parts, chosen: list[Recording] | None = None) -> Contents:
    """Everything about the package's subject as it stands now; of a disc, about the recordings `chosen` for it. Raises `Unavailable` while lines are not sealed and witnessed."""
    activity = _activity(package)
    recordings = recordings_of(package) if chosen is None else chosen
    check_in_reach(one.pk for one in recordings)
    documents = _documents(activity, recordings)
    looks = _looks(recordings)
    rows = [*_rows(package, activity, recordings, documents), *looks]
    main = [package.pk, *([activity.pk] if activity else []), *(one.pk for one in recordings)]
    told = opened(with_people(rows), about=main, parts=parts, withheld=WITHHELD)
    return Contents(
        number=package.number, agency=package.agency.name, made_at=package.ordered_at or package.asked_at, subject_kind=package.subject_kind,
        subject=package.subject, title=package.title, order=package.pk, house=told.house, policy=parts.policy,
        policy_line=told.policy_line, checkpoint=told.point.note, lines=told.lines, rows=told.rows,
        recordings=[*_taken(recordings, activity, parts)], documents=[*_papers(documents)],
        looks=[(row.kind(), row.pk) for row in looks], stamps=told.stamps, verifiers=parts.verifiers, basis=basis_of(package),
    )  # fmt: skip


def opened(
    rows: Iterable[Recorded], *, about: Iterable[UUID], parts: Parts, withheld: Sequence[str]
) -> Opened:
    """The rows with the lines that answer for them, and every line about these things. Raises `Unavailable` while any is not sealed and witnessed."""
    told = told_rows(rows, withheld=withheld)
    policy = policy_line(parts.policy)
    numbers = {row.line for row in told} | lines_about(about) | ({policy} if policy else set())
    point = provable_point(parts.log, parts.witnesses, covers=max(numbers))
    return Opened(
        house=house_text(parts.signer), policy_line=policy, point=point, lines=opened_lines(numbers, log=parts.log, point=point),
        rows=told, stamps=stamps_under(point, log=parts.log),
    )  # fmt: skip


def _activity(package: Package) -> Activity | None:
    return Activity.objects.filter(pk=package.subject).first()


def recordings_of(package: Package) -> list[Recording]:
    """What the approver was asked about: the recording, or those that belonged to the activity when it was asked for, as far as who
    asked might know of them then. One linked afterwards does not leave by an approval that did not know of it, nor one of which the
    asker knew nothing. Of a package of copies, the recordings they were made from.
    """
    behind = Recording.objects.filter(redactions__given_in__package=package).distinct()
    if behind.exists():
        return list(behind.select_related("device", "officer", "station").order_by("number"))
    if package.subject_kind == Recording.kind():
        return list(
            Recording.objects.filter(pk=package.subject).select_related("device", "officer", "station")
        )
    links = casework.links_of_activity(package.subject)
    known = {link.recording_id: link.recording for link in links if link.at <= package.asked_at}
    away = unknown_then(known.values(), officer=package.asked_by_id, at=package.asked_at)
    return [row for key, row in known.items() if key not in away]


def left_out_of(package: Package) -> int:
    """How many recordings of its activity are not in it, because who asked might not know of them."""
    if package.subject_kind == Recording.kind():
        return 0
    links = casework.links_of_activity(package.subject)
    known = [link.recording for link in links if link.at <= package.asked_at]
    return len(unknown_then(known, officer=package.asked_by_id, at=package.asked_at))


def _documents(activity: Activity | None, recordings: list[Recording]) -> list[Document]:
    """The finished papers about the recordings (the written note of an evidence goes with it, TNH-17), the activity and its breaks."""
    subjects = [one.pk for one in recordings]
    if activity is not None:
        subjects += [activity.pk, *(stop.pk for stop in casework.interruptions_of(activity.pk))]
    return [one for one in documents_about(subjects) if one.state == Document.State.FINALISED]


def _looks(recordings: list[Recording]) -> list[Recorded]:
    viewings = Viewing.objects.filter(recording__in=recordings).order_by("opened_at", "pk")
    return [*viewings, *Glimpse.objects.filter(recording__in=recordings).order_by("day", "pk")]


def _rows(
    package: Package, activity: Activity | None, recordings: list[Recording], documents: list[Document]
) -> Iterator[Recorded]:
    yield package
    yield package.agency
    about = [package.pk]
    if activity is not None:
        yield activity
        for model in (Member, Declaration, Interruption, Exemption):
            yield from model.objects.filter(activity=activity).order_by("pk")
        yield from Link.objects.filter(activity=activity, recording__in=recordings).order_by("pk")
        about += [*Interruption.objects.filter(activity=activity).values_list("pk", flat=True)]
        about += [*Exemption.objects.filter(activity=activity).values_list("pk", flat=True)]
    yield from _of_recordings(recordings)
    yield from documents
    yield from Content.objects.filter(document__in=documents).order_by("pk")
    for paper in (Signature, Refusal, Mark):
        yield from paper.objects.filter(document__in=documents).order_by("at", "pk")
    requests = Request.objects.filter(subject__in=about).order_by("made_at", "pk")
    yield from requests
    yield from Opinion.objects.filter(request__in=requests).order_by("at", "pk")
    yield from SuperiorPaper.objects.filter(request__in=requests).order_by("entered_at", "pk")
    yield from PaperCheck.objects.filter(paper__request__in=requests).order_by("at", "pk")


def basis_of(package: Package) -> list[str]:
    """By whose approval it goes out, step by step, for the leaflet; a superior's written word with the digest of the paper."""
    found: list[str] = []
    for request in Request.objects.filter(subject=package.pk, state=Request.State.APPROVED).order_by(
        "made_at"
    ):
        found += [
            f"{step.title}：{step.officer}，{step.answer}，{shown(step.at)}（审批 {request.number}）"
            for step in view_of(request).steps
            if step.at is not None
        ]
        found += [
            f"其中上级批准文书 {paper.number}，{paper.dated.isoformat()}，{paper.office}{paper.signer}；扫描件 SHA-256 {paper.sha256}"
            for paper in request.papers.filter(check_row__outcome=PaperCheck.Outcome.FITS)
        ]
    return found


def _of_recordings(recordings: list[Recording]) -> Iterator[Recorded]:
    yield from recordings
    yield from newest_inspections(one.pk for one in recordings).values()
    for model in (LateNote, Clearing, SourceStatement, ErasureNote):
        yield from model.objects.filter(recording__in=recordings).order_by("pk")
    yield from SourceAnswer.objects.filter(statement__recording__in=recordings).order_by("pk")
    for recording in recordings:
        found = custody.listed_on(recording)
        if found is not None:
            yield found[0]
    yield from Device.objects.filter(recordings__in=recordings).order_by("pk").distinct()
    yield from Station.objects.filter(pk__in=[one.station_id for one in recordings]).order_by("pk")


def with_people(rows: Iterable[Recorded]) -> Iterator[Recorded]:
    """The rows, then the officers and units they name."""
    officers, units = set[Any](), set[Any]()
    for row in rows:
        yield row
        fields = row.recorded_fields()
        officers |= {fields[name] for name in _PEOPLE if fields.get(name)}
        units.add(fields.get("unit_id"))
    yield from Officer.objects.filter(pk__in=officers).order_by("pk")
    yield from Unit.objects.filter(pk__in=units - {None}).order_by("pk")


def _taken(recordings: list[Recording], activity: Activity | None, parts: Parts) -> Iterator[Taken]:
    inspections = newest_inspections(one.pk for one in recordings)
    for recording in recordings:
        found = custody.listed_on(recording)
        yield Taken(
            id=recording.pk, number=recording.number, title=_says(recording), suffix=_suffix(inspections.get(recording.pk)),
            digest=recording.digest, size=recording.size, open=_opening(parts.vault, recording),
            receipt=receipt_of(recording, signer=parts.signer, log_name=parts.log.origin), card_list=found[0].pk if found else None,
            custody=[*_custody(recording)], marks=[*_marks(recording, activity)],
        )  # fmt: skip


def _opening(vault: FileVault, recording: Recording):  # type: ignore[no-untyped-def]
    return lambda: vault.open(recording.digest)


def _says(recording: Recording) -> str:
    when = f"{shown(recording.started_at)} 起" if recording.started_at else "起始时间不明"
    return f"{recording.get_form_display()}，{when}"


def _suffix(inspection: Inspection | None) -> str:
    return _SUFFIXES.get(str(inspection.facts.get("format", "")) if inspection else "", "bin")


def _custody(recording: Recording) -> Iterator[Holding]:
    told = custody.custody_of(recording)
    names = names_of(one.by for one in told if one.by)
    for one in told:
        who = one.who or (names.get(one.by, "") if one.by else "") or "未标明"
        yield Holding(one.place, one.since, one.until, who, one.how, one.digest, one.checked)


def _marks(recording: Recording, activity: Activity | None) -> Iterator[str]:
    """记录不全, with the gap and the statement that explains it, wherever the recording goes (NDG-13.p2d)."""
    homes = casework.homes_of([recording.pk]) if activity is None else {}
    owner = activity or (homes[recording.pk].activity if recording.pk in homes else None)
    for stop in casework.interruptions_of(owner.pk) if owner else ():
        statement = f"，说明 {stop.statement.number}" if stop.statement else "，尚无书面说明"
        yield f"记录不全：{shown(stop.start)} 至 {shown(stop.end)} 中断{statement}"


def _papers(documents: list[Document]) -> Iterator[Paper]:
    for document in documents:
        content = print_of(document)
        if content is None:
            raise Tampered(
                f"文书 {document.number} 已定稿而没有打印件，不能制作证据包",
                do="请先运行 liuhen verify 查明。",
            )
        yield Paper(document.pk, document.number, document.title, content)
