"""What the pages of overseeing answer: examinations, liability facts, registers, statistics, alerts."""

from datetime import datetime
from typing import Literal

from liuhen.interfaces.api.shapes import (
    Action,
    Cite,
    Fact,
    Filter,
    Head,
    Link,
    Rail,
    Shape,
    State,
    Teach,
    Tone,
)


class ExaminationRow(Shape):
    id: str
    number: str
    title: str
    kind: str
    unit: str
    how: str
    due_at: datetime
    state: State


class DrawnRow(Shape):
    """One thing that was drawn: where it is, how it was ordered, how it was scored."""

    id: str
    order: int
    number: str
    says: str
    to: str | None
    key: str
    scores: list[State]
    actions: list[Action]


class RemarkShown(Shape):
    """A remark with what was answered; `to` leads to the second of the recording."""

    id: str
    sort: State
    says: str
    place: str
    to: str | None
    cite: Cite | None
    due_at: datetime | None
    state: State
    replies: list[Fact]
    actions: list[Action]


class ExaminationPage(Shape):
    head: Head
    facts: list[Fact]
    sheet: list[Fact]
    drawn: list[DrawnRow]
    remarks: list[RemarkShown]
    sample: Link | None
    rail: Rail


class LiabilityRow(Shape):
    id: str
    number: str
    acts: str
    officer: str
    unit: str
    stated_at: datetime
    state: State


class LiabilityPage(Shape):
    head: Head
    says: str
    facts: list[Fact]
    steps: list[Fact]
    rail: Rail


class Column(Shape):
    key: str
    label: str
    kind: Literal["text", "number", "moment"] = "text"


class SheetRow(Shape):
    """One row of a register: cells in the order of the columns, as people read them."""

    id: str
    to: str | None
    cells: list[str]
    tone: Tone = "plain"
    actions: list[Action]


class SheetPage(Shape):
    """A register, or the rows behind a figure: columns from its one definition, a page of rows, and the ways to take it along."""

    key: str
    title: str
    says: str
    columns: list[Column]
    rows: list[SheetRow]
    next: str | None
    count_label: str
    filters: list[Filter]
    actions: list[Action]
    downloads: list[Link]
    teach: Teach


class RegisterName(Shape):
    key: str
    title: str
    says: str
    group: str
    to: str


class RegistersPage(Shape):
    registers: list[RegisterName]


class FigureLine(Shape):
    """One indicator: formula, numerator, denominator, what was left out, and the rows behind each."""

    key: str
    group: str
    label: str
    value: str
    formula: str
    numerator: str
    denominator: str
    excluded: str
    as_of: str
    part: float | None
    to: str | None
    tone: Tone = "plain"


class BarShown(Shape):
    """One bar with the numbers beneath it; `long` is the frame and `filled` the part of it, none where they are not told."""

    label: str
    part: str
    whole: str
    rate: str
    long: float | None
    filled: float | None


class ChartShown(Shape):
    """One question of one person, and its bars."""

    key: str
    question: str
    asker: str
    part: str
    whole: str
    is_rate: bool
    bars: list[BarShown]
    total: BarShown


class StatisticsPage(Shape):
    says: str
    unit: str
    since: str
    until: str
    filters: list[Filter]
    figures: list[FigureLine]
    charts: list[ChartShown]
    reports: list[Fact]
    actions: list[Action]
    downloads: list[Link]


class AlertRow(Shape):
    key: str
    title: str
    what: str
    number: str
    due_at: datetime | None
    state: State
    to: str | None
    cite: Cite | None
    note: str


class AlertGroup(Shape):
    """Part of the list: what waits for a decision, what is over its term, what was told of others, the rest."""

    key: str
    title: str
    count: int
    rows: list[AlertRow]


class AlertsPage(Shape):
    """Everything that waits for this person today, the most urgent first; the same printed, with a place to sign that it was read."""

    says: str
    agency: str
    made_at: datetime
    groups: list[AlertGroup]
    teach: Teach
