"""What is judged, kind by kind: rows in batches by their key, and what the rules may know of each.

Used by the works that judge one thing, by the rounds that judge everything again, and by simulations.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.archive import queries as archive
from liuhen.apps.casework import facts
from liuhen.apps.casework.models import Activity, Case
from liuhen.apps.evidence.models import Recording
from liuhen.engines.rules.facts import Facts

KINDS = ("recording", "activity", "case")
_MODELS: dict[str, Any] = {"recording": Recording, "activity": Activity, "case": Case}
Subject = Recording | Activity | Case


def rows_of(kind: str, agency: UUID) -> QuerySet[Any]:
    """Every row of a kind, in the order of its keys."""
    return _MODELS[kind].objects.filter(agency=agency).select_related("unit").order_by("pk")  # type: ignore[no-any-return]


def batch_of(kind: str, agency: UUID, *, after: UUID | None, size: int) -> list[Subject]:
    """The next rows after a key."""
    rows = rows_of(kind, agency)
    return list((rows.filter(pk__gt=after) if after else rows)[:size])


def facts_of(kind: str, rows: Sequence[Any]) -> list[Facts]:
    """What is known of each row."""
    if kind == "recording":
        numbered = archive.numbered_at_of([row.pk for row in rows])
        told = facts.facts_of_recordings(rows)
        return [
            Facts(recording=replace(one, numbered_at=numbered.get(row.pk)))
            for row, one in zip(rows, told, strict=True)
        ]
    if kind == "activity":
        return [Facts(activity=facts.facts_of_activity(row)) for row in rows]
    return [Facts(case=facts.facts_of_case(row)) for row in rows]


def total_of(agency: UUID) -> int:
    return sum(rows_of(kind, agency).count() for kind in KINDS)
