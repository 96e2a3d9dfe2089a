"""Reading the archive."""

from collections.abc import Iterable
from uuid import UUID

from liuhen.apps.archive.models import ArchiveNumber


def archive_number(recording: UUID) -> ArchiveNumber | None:
    """The archive's number with its parts and when it was given; None before."""
    return ArchiveNumber.objects.filter(recording=recording).first()


def archive_numbers(recordings: Iterable[UUID]) -> dict[UUID, ArchiveNumber]:
    """The same for many recordings in one query."""
    return {
        number.recording_id: number for number in ArchiveNumber.objects.filter(recording__in=list(recordings))
    }
