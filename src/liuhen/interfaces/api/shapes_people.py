"""Shapes of the pages of people, posts and accounts."""

from typing import Any

from liuhen.interfaces.api.shapes import Action, Fact, Head, Link, Rail, Shape, State
from liuhen.interfaces.api.shapes_devices import LedgerSection


class KeyRow(Shape):
    """One passkey of one's own."""

    id: str
    name: str
    says: str
    actions: list[Action]


class KeyQuestion(Shape):
    """What the browser is asked, in the form of WebAuthn: bytes in base64url."""

    options: dict[str, Any]


class SentTo(Shape):
    url: str


class AccountPage(Shape):
    says: str
    facts: list[Fact]
    state: State
    is_paired: bool
    must_choose: bool
    must_pair: bool
    actions: list[Action]
    keys: list[KeyRow]
    offers_keys: bool


class PairingShown(Shape):
    """Shown once, on the person's own screen: the code to be scanned, and the same for typing."""

    picture: str
    seed: str


class PersonRow(Shape):
    id: str
    name: str
    number: str
    unit: str
    roles: list[str]
    card: str
    state: State
    account: State


class PersonPage(Shape):
    head: Head
    facts: list[Fact]
    posts: list[LedgerSection]
    rail: Rail


class PostsPage(Shape):
    """Which posts the law in force needs, who holds them, who may hold several; and who stands behind a right."""

    says: str
    facts: list[Fact]
    sections: list[LedgerSection]
    actions: list[Action]
    crumbs: list[Link]


class RightLine(Shape):
    does: str
    may: State
    why: str


class RightsPage(Shape):
    """Why one person may do what with one thing, action by action."""

    title: str
    says: str
    lines: list[RightLine]
