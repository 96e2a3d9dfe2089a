"""法定期限：counted by the calendar, told line by line, and not guessed beyond the years that were entered."""

from datetime import date, datetime, timedelta

import pytest
from tests.apps.steps import opened_case
from tests.cast import Cast

from liuhen.apps.casework.clocks import clocks_of, days_of, term
from liuhen.apps.casework.models import Case, StageChange
from liuhen.kernel.clock import BEIJING
from liuhen.kernel.errors import Malformed

# The rest days of autumn 2026, written down from the calendar on the wall.
_OFF = {date(2026, 9, d) for d in (19, 25, 26, 27)} | {
    date(2026, 10, d) for d in (1, 2, 3, 4, 5, 6, 7, 11, 17, 18)
}


@pytest.mark.parametrize("begins", range(14, 25))
@pytest.mark.parametrize("count", [1, 5, 7, 10, 20])
def test_working_days_are_counted_as_on_the_wall(begins: int, count: int) -> None:
    since = datetime(2026, 9, begins, 15, 0, tzinfo=BEIJING)
    due, lines = term(since, count, working=True, days=days_of())
    day, left = since.date(), count
    while left:
        day += timedelta(days=1)
        left -= day not in _OFF and not (day.month == 10 and day.day > 20 and day.weekday() > 4)
    assert due == datetime(day.year, day.month, day.day, tzinfo=BEIJING) + timedelta(days=1)
    assert lines[0].endswith("当日不计")
    assert lines[-1].endswith("24 时届满")


def test_each_rest_day_and_each_worked_weekend_is_told() -> None:
    _, lines = term(datetime(2026, 9, 18, 9, tzinfo=BEIJING), 10, working=True, days=days_of())
    assert lines == [
        "自 2026-09-18 09:00 起算，当日不计", "10 个工作日，最后一日是 2026-10-09（周五）", "2026-09-19 周末，不计", "2026-09-20（周日）调休上班，计入",
        "2026-09-25 至 2026-09-27 中秋节，不计", "2026-10-01 至 2026-10-07 国庆节，不计", "2026-10-09（周五） 24 时届满",
    ]  # fmt: skip


def test_calendar_days_that_end_on_a_rest_day_end_on_the_next_working_day() -> None:
    due, lines = term(datetime(2026, 7, 3, 9, tzinfo=BEIJING), 90, working=False, days=days_of())
    assert due == datetime(2026, 10, 9, tzinfo=BEIJING)
    assert "2026-10-01（周四）是国庆节，顺延到 2026-10-08（周四）" in lines


def test_year_that_was_not_entered_is_not_guessed_and_an_office_adds_it() -> None:
    since = datetime(2026, 12, 28, 9, tzinfo=BEIJING)
    due, lines = term(since, 7, working=True, days=days_of())
    assert due is None
    assert "2027 年" in lines[-1]
    own = '[[year]]\nyear = 2027\nworked = []\nholidays = [{ name = "元旦", from = 2027-01-01, to = 2027-01-03 }]\n'
    due, _ = term(since, 7, working=True, days=days_of(own))
    assert due == datetime(2027, 1, 8, tzinfo=BEIJING)


@pytest.mark.parametrize(
    "own", ["[[year", "year = 1", "[[year]]\nyear = 2027\nworked = ['x']", "[[year]]\nholidays = []", "[[year]]\nyear = 2027\nholidays = [{}]"]
)  # fmt: skip
def test_mistake_in_the_own_file_is_named(own: str) -> None:
    with pytest.raises(Malformed, match=r"calendar\.toml"):
        days_of(own)


def test_clocks_of_a_case_begin_with_what_sets_them_off(cast: Cast, noon: datetime) -> None:
    case = opened_case(cast, at=noon)
    assert clocks_of(case, days_of()) == []
    StageChange.objects.create(case=case, before="intake", after="investigation", at=noon, by=cast.li.pk)
    (clock,) = clocks_of(case, days_of())
    assert (clock.label, clock.article, clock.done_at) == ("作出处罚决定", "第六十条", None)
    assert clock.lines[0] == "从“转入调查取证”起，到“决定书定稿”止"
    assert clock.due_at == datetime(
        2027, 2, 15, tzinfo=BEIJING
    )  # Its holidays are not entered: the earlier day.
    assert any("录入之后再算" in line for line in clock.lines)
    Case.objects.update(category="permit")
    case.refresh_from_db()
    assert clocks_of(case, days_of()) == []
