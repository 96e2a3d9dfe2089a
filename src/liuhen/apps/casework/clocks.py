"""法定期限：each clock of a case, with how it was counted line by line. Calendar and clocks are data; what is not entered is not guessed.

A term begins the day after what sets it off and is over at the midnight after its last day (民法典 第二百零一条). Its last day may fall on a
rest day only where it is counted in calendar days; then it moves to the next working day (第二百零三条).
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from liuhen.apps.casework.facts import papers_of_case
from liuhen.apps.casework.models import Case
from liuhen.kernel.calendar import WorkingCalendar
from liuhen.kernel.clock import BEIJING, aware, shown
from liuhen.kernel.errors import Malformed

_DAY = timedelta(days=1)
_WEEK = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Days:
    """The calendar an office counts by, and what each holiday is called."""

    calendar: WorkingCalendar
    names: Mapping[date, str]

    def why_rest(self, day: date) -> str:
        return self.names.get(day) or "周末"


@dataclass(frozen=True, slots=True)
class Clock:
    """One term of a case: `lines` tell how it was counted; `due_at` is None where it cannot be told, and then the last line says why."""

    label: str
    regulation: str
    article: str
    due_at: datetime | None
    done_at: datetime | None
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    id: str
    label: str
    categories: tuple[str, ...]
    since: str
    until: str
    days: int
    working: bool
    regulation: str
    article: str
    only: str = ""


def days_of(own: str = "", *, where: str = "calendar.toml") -> Days:
    """The house's calendar with an office's own years and days added. Raises `Malformed`, naming the file, for a mistake in the own one."""
    years, holidays, worked = set[int](), dict[date, str](), set[date]()
    for name, text in (("内置的节假日", _BUILT_IN), (where, own)):
        for row in _tables(text, "year", where=name):
            try:
                years.add(int(row["year"]))
                worked.update(_a_day(day) for day in row.get("worked", []))
                for span in row.get("holidays", []):
                    holidays |= dict.fromkeys(
                        _span(_a_day(span["from"]), _a_day(span["to"])), str(span["name"])
                    )
            except (KeyError, TypeError, ValueError) as error:
                raise Malformed(
                    f"{name} 中有一年写得不对：{error}", do="请对照内置的写法：year、worked、holidays。"
                ) from error
    return Days(WorkingCalendar.of(years, set(holidays) - worked, worked), holidays)


def clocks_of(case: Case, days: Days) -> list[Clock]:
    """The clocks that have begun to run, in the order of the data."""
    moments = _moments(case)
    rules = [rule for rule in _RULES if case.category in rule.categories]
    begun = [rule for rule in rules if moments(rule.since) and (not rule.only or moments(rule.only))]
    return [_clock(rule, moments, days) for rule in begun]


def term(since: datetime, count: int, *, working: bool, days: Days) -> tuple[datetime | None, list[str]]:
    """When a term of so many days from `since` is over, and how it was counted."""
    first = aware(since).astimezone(BEIJING).date()
    lines = [f"自 {shown(since)} 起算，当日不计"]
    try:
        last = days.calendar.after(first, count) if working else first + count * _DAY
        if working:
            lines += [f"{count} 个工作日，最后一日是 {_told(last)}", *_skipped(first, last, days)]
        else:
            lines.append(f"{count} 日，最后一日是 {_told(last)}")
            last = _moved(last, days, lines)
    except Malformed as error:
        return None, [*lines, f"{error.why}，不能推算"]
    over = aware(datetime(last.year, last.month, last.day, tzinfo=BEIJING)) + _DAY
    return over, [*lines, f"{_told(last)} 24 时届满"]


def _moved(last: date, days: Days, lines: list[str]) -> date:
    """A last day that rests moves on; where its year was not entered it stays, which is the earlier and the safe side, and that is told."""
    moved = last
    try:
        while not days.calendar.is_working_day(moved):
            moved += _DAY
    except Malformed as error:
        lines.append(f"{error.why}，遇放假是否顺延，录入之后再算")
        return last
    if moved != last:
        lines.append(f"{_told(last)}是{days.why_rest(last)}，顺延到 {_told(moved)}")
    return moved


def _clock(rule: _Rule, moments: Callable[[str], datetime | None], days: Days) -> Clock:
    since, done = moments(rule.since), moments(rule.until)
    if since is None:
        raise ValueError(rule.id)
    due, lines = term(since, rule.days, working=rule.working, days=days)
    done = done if done is not None and done >= since else None
    told = [f"从“{_words(rule.since)}”起，到“{_words(rule.until)}”止", *lines]
    if done is not None:
        late = "，已超期" if due is not None and done >= due else ""
        told.append(f"{shown(done)} 办到{late}")
    return Clock(rule.label, rule.regulation, rule.article, due, done, tuple(told))


def _moments(case: Case) -> Callable[[str], datetime | None]:
    stages: dict[str, datetime] = {}
    for change in case.stage_changes.order_by("at", "id"):
        stages.setdefault(change.after, change.at)
    forms: dict[str, datetime] = {}
    for paper in papers_of_case(case):
        if paper.finalised_at:
            forms.setdefault(paper.form, paper.finalised_at)

    def at(what: str) -> datetime | None:
        kind, _, name = what.partition(":")
        return case.opened_at if kind == "opened" else (stages if kind == "stage" else forms).get(name)

    return at


def _words(what: str) -> str:
    kind, _, name = what.partition(":")
    if kind == "opened":
        return "启动"
    return f"转入{Case.Stage(name).label}" if kind == "stage" else _FORM_WORDS.get(name, name)


_FORM_WORDS: dict[str, str] = {
    "supplement-notice": "补正告知书定稿", "acceptance": "受理通知书定稿", "decision": "决定书定稿", "service-receipt": "送达回证定稿",
    "preservation": "先行登记保存通知书定稿",
}  # fmt: skip


def _skipped(first: date, last: date, days: Days) -> list[str]:
    """The rest days within a term, run by run, and the weekends that were worked."""
    found: list[str] = []
    run: list[date] = []
    for day in [*_span(first + _DAY, last), last + _DAY]:
        rests = day <= last and not days.calendar.is_working_day(day)
        if rests and (not run or days.why_rest(day) == days.why_rest(run[-1])):
            run.append(day)
            continue
        if run:
            found.append(f"{_run(run)} {days.why_rest(run[0])}，不计")
        run = [day] if rests else []
        if day <= last and day in days.calendar.worked_weekends:
            found.append(f"{_told(day)}调休上班，计入")
    return found


def _run(run: list[date]) -> str:
    return run[0].isoformat() if len(run) == 1 else f"{run[0].isoformat()} 至 {run[-1].isoformat()}"


def _told(day: date) -> str:
    return f"{day.isoformat()}（周{_WEEK[day.weekday()]}）"


def _span(first: date, last: date) -> Iterable[date]:
    return [first + n * _DAY for n in range((last - first).days + 1)]


def _a_day(told: Any) -> date:
    if not isinstance(told, date) or isinstance(told, datetime):
        raise TypeError(f"“{told}”不是日期")
    return told


def _tables(text: str, name: str, *, where: str) -> list[dict[str, Any]]:
    try:
        found = tomllib.loads(text).get(name, [])
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"{where} 无法读取：{error}") from error
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Malformed(f"{where} 中的 {name} 须写作 [[{name}]]")
    return found


_BUILT_IN = Path(__file__).with_name("calendar.toml").read_text("utf-8")
_RULES = tuple(
    _Rule(**{**row, "categories": tuple(row["categories"])})
    for row in tomllib.loads(Path(__file__).with_name("clocks.toml").read_text("utf-8"))["clock"]
)
