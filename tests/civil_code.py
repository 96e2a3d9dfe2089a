"""An oracle of dates, written from the civil code's own rules of counting and from nothing of the product.

民法典 201: the day on which a period begins is not counted. 202: a period in months or years ends on the day of the last month that
bears the number of the first day; where the month has none, on its last day. 203: and at its midnight; what ends there may go only after it.
A keeping period is never moved to an earlier day because the last one is a holiday: nothing lapses by it that somebody must do.
"""

from datetime import date, datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _days_in(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _DAYS[month - 1]


def last_day(first: date, months: int) -> date:
    """The last day that still belongs to the period, counted month by month."""
    year, month = first.year, first.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    return date(year, month, min(first.day, _days_in(year, month)))


def may_go_from(start: datetime, *, months: int = 0, days: int = 0) -> datetime:
    """The first moment at which the period is over: midnight after its last day, in Beijing."""
    first = start.astimezone(ZONE).date()
    last = last_day(first, months) if months else first
    for _ in range(days):
        last += timedelta(days=1)
    return datetime(last.year, last.month, last.day, tzinfo=ZONE) + timedelta(days=1)
