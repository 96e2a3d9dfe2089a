"""What the pages of one device and of the equipment answer: the same plain tables, each with what may be done."""

from datetime import datetime

from liuhen.interfaces.api.shapes import (
    Action,
    Cite,
    Fact,
    Figure,
    Guided,
    Head,
    Link,
    Option,
    Rail,
    Shape,
    State,
)


class LedgerRow(Shape):
    """One line of a register; `cells` stand under the section's columns."""

    id: str
    cells: list[str]
    state: State | None
    to: str | None
    actions: list[Action]


class LedgerSection(Shape):
    """One register as a table."""

    key: str
    title: str
    says: str
    columns: list[str]
    rows: list[LedgerRow]
    actions: list[Action]


class DriftPoint(Shape):
    """How far a device's clock was out when it was docked: positive is fast."""

    at: datetime
    seconds: float
    is_bad: bool


class DevicePage(Shape):
    head: Head
    rail: Rail
    facts: list[Fact]
    drift: list[DriftPoint]
    drift_says: str
    sections: list[LedgerSection]
    slip: Link | None


class EquipmentPage(Shape):
    says: str
    rates: list[Figure]
    actions: list[Action]
    sections: list[LedgerSection]


class LoanSlip(Shape):
    """The slip of a hand-out, to be printed and signed."""

    title: str
    number: str
    facts: list[Fact]
    checks: list[Fact]
    says: str


class BoardDevice(Shape):
    """A device on the board of the morning: what a scanner may read of it, and why it cannot go out."""

    id: str
    number: str
    serial: str
    kind: str
    state: State
    unavailable: str | None


class BoardPerson(Shape):
    id: str
    number: str
    name: str
    holds: int


class HandOutBoard(Shape):
    devices: list[BoardDevice]
    people: list[BoardPerson]
    lines: list[Option]
    purposes: list[str]
    due_at: datetime
    cite: Cite | None
    guidance: list[Guided]
    overdue: list[LedgerRow]


class ImportDesk(Shape):
    columns: list[str]
    says: str


class ImportRow(Shape):
    """One row of a list and what would become of it."""

    number: int
    cells: list[str]
    state: State
    wrong: str


class ImportPreview(Shape):
    says: str
    may_import: bool
    rows: list[ImportRow]
