"""Reading the archive."""

from uuid import UUID

from liuhen.apps.archive.models import ArchiveNumber


def archive_number(recording: UUID) -> ArchiveNumber | None:
    """The archive's number with its parts and when it was given; None before."""
    return ArchiveNumber.objects.filter(recording=recording).first()
