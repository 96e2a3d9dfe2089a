"""卷内目录：what belongs in a case's volume, in which order, on which pages; before it is closed from the rows, afterwards as it was written.

Papers and recordings stand in one catalogue. Pages run through what is paper or is printed; recordings and discs have a line and no page.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from liuhen.apps.archive.models import Disc, DiscItem, Volume, VolumeEntry, VolumeItem
from liuhen.apps.casework.facts import papers_of_case
from liuhen.apps.casework.linking import in_case, live_case_links, live_links
from liuhen.apps.casework.models import Case, Link
from liuhen.apps.documents.models import Document
from liuhen.apps.documents.queries import contents_of, documents_about, underneath, withheld_things
from liuhen.apps.evidence.knowing import withheld_among, withheld_from
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import gone
from liuhen.kernel.actors import Actor
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import shown
from liuhen.kernel.digests import digest_of

Sort = VolumeItem.Sort
_FIRST = (
    "decision",
    "service-receipt",
)  # The decision and what proves its service lie on top; the rest follows in time.
_LAST = "evidence-note"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the catalogue. `pages` is None where nothing is printed; `first_page` is set by `paged`."""

    sort: str
    thing: UUID
    number: str
    title: str
    responsible: str
    dated: datetime | None
    pages: int | None
    sha256: str = ""
    sm3: str = ""
    note: str = ""


def entries_of(volume: Volume) -> list[Entry]:
    """What the volume would hold now, in its order."""
    papers, recordings = papers_of_volume(volume.case), recordings_of(volume.case)
    found = [
        *_papers(papers),
        *_sheets(volume),
        *_recordings(recordings),
        *_discs(volume.case),
    ]
    return _ordered(volume, found)


def recordings_of(case: Case) -> list[Recording]:
    """The recordings of a case that are still there, but those that only give the background of an activity."""
    found = Recording.objects.filter(in_case(case, background=False)).exclude(
        pk__in=gone().values("recording")
    )
    return list(
        found.select_related("unit", "agency", "device", "officer", "station").order_by("started_at", "pk")
    )


def evidence_of(case: Case) -> set[UUID]:
    """Which of them serve as evidence."""
    links = live_links().filter(activity__case=case, is_evidence=True)
    direct = live_case_links().filter(case=case, is_evidence=True)
    return {*links.values_list("recording", flat=True), *direct.values_list("recording", flat=True)}


def papers_of_volume(case: Case) -> list[Document]:
    """The finished documents about the case, its activities, their interruptions, its recordings, and about any of these documents."""
    papers = papers_of_case(case)
    beside = documents_about([row.pk for row in recordings_of(case)] + [row.pk for row in papers])
    more = [row for row in beside if row.finalised_at and row.state == Document.State.FINALISED]
    return list({row.pk: row for row in [*papers, *more]}.values())


def items_of(volume: Volume, edition: int) -> list[VolumeItem]:
    """The catalogue as it was written when the volume was closed for the `edition`th time."""
    return list(volume.items.filter(edition=edition).order_by("place_in"))


def numbered(volume: Volume, entries: Sequence[Entry], *, edition: int) -> list[VolumeItem]:
    """The lines of a catalogue with their places and pages, not saved yet."""
    found, page = [], 0
    for place_in, one in enumerate(entries, 1):
        pages = one.pages or 0
        found.append(
            VolumeItem(
                volume=volume, edition=edition, place_in=place_in, sort=one.sort, thing=one.thing, number=one.number, title=one.title,
                responsible=one.responsible, dated=one.dated, first_page=page + 1 if pages else None,
                last_page=page + pages if pages else None, sha256=one.sha256, sm3=one.sm3, note=one.note,
            )
        )  # fmt: skip
        page += pages
    return found


def withheld_lines(viewer: Actor, *, at: datetime) -> Q:
    """For a filter over lines of catalogues: recordings of which this person may not know, the papers about them, the discs they are on."""
    closed = DiscItem.objects.filter(recording__in=withheld_from(viewer, at=at)).values("disc_set")
    discs = Disc.objects.filter(disc_set__in=closed)
    return withheld_things(viewer, at=at, by="thing") | Q(thing__in=discs.values("pk"))


def known_items(items: Sequence[VolumeItem], *, viewer: Actor, at: datetime) -> list[VolumeItem]:
    """The lines of which this person may know, counted anew; all of them, as they are, where nothing is withheld from him."""
    rows = list(items)
    if not withheld_from(viewer, at=at).exists():
        return rows
    away = _withheld_among({row.thing for row in rows}, viewer, at)
    kept = [row for row in rows if row.thing not in away]
    for place_in, row in enumerate(kept, 1):
        row.place_in = place_in
    return kept


def _withheld_among(things: set[UUID], viewer: Actor, at: datetime) -> set[UUID]:
    """Asked of the things themselves: before a volume is closed no line of it is kept."""
    closed = DiscItem.objects.filter(recording__in=withheld_from(viewer, at=at)).values("disc_set")
    return {
        *withheld_among(things, viewer, at=at),
        *Document.objects.filter(withheld_things(viewer, at=at, by="pk"), pk__in=things).values_list(
            "pk", flat=True
        ),
        *Disc.objects.filter(pk__in=things, disc_set__in=closed).values_list("pk", flat=True),
    }


