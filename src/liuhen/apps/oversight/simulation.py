"""What a change of the law would do to the agency's real rows, before anyone adopts it.

Answered part by part, so that a page can show how far it is and nothing has to wait for the whole. Reads only.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast
from uuid import UUID

from liuhen.apps.oversight.subjects import KINDS, batch_of, facts_of, number_of, total_of
from liuhen.apps.registry.law import Change, law_after, law_or_none
from liuhen.apps.retention.models import KeepingPeriod
from liuhen.engines.rules.kinds.keeping_period import Rank
from liuhen.engines.rules.kinds.lines import Line
from liuhen.engines.rules.packs import Rulebook
from liuhen.engines.rules.simulating import Outcome, Promise, Subject, compare


@dataclass(frozen=True, slots=True)
class Place:
    """How far a simulation is: the kind of row, and the last one seen of it."""

    kind: str = KINDS[0]
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row with what changes for it."""

    kind: str
    id: UUID
    number: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a simulation: how many rows it compared, those that change, and where the next part begins."""

    compared: int
    changes: tuple[RowChange, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class Trial:
    """Both laws of one simulation, loaded once."""

    agency: UUID
    before: Rulebook | None
    after: Rulebook | None

    def total(self) -> int:
        return total_of(self.agency)

    def part(self, place: Place, *, at: datetime, size: int = 500) -> Part:
        """Compare the next `size` rows as they are now."""
        rows = batch_of(place.kind, self.agency, after=place.after, size=size)
        promises = _promises(place.kind, [row.pk for row in rows])
        subjects = [
            Subject(str(row.pk), told, promises.get(row.pk))
            for row, told in zip(rows, facts_of(place.kind, rows, lines=self._lines(), at=at), strict=True)
        ]
        numbers = {str(row.pk): number_of(row) for row in rows}
        changes = tuple(
            RowChange(place.kind, UUID(found.subject.key), numbers[found.subject.key], found)
            for found in compare(self.before, self.after, subjects=subjects, now=at)
        )
        following = Place(place.kind, rows[-1].pk) if len(rows) == size else _next_kind(place.kind)
        return Part(len(rows), changes, following)

    def _lines(self) -> tuple[Line, ...]:
        """The lines of the check before a hand-out under either law: the ledger keeps what was checked by its label."""
        laws = [law for law in (self.before, self.after) if law is not None]
        return tuple(line for law in laws for line in law.check_lines)


def trial_of(agency: UUID, change: Change, *, packs: Path) -> Trial:
    """The law in force when the change would come, and the law with it."""
    return Trial(
        agency,
        law_or_none(agency, packs=packs, at=change.since),
        law_after(agency, change, packs=packs),
    )


def _next_kind(kind: str) -> Place | None:
    later = KINDS[KINDS.index(kind) + 1 :]
    return Place(later[0]) if later else None


def _promises(kind: str, rows: list[UUID]) -> dict[UUID, Promise]:
    """The longest terms given so far: what a shortening would take back."""
    if kind != "recording":
        return {}
    held = KeepingPeriod.objects.filter(recording__in=rows).exclude(promised_rank="")
    told = held.values_list("recording", "promised_rank", "promised_until")
    return {row: Promise(cast("Rank", rank), until) for row, rank, until in told}
