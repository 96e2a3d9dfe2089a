"""The one pen. `act` is the only way to change anything: rows, their line and the jobs that follow, in one commit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from liuhen.apps.journal.lines import commitment, field_digests
from liuhen.apps.journal.models import About, Head, Job, Line, Recorded
from liuhen.apps.journal.statements import insert
from liuhen.kernel.actors import Actor
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import aware, now

_NEXT = "UPDATE journal_head SET number = number + 1 WHERE id = 1 RETURNING number"
_ACTS, _PATIENCE = Lock(), 20.0


class Pen:
    """A line being written. `about` names the rows it answers for; `number` is known once the act is over."""

    def __init__(self, verb: str, *, by: Actor, at: datetime, agency: UUID | None, approval: str) -> None:
        self.verb, self.by, self.at, self.agency, self.approval = verb, by, at, agency, approval
        self.number = 0
        self._rows: dict[tuple[str, UUID], Recorded] = {}
        self._facts: dict[str, Any] = {}
        self._jobs: list[Job] = []

    def about(self, row: Recorded, **facts: Any) -> None:
        """This line answers for `row` as it will be when the act is over. `facts` hold digests and identifiers only."""
        self._rows[row.kind(), row.pk] = row
        self._facts.update(facts)

    def note(self, **facts: Any) -> None:
        """Further facts of the act, about no row: digests and identifiers only."""
        self._facts.update(facts)

    def schedule(
        self, kind: str, subject: Recorded, *, after: timedelta = timedelta(), rank: int = 3
    ) -> None:
        """Work that follows: it is there if and only if this line is. `rank` 0 to 9, the smaller first."""
        self._jobs.append(Job(kind=kind, subject=subject.pk, run_after=now() + after, rank=rank))

    def _write(self) -> None:
        """Last in the transaction: the head's lock is held only from here to the commit."""
        salt = os.urandom(16).hex()
        with connection.cursor() as cursor:
            cursor.execute(_NEXT)
            (self.number,) = cursor.fetchone()
        body = canonical(self._body(salt)).decode()
        line = Line(
            number=self.number,
            at=self.at,
            verb=self.verb,
            actor_kind=self.by.kind,
            actor=self.by.id,
            agency=self.agency,
            body=body,
            salt=salt,
            leaf=commitment(body, salt).hex(),
        )
        insert([line])
        insert([About(line=line, kind=kind, thing=thing) for kind, thing in self._rows])
        for job in self._jobs:
            job.line = self.number
        insert(self._jobs)

    def _body(self, salt: str) -> dict[str, Any]:
        return {
            "number": self.number,
            "at": self.at,
            "verb": self.verb,
            "actor": {"kind": self.by.kind, "id": self.by.id, "origin": self.by.origin},
            "agency": self.agency,
            "approval": self.approval,
            "facts": self._facts,
            "about": [
                {"kind": kind, "id": thing, "fields": field_digests(row.recorded_fields(), salt)}
                for (kind, thing), row in self._rows.items()
            ],
        }


@contextmanager
def act(
    verb: str, *, by: Actor, at: datetime | None = None, agency: UUID | None = None, approval: str = ""
) -> Iterator[Pen]:
    """Open the transaction of one act; its line is written last, and either all of it is there or nothing.

    `durable`: when this returns the act is on the disk, so that a receipt may be given. Acts do not nest.
    """
    with _turn(), transaction.atomic(durable=True):
        pen = Pen(verb, by=by, at=aware(at or now()), agency=agency, approval=approval)
        yield pen
        pen._write()  # noqa: SLF001  the pen is this module's own


@contextmanager
def _turn() -> Iterator[None]:
    """Where one database file has one writer, the acts of this program go one after the other: whoever finds SQLite locked sleeps, and longer each time."""
    if connection.features.has_select_for_update:
        yield
        return
    has_turn = _ACTS.acquire(timeout=_PATIENCE)
    try:
        yield  # Without a turn in time the database decides.
    finally:
        if has_turn:
            _ACTS.release()


def hold_the_pen() -> None:
    """Within a transaction: until it ends no line is written but its own.

    For what must be one with the bytes that lie beside the database, whichever agency they belong to. Taken last, as the pen itself does.
    """
    if connection.features.has_select_for_update:
        Head.objects.select_for_update().get(pk=1)
