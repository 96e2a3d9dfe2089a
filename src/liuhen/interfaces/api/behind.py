"""What a line of the journal tells of: whether it is about a recording withheld from the reader, or about anything of one.

Lines name rows by kind and key. Which recording a row belongs to is read from the tables themselves, so that a new table about
recordings is covered on the day it is made.
"""

import functools
import operator
import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import ForeignKey, Model, Q, UUIDField

from liuhen.apps.access.models import Package, Visit
from liuhen.apps.casework import handing
from liuhen.apps.casework.models import CaseLink, Link
from liuhen.apps.documents.models import Document
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal import queries as journal
from liuhen.apps.journal.models import Line, Recorded
from liuhen.apps.journal.queries import TrailEntry
from liuhen.apps.retention.models import Hold, Shortening
from liuhen.interfaces.api.gate import Asking

_DEPTH = 3
_KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What other rows are about by its key: a request to take a link back is about the link.
_ASKED_ABOUT: tuple[type[Recorded], ...] = (Document, Link, CaseLink, Package, Visit, Hold, Shortening)
# Lists name their recordings from the other side.
_LISTS = {
    "retention.disposallist": "items__recording", "archive.discset": "items__recording", "casework.outwardhandover": "items__recording",
}  # fmt: skip


def is_withheld(asking: Asking, line: Line) -> bool:
    """Whether the line tells this person of a recording of which he may not know."""
    return line.number in withheld_among(asking, [line.number])


def withheld_among(asking: Asking, numbers: Iterable[int]) -> frozenset[int]:
    """Which of these lines do. None to whoever audits the journal itself: it holds keys and digests, and no list of recordings is his."""
    if asking.can("audit.whole"):
        return frozenset()
    withheld = frozenset(asking.withheld().values_list("recording", flat=True))
    if not withheld:
        return frozenset()
    keys = list(numbers)
    things = withheld.union(
        handing.closed_lists(asking.by, at=asking.at), *(_rows_of(model, withheld) for model in _ASKED_ABOUT)
    )
    named = {number for number, body in journal.bodies_of(keys) if not things.isdisjoint(_keys_in(body))}
    kinds: dict[str, dict[UUID, set[int]]] = {}
    for number, kind, thing in journal.abouts_among(keys):
        kinds.setdefault(kind, {}).setdefault(thing, set()).add(number)
    for kind, lines in kinds.items():
        for thing in _belonging(kind, lines, things):
            named |= lines[thing]
    return frozenset(named)


def told_of(asking: Asking, entries: list[TrailEntry], *, most: int) -> list[TrailEntry]:
    """Of a trail what this person may know of, the newest `most`."""
    away = withheld_among(asking, (entry.number for entry in entries))
    return [entry for entry in entries if entry.number not in away][:most]


def _keys_in(body: str) -> Iterator[UUID]:
    return (UUID(found) for found in _KEY.findall(body))


def _rows_of(model: type[Recorded], things: frozenset[UUID]) -> frozenset[UUID]:
    return frozenset(model._default_manager.filter(_about(model.kind(), things)).values_list("pk", flat=True))  # noqa: SLF001  Django's word


def _belonging(kind: str, rows: Iterable[UUID], things: frozenset[UUID]) -> Iterable[UUID]:
    if not _ways(kind):
        return ()
    held = apps.get_model(kind)._default_manager  # noqa: SLF001  Django's word
    found: Iterable[UUID] = (
        held.filter(_about(kind, things), pk__in=list(rows)).values_list("pk", flat=True).distinct()
    )
    return found


def _about(kind: str, things: frozenset[UUID]) -> Q:
    return functools.reduce(operator.or_, (Q(**{f"{way}__in": things}) for way in _ways(kind)))


@functools.cache
def _ways(kind: str) -> tuple[str, ...]:
    """How a row of this kind leads to recordings, as the columns that do."""
    found = [*_from(apps.get_model(kind), "", _DEPTH)]
    return (*found, _LISTS[kind]) if kind in _LISTS else tuple(found)


def _from(model: type[Model], way: str, depth: int) -> Iterator[str]:
    for field in model._meta.concrete_fields:  # noqa: SLF001  Django's own word for its table
        if field.name == "subject" and isinstance(field, UUIDField):
            yield f"{way}subject"
        if isinstance(field, ForeignKey):
            target: Any = field.related_model
            if target is Recording:
                yield f"{way}{field.name}"
            elif depth and target is not model:
                yield from _from(target, f"{way}{field.name}__", depth - 1)
