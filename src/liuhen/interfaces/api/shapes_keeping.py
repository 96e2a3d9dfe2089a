"""What the pages of 保存处置 answer: the calendar of what falls due, recordings with how long they are kept, and holds."""

from datetime import datetime

from liuhen.interfaces.api.shapes import Action, Fact, Link, Shape, State


class MonthDue(Shape):
    """What falls due in one month; `to` lists it."""

    month: str
    count: int
    size: str
    to: str
    tone: str


class KeepingCalendar(Shape):
    """What may be proposed for disposal now, what falls due month by month, and what has no end."""

    says: str
    facts: list[Fact]
    months: list[MonthDue]
    links: list[Link]


class KeepingRow(Shape):
    """One recording and how long it is kept, with the reason and its article."""

    id: str
    number: str
    to: str
    unit: str
    case: str
    state: State
    until: datetime | None
    reason: str
    shorter: datetime | None
    actions: list[Action]


class HoldRow(Shape):
    """One hold: over what, in which matter, whose, why, and how it ended."""

    id: str
    number: str
    to: str
    subject: str
    matter: str
    reference: str
    authority: str
    reason: str
    placed: str
    placed_at: datetime
    count: int
    state: State
    actions: list[Action]


class HeldShown(Shape):
    """The holds over one thing, and the act of placing another."""

    rows: list[HoldRow]
    says: str
    actions: list[Action]
