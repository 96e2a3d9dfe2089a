"""Reading retention."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.evidence.models import Recording
from liuhen.apps.retention.models import KeepingPeriod


def keeping_of(recording: UUID) -> KeepingPeriod | None:
    return KeepingPeriod.objects.filter(recording=recording).first()


def fell_due(visible: QuerySet[Recording], *, since: datetime, until: datetime) -> QuerySet[Recording]:
    """Of the recordings a person may know of, those whose keeping ends in [since, until).

    Read along the index of the stored ends, so that it costs what fell due and not what is kept. What is held, undecided or
    permanent has no end and never falls due.
    """
    ended = KeepingPeriod.objects.filter(rank="until", until__gte=since, until__lt=until)
    return visible.filter(pk__in=ended.values("recording"))
