"""Every day of ten years: a term never ends one second early, by an oracle written from the civil code's own rules of counting.

民法典 201: the day on which a period begins is not counted. 202: a period in months or years ends on the day of the last month that
bears the number of the first day; where the month has none, on its last day. 203: and at its midnight; what ends there may go only after it.
A keeping period is never moved to an earlier day because the last one is a holiday: nothing lapses by it that somebody must do.
"""

from datetime import UTC, date, datetime, timedelta, timezone

from liuhen.kernel.months import Period, over_from

_ZONE = timezone(timedelta(hours=8))
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _days_in(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _DAYS[month - 1]


def _last_day(first: date, months: int) -> date:
    """The last day that still belongs to the period, counted month by month."""
    year, month = first.year, first.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    return date(year, month, min(first.day, _days_in(year, month)))


def _may_go_from(start: datetime, *, months: int = 0, days: int = 0) -> datetime:
    """The first moment at which the period is over: midnight after its last day, in Beijing."""
    first = start.astimezone(_ZONE).date()
    last = _last_day(first, months) if months else first
    for _ in range(days):
        last += timedelta(days=1)
    return datetime(last.year, last.month, last.day, tzinfo=_ZONE) + timedelta(days=1)


def test_no_term_is_over_one_second_early_on_any_day_of_ten_years() -> None:
    day, terms = datetime(2023, 12, 31, 15, 30, tzinfo=UTC), (1, 3, 6, 24, 60)
    while day.year < 2034:
        for second in (
            0,
            1,
            8 * 3600,
            16 * 3600 - 1801,
            16 * 3600,
        ):  # Around midnight in Beijing, and within the day.
            start = day + timedelta(seconds=second)
            for months in terms:
                found = over_from(Period.parse(f"{months}m").after(start))
                assert found == _may_go_from(start, months=months), (start, months, found)
            for days in (1, 30, 90):
                found = over_from(Period.parse(f"{days}d").after(start))
                assert found == _may_go_from(start, days=days), (start, days, found)
        day += timedelta(days=1)
