"""What the page 上报关联 answers: the line to the platform as it stands, and each recording with where it stands there."""

from datetime import datetime

from liuhen.interfaces.api.shapes import Action, Link, Shape, State


class OutwardRow(Shape):
    """One recording: waiting to be handed over, handed over, or with the platform's number."""

    id: str
    number: str
    to: str
    activity: str
    case: str
    state: State
    handover: str
    reference: str
    at: datetime | None
    manifest: Link | None
    table: Link | None
    actions: list[Action]


class OutwardLine(Shape):
    """The way to the platform: where to, how, what was sent last, what is open, and what goes wrong."""

    platform: str
    says: str
    waiting: int
    open: int
    last: str
    trouble: str
    actions: list[Action]
