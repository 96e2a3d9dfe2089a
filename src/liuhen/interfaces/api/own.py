"""What is a person's own: the recordings he made, the activities he took part in, the cases he conducts.

Heads of a unit answer for the unit: for them the whole of what they may see is their own.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.handing import handovers
from liuhen.apps.devices import queries as devices
from liuhen.apps.devices.rooms import rooms
from liuhen.apps.documents import queries as documents
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.permission import Place
from liuhen.interfaces.api.gate import Asking

_PAGES = {
    "evidence.recording": "/recordings/",
    "casework.activity": "/activities/",
    "casework.case": "/cases/",
    "documents.document": "/documents/",
    "oversight.examination": "/inspections/",
    "oversight.liabilityfact": "/liability/",
    "devices.device": "/devices/",
}
# What has no page of its own is met where it is kept.
_SHARED_PAGES = {"devices.loan": "/devices", "devices.room": "/equipment", "registry.unit": "/rules"}


def answers_for_unit(asking: Asking) -> bool:
    """Those who link or write for a whole unit or agency, and those who only review."""
    return not asking.can("recording.annotate") or any(
        asking.may(action, _unit(asking)) for action in ("activity.write", "recording.identify")
    )


def own_subjects(asking: Asking) -> tuple[QuerySet[Any], ...]:
    """The things whose findings and clocks are this person's; empty where every visible one is."""
    if answers_for_unit(asking):
        return ()
    me = asking.officer.pk
    return (
        evidence.recordings().filter(officer=me), casework.took_part(me), casework.conducts(me),
        documents.documents().filter(made_by=me),
    )  # fmt: skip


def where_is(findings: Iterable[Finding]) -> dict[UUID, str]:
    """The page of each finding's subject."""
    findings, found = list(findings), {}
    for finding in findings:
        if finding.subject_kind in _PAGES:
            found[finding.subject] = f"{_PAGES[finding.subject_kind]}{finding.subject}"
        elif finding.subject_kind in _SHARED_PAGES:
            found[finding.subject] = _SHARED_PAGES[finding.subject_kind]
    handed = [finding.subject for finding in findings if finding.subject_kind == "casework.casehandover"]
    return found | {row.pk: f"/cases/{row.case_id}" for row in handovers().filter(pk__in=handed)}


def numbers_of(subjects: Iterable[UUID]) -> dict[UUID, str]:
    """The number of each thing, as pages name it."""
    keys = list(subjects)
    found: dict[UUID, str] = {}
    for rows in (
        evidence.recordings(), casework.activities(), casework.cases(), documents.documents(), oversight.examinations(),
        oversight.liability_facts(), devices.devices(),
    ):  # fmt: skip
        found |= dict(rows.filter(pk__in=keys).values_list("pk", "number"))
    found |= dict(handovers().filter(pk__in=keys).values_list("pk", "number"))
    found |= {loan.pk: loan.device.number for loan in devices.loans(keys)}
    found |= dict(rooms().filter(pk__in=keys).values_list("pk", "name"))
    return found | {unit.pk: unit.name for unit in registry.units(keys)}


def _unit(asking: Asking) -> Place:
    return Place(asking.officer.agency_id, asking.officer.unit.path)
