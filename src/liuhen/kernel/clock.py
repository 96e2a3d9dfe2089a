"""Time: the only module that may ask the machine what time it is. All times are aware; UTC is stored, 北京时间 is shown.

`now` is handed as a parameter (`clock: Clock = now`) wherever a test must be able to stop it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from liuhen.kernel.errors import Malformed

Clock = Callable[[], datetime]

BEIJING = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def aware(moment: datetime) -> datetime:
    """`moment` in UTC. Raises `Malformed` where it has no zone: a time without a zone is not a time."""
    if moment.tzinfo is None:
        raise Malformed(f"时间缺少时区：{moment.isoformat()}")
    return moment.astimezone(UTC)


def as_utc_text(moment: datetime) -> str:
    """The one written form of a moment: UTC, microseconds, `Z`."""
    return aware(moment).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """Read an ISO 8601 time with a zone."""
    try:
        return aware(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise Malformed(f"“{text[:60]}”不是带时区的时间，应如 2026-11-21T14:05:00+08:00") from error


def shown(moment: datetime) -> str:
    """As people read it here: 2026-11-21 14:05, 北京时间."""
    return _shown(aware(moment))


@lru_cache(maxsize=4096)  # The reasons of one matter tell the same few moments again and again.
def _shown(moment: datetime) -> str:
    return moment.astimezone(BEIJING).isoformat(" ", "minutes")[:16]


def shown_length(length: timedelta) -> str:
    """A length of time as people say it: 1 小时 12 分, 45 秒."""
    seconds = round(abs(length.total_seconds()))
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3_600)
    minutes, seconds = divmod(seconds, 60)
    parts = [(days, "天"), (hours, "小时"), (minutes, "分"), (seconds, "秒")]
    told = [f"{n} {unit}" for n, unit in parts if n]
    return " ".join(told[:2]) or "0 秒"
