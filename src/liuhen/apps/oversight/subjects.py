"""What is judged, kind by kind: rows in batches by their key, and what the rules may know of each.

Used by the works that judge one thing, by the rounds that judge everything again, and by simulations.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.access.secrecy import Secrecy, secrecy_of
from liuhen.apps.archive import queries as archive
from liuhen.apps.archive.facts import with_filing, with_stores
from liuhen.apps.casework import facts, handing
from liuhen.apps.casework.models import Activity, Case, CaseHandover
from liuhen.apps.devices.facts import facts_of_device, facts_of_loan, facts_of_room, facts_of_unit
from liuhen.apps.devices.models import Device, Loan, Room
from liuhen.apps.documents.models import Document
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import tombstones_of
from liuhen.apps.oversight.facts import (
    facts_of_examination,
    facts_of_liability,
    inspection_of,
    rules_of,
    training_of,
)
from liuhen.apps.oversight.models import Examination, LiabilityFact
from liuhen.apps.registry.models import Unit
from liuhen.apps.retention.holds import holds_on
from liuhen.apps.retention.shortening import decided_until
from liuhen.engines.rules.facts import Facts
from liuhen.engines.rules.kinds.lines import Line
from liuhen.engines.rules.office_facts import UnitFacts

# What is judged, in this order, and what people call it.
NAMES = {
    "recording": "音像",
    "activity": "活动",
    "case": "案件",
    "document": "文书",
    "handover": "交接",
    "loan": "领用",
    "device": "设备",
    "room": "场所",
    "unit": "机构",
    "examination": "监督检查",
    "liabilityfact": "责任事实",
}
KINDS = tuple(NAMES)
_ROWS: dict[str, QuerySet[Any]] = {
    "recording": Recording.objects.select_related("unit", "agency", "device"),
    "activity": Activity.objects.select_related("unit"),
    "case": Case.objects.select_related("unit"),
    "document": Document.objects.select_related("unit"),
    "handover": CaseHandover.objects.select_related("case__unit").prefetch_related("signatures"),
    "loan": Loan.objects.select_related("device__unit"),
    "device": Device.objects.select_related("unit"),
    "room": Room.objects.select_related("unit"),
    "unit": Unit.objects.all(),
    "examination": Examination.objects.select_related("unit").defer("frame"),
    "liabilityfact": LiabilityFact.objects.select_related("unit"),
}
Subject = (
    Recording
    | Activity
    | Case
    | Document
    | CaseHandover
    | Loan
    | Device
    | Room
    | Unit
    | Examination
    | LiabilityFact
)


def row_of(kind: str, key: UUID) -> Subject:
    """One thing by its key."""
    found: Subject = _ROWS[kind].get(pk=key)
    return found


def rows_of(kind: str, agency: UUID) -> QuerySet[Any]:
    """Every row of a kind, in the order of its keys. A recorder's log is no recording of anything: no duty is judged on it."""
    where = {"case__agency": agency} if kind == "handover" else {"agency": agency}
    rows = _ROWS[kind].filter(**where).order_by("pk")
    return rows.exclude(form=Recording.Form.LOG) if kind == "recording" else rows


def batch_of(kind: str, agency: UUID, *, after: UUID | None, size: int) -> list[Subject]:
    """The next rows after a key."""
    rows = rows_of(kind, agency)
    return list((rows.filter(pk__gt=after) if after else rows)[:size])


def unit_of(subject: Subject) -> Unit:
    """The unit that answers for a thing."""
    if isinstance(subject, Loan | CaseHandover):
        return subject.device.unit if isinstance(subject, Loan) else subject.case.unit
    return subject if isinstance(subject, Unit) else subject.unit


def number_of(subject: Subject) -> str:
    """What people call it."""
    if isinstance(subject, Loan):
        return subject.device.number
    return subject.name if isinstance(subject, Unit | Room) else subject.number


def facts_of(kind: str, rows: Sequence[Any], *, lines: Iterable[Line], at: datetime) -> list[Facts]:
    """What is known of each row at `at`. `lines` are those of the check before a hand-out, by the laws in question."""
    if kind == "loan":
        told = tuple(lines)
        return [Facts(device_loan=facts_of_loan(row, lines=told)) for row in rows]
    if kind == "unit":
        return [Facts(unit=_unit(row, at)) for row in rows]
    if kind == "device":
        return [Facts(device=facts_of_device(row, at=at)) for row in rows]
    return _FACTS[kind](rows)


def total_of(agency: UUID) -> int:
    return sum(rows_of(kind, agency).count() for kind in KINDS)


def _unit(row: Unit, at: datetime) -> UnitFacts:
    """What the ledgers know of a unit, and what oversight planned for it and saw done."""
    unit, inspection, training = facts_of_unit(row, at=at), inspection_of(row), training_of(row)
    return replace(
        unit,
        rules=rules_of(row, at=at),
        inspection_due_at=inspection.due_at if inspection else None,
        inspected_at=inspection.done_at if inspection else None,
        training_due_at=training.due_at if training else None,
        trained_at=training.done_at if training else None,
    )


def _recordings(rows: Sequence[Recording]) -> list[Facts]:
    keys = [row.pk for row in rows]
    stones = tombstones_of(keys)
    numbers, holds, decided = archive.archive_numbers(keys), holds_on(keys), decided_until(keys)
    secrets = secrecy_of(keys)
    found = []
    for row, told in zip(rows, facts.facts_of_recordings(rows), strict=True):
        number = numbers.get(row.pk)
        parts = {part for part, value in number.parts.items() if value} if number else set()
        stone, standing = stones.get(row.pk), secrets.get(row.pk, Secrecy())
        more = replace(
            told,
            holds=frozenset(hold.get_matter_display() for hold in holds.get(row.pk, [])),
            keep_decided_until=decided.get(row.pk),
            disposed_at=stone.destroyed_at if stone else None,
            secrets=frozenset(standing.told),
            secrets_marked=frozenset(standing.marked),
            numbered_at=number.at if number else None,
            number_parts=frozenset(parts),
        )
        found.append(more)
    return [Facts(recording=one) for one in with_stores(found, rows)]


_FACTS: dict[str, Callable[[Sequence[Any]], list[Facts]]] = {
    "recording": _recordings,
    "activity": lambda rows: [Facts(activity=facts.facts_of_activity(row)) for row in rows],
    "case": lambda rows: [Facts(case=with_filing(facts.facts_of_case(row), row)) for row in rows],
    "document": lambda rows: [Facts(document=told) for told in facts.facts_of_documents(rows)],
    "handover": lambda rows: [Facts(handover=told) for told in handing.facts_of_handovers(rows)],
    "room": lambda rows: [Facts(room=facts_of_room(row)) for row in rows],
    "examination": lambda rows: [Facts(inspection=facts_of_examination(row)) for row in rows],
    "liabilityfact": lambda rows: [Facts(conduct=facts_of_liability(row)) for row in rows],
}
