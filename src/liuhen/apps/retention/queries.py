"""Reading retention."""

from uuid import UUID

from liuhen.apps.retention.models import KeepingPeriod


def keeping_of(recording: UUID) -> KeepingPeriod | None:
    return KeepingPeriod.objects.filter(recording=recording).first()
