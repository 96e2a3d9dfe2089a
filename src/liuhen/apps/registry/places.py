"""Where things belong: what `allow` and the lists look at."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing belongs: agency, path of the unit, and who takes part in it."""

    agency: UUID
    path: str
    officers: frozenset[UUID] = frozenset()
    thing: UUID | None = None


class Placed(Protocol):
    """A row that can say where it belongs."""

    def place(self) -> Place: ...
