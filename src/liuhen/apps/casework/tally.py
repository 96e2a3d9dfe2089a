"""How many things are absent and unexplained, unit by unit, for the desk: compared by the worker from time to time.

The numbers are no evidence and are written over; the page itself compares anew at each reading.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Sum

from liuhen.apps.casework.completeness import absences, notes_of
from liuhen.apps.casework.models import AbsenceTally
from liuhen.apps.evidence.knowing import closed_recordings
from liuhen.apps.registry.models import Unit
from liuhen.apps.registry.permission import reach_of
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.spans import Span

USUAL = timedelta(days=30)
"""So far back the desk counts, as the page does where no dates are given."""
EVERY = timedelta(hours=1)
_ASKED = 500


class Open(NamedTuple):
    """What is open in somebody's reach, and as of when."""

    number: int
    at: datetime


def tally_absences(*, at: datetime) -> bool:
    """Compare everything and keep the numbers, unless that was done within the hour; whether it was done now."""
    last = AbsenceTally.objects.aggregate(last=Max("at"))["last"]
    if last is not None and timedelta() <= at - last < EVERY:
        return False
    # What is doubtful in a recording that only some may know of stands in their lists and moves nobody's number.
    closed = {f"/recordings/{key}" for key in closed_recordings()}
    all_ = absences(SYSTEM, within=Span(at - USUAL, at), at=at)
    found = {one.id: one.unit.pk for one in all_ if one.to not in closed}
    said = _explained(found)
    counts = Counter(unit for key, unit in found.items() if key not in said)
    with transaction.atomic():
        for unit in Unit.objects.all():
            told = {"agency_id": unit.agency_id, "open": counts[unit.pk], "at": at}
            AbsenceTally.objects.update_or_create(unit=unit, defaults=told)
    return True


def open_absences(viewer: Actor, *, at: datetime) -> Open | None:
    """What this person may explain and nobody has; None before the first comparison, or where nothing is open."""
    rows = AbsenceTally.objects.filter(reach_of(viewer, "absence.explain", at=at, officers="pk"))
    found = rows.aggregate(open=Sum("open"), at=Max("at"))
    return Open(found["open"], found["at"]) if found["open"] else None


def _explained(keys: Iterable[UUID]) -> set[UUID]:
    asked = list(keys)
    return {key for n in range(0, len(asked), _ASKED) for key in notes_of(asked[n : n + _ASKED])}
