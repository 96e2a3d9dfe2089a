"""What the archive knows of a case and of recordings, for the rules: where the volume stands, discs, notes, the second store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from liuhen.apps.archive import catalogue
from liuhen.apps.archive.holders import breaks_of
from liuhen.apps.archive.models import (
    ArchiveNumber,
    Disc,
    DiscCheck,
    DiscItem,
    DiscSet,
    SecondStore,
    SyncMatter,
    Volume,
    VolumeStep,
)
from liuhen.apps.casework.linking import live_links
from liuhen.apps.casework.models import Case
from liuhen.apps.documents.queries import contents_of, documents_about
from liuhen.apps.evidence.models import Recording
from liuhen.engines.rules.facts import RecordingFacts
from liuhen.engines.rules.office_facts import CaseFacts

_NOTE_ITEMS = {"content": "text", "maker": "maker", "extractor": "extractor", "extracted": "extracted_at"}
Step = VolumeStep.Step


def with_filing(case: CaseFacts, row: Case) -> CaseFacts:
    """The facts of a case, with what its volume holds, when it was closed and handed over, and by when it was to be."""
    volume = Volume.objects.filter(case=row).first()
    if volume is None:
        return replace(
            case, volume=frozenset(), volume_closed_at=None, transferred_at=None, filing_due_at=None
        )
    steps = list(volume.steps.order_by("at", "pk"))
    last = steps[-1] if steps else None
    open_again = last is None or last.step == Step.RETURNED
    returned = [step.due_at for step in steps if step.step == Step.RETURNED]
    handed = [step.at for step in steps if step.step == Step.SUBMITTED]
    closed = [step.at for step in steps if step.step == Step.CLOSED]
    return replace(
        case,
        volume=held_by(volume),
        volume_closed_at=None if open_again else closed[-1],
        transferred_at=handed[-1] if handed and not open_again else None,
        filing_due_at=(returned[-1] if returned else None) or volume.due_at,
    )


def held_by(volume: Volume) -> frozenset[str]:
    """What a volume holds, in the codes of the rules: of each what is there, or what a remark says why it need not be."""
    papers, recordings = catalogue.papers_of_volume(volume.case), catalogue.recordings_of(volume.case)
    there = {
        "text": bool(papers) or bool(catalogue.sheets_of(volume)),
        "recordings": bool(recordings) and not unnumbered(recordings),
        "handover_chain": not breaks_of(volume.case),
    }
    remarked = {row.code for row in catalogue.remarks_of(volume)}
    return frozenset({code for code, is_there in there.items() if is_there} | remarked)


def unnumbered(recordings: Sequence[Recording]) -> list[Recording]:
    """Recordings without an archive number, where the agency numbers its recordings for the archive at all."""
    numbers = ArchiveNumber.objects.filter(recording__in=recordings)
    if not recordings or not ArchiveNumber.objects.filter(recording__agency=recordings[0].agency_id).exists():
        return []
    known = set(numbers.values_list("recording", flat=True))
    return [row for row in recordings if row.pk not in known]


def with_stores(told: Sequence[RecordingFacts], rows: Sequence[Recording]) -> list[RecordingFacts]:
    """The facts of recordings, with the discs they are on, the written note that goes with them, and their second store."""
    keys = [row.pk for row in rows]
    discs, notes, wanted = _discs(keys), _notes(keys), _wanted(rows)
    stored = dict(SecondStore.objects.filter(recording__in=keys).values_list("recording", "stored_at"))
    found = []
    for row, recording in zip(rows, told, strict=True):
        disc = discs.get(row.pk)
        found.append(
            replace(
                recording,
                on_disc=disc is not None,
                disc_at=disc[0] if disc else None,
                disc_label=disc[1] if disc else frozenset(),
                disc_note=notes.get(row.pk, frozenset()),
                sync_required=row.pk in wanted,
                second_stored_at=stored.get(row.pk),
            )
        )
    return found


def done_at(disc_set: DiscSet) -> datetime | None:
    """When the last of the ordered copies was read back and found good; None while one is missing or its newest reading was bad."""
    newest = {disc.copy: disc for disc in disc_set.discs.order_by("at", "pk")}
    if set(newest) != set(range(1, disc_set.copies + 1)):
        return None
    checks = [_first_good(disc) for disc in newest.values()]
    return max(at for at in checks if at) if all(checks) else None


def _first_good(disc: Disc) -> datetime | None:
    checks = list(DiscCheck.objects.filter(disc=disc).order_by("at", "pk"))
    return next(one.at for one in checks if one.good) if checks and checks[-1].good else None


def _discs(keys: list[UUID]) -> Mapping[UUID, tuple[datetime | None, frozenset[str]]]:
    """Of each recording the newest set it is on: when it was done, and what its label says."""
    items = (
        DiscItem.objects.filter(recording__in=keys).select_related("disc_set").order_by("disc_set__at", "pk")
    )
    found: dict[UUID, tuple[datetime | None, frozenset[str]]] = {}
    known: dict[UUID, tuple[datetime | None, frozenset[str]]] = {}
    for item in items:
        if item.disc_set_id not in known:
            done = done_at(item.disc_set)
            second = {"second"} if done and item.disc_set.copies > 1 else set()
            said = {name for name, value in item.disc_set.label.items() if value}
            known[item.disc_set_id] = (done, frozenset(said | second))
        found[item.recording_id] = known[item.disc_set_id]
    return found


def _notes(keys: list[UUID]) -> dict[UUID, frozenset[str]]:
    """What the finished evidence notes about recordings say."""
    papers = [row for row in documents_about(keys) if row.form == "evidence-note" and row.finalised_at]
    told = contents_of(row.pk for row in papers)
    found: dict[UUID, frozenset[str]] = {}
    for row in papers:
        items = frozenset(told[row.pk].items) if row.pk in told else frozenset()
        found[row.subject] = frozenset(word for name, word in _NOTE_ITEMS.items() if name in items)
    return found


def _wanted(rows: Iterable[Recording]) -> set[UUID]:
    """Those linked to an activity of a type that must lie in the enforcement information system as well."""
    asked: set[tuple[UUID, str]] = set()
    for row in SyncMatter.objects.filter(agency__in={one.agency_id for one in rows}).order_by("at", "pk"):
        (asked.add if row.required else asked.discard)((row.agency_id, row.activity_type))
    if not asked:
        return set()
    links = live_links().filter(recording__in=rows)
    told = links.values_list("recording", "recording__agency", "activity__activity_type")
    return {recording for recording, agency, kind in told if (agency, kind) in asked}
