"""Reading the archive."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from liuhen.apps.archive.models import ArchiveNumber


def numbered_at(recording: UUID) -> datetime | None:
    """When the archive gave its number; None before."""
    return ArchiveNumber.objects.filter(recording=recording).values_list("at", flat=True).first()


def archive_number(recording: UUID) -> ArchiveNumber | None:
    return ArchiveNumber.objects.filter(recording=recording).first()


def numbered_at_of(recordings: Iterable[UUID]) -> dict[UUID, datetime]:
    """The same for many recordings in one query."""
    return dict(ArchiveNumber.objects.filter(recording__in=list(recordings)).values_list("recording", "at"))
