"""Calendar periods as law counts them: months and years by the calendar, not by days (民法典 第二百零二条)."""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from liuhen.kernel.clock import BEIJING, aware
from liuhen.kernel.errors import Malformed

_LONGEST_YEARS = 1000
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "m": 31 * 86_400, "y": 366 * 86_400}


def day_of(moment: datetime) -> datetime:
    """The first moment of its day in 北京时间."""
    return aware(aware(moment).astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0))


def over_from(end: datetime) -> datetime:
    """When what ends on the day of `end` is over: at the midnight that closes the day (民法典 第二百零一条、第二百零三条).

    For what may only be done after a period, such as disposal; the day on which a period begins does not count, and its last day does.
    """
    return day_of(end) + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A length as a regulation says it: so many months, days, seconds. Years are twelve months."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    @classmethod
    def parse(cls, text: str) -> "Period":
        """24h, 6m, 2y, 30d, 15min, 60s. Raises `Malformed` for another form and for more than a thousand years."""
        match = re.fullmatch(r"([0-9]{1,12})(min|[mydhs])", text)
        if not match:
            raise Malformed(f"期限“{text[:60]}”应写作 24h、6m、2y、30d、15min 或 60s")
        number, unit = int(match[1]), match[2]
        if number * _SECONDS[unit] > _LONGEST_YEARS * _SECONDS["y"]:
            raise Malformed(f"期限“{text}”超过一千年", do="要永久保存的，请写永久，不要写很大的数。")
        return {
            "m": cls(months=number),
            "y": cls(months=12 * number),
            "d": cls(days=number),
            "h": cls(seconds=3600 * number),
            "min": cls(seconds=60 * number),
            "s": cls(seconds=number),
        }[unit]

    def after(self, moment: datetime) -> datetime:
        """The moment at which a period begun at `moment` has run out.

        Hours and days are added as they are. Months end on the same day of the month in 北京时间, or on its
        last day where the month is too short.
        """
        local = aware(moment).astimezone(BEIJING)
        if self.months:
            index = local.year * 12 + local.month - 1 + self.months
            year, month = divmod(index, 12)
            day = min(local.day, calendar.monthrange(year, month + 1)[1])
            local = local.replace(year=year, month=month + 1, day=day)
        return aware(local) + timedelta(days=self.days, seconds=self.seconds)

    def __str__(self) -> str:
        years, months = divmod(self.months, 12)
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        parts = [
            (years, "年"), (months, "个月"), (self.days, "日"), (hours, "小时"), (minutes, "分钟"), (seconds, "秒"),
        ]  # fmt: skip
        return "".join(f"{n}{unit}" for n, unit in parts if n) or "0"
