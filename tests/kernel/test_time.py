"""Moments, lengths, calendar periods and working days, at the edges where they go wrong: midnight in Beijing, the end of February, the turn of the year."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuhen.kernel.calendar import WorkingCalendar
from liuhen.kernel.clock import BEIJING, as_utc_text, aware, from_text, now, shown, shown_length
from liuhen.kernel.errors import Malformed
from liuhen.kernel.months import Period

MOMENTS = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def beijing(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BEIJING)  # type: ignore[misc,arg-type]


# -- the clock ---------------------------------------------------------------------------------------------------


def test_now_is_aware_and_moves_on() -> None:
    first = now()
    assert first.tzinfo is UTC
    assert first <= now()


def test_time_without_zone_is_no_time() -> None:
    with pytest.raises(Malformed, match="缺少时区"):
        aware(datetime(2026, 1, 1))  # noqa: DTZ001  the point


@given(MOMENTS)
def test_written_moment_reads_back(moment: datetime) -> None:
    assert from_text(as_utc_text(moment)) == moment


@pytest.mark.parametrize(
    "text",
    ["", "昨天", "2026-11-21", "2026-11-21T14:05:00", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"],
)  # fmt: skip
def test_text_that_is_no_zoned_time_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        from_text(text)


def test_moment_is_shown_in_beijing_time_over_midnight() -> None:
    assert shown(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == "2027-01-01 00:00"
    assert shown(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)) == "2026-12-31 23:59"


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(), "0 秒"),
        (timedelta(seconds=45.4), "45 秒"),
        (timedelta(minutes=-3), "3 分"),
        (timedelta(hours=1, minutes=12, seconds=9), "1 小时 12 分"),
        (timedelta(days=2, seconds=5), "2 天 5 秒"),
    ],
)
def test_length_is_told_in_its_two_largest_units(length: timedelta, told: str) -> None:
    assert shown_length(length) == told


# -- periods -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "period", "told"),
    [
        ("24h", Period(seconds=86_400), "24小时"),
        ("6m", Period(months=6), "6个月"),
        ("2y", Period(months=24), "2年"),
        ("30d", Period(days=30), "30日"),
        ("15min", Period(seconds=900), "15分钟"),
        ("60s", Period(seconds=60), "1分钟"),
        ("0s", Period(), "0"),
        ("18m", Period(months=18), "1年6个月"),
        ("1000y", Period(months=12_000), "1000年"),
    ],
)
def test_period_is_read_and_told(text: str, period: Period, told: str) -> None:
    assert Period.parse(text) == period
    assert str(period) == told


@pytest.mark.parametrize("text", ["", "24", "h", "24 h", "-1d", "1.5h", "1w", "٣m", "1h30min", "1001y", "999999999999d", "9" * 99 + "s"])  # fmt: skip
def test_text_that_is_no_period_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        Period.parse(text)


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        (beijing(2026, 1, 31, 9), "1m", beijing(2026, 2, 28, 9)),  # a month that is too short
        (beijing(2028, 1, 31, 9), "1m", beijing(2028, 2, 29, 9)),  # in a leap year
        (beijing(2028, 2, 29, 9), "1y", beijing(2029, 2, 28, 9)),
        (beijing(2028, 2, 29, 9), "4y", beijing(2032, 2, 29, 9)),
        (beijing(2026, 12, 31, 9), "1m", beijing(2027, 1, 31, 9)),  # over the turn of the year
        (beijing(2026, 11, 30, 9), "3m", beijing(2027, 2, 28, 9)),
        (beijing(2026, 8, 31, 9), "6m", beijing(2027, 2, 28, 9)),
        (beijing(2026, 3, 1, 0, 30), "1m", beijing(2026, 4, 1, 0, 30)),  # in UTC still February: the 28th
        (beijing(2026, 5, 6, 16), "24h", beijing(2026, 5, 7, 16)),
        (beijing(2026, 12, 31, 16), "1d", beijing(2027, 1, 1, 16)),
    ],
)
def test_period_ends_where_the_calendar_says(start: datetime, period: str, end: datetime) -> None:
    assert Period.parse(period).after(start) == end


@given(MOMENTS, st.integers(0, 600))
def test_months_keep_the_day_or_end_the_month(start: datetime, months: int) -> None:
    before, after = start.astimezone(BEIJING), Period(months=months).after(start).astimezone(BEIJING)
    assert (after.year * 12 + after.month) - (before.year * 12 + before.month) == months
    assert after.time() == before.time()
    assert after.day == before.day or (
        after.day < before.day and (after + timedelta(days=1)).month != after.month
    )


@given(MOMENTS, st.integers(0, 400), st.integers(0, 400))
def test_longer_period_never_ends_sooner(start: datetime, one: int, more: int) -> None:
    assert Period(months=one).after(start) <= Period(months=one + more).after(start)


@given(MOMENTS, st.integers(-12, 14))
def test_zone_in_which_a_moment_is_told_changes_no_period(start: datetime, hours: int) -> None:
    elsewhere = start.astimezone(timezone(timedelta(hours=hours)))
    assert Period(months=1, days=2).after(elsewhere) == Period(months=1, days=2).after(start)


# -- working days ------------------------------------------------------------------------------------------------

CALENDAR = WorkingCalendar.of([2026], [date(2026, 10, 1), date(2026, 10, 2)], [date(2026, 10, 10)])


def test_weekends_and_holidays_do_not_count_and_worked_weekends_do() -> None:
    assert CALENDAR.is_working_day(date(2026, 9, 30))
    assert not CALENDAR.is_working_day(date(2026, 10, 1))  # a Thursday, but a holiday
    assert not CALENDAR.is_working_day(date(2026, 10, 3))  # a Saturday
    assert CALENDAR.is_working_day(date(2026, 10, 10))  # a Saturday made a working day


def test_term_of_working_days_leaves_out_its_first_day() -> None:
    assert CALENDAR.after(date(2026, 9, 30), 0) == date(2026, 9, 30)
    assert CALENDAR.after(date(2026, 9, 30), 1) == date(2026, 10, 5)
    assert CALENDAR.after(date(2026, 9, 30), 6) == date(2026, 10, 10)
    assert CALENDAR.after(date(2026, 9, 30), 7) == date(2026, 10, 12)


def test_year_that_was_never_entered_is_refused_not_guessed() -> None:
    with pytest.raises(Malformed, match="2027"):
        CALENDAR.after(date(2026, 12, 31), 3)
