"""Working days as data: weekends, the State Council's holidays, and the weekends made working days (调休).

A `WorkingCalendar` is built from tables the office can extend; this module counts, it does not know the tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from liuhen.kernel.errors import Malformed


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """`years` are those whose tables were entered; asking beyond them is refused, never guessed."""

    years: frozenset[int]
    holidays: frozenset[date]
    worked_weekends: frozenset[date]

    @classmethod
    def of(
        cls, years: Iterable[int], holidays: Iterable[date], worked_weekends: Iterable[date]
    ) -> "WorkingCalendar":
        return cls(frozenset(years), frozenset(holidays), frozenset(worked_weekends))

    def is_working_day(self, day: date) -> bool:
        if day.year not in self.years:
            raise Malformed(f"尚未录入 {day.year} 年的节假日安排", do="请在系统设置中补录该年度放假通知。")
        if day in self.worked_weekends:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def after(self, day: date, working_days: int) -> date:
        """The last day of a term of `working_days` from `day`; the day itself is not counted (民法典 第二百零一条)."""
        while working_days > 0:
            day += timedelta(days=1)
            working_days -= self.is_working_day(day)
        return day
