"""Clocks as devices write them, kept apart: reading their many forms, and saying where they cannot be true.

Nothing is corrected here. A file may carry five clocks; each keeps its source and its raw text. The judge says
which look set by hand and which contradict each other, and by how much.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from liuhen.engines.media.reading import Reading, plain_text
from liuhen.engines.media.report import ClockReading, Place
from liuhen.kernel.clock import shown_length

_EPOCH_1904 = datetime(1904, 1, 1, tzinfo=UTC)
_FORMS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y:%m:%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%a %b %d %H:%M:%S %Y",
    "%Y-%m-%d %H:%M",
)
# Writers stamp the end of the file or the moment of pressing the button; half a minute is no contradiction.
TOLERANCE = timedelta(seconds=30)
GPS_SOURCES = ("exif.gps", "gpmf.gps")


def from_1904(seconds: int, source: str) -> ClockReading | None:
    """A QuickTime time stamp, by its standard UTC; zero and nonsense are no reading."""
    if not 0 < seconds < 1 << 36:
        return None
    moment = _EPOCH_1904 + timedelta(seconds=seconds)
    return ClockReading(source, moment.strftime("%Y-%m-%dT%H:%M:%SZ"), moment)


def from_written(raw: bytes | str, source: str, *, zone: str = "") -> ClockReading | None:
    """A written time; `zone` is an offset told beside it (+08:00). Without zone it stays local."""
    text = plain_text(raw)
    if not text:
        return None
    parsed = _parse(f"{text}{zone}") or _parse(text)
    if parsed is None:
        return ClockReading(source, text)
    if parsed.tzinfo is None:
        return ClockReading(source, text, local=parsed.isoformat(timespec="seconds"))
    return ClockReading(source, f"{text}{zone}", parsed.astimezone(UTC))


def _parse(text: str) -> datetime | None:
    tidy = " ".join(text.split())
    tidy = re.sub(r"^(\d{4}):(\d\d):(\d\d)", r"\1-\2-\3", tidy).removeprefix("UTC ")
    attempts: list[Callable[[], datetime]] = [lambda: datetime.fromisoformat(tidy.replace(" +", "+"))]
    attempts += [lambda form=form: datetime.strptime(tidy, form) for form in _FORMS]  # type: ignore[misc]  # noqa: DTZ007
    for attempt in attempts:
        try:
            parsed = attempt()
            return parsed if parsed.tzinfo is None else parsed.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def from_time_code(frames: int, per_second: int, *, drop: bool) -> ClockReading | None:
    """A time code track's first frame as hh:mm:ss:ff; a time of day without day and zone."""
    if per_second < 1 or frames < 0:
        return None
    if drop:  # drop-frame counting skips two numbers a minute (four at 60), save every tenth minute
        skip = per_second // 15
        tens, rest = divmod(frames, per_second * 600 - skip * 9)
        frames += skip * 9 * tens + skip * max(0, (rest - skip) // (per_second * 60 - skip))
    seconds, frame = divmod(frames, per_second)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    told = f"{hour % 24:02}:{minute:02}:{second:02}"
    return ClockReading("timecode", f"{told}:{frame:02}", local=told)


def judge_clocks(reading: Reading, *, at: datetime) -> None:
    """Add the findings on clocks; `at` is the moment of the inspection, by which the future is known."""
    told: set[str] = set()
    for clock in reading.clocks:
        why = _suspicion(clock, at)
        if why and (clock.local or str(clock.moment)) not in told:
            told.add(clock.local or str(clock.moment))
            reading.note(
                "clock_suspicious", f"{NAMES.get(clock.source, clock.source)}为 {clock.raw}，{why}。"
            )
    _judge_against_gps(reading)
    _judge_time_code(reading)
    _judge_written(reading)


NAMES = {
    "container": "容器创建时间",
    "stream": "轨道创建时间",
    "apple": "拍摄时间（QuickTime）",
    "timecode": "时间码",
    "avi": "AVI 拍摄时间",
    "exif": "EXIF 拍摄时间",
    "exif.gps": "EXIF 卫星时间",
    "gpmf.gps": "遥测卫星时间",
}


def _suspicion(clock: ClockReading, at: datetime) -> str:
    shown = _naive(clock)
    if shown is None:
        return ""
    pairs = {shown.year % 100, shown.month, shown.day, shown.hour, shown.minute, shown.second}
    if len(pairs) == 1:
        return "年月日时分秒数字相同，像是人工设定的"
    if (shown.month, shown.day) == (1, 1) and shown.hour == 0 and shown.minute < 10:
        return "恰在元旦零点前后，像是设备断电后的出厂时间"
    if shown.year < 2000:
        return "早于数字记录设备可信的年代"
    ahead = (clock.moment or shown.replace(tzinfo=UTC) - timedelta(hours=14)) - at
    return f"比检查时刻还晚 {shown_length(ahead)}" if ahead > timedelta(hours=1) else ""


def _naive(clock: ClockReading) -> datetime | None:
    if clock.moment is not None:
        return clock.moment.replace(tzinfo=None)
    return datetime.fromisoformat(clock.local) if "T" in clock.local else None


def _first(clocks: Iterable[ClockReading], *sources: str) -> ClockReading | None:
    return next((c for c in clocks if c.source in sources and (c.moment or c.local)), None)


def _zone_of(place: Place | None) -> tuple[timedelta, timedelta]:
    """The local time's distance from UTC where the file was made, and how sure: China keeps one zone."""
    if place is None:
        return timedelta(hours=8), timedelta(minutes=2)
    if 73 <= place.longitude <= 135.1 and 18 <= place.latitude <= 53.6:
        return timedelta(hours=8), timedelta(minutes=2)
    return timedelta(hours=round(place.longitude / 15)), timedelta(hours=3)


def _judge_against_gps(reading: Reading) -> None:
    gps = _first(reading.clocks, *GPS_SOURCES)
    if gps is None or gps.moment is None:
        return
    zone, unsure = _zone_of(reading.place)
    for clock in reading.clocks:
        shown = _naive(clock)
        if clock.source in GPS_SOURCES or shown is None:
            continue
        there = gps.moment.replace(tzinfo=None) + (timedelta() if clock.moment else zone)
        wrong = shown - there
        allowed = TOLERANCE + _length(reading) + (timedelta() if clock.moment else unsure)
        if abs(wrong) <= allowed:
            continue
        if clock.moment and _is_a_zone(wrong):
            _note_zone(reading, clock, wrong)
            continue
        _note_wrong(reading, clock, wrong)
        return


def _note_wrong(reading: Reading, clock: ClockReading, wrong: timedelta) -> None:
    days = round(wrong / timedelta(days=1))
    about = f"，约 {abs(days)} 天" if days and abs(wrong - timedelta(days=days)) < timedelta(hours=4) else ""
    way = "慢" if wrong < timedelta() else "快"
    says = (
        f"{NAMES.get(clock.source, clock.source)} {clock.raw} 比卫星时间{way} {shown_length(wrong)}{about}。"
    )
    reading.note("clock_disagrees", says, measure=wrong.total_seconds())


def _note_zone(reading: Reading, clock: ClockReading, wrong: timedelta) -> None:
    way = "慢" if wrong < timedelta() else "快"
    says = (
        f"{NAMES.get(clock.source, clock.source)}与另一时钟正好相差 {shown_length(wrong)}（{way}），"
        "像是按当地时间写入而标作了世界时。"
    )
    reading.note("clock_zone_doubtful", says, measure=wrong.total_seconds(), confidence="medium")


def _length(reading: Reading) -> timedelta:
    return timedelta(seconds=min(reading.duration or 0.0, 1e6))


def _is_a_zone(difference: timedelta) -> bool:
    quarter = timedelta(minutes=15)
    whole = round(difference / quarter)
    return 0 < abs(whole) <= 56 and abs(difference - whole * quarter) <= TOLERANCE


def _judge_time_code(reading: Reading) -> None:
    """A time code has no zone: only what is left after whole quarter hours can contradict."""
    code, other = _first(reading.clocks, "timecode"), _first(reading.clocks, "apple", "container", "exif.gps")
    shown = _naive(other) if other else None
    if code is None or shown is None or code.local.startswith("00:"):
        return  # a code that counts from zero is a counter, not a clock
    hour, minute, second = map(int, code.local.split(":"))
    day = timedelta(hours=shown.hour, minutes=shown.minute, seconds=shown.second)
    quarter = timedelta(minutes=15)
    left = (timedelta(hours=hour, minutes=minute, seconds=second) - day) % quarter
    left = left - quarter if left > quarter / 2 else left
    if abs(left) > TOLERANCE + _length(reading):
        assert other is not None  # noqa: S101  shown was read from it
        name = NAMES.get(other.source, other.source)
        says = f"时间码 {code.raw} 与{name} {other.raw} 对不上，相差 {abs(round(left.total_seconds()))} 秒。"
        reading.note("clock_disagrees", says, measure=left.total_seconds(), confidence="low")


def _judge_written(reading: Reading) -> None:
    """The phone's own recording time against the container's."""
    apple, container = _first(reading.clocks, "apple"), _first(reading.clocks, "container")
    if apple is None or container is None or apple.moment is None or container.moment is None:
        return
    wrong = container.moment - apple.moment
    if abs(wrong) <= TOLERANCE + _length(reading):
        return
    if _is_a_zone(wrong):
        _note_zone(reading, container, wrong)
        return
    says = f"容器创建时间 {container.raw} 与拍摄时间 {apple.raw} 相差 {shown_length(wrong)}。"
    reading.note("clock_disagrees", says, measure=wrong.total_seconds())
