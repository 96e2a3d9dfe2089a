"""What a recorder's own log says: switched on and off, began and stopped recording, took a photo. Pure text.

The forms are data (`logs.toml`, and an office's own). A log that fits no form says nothing and is kept all the same;
lines that say nothing are counted, never guessed at. Times are of the device's own clock, which can be wrong, and a
log can be rewritten: what is read here is a hint for looking, never proof.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal

from liuhen.kernel.errors import Malformed

LOG_LIMIT = 8 << 20
"""Bytes of a log that are looked at; what lies behind is counted as unread."""
MOST_LINES = 50_000
_LINE_LIMIT = 1_000
_SUFFIXES = (".log", ".txt", ".csv")

Event = Literal[
    "power_on", "power_off", "video_start", "video_stop", "audio_start", "audio_stop", "photo", "clock_set", "fault",
    "other",
]  # fmt: skip
EVENTS: dict[Event, str] = {
    "power_on": "开机", "power_off": "关机", "video_start": "开始录像", "video_stop": "停止录像",
    "audio_start": "开始录音", "audio_stop": "停止录音", "photo": "拍照", "clock_set": "校时", "fault": "故障", "other": "其他",
}  # fmt: skip
_STARTS: dict[str, str] = {"video_start": "video_stop", "audio_start": "audio_stop"}
_KEYS = {"id", "example", "says", "expression", "time_format", "events"}


@dataclass(frozen=True, slots=True)
class LogForm:
    """One way of writing a log, with the example line that must fit it."""

    id: str
    example: str
    says: str
    expression: re.Pattern[str]
    time_format: str
    events: dict[str, Event]


@dataclass(frozen=True, slots=True, order=True)
class LogEvent:
    """One line: when by the device's clock (no zone), what, and the words of the log; the rest where it is told."""

    at: datetime
    line: int
    what: Event
    word: str
    file: str = ""
    device: str = ""
    officer: str = ""


@dataclass(frozen=True, slots=True)
class DeviceLog:
    """A log as read. `form` is empty where it fits none; `unread` counts lines that say nothing, `backward` jumps of the clock."""

    form: str
    encoding: str
    events: tuple[LogEvent, ...]
    unread: int
    backward: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one event to the one that ends it; `end` is None where no line says so."""

    start: LogEvent
    end: LogEvent | None


def forms_of(text: str, *, where: str) -> tuple[LogForm, ...]:
    """The forms of a file. Raises `Malformed` with the entry and the key: a form that does not read its example is none."""
    try:
        rows = tomllib.loads(text).get("form", [])
        return tuple(_form(row, where) for row in rows)
    except (tomllib.TOMLDecodeError, AttributeError, TypeError) as error:
        raise Malformed(f"{where} 读不懂：{error}", do="写法见 docs/formats/device-log.md。") from error


def _form(row: dict[str, object], where: str) -> LogForm:
    name = f"{where}，日志格式“{row.get('id', '')}”"
    if set(row) != _KEYS:
        differ = "、".join(sorted(set(row) ^ _KEYS))
        raise Malformed(f"{name}：多出或者缺少 {differ}", do=f"可用的键有：{'、'.join(sorted(_KEYS))}。")
    words = row["events"]
    if not isinstance(words, dict) or not set(words) <= set(EVENTS):
        raise Malformed(f"{name}：events 中有不认识的事件", do=f"可用的有：{'、'.join(EVENTS)}。")
    try:
        expression = re.compile(str(row["expression"]))
    except re.error as error:
        raise Malformed(f"{name}：expression 不是正则表达式：{error}", do="请对照示例修改。") from error
    known = {_plain(str(word)): event for event, spelt in words.items() for word in spelt}
    form = LogForm(
        str(row["id"]), str(row["example"]), str(row["says"]), expression, str(row["time_format"]), known
    )
    if not {"time", "event"} <= set(expression.groupindex) or _line(form, 1, form.example) is None:
        raise Malformed(
            f"{name}：读不出自己的示例", do="expression 须有 time 和 event 两组，并与示例、time_format 相符。"
        )
    return form


def _known(events: Iterable[LogEvent]) -> int:
    return sum(event.what != "other" for event in events)


def _line(form: LogForm, number: int, line: str) -> LogEvent | None:
    match = form.expression.fullmatch(line) if len(line) <= _LINE_LIMIT else None
    if match is None:
        return None
    try:
        at = datetime.strptime(match["time"].replace("/", "-").replace("T", " "), form.time_format)  # noqa: DTZ007  a device's clock has no zone
    except ValueError:
        return None
    told = {key: value.strip() for key, value in match.groupdict().items() if value}
    word = told["event"]
    return LogEvent(
        at, number, form.events.get(_plain(word), "other"), word, told.get("file", ""), told.get("device", ""),
        told.get("officer", ""),
    )  # fmt: skip


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]", "", word).casefold()


def _text(content: bytes) -> tuple[str, str]:
    """Recorders write UTF-8 or GBK; some with a mark of UTF-16 before it."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace"), "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return content.decode("gb18030", errors="replace"), "gb18030"


FORMS = forms_of(Path(__file__).with_name("logs.toml").read_text("utf-8"), where="logs.toml")


def is_log_name(name: str) -> bool:
    """Whether a file of this name may be a recorder's log."""
    return name.lower().endswith(_SUFFIXES)


def read_log(content: bytes, *, forms: Sequence[LogForm] = FORMS) -> DeviceLog:
    """The log in these bytes. Never raises: what cannot be read is unread."""
    text, encoding = _text(content[:LOG_LIMIT])
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    told = lines[:MOST_LINES]
    read: tuple[str, list[LogEvent]] = ("", [])
    for form in forms:
        events = [event for n, line in told if (event := _line(form, n, line))]
        if _known(events) > _known(read[1]):
            read = form.id, events
    form_id, events = read
    if 2 * len(events) < len(told):
        return DeviceLog("", encoding, (), len(lines), 0)
    back = sum(later.at < event.at for event, later in pairwise(events))
    return DeviceLog(form_id, encoding, tuple(events), len(lines) - len(events), back)


def stretches(events: Iterable[LogEvent]) -> list[Stretch]:
    """When it recorded, picture or sound: from each start to its stop, or to the switching-off that came first."""
    found: list[Stretch] = []
    running: dict[str, LogEvent] = {}
    for event in sorted(events):
        if event.what in _STARTS:
            if event.what in running:
                found.append(Stretch(running[event.what], None))
            running[event.what] = event
        for start, stop in _STARTS.items():
            if event.what in (stop, "power_off") and start in running:
                found.append(Stretch(running.pop(start), event))
    found += [Stretch(start, None) for start in running.values()]
    return sorted(found, key=lambda one: one.start)


def off_times(events: Iterable[LogEvent]) -> list[Stretch]:
    """When it was switched off: from each 关机 to the next line that shows it awake."""
    found: list[Stretch] = []
    off: LogEvent | None = None
    for event in sorted(events):
        if event.what == "power_off":
            off = off or event
        elif off is not None:
            found.append(Stretch(off, event))
            off = None
    return [*found, Stretch(off, None)] if off is not None else found
