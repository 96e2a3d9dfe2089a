"""A round: everything of an agency judged again, after its law has changed. In batches, resumable, with its progress.

A batch is one act: its findings, its progress and the job for the next batch are there together or not at all, so that
a worker that dies loses nothing. What does not change is not written. Of recordings thousands are decided at once, as columns, and
only those of which the law may say something new are judged one by one. Each line names the packs a batch was judged under, so
that a finding nobody had to write anew is still known to have been looked at (`confirmed_by`); a round is of one law throughout.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from liuhen.apps.journal import queries as journal
from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.oversight.actions import settle
from liuhen.apps.oversight.differing import differing
from liuhen.apps.oversight.models import Finding, Round
from liuhen.apps.oversight.subjects import KINDS, batch_of, facts_of, total_of, unit_of
from liuhen.apps.registry.models import Agency
from liuhen.apps.retention.actions import derive_keeping
from liuhen.engines.rules import assess, keep_until
from liuhen.engines.rules.facts import Facts
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.actors import Actor

BATCH = 200
LOOK = 4000


@dataclass(frozen=True, slots=True)
class _Seen:
    """Keys of the rows passed so far, and the rows among them that go one by one, with their facts."""

    passed: list[UUID]
    rows: list[Any]
    told: list[Facts]
    is_last: bool

    def likely(self) -> int:
        """How many more rows will fill an act, by how many of those passed were suspects."""
        if not self.passed:
            return BATCH
        return -(-(BATCH - len(self.rows)) * len(self.passed) // max(1, len(self.rows)))

    def with_more(
        self, rows: Sequence[Any], told: Sequence[Facts], suspects: Sequence[int], *, is_last: bool
    ) -> "_Seen":
        """With further rows, cut behind the suspect that fills the act."""
        room = BATCH - len(self.rows)
        taken = suspects[:room]
        end = taken[-1] + 1 if len(suspects) > room else len(rows)
        return _Seen(
            [*self.passed, *(one.pk for one in rows[:end])],
            [*self.rows, *(rows[place] for place in taken)],
            [*self.told, *(told[place] for place in taken)],
            is_last and end == len(rows),
        )


def begin_round(agency: Agency, *, by: Actor, at: datetime) -> Round:
    """Judge everything again from the beginning; a round under way starts anew, for the law has changed once more."""
    under_way = Round.objects.filter(agency=agency, finished_at__isnull=True).first()
    row = under_way or Round(agency=agency)
    row.begun_at, row.part, row.after, row.done, row.total = at, KINDS[0], None, 0, total_of(agency.pk)
    with act("round.started", by=by, at=at, agency=agency.pk) as line:
        row.save(force_insert=under_way is None)
        line.about(row)
        line.schedule("round.go-on", row, rank=5)
    return row


def go_on(row: Round, *, by: Actor, law: Rulebook | None, packs: str, at: datetime, size: int = LOOK) -> int:
    """One batch; return how many findings changed. Without a law nothing is judged and the round is over.

    At most `size` rows are passed; of those at most `BATCH` are judged one by one, so that no act grows long.
    """
    if row.finished_at is not None:
        return 0
    if row.done and _packs_of(row) not in (None, packs):  # The law changed between two batches.
        row.begun_at, row.part, row.after, row.done = at, KINDS[0], None, 0
    seen = _look(row, law=law, packs=packs, at=at, size=size) if law else _Seen([], [], [], is_last=True)
    changed = 0
    _derive(
        seen.rows, seen.told, row.part, by=by, law=law, packs=packs, at=at
    )  # First: done twice it says nothing new.
    with act("round.advanced", by=by, at=at, agency=row.agency_id) as line:
        held = _held(seen.rows)
        # Behind that lock the facts are read once more: what changed meanwhile was perhaps judged already.
        told = facts_of(row.part, seen.rows, lines=law.check_lines, at=at) if law else []
        for subject, facts in zip(seen.rows, told, strict=True):
            judgements = assess(law, facts=facts, now=at) if law else ()
            changed += settle(
                line, subject, held.get(subject.pk, []), judgements, unit=unit_of(subject), at=at
            )
        _advance(line, row, seen, at=at, over=law is None)
        line.note(packs=packs)
    return changed


def _look(row: Round, *, law: Rulebook, packs: str, at: datetime, size: int) -> "_Seen":
    """The next rows, and those of them to be judged one by one: of recordings only what columns name as suspects."""
    seen = _Seen([], [], [], is_last=False)
    while len(seen.passed) < size and len(seen.rows) < BATCH and not seen.is_last:
        wanted = min(size - len(seen.passed), seen.likely())
        after = seen.passed[-1] if seen.passed else row.after
        rows = batch_of(row.part, row.agency_id, after=after, size=wanted)
        told = facts_of(row.part, rows, lines=law.check_lines, at=at)
        suspects: Sequence[int] = range(len(rows))
        if row.part == "recording":
            suspects = differing(rows, told, law=law, packs=packs, at=at)
        seen = seen.with_more(rows, told, suspects, is_last=len(rows) < wanted)
    return seen


def newest_round(agency: UUID) -> Round | None:
    """The round under way, else the last one."""
    return Round.objects.filter(agency=agency).order_by("-begun_at").first()


class Confirmation(NamedTuple):
    """A finished round: everything judged before it began, and not since, was judged again and found the same."""

    packs: str
    begun_at: datetime
    finished_at: datetime
    line: int

    def covers(self, judged_at: datetime) -> bool:
        return judged_at <= self.begun_at


def confirmed_by(agency: UUID) -> Confirmation | None:
    """The newest finished round of an agency that had a law to judge by."""
    row = Round.objects.filter(agency=agency, finished_at__isnull=False).order_by("-finished_at").first()
    if row is None or row.finished_at is None:
        return None
    number, packs = journal.last_line(row.pk), _packs_of(row)
    return Confirmation(packs, row.begun_at, row.finished_at, number) if number and packs else None


def _packs_of(row: Round) -> str | None:
    """The packs its last batch was judged under, by the line; None before the first."""
    number = journal.last_line(row.pk)
    line = journal.line(number) if number else None
    packs = json.loads(line.body)["facts"].get("packs") if line else None
    return None if packs is None else str(packs)


def _held(rows: Sequence[Any]) -> dict[UUID, list[Finding]]:
    found: dict[UUID, list[Finding]] = {}
    for finding in Finding.objects.select_for_update().filter(subject__in=[row.pk for row in rows]):
        found.setdefault(finding.subject, []).append(finding)
    return found


def _advance(line: Pen, row: Round, seen: "_Seen", *, at: datetime, over: bool) -> None:
    row.done += len(seen.passed)
    if not seen.is_last:
        row.after = seen.passed[-1]
    else:
        later = KINDS[KINDS.index(row.part) + 1 :]
        row.after = None
        row.part, row.finished_at = (later[0], None) if later and not over else (row.part, at)
    row.save(update_fields=["begun_at", "done", "after", "part", "finished_at"])
    line.about(row)
    if row.finished_at is None:
        line.schedule("round.go-on", row, rank=5)


def _derive(
    rows: Sequence[Any], told: Sequence[Facts], kind: str, *, by: Actor, law: Rulebook | None, packs: str, at: datetime
) -> None:  # fmt: skip
    """Keeping periods follow, each with its own line where it says something new; by themselves they only grow."""
    if law is None or kind != "recording":
        return
    for subject, facts in zip(rows, told, strict=True):
        if facts.recording is not None:
            keeping = keep_until(law, recording=facts.recording)
            derive_keeping(subject, by=by, keeping=keeping, packs=packs, at=at)
