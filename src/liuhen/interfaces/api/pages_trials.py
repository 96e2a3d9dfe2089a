"""A trial: what a change of the law would do to the real rows, part by part; and whether it takes two people.

Reads only. The address says the whole question, so that a trial can be sent to whoever is to decide.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from liuhen.apps.oversight.simulation import Part, Place, RowChange, trial_of
from liuhen.apps.oversight.subjects import NAMES
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.adopting import activation, shortens
from liuhen.apps.registry.law import Change
from liuhen.apps.registry.models import Agency
from liuhen.engines.rules.keeping import RANK_LABELS, Keeping
from liuhen.engines.rules.simulating import Promise, Shift, Turn
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.law_words import cite, setting_word
from liuhen.interfaces.api.pages_shelf import loaded
from liuhen.interfaces.api.shapes import Action, State
from liuhen.interfaces.api.shapes_law import (
    ShiftShown,
    ShortenedShown,
    TrialPage,
    TrialPart,
    TrialRow,
    TurnShown,
)
from liuhen.interfaces.api.words import verdict
from liuhen.interfaces.office import shelf_of
from liuhen.kernel.clock import BEIJING, shown
from liuhen.kernel.errors import LiuhenError, Malformed

_PAGES = {
    "recording": "/recordings",
    "activity": "/activities",
    "case": "/cases",
    "document": "/documents",
    "handover": "/cases",
    "loan": "/devices",
    "device": "/devices",
    "room": "/equipment",
    "unit": "/rules",
    "examination": "/inspections",
    "liabilityfact": "/liability",
}
_WITHOUT_PAGE = frozenset({"handover", "loan", "room", "unit"})
_SIZE = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as it stands in the address. `since` a date, or empty for now."""

    kind: str
    key: str
    value: str = ""
    replaces: str = ""
    since: str = ""

    def query(self) -> str:
        told = [
            ("kind", self.kind),
            ("key", self.key),
            ("value", self.value),
            ("replaces", self.replaces),
            ("since", self.since),
        ]
        return "&".join(f"{name}={text}" for name, text in told if text)


def agency_of(asking: Asking) -> Agency:
    found = registry.agency(asking.officer.agency_id)
    if found is None:
        raise Gone
    return found


def change_of(asking: Asking, question: Question) -> Change:
    """Raises `Malformed` for what is no change, `Gone` for a pack or setting there is not."""
    since = since_of(question.since, at=asking.at)
    if question.kind == "activate":
        folder, _ = loaded(asking, question.key)
        replaces = tuple(key for key in question.replaces.split(",") if key)
        return activation(folder, since=since, replaces=replaces)
    if question.kind == "end":
        return Change(kind="end", key=question.key, since=since)
    if question.kind == "set":
        return Change(kind="set", key=question.key, value=question.value, since=since)
    raise Malformed(f"没有“{question.kind}”这种变动", do="请从“制度”页重新进入。")


def since_of(text: str, *, at: datetime) -> datetime:
    """The first moment of a day; today means now, and a day that is over is refused: nothing is judged before its law."""
    if not text:
        return at
    try:
        moment = datetime.fromisoformat(text)
        day = (moment.astimezone(BEIJING) if moment.tzinfo else moment).date()
    except ValueError as error:
        raise Malformed("日期应写作 2026-11-01", do="请重新选择日期。") from error
    today = at.astimezone(BEIJING).date()
    if day < today:
        raise Malformed(
            f"施行的日期 {day} 已经过去", do="制度自启用之日起施行，不溯及以前；请选今天或者以后的日期。"
        )
    return at if day == today else datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def trial(asking: Asking, question: Question) -> TrialPage:
    """The head of a trial: what would change in the law itself, and how many rows there are to compare."""
    change = change_of(asking, question)
    packs = shelf_of(asking.office, change.key)
    try:
        shortened = shortens(agency_of(asking), change, packs=packs)
        total = trial_of(asking.officer.agency_id, change, packs=packs).total()
        problem = None
    except LiuhenError as error:
        shortened, total, problem = (), 0, str(error)
    return TrialPage(
        title=_title(asking, change), since=change.since, problem=problem, total=total,
        says=_says(shortened=bool(shortened)) if problem is None else "",
        shortened=[ShortenedShown(told=c.told, before=c.before, after=c.after) for c in shortened],
        part_url=f"/rules/trial/part?{question.query()}", actions=_actions(asking, question, problem=problem),
    )  # fmt: skip


