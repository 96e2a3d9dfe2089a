"""What the pages of what is absent, and of the stations, answer."""

from datetime import datetime

from liuhen.interfaces.api.shapes import Action, Link, Shape, State, Teach


class AbsenceRow(Shape):
    """One thing that should be there: what, why it is believed, since when, what to do; and what was said of it."""

    id: str
    cause: State
    what: str
    why: str
    do: str
    since: datetime
    unit: str
    to: str
    explained: str | None
    actions: list[Action]


class CardShown(Shape):
    """A list of one card as its station signed it, and how much of it came."""

    id: str
    listed_at: datetime
    device: str
    officer: str
    listed: int
    received: int
    missing: int
    size_bytes: int
    clock: State
    state: State


class ReportShown(Shape):
    """What a station refused and told of."""

    id: str
    what: State
    detail: str
    noticed_at: datetime


class StationShown(Shape):
    id: str
    name: str
    unit: str
    state: State
    clearing: State
    way: State
    lock: State
    clock: str
    reports: list[ReportShown]
    cards: list[CardShown]
    missing: Link | None
    actions: list[Action]


class StationsPage(Shape):
    stations: list[StationShown]
    teach: Teach | None
