"""What the pages of 受理登记 answer."""

from datetime import datetime

from liuhen.interfaces.api.shapes import Fact, Head, Rail, RecordingRow, Shape, State


class IntakeRow(Shape):
    """One intake in the list."""

    id: str
    number: str
    sort: str
    subject: str
    place: str
    received_at: datetime
    person: str
    leads_to: str
    state: State


class NearRecording(Shape):
    """A recording that ran then, and how it fits the moment and the place."""

    recording: RecordingRow
    says: str


class IntakePage(Shape):
    """One intake: what was told, what was done, what an outside system said anew, and what was filmed then and there."""

    head: Head
    facts: list[Fact]
    content: str
    steps: list[Fact]
    changes: list[Fact]
    near_says: str
    near: list[NearRecording]
    rail: Rail
