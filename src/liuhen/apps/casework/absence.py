"""One thing that should be there and is not: what it is called by its cause, and how long nothing may be said yet."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from liuhen.apps.registry.models import Unit
from liuhen.apps.registry.permission import Place
from liuhen.engines.media.sequences import DOUBTS, SELECTED

Cause = Literal[
    "card", "sequence", "declared", "loan", "logged", "switched_off", "contradicted", "backdated", "inserted"
]
CAUSES: dict[Cause, str] = {
    "card": "卡上有而未到", "sequence": SELECTED, "declared": "申报而未收到", "loan": "领用后无记录",
    "logged": "日志记有而未到", "switched_off": "申报期间关机", "contradicted": "故障与日志不符",
    "backdated": DOUBTS["backdated"], "inserted": DOUBTS["inserted"],
}  # fmt: skip
PATIENCE = timedelta(days=1)
"""So long after an activity or a hand-out ended nothing is called absent: the card may still be on its way."""
READING = timedelta(hours=2)
"""So long a station may take to bring what it listed."""
MOST_DAYS = 93


@dataclass(frozen=True, slots=True)
class Absence:
    """One thing that should be there: what, why it is believed, since when, whose place it is, what to do next."""

    cause: Cause
    what: str
    why: str
    do: str
    since: datetime
    agency: UUID
    unit: Unit
    mark: str
    to: str = ""
    about: str = ""

    @property
    def id(self) -> UUID:
        """The same absence has the same key at each reading."""
        told = f"{self.agency}|{self.cause}|{self.mark}".encode()
        return UUID(bytes=hashlib.sha256(told).digest()[:16], version=5)

    def place(self) -> Place:
        return Place(self.agency, self.unit.path)
