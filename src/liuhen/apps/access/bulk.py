"""Much at once: somebody looked at or took away more originals in one day than his work explains. The security administrator is told.

Nothing is stopped by it; the looks were lawful one by one. He learns who and how much, never what is in them.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.db.models import QuerySet, Sum

from liuhen.apps.access.limits import BulkLimit
from liuhen.apps.access.models import BulkAnswer, BulkNotice, Package, Viewing
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.queries import things_of
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.clock import BEIJING
from liuhen.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Taken:
    """What one person looked at and fetched in one day."""

    count: int
    size: int


def taken_by(officer: UUID, *, at: datetime) -> Taken:
    """Of the day of `at` up to it: each original once, however often it was opened, and each package."""
    midnight = at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    looks = Viewing.objects.filter(officer=officer, opened_at__gte=midnight, opened_at__lte=at)
    seen = Recording.objects.filter(pk__in=looks.values("recording"))
    fetched = Package.objects.filter(pk__in=things_of("package.fetched", by=officer, since=midnight))
    return Taken(
        seen.count() + fetched.count(),
        sum(int(rows.aggregate(size=Sum("size"))["size"] or 0) for rows in (seen, fetched)),
    )


def notice_bulk(officer: UUID, *, agency: UUID, limit: BulkLimit, at: datetime) -> BulkNotice | None:
    """After each look and each fetch: once for every multiple of the limit in one day, with its line."""
    taken = taken_by(officer, at=at)
    level, day = limit.level(taken.count, taken.size), at.astimezone(BEIJING).date()
    if level < 1 or BulkNotice.objects.filter(officer=officer, day=day, level__gte=level).exists():
        return None
    row = BulkNotice(
        agency_id=agency, officer_id=officer, day=day, level=level, count=taken.count, size=taken.size, at=at
    )
    try:
        with act("bulk.noticed", by=SYSTEM, at=at, agency=agency) as line:
            row.save(force_insert=True)
            line.about(row)
    except IntegrityError:
        return None  # Another request of the same person was quicker; its line stands.
    return row


def answer_notice(row: BulkNotice, *, by: Actor, officer: Officer, says: str, at: datetime) -> BulkAnswer:
    """What was found out about it. Raises `Refused` without a word, about oneself, and for a second time."""
    allow(by, "bulk.answer", on=row, at=at)
    if by.id != officer.pk or row.officer_id == officer.pk:
        raise Refused("不能核查本人的查看，也不能以他人名义核查", do="请由另一名安全管理员核查。")
    if not says.strip():
        raise Refused("须写明核查情况", do="请写明问了谁、为什么看了这么多、是否正常。")
    answer = BulkAnswer(notice=row, says=says.strip(), by=officer, at=at)
    with act("bulk.answered", by=by, at=at, agency=row.agency_id) as line:
        BulkNotice.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if BulkAnswer.objects.filter(notice=row).exists():
            raise Refused("这次提醒已经核查过", do="请刷新页面查看。")
        answer.save(force_insert=True)
        line.about(answer)
        line.about(row)
    return answer


def notices_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[BulkNotice]:
    seen = notices().filter(reach_of(viewer, "bulk.view", at=at))
    return seen.order_by("-at")


def notices() -> QuerySet[BulkNotice]:
    return BulkNotice.objects.select_related("officer__unit", "answer__by")
