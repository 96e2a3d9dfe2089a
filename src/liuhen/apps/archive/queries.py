"""Reading the archive."""

from datetime import datetime
from uuid import UUID

from liuhen.apps.archive.models import ArchiveNumber


def numbered_at(recording: UUID) -> datetime | None:
    """When the archive gave its number; None before."""
    return ArchiveNumber.objects.filter(recording=recording).values_list("at", flat=True).first()


def archive_number(recording: UUID) -> ArchiveNumber | None:
    return ArchiveNumber.objects.filter(recording=recording).first()
