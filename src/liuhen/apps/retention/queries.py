"""Reading retention."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from liuhen.apps.casework.linking import live_case_links, live_links
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import gone
from liuhen.apps.retention.models import KeepingPeriod
from liuhen.kernel.clock import BEIJING


def keeping_of(recording: UUID) -> KeepingPeriod | None:
    return KeepingPeriod.objects.filter(recording=recording).first()


def end_of(recording: UUID) -> datetime:
    """When the keeping of a recording ends that has an end. Raises `ValueError` for one without."""
    held = keeping_of(recording)
    if held is None or held.until is None:
        raise ValueError(recording)
    return held.until


def fell_due(visible: QuerySet[Recording], *, since: datetime, until: datetime) -> QuerySet[Recording]:
    """Of the recordings a person may know of, those whose keeping ends in [since, until).

    Read along the index of the stored ends, so that it costs what fell due and not what is kept. What is held, undecided or
    permanent has no end and never falls due; nor does what is set aside or destroyed.
    """
    ended = KeepingPeriod.objects.filter(rank="until", until__gte=since, until__lt=until)
    return visible.filter(pk__in=ended.values("recording")).exclude(pk__in=gone().values("recording"))


@dataclass(frozen=True, slots=True)
class MonthDue:
    """What falls due in one month: how many recordings, how many bytes. `month` is its first moment in Beijing."""

    month: datetime
    count: int
    size: int


def calendar(visible: QuerySet[Recording], *, since: datetime, until: datetime) -> list[MonthDue]:
    """What falls due month by month, counted by the database along the index of the stored ends."""
    rows = fell_due(visible, since=since, until=until).order_by()
    found = rows.annotate(month=TruncMonth("keeping__until", tzinfo=BEIJING)).values("month")
    told = found.annotate(count=Count("pk"), total=Sum("size")).order_by("month")
    return [MonthDue(row["month"], row["count"], row["total"]) for row in told]


def due_for_owner(officer: UUID, *, since: datetime, until: datetime) -> QuerySet[Recording]:
    """Recordings linked to this person's own cases whose keeping ends in [since, until)."""
    mine = Q(activity__case__officer=officer) | Q(activity__case__second_officer=officer)
    straight = live_case_links().filter(Q(case__officer=officer) | Q(case__second_officer=officer))
    through = live_links().filter(mine)
    return fell_due(
        Recording.objects.filter(
            Q(pk__in=through.values("recording")) | Q(pk__in=straight.values("recording"))
        ),
        since=since,
        until=until,
    )