def counts_of(items: Iterable[VolumeItem]) -> dict[str, int]:
    """What both sides count at the handover: documents, sheets, pages, recordings, discs."""
    rows = list(items)
    told = {sort: sum(1 for row in rows if row.sort == sort) for sort in Sort.values}
    return told | {"pages": max((row.last_page or 0 for row in rows), default=0)}


def catalogue_digest(items: Iterable[VolumeItem]) -> str:
    """SHA-256 of the catalogue in canonical JSON: what a step is about."""
    return digest_of(canonical([told_item(row) for row in items])).sha256


def told_item(row: VolumeItem) -> dict[str, Any]:
    """One line as the digest and the report have it."""
    return {
        "place": row.place_in, "sort": row.sort, "id": row.thing, "number": row.number, "title": row.title, "responsible": row.responsible,
        "dated": row.dated.isoformat() if row.dated else "", "pages": [row.first_page or 0, row.last_page or 0], "sha256": row.sha256,
        "sm3": row.sm3, "note": row.note,
    }  # fmt: skip


def sheets_of(volume: Volume) -> list[VolumeEntry]:
    """The paper-only materials that were entered and not withdrawn."""
    rows = volume.entries.filter(sort=VolumeEntry.Sort.SHEET, withdrawn_by=None)
    return list(rows.order_by("at", "pk"))


def remarks_of(volume: Volume) -> list[VolumeEntry]:
    return list(volume.entries.filter(sort=VolumeEntry.Sort.REMARK).order_by("at", "pk"))


def _papers(papers: Sequence[Document]) -> list[Entry]:
    told, under = contents_of(row.pk for row in papers), underneath(row.pk for row in papers)
    found = []
    for row in sorted(papers, key=_rank):
        content = told.get(row.pk)
        refused = "有当事人拒签注明" if under[row.pk].refused else ""
        found.append(
            Entry(
                Sort.DOCUMENT, row.pk, row.number, row.title, row.made_by.name, row.finalised_at, content.pages if content else None,
                row.sha256, row.sm3, refused,
            )
        )  # fmt: skip
    return found


def _rank(row: Document) -> tuple[int, Any, str]:
    order = _FIRST.index(row.form) if row.form in _FIRST else len(_FIRST) + (row.form == _LAST)
    return order, row.finalised_at, str(row.pk)


def _sheets(volume: Volume) -> list[Entry]:
    return [
        Entry(Sort.SHEET, row.pk, "", row.title, "", row.at, row.pages, note=row.says)
        for row in sheets_of(volume)
    ]


def _recordings(rows: Sequence[Recording]) -> Iterator[Entry]:
    """Each with 记录不全 beside it where its activity was interrupted: the note goes wherever the recording goes (NDG-13.p2d)."""
    links = live_links().filter(recording__in=rows).exclude(part=Link.Part.CONTEXT)
    told = links.values_list("recording", "activity__interruptions__start", "activity__interruptions__end")
    stops: dict[UUID, list[str]] = {}
    for recording, start, end in told.order_by("activity__interruptions__start"):
        if start is not None:
            stops.setdefault(recording, []).append(f"{shown(start)} 至 {shown(end)} 中断")
    yield from (_recording(row, stops.get(row.pk, [])) for row in rows)


def _recording(row: Recording, stops: Sequence[str]) -> Entry:
    form = row.get_form_display()
    officer = row.officer.name if row.officer else row.officer_number
    return Entry(
        Sort.RECORDING, row.pk, row.number, f"{form} {row.source_name}".strip(), officer, row.started_at or row.received_at, None,
        row.sha256, row.sm3, f"记录不全：{'；'.join(stops)}"[:300] if stops else "",
    )  # fmt: skip


def _discs(case: Case) -> list[Entry]:
    rows = (
        Disc.objects.filter(disc_set__case=case)
        .select_related("disc_set__image", "officer")
        .order_by("at", "pk")
    )
    newest = {(row.disc_set_id, row.copy): row for row in rows}
    return [
        Entry(
            Sort.DISC, row.pk, row.number, f"{row.disc_set.title}（第 {row.copy} 份）", row.officer.name, row.at, None,
            row.disc_set.image.sha256, row.disc_set.image.sm3, f"存放处：{row.shelf}",
        )
        for row in newest.values()
    ]  # fmt: skip


def _ordered(volume: Volume, found: list[Entry]) -> list[Entry]:
    """By the order somebody gave; what it does not name keeps its own order and comes after."""
    row = volume.entries.filter(sort=VolumeEntry.Sort.ORDER).order_by("-at", "-pk").first()
    given = {key: place for place, key in enumerate(row.order)} if row else {}
    return sorted(found, key=lambda one: given.get(str(one.thing), len(given)))
