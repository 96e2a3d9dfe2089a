"""What the pages of linking answer: the queue, one shift's sheet, and the links on a recording's page."""

from datetime import datetime

from liuhen.interfaces.api.shapes import Action, Deadline, Link, SaidReason, Shape, State


class BestGuess(Shape):
    """The first suggestion, with what speaks for and against it."""

    activity: Link
    number: str
    when: str
    likelihood: State
    reasons: list[SaidReason]


class LinkingRow(Shape):
    """One recording in the queue: where its wait stands, by when, and what is offered."""

    id: str
    number: str
    started_at: datetime | None
    officer: str
    device: str
    end: State
    deadline: Deadline | None
    guess: BestGuess | None
    says: str
    actions: list[Action]


class Shift(Shape):
    """What one person recorded on one day and nobody has linked."""

    key: str
    officer: str
    day: str
    count: int
    overdue: int
    sheet_url: str


class Shifts(Shape):
    says: str
    shifts: list[Shift]


class SheetLine(Shape):
    """One recording of a shift; `activity` is what a tick would link it to."""

    recording: str
    number: str
    when: str
    thumbnail: str | None
    activity: str | None
    guess: BestGuess | None
    unavailable: str | None


class ShiftSheet(Shape):
    title: str
    intro: str
    url: str
    lines: list[SheetLine]


class Confirmed(Shape):
    recording: str
    number: str
    ok: bool
    says: str


class Confirmation(Shape):
    """What became of each line: one act each, so that one refusal stops no other."""

    said: str
    lines: list[Confirmed]
