"""Who acts. Every action names its `Actor`; the journal keeps the id, never the name."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

ActorKind = Literal["officer", "station", "outside", "system", "operator"]


@dataclass(frozen=True, slots=True)
class Actor:
    """An officer, a docking station, another office's system, the house itself, or the operator at the machine's own terminal.

    `origin` says from where (网页 127.0.0.1, 采集站 A-01): it goes into the line.
    """

    kind: ActorKind
    id: UUID
    origin: str = ""


NOBODY = UUID(int=0)
SYSTEM = Actor("system", NOBODY, "系统")
OPERATOR = Actor("operator", NOBODY, "本机终端")
