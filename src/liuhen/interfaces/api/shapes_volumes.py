"""What the pages of 案卷 and 光盘 are told."""

from datetime import datetime

from liuhen.interfaces.api.shapes import Action, Fact, GateLine, Head, Link, Rail, Shape, State


class VolumeRow(Shape):
    """One volume in the list."""

    id: str
    number: str
    to: str
    title: str
    case: str
    unit: str
    officer: str
    at: datetime
    due_at: datetime | None
    state: State


class VolumeLine(Shape):
    """One line of the catalogue."""

    key: str
    place: int
    sort: str
    number: str
    title: str
    responsible: str
    date: str
    pages: str
    note: str
    to: str | None
    actions: list[Action]


class TimesLine(Shape):
    """One paper and what was filmed beside it: both spans, and whether they agree."""

    title: str
    to: str
    stated: str
    recorded: str
    state: State


class VolumeStepShown(Shape):
    title: str
    who: str
    at: datetime
    says: str


class CheckShown(Shape):
    """One check of the four properties."""

    code: str
    says: str
    state: State
    details: list[str]


class PropertyShown(Shape):
    """One examination: when, with what result, each check, and the file a program reads."""

    title: str
    at: datetime
    state: State
    checks: list[CheckShown]
    file: Link


class DiscShown(Shape):
    """One disc of a set: which copy, where it lies, how it was read back."""

    number: str
    says: str
    state: State
    actions: list[Action]


class DiscSetShown(Shape):
    """One set of discs: what is on it, its label, its image, its discs."""

    id: str
    number: str
    title: str
    state: State
    label: list[Fact]
    recordings: list[Link]
    files: list[Link]
    discs: list[DiscShown]
    actions: list[Action]


class VolumePage(Shape):
    """One volume from its opening to the shelf."""

    head: Head
    says: str
    facts: list[Fact]
    obstacles: list[GateLine]
    catalogue: list[VolumeLine]
    is_open: bool
    times: list[TimesLine]
    steps: list[VolumeStepShown]
    properties: list[PropertyShown]
    remarks: list[Fact]
    discs: list[DiscSetShown]
    print: Link
    rail: Rail
