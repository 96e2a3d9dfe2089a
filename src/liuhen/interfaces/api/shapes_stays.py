"""What the pages of 办案区停留 answer."""

from datetime import datetime

from liuhen.interfaces.api.shapes import Fact, Head, Rail, RecordingRow, Shape, State


class StayRow(Shape):
    """One stay in the list."""

    id: str
    number: str
    person: str
    where: str
    entered_at: datetime
    left_at: datetime | None
    missing: str
    state: State


class StayStepShown(Shape):
    """One step: where, from when to when, what of it no camera of the room recorded, and whether the room was ready."""

    label: str
    room: str
    starts_at: datetime
    ends_at: datetime | None
    says: str
    state: State
    gaps: list[str]
    recordings: list[RecordingRow]


class StayPage(Shape):
    head: Head
    facts: list[Fact]
    says: str
    steps: list[StayStepShown]
    rail: Rail
