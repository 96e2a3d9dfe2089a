"""应有未有 as a page: each row says what, why it is believed, since when, what to do; and what a person said of it."""

from datetime import date, datetime, timedelta
from uuid import UUID

from liuhen.apps.casework.absence import CAUSES, MOST_DAYS, Absence
from liuhen.apps.casework.completeness import absences, notes_of
from liuhen.apps.casework.models import AbsenceNote
from liuhen.apps.registry import queries as registry
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, part_of
from liuhen.interfaces.api.shapes import Action, Filter, Listing, Option, SavedView, State, Teach
from liuhen.interfaces.api.shapes_absences import AbsenceRow
from liuhen.interfaces.api.words import count_label
from liuhen.kernel.clock import BEIJING, aware, shown
from liuhen.kernel.errors import Malformed
from liuhen.kernel.spans import Span

_USUAL_DAYS = 30
_STATES = {"open": "待查明", "explained": "已说明"}
_FILTERS = [
    Filter(key="q", label="文件、设备、活动", kind="text"),
    Filter(key="kind", label="情形", kind="select", options=[Option(value=v, label=w) for v, w in CAUSES.items()]),
    Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in _STATES.items()]),
    Filter(key="when", label="发生", kind="dates"),
]  # fmt: skip
_VIEWS = [
    SavedView(key="all", label="全部", query={}),
    SavedView(key="open", label="待查明", query={"state": "open"}),
    SavedView(key="card", label="卡上有而未到", query={"kind": "card"}),
    SavedView(key="sequence", label="疑似取舍", query={"kind": "sequence"}),
    SavedView(key="logged", label="日志记有而未到", query={"kind": "logged"}),
]
_TEACH = Teach(
    title="没有应有而未有的",
    what_belongs="这里列出依存储卡清单、文件编号、设备日志、摄录申报和设备领用应当有、却没有收到的音像，以及时间或编号有疑点的音像。",
    how_it_gets_here=f"随时比对得出，默认看最近 {_USUAL_DAYS} 天；都是待查的疑点，不是结论。活动结束或归还后一天之内的不列。",
)


def page(asking: Asking, asked: ListAsked) -> Listing[AbsenceRow]:
    """Newest first, of the last thirty days unless dates are given. Raises `Malformed` for more than a quarter."""
    if asked.kind not in ("", *CAUSES) or asked.state not in ("", *_STATES):
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    found = [
        one
        for one in absences(asking.by, within=span_of(asked.when, at=asking.at), at=asking.at)
        if asked.kind in ("", one.cause) and _says(one, asked.q)
    ]
    notes = notes_of(one.id for one in found)
    if asked.state:
        found = [one for one in found if (one.id in notes) == (asked.state == "explained")]
    rows, following = part_of(found, key=lambda one: (one.since, one.id), after=asked.after)
    names = registry.names_of(notes[one.id].by for one in rows if one.id in notes)
    return Listing[AbsenceRow](
        rows=[_row(asking, one, notes.get(one.id), names) for one in rows], next=following,
        count_label=count_label(len(found)), filters=_FILTERS, views=_VIEWS, actions=[], teach=_TEACH,
    )  # fmt: skip


def span_of(when: str, *, at: datetime) -> Span:
    """The days asked for, both included; the last thirty where none are."""
    first, separator, last = when.partition("..")
    today = aware(at).astimezone(BEIJING).date()
    try:
        end = date.fromisoformat(last if separator else first) if when else today
        start = date.fromisoformat(first) if when else today - timedelta(days=_USUAL_DAYS - 1)
    except ValueError as error:
        raise Malformed("日期应写作 2026-11-01..2026-11-30", do="请重新选择日期。") from error
    if not 2000 <= start.year <= end.year <= 2100 or not 0 <= (end - start).days < MOST_DAYS:
        raise Malformed(f"一次最多比对 {MOST_DAYS} 天", do="请缩短日期范围，起在止前。")
    return Span(_midnight(start), _midnight(end + timedelta(days=1)))


def day_of(one: Absence) -> str:
    """The day on which it is found again."""
    return one.since.astimezone(BEIJING).date().isoformat()


def _midnight(day: date) -> datetime:
    return aware(datetime(day.year, day.month, day.day, tzinfo=BEIJING))


def _says(one: Absence, words: str) -> bool:
    told = f"{one.what} {one.why} {one.about} {one.unit.name}".casefold()
    return all(word.casefold() in told for word in words.split()[:8])


def _row(asking: Asking, one: Absence, note: AbsenceNote | None, names: dict[UUID, str]) -> AbsenceRow:
    state = State(label=CAUSES[one.cause], tone="plain" if note else "due")
    said = None
    if note is not None:
        who = names.get(note.by, "未登记的人员")
        said = f"{note.get_outcome_display()}：{note.reason}（{who}，{shown(note.at)}）"
    explain = Action(
        key="explain", label="说明", form_url=f"/forms/absence-note?absence={one.id}&day={day_of(one)}"
    )
    may = note is None and asking.may("absence.explain", one)
    return AbsenceRow(
        id=str(one.id), cause=state, what=one.what, why=one.why, do=one.do, since=one.since, unit=one.unit.name,
        to=one.to or "/recordings", explained=said, actions=[explain] if may else [],
    )  # fmt: skip
