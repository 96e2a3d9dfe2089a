"""A grant: what an approval gave to one person, for one purpose, for some time.

Made by the access room, passed by interfaces into `allow` and `visible_to`; those only compare.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Grant:
    """`action` on exactly `objects`, by `holder`, within [opens, closes), resting on `approval`."""

    holder: UUID
    action: str
    objects: frozenset[UUID]
    opens: datetime
    closes: datetime
    approval: str

    def covers(self, *, holder: UUID, action: str, thing: UUID, at: datetime) -> bool:
        """True only where person, action, object and moment all fit."""
        fits = self.holder == holder and self.action == action and thing in self.objects
        return fits and self.opens <= at < self.closes
