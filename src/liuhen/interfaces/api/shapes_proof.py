"""What the page of proof answers: how far the journal is sealed and witnessed, by whom, and what goes there on paper."""

from datetime import datetime

from liuhen.interfaces.api.shapes import Action, Due, Fact, Link, Shape, State, Witness


class CheckpointRow(Shape):
    size: int
    at: datetime
    root: str
    signed_by: str
    witnesses: list[Witness]
    state: State
    downloads: list[Link]


class VerifyStep(Shape):
    says: str
    command: str | None = None


class VerifyWay(Shape):
    title: str
    steps: list[VerifyStep]


class WitnessRow(Shape):
    """One who vouches from outside, a witness or a time authority: how far, since when, what is in the way, what can be carried there."""

    key: str
    name: str
    state: State
    facts: list[Fact]
    downloads: list[Link]
    actions: list[Action]


class SlipCode(Shape):
    """One QR code as the squares to fill: a path within `side` by `side` modules, quiet zone included."""

    label: str
    side: int
    path: str


class SlipPage(Shape):
    """A sheet to print and carry to a witness."""

    title: str
    says: str
    facts: list[Fact]
    codes: list[SlipCode]
    download: Link


class ProofPage(Shape):
    standing: State
    says: str
    facts: list[Fact]
    due: Due | None
    silences: list[Fact]
    outside: list[WitnessRow]
    checkpoints: list[CheckpointRow]
    next: str | None
    verify: list[VerifyWay]
    promises_not: list[str]
    actions: list[Action]
