"""Who may know that a recording exists: asked by every list, count, search, register, export and address.

A mark of secrecy names the persons who alone may know of it. Beside them know those whose post is to mark, to keep and to
dispose of it (`recording.know`), and the system itself, so that what the house is judged by stays true.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.evidence.models import CardList, Recording, Seclusion
from liuhen.apps.registry.permission import KNOW, reach_of
from liuhen.apps.search.actions import keep
from liuhen.kernel.actors import Actor


def withheld_from(viewer: Actor, *, at: datetime) -> QuerySet[Seclusion, Any]:
    """For a filter: the recordings of whose existence this person may not know. They are few; lists leave them out by their keys."""
    closed = Seclusion.objects.filter(is_closed=True)
    if viewer.kind != "officer":
        return closed.none().values("recording")
    mine = Q(persons__contains=str(viewer.id)) | reach_of(viewer, KNOW, at=at, through="recording__")
    return closed.exclude(mine).values("recording")


def known_to(viewer: Actor, *, at: datetime, by: str = "pk") -> Q:
    """For a filter over rows that belong to a recording, `by` the column that names it: those of which this person may know."""
    return ~Q(**{f"{by}__in": withheld_from(viewer, at=at)})


def withheld_among(recordings: Iterable[UUID], viewer: Actor, *, at: datetime) -> frozenset[UUID]:
    """Which of these this person may not know of."""
    found = withheld_from(viewer, at=at).filter(recording__in=list(recordings))
    return frozenset(found.values_list("recording", flat=True))


def untold_on(row: CardList, viewer: Actor, *, at: datetime) -> tuple[int, int]:
    """How many files of a card's list, and how many bytes, came in as recordings of which this person may not know."""
    withheld = Recording.objects.filter(station=row.station, pk__in=withheld_from(viewer, at=at))
    held = set(withheld.values_list("source_path", "size"))
    listed = json.loads(row.body)["files"] if held else ()
    sizes = [file["size"] for file in listed if (file["path"], file["size"]) in held]
    return len(sizes), sum(sizes)


def closed_recordings() -> QuerySet[Seclusion, Any]:
    """Those of which only some may know, whoever asks."""
    return Seclusion.objects.filter(is_closed=True).values_list("recording", flat=True)


def circle_of(recording: UUID) -> frozenset[UUID] | None:
    """Who alone may know of it, posts aside; None where nothing narrows it."""
    found = Seclusion.objects.filter(recording=recording).first()
    return found.circle if found else None


def narrow(recording: Recording, circle: Iterable[UUID] | None, *, at: datetime) -> Seclusion | None:
    """Within the act of a mark: who alone may know of it from now on. None where nothing was narrowed and nothing is."""
    row = Seclusion.objects.filter(recording=recording).first()
    if row is None and circle is None:
        return None
    row = row or Seclusion(recording=recording)
    row.narrow(circle)
    row.at = at
    row.save()
    keep(Recording.objects.select_related("unit", "officer", "device", "seclusion").get(pk=recording.pk))
    return row