def part(asking: Asking, question: Question, place: str) -> TrialPart:
    """Compare the next rows. `place` is the one the part before gave."""
    change = change_of(asking, question)
    whole = trial_of(asking.officer.agency_id, change, packs=shelf_of(asking.office, change.key))
    found: Part = whole.part(_place(place), at=max(asking.at, change.since), size=_SIZE)
    following = f"{found.next.kind}.{found.next.after or ''}" if found.next else None
    return TrialPart(compared=found.compared, rows=[_row(row) for row in found.changes], next=following)


def _place(text: str) -> Place:
    if not text:
        return Place()
    kind, _, after = text.partition(".")
    try:
        if kind in _PAGES:
            return Place(kind, UUID(after) if after else None)
    except ValueError:
        pass
    raise Malformed("续页的标记无效", do="请重新试算。")


def _title(asking: Asking, change: Change) -> str:
    if change.kind == "set":
        return f"试算：把“{_label(asking, change.key)}”定为 {setting_word(change.value)}"
    if change.kind == "end":
        return f"试算：终止《{_name(asking, change.key)}》"
    instead = "、".join(f"《{_name(asking, key)}》" for key in change.replaces)
    return f"试算：启用《{_name(asking, change.key)}》" + (f"，代替{instead}" if instead else "")


def _name(asking: Asking, key: str) -> str:
    """The title of a pack; its key where it is not on the shelf any more."""
    try:
        return loaded(asking, key)[1].head.title
    except LiuhenError:
        return key


def _label(asking: Asking, key: str) -> str:
    law = asking.law_or_none
    settings = [setting for pack in law.packs for setting in pack.settings] if law else []
    return next((setting.label for setting in settings if setting.key == key), key)


def _says(*, shortened: bool) -> str:
    if shortened:
        return (
            "这项变动会缩短保存期限。须由法制审核人员提出、另一人（机关负责人）批准，批准之前不生效；已有资料仍保存到原定的日期，"
            "缩短要另行逐件批准。"
        )
    return "这项变动不缩短任何一类音像记录的保存期限，法制审核人员一人即可办理。"


def _actions(asking: Asking, question: Question, *, problem: str | None) -> list[Action]:
    if problem is not None or not asking.can("pack.activate"):
        return []
    forms = {
        "activate": ("启用", f"/rules/activation?key={question.key}&replaces={question.replaces}"),
        "end": ("终止施行", f"/rules/ending?key={question.key}"),
        "set": ("更改设定", f"/rules/setting?key={question.key}&value={question.value}"),
    }
    label, url = forms[question.kind]
    return [Action(key="adopt", label=label, main=True, form_url=url)]


# ── 逐行 ───────────────────────────────────────────────────


def _row(row: RowChange) -> TrialRow:
    place = _PAGES[row.kind]
    return TrialRow(
        kind=NAMES[row.kind], number=row.number, to=place if row.kind in _WITHOUT_PAGE else f"{place}/{row.id}", turns=[_turn(turn) for turn in row.outcome.turns],
        shift=_shift(row.outcome.shift) if row.outcome.shift else None,
    )  # fmt: skip


def _turn(turn: Turn) -> TurnShown:
    gone = State(label="不判断")
    return TurnShown(
        before=verdict(turn.before.value) if turn.before else gone, after=verdict(turn.after.value) if turn.after else gone,
        cite=cite(turn.cite), says=turn.says, why=turn.why,
    )  # fmt: skip


def _shift(shift: Shift) -> ShiftShown:
    return ShiftShown(
        direction=_direction(shift), before=_kept(shift.before), after=_kept(shift.after), promised=_promised(shift.promised)
    )  # fmt: skip


def _direction(shift: Shift) -> Literal["shorter", "longer", "fixed", "open"]:
    if shift.is_shortened:
        return "shorter"
    if shift.after is None or shift.after.rank == "undecided":
        return "open"
    return "longer" if shift.before and shift.before.rank != "undecided" else "fixed"


def _kept(keeping: Keeping | None) -> str:
    if keeping is None:
        return "没有规定"
    return shown(keeping.until) if keeping.until else keeping.label


def _promised(promise: Promise | None) -> str | None:
    if promise is None:
        return None
    return shown(promise.until) if promise.until else RANK_LABELS[promise.rank]
