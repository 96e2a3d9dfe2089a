"""What the pages of 销毁 answer: the lists with where they stand, and one list with its steps, items and people."""

from datetime import datetime

from liuhen.interfaces.api.shapes import Fact, Head, Link, Rail, Shape, State


class DisposalRow(Shape):
    """One list: how much, drawn by whom, where it stands."""

    id: str
    number: str
    to: str
    count: int
    size: str
    drawn_by: str
    drawn_at: datetime
    recover_until: datetime | None
    state: State


class DisposalStep(Shape):
    """One step of a list: what, by whom, when; empty while it is to come."""

    title: str
    who: str
    at: datetime | None
    says: str
    state: State


class DisposalItemShown(Shape):
    """One recording of a list and what became of it."""

    number: str
    to: str
    size: str
    until: datetime
    reason: str
    sha256: str
    in_sample: bool
    state: State


class DisposalPage(Shape):
    """One list from drawing to certificate."""

    head: Head
    says: str
    facts: list[Fact]
    steps: list[DisposalStep]
    items: list[DisposalItemShown]
    certificate: Link | None
    rail: Rail
