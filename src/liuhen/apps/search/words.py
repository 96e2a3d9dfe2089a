"""What a thing says of itself to the index, and whose scope a question is asked in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Words:
    """What may be found of one thing, and from where it may be seen.

    `page` is the thing whose page shows it; `officers` those whose own it is; `path` the unit, top down. `circle` are those who
    alone may know that it exists, where that is narrowed; it holds for everything that stands on the same page.
    """

    kind: str
    thing: UUID
    agency: UUID
    path: str
    at: datetime
    number: str
    title: str
    text: str = ""
    officers: frozenset[UUID] = frozenset()
    page: UUID | None = None
    circle: frozenset[UUID] | None = None


class Findable(Protocol):
    """A row that can be found."""

    def words(self) -> Words: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """One part of the house in which a person may look: an agency, a unit and below, or one's own."""

    agency: UUID
    path: str = ""
    officer: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: where he may look for this kind, and where he knows by his post of what is narrowed to a circle."""

    officer: UUID
    scopes: tuple[Scope, ...]
    knows: tuple[Scope, ...] = ()


def joined(parts: Iterable[object]) -> str:
    """Parts of a text as one; what is empty leaves no gap."""
    return "，".join(str(part).strip() for part in parts if part and str(part).strip())
