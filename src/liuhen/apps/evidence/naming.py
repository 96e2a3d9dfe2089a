"""What the file names and times of recordings say against each other: the runs of a device's day, and doubts about one.

疑似补录, 疑似取舍 and 疑似插入 are suspicions with their reason. They judge nobody and change nothing.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.evidence.cards import ListedFile, files_of, missing_among
from liuhen.apps.evidence.models import CardList, Recording
from liuhen.engines.media import parse_file_name
from liuhen.engines.media.sequences import DOUBTS, SELECTED, Doubt, Gap, Misfit, Numbered, days_of
from liuhen.kernel.clock import BEIJING, aware, shown, shown_length

_TOLERANCE = timedelta(minutes=10)
_ASKED = 900  # Names in one question: SQLite takes a thousand values.
_ZONE = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Run:
    """One device's files of one day in one agency: the gaps and misfits that speak only of files in `rows`."""

    agency: UUID
    rows: dict[str, Recording]
    gaps: tuple[Gap, ...]
    misfits: tuple[Misfit, ...]

    def moment(self, file: Numbered) -> datetime:
        """When the file says it began, by the device's clock."""
        return aware(file.starts_at.replace(tzinfo=BEIJING))


def runs_of(rows: Iterable[Recording], *, also: dict[UUID, set[str]]) -> Iterator[Run]:
    """The days of each device. `also` are further names known to exist, by agency: they are no gap, and are not named."""
    held: dict[UUID, dict[str, Recording]] = defaultdict(dict)
    for row in rows:
        held[row.agency_id][row.source_name] = row
    for agency, ours in held.items():
        names = {*ours, *also.get(agency, ())}
        hidden = names - set(ours)
        for day in days_of(names).values():
            gaps = tuple(gap for gap in day.gaps if not hidden & {gap.before.name, gap.after.name})
            misfits = tuple(
                one
                for one in day.misfits
                if one.file.name in ours and not any(name in one.says for name in hidden)
            )
            yield Run(agency, ours, gaps, misfits)


def known_names(recordings: QuerySet[Recording], lists: Iterable[CardList]) -> dict[UUID, set[str]]:
    """The names of these recordings and on these lists, by agency."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for agency, name in recordings.values_list("agency", "source_name"):
        found[agency].add(name)
    for row in lists:
        found[row.agency_id] |= {name_of(file) for file in files_of(json.loads(row.body))}
    return found


def never_came(row: CardList) -> list[ListedFile]:
    """What a station listed and nobody brought: not this station from that place, nor anyone under that name and size."""
    return [file for _, file in never_came_of([row])]


def never_came_of(lists: Sequence[CardList]) -> Iterator[tuple[CardList, ListedFile]]:
    """The same of many lists: all their names are asked for together, and only what is left by its place."""
    told = [(row, files_of(json.loads(row.body))) for row in lists]
    held: set[tuple[UUID, str, int]] = set()
    for agency in {row.agency_id for row in lists}:
        names = sorted({name_of(file) for row, files in told if row.agency_id == agency for file in files})
        for begun in range(0, len(names), _ASKED):
            rows = Recording.objects.filter(agency=agency, source_name__in=names[begun : begun + _ASKED])
            held |= {(agency, name, size) for name, size in rows.values_list("source_name", "size")}
    for row, files in told:
        left = [file for file in files if (row.agency_id, name_of(file), file.size) not in held]
        yield from ((row, file) for file in missing_among(row, left))


def name_of(file: ListedFile) -> str:
    """The file's own name, without the folders of the card."""
    return file.path.rpartition("/")[2]


def doubts_of(row: Recording) -> list[tuple[Doubt, str]]:
    """Doubts about a recording from its own times alone."""
    named = parse_file_name(row.source_name).starts_at
    if named is None:
        return []
    error = timedelta(seconds=row.clock_error or 0)
    begun = aware(datetime.fromisoformat(named).replace(tzinfo=BEIJING)) - error
    if begun > row.received_at + _TOLERANCE:
        return [("backdated", f"文件名写的开始时间 {shown(begun)} 晚于入库时间 {shown(row.received_at)}")]
    if row.station_id is None or row.file_time is None or row.started_at is None or row.ended_at is None:
        return []  # Only a card keeps the time a file was written; a copy may have a new one.
    ended = begun + (row.ended_at - row.started_at)
    apart = abs(row.file_time - error - ended)
    if apart <= _TOLERANCE or abs(apart - _ZONE) <= _TOLERANCE:
        return []  # Eight hours apart is one clock read in two zones.
    says = f"文件名写的起止与卡上最后写入的时间 {shown(row.file_time - error)} 相差 {shown_length(apart)}"
    return [("backdated", says)]


def suspicions_about(row: Recording, *, visible: QuerySet[Recording]) -> list[tuple[str, str]]:
    """What is doubtful about one recording, each with its name and reason: of itself, and among its device's day.

    Only recordings in `visible` are named.
    """
    found = [(DOUBTS[doubt], says) for doubt, says in doubts_of(row)]
    told = parse_file_name(row.source_name)
    if not (told.sequence and told.device and told.starts_at):
        return found
    midnight = datetime.fromisoformat(told.starts_at).replace(hour=0, minute=0, second=0)
    start = aware(midnight.replace(tzinfo=BEIJING))
    same = Q(device=row.device_id) if row.device_id else Q(device_serial=row.device_serial)
    near = Q(received_at__gte=start - timedelta(days=1), received_at__lt=start + timedelta(days=32))
    lists = CardList.objects.filter(
        agency=row.agency_id, device_serial=row.device_serial, listed_at__gte=start, listed_at__lt=start + timedelta(days=9)
    )  # fmt: skip
    known = known_names(Recording.objects.filter(same & near, agency=row.agency_id), lists)
    rows = {one.pk: one for one in visible.filter(same & near, agency=row.agency_id)} | {row.pk: row}
    for run in runs_of(rows.values(), also=known):
        found += [(DOUBTS[one.doubt], one.says) for one in run.misfits if one.file.name == row.source_name]
        found += [
            (SELECTED, gap.says) for gap in run.gaps if row.source_name in (gap.before.name, gap.after.name)
        ]
    return found
