"""指引 (guidance): what the regulation advises, defines or leaves to judgement, shown where it helps. Never judged."""

from dataclasses import dataclass, replace
from datetime import datetime

from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.verdicts import Finding

PLACES = {
    "rules": "制度",
    "case": "执法事项",
    "activity": "现场活动",
    "hand_out": "设备领用",
    "document": "文书",
    "recording": "音像资料",
    "workbench": "工作台",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """指引：可以、视情、原则和言行的条文，在用得着的页面上提示，不作判断。`at` 为页面。"""

    at: frozenset[str]

    @property
    def subject(self) -> str:
        return "guidance"

    @property
    def slot(self) -> tuple[object, ...]:
        return (self.at,)

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return ()

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        return None

    def combine(self, other: "Guidance") -> "Guidance":
        """Shown wherever either is."""
        return replace(self, at=self.at | other.at)
