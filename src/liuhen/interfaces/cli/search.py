"""`search rebuild` and `search check`: the index made anew from the rows, and the index held against them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from liuhen.apps.archive.models import ArchiveNumber, Volume
from liuhen.apps.casework.models import Activity, Case, CaseLink, Intake
from liuhen.apps.devices.models import Device
from liuhen.apps.documents.models import Document
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.queries import Fault, snapshot
from liuhen.apps.registry.models import Officer
from liuhen.apps.search import actions, queries
from liuhen.apps.search.words import Findable


def findable_rows() -> Iterator[Findable]:
    """Everything the rooms have that can be found."""
    for rows in _sources():
        yield from rows.iterator(chunk_size=1000)


def _sources() -> tuple[QuerySet[Any], ...]:
    return (
        Officer.objects.select_related("unit"),
        Device.objects.select_related("unit"),
        Case.objects.select_related("unit", "officer", "second_officer"),
        Intake.objects.select_related("unit"),
        Activity.objects.select_related("unit").prefetch_related("members__officer"),
        Recording.objects.select_related("unit", "officer", "device", "seclusion").prefetch_related(
            "late_notes"
        ),
        CaseLink.objects.select_related("recording__unit", "recording__officer", "case"),
        Document.objects.select_related("unit", "made_by"),
        Volume.objects.select_related("unit", "case", "officer"),
        ArchiveNumber.objects.select_related("recording__unit", "recording__officer"),
    )


def rebuild() -> int:
    """Returns how many things can be found now."""
    return actions.rebuild(findable_rows())


def fill_if_empty() -> None:
    """A home that is older than its index, or than a kind of thing in it, gets one when it is brought up to date."""
    if any(rows.exists() and not queries.has_entries(rows.model.kind()) for rows in _sources()):
        rebuild()


def lies() -> Iterator[Fault]:
    """Where the index says otherwise than the rows, at one moment of an office that goes on writing."""
    with snapshot():
        for lie in queries.verify(findable_rows()):
            yield Fault(lie.where, lie.what)
