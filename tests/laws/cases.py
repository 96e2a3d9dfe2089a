"""Reads the cases of the law: tests/laws/<pack>/<rule-id>.toml, each [[case]] a situation and the verdict it must get.

A case names what it knows under `recording`, `activity`, `device_loan`, `case_` or `approval`; what it does not name is not
known. Spans are written [start, end]. Beside `expect` a case may state what the reason says, until when a recording is kept,
and what is missing on the timeline.
"""

import tomllib
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from liuhen.engines.rules import combine_packs, load_pack
from liuhen.engines.rules.facts import (
    SCHEMA,
    ActivityFacts,
    ApprovalFacts,
    CaseFacts,
    DeviceLoanFacts,
    ExemptionFacts,
    Facts,
    InterruptionFacts,
    RecordingFacts,
)
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.spans import Span

LAWS = Path(__file__).parent
PACKS = LAWS.parents[1] / "rulepacks"
NOT_APPLICABLE = "不适用"

_SUBJECTS: dict[str, tuple[str, type]] = {
    "recording": ("recording", RecordingFacts),
    "activity": ("activity", ActivityFacts),
    "device_loan": ("device_loan", DeviceLoanFacts),
    "case_": ("case", CaseFacts),
    "approval": ("approval", ApprovalFacts),
}
_ASIDE = {"name", "now", "expect", "because", "until", "rank", "missing", "settings"}


@dataclass(frozen=True)
class Case:
    """One situation under one rule."""

    pack: str
    rule: str
    table: dict[str, Any]

    @property
    def id(self) -> str:
        return f"{self.pack}/{self.rule}: {self.table['name']}"

    @property
    def facts(self) -> Facts:
        found = {}
        for key, value in self.table.items():
            if key not in _ASIDE:
                subject, shape = _SUBJECTS[key]
                found[subject] = facts_of(shape, value)
        return Facts(**found)

    @property
    def now(self) -> datetime:
        now = self.table["now"]
        assert isinstance(now, datetime)
        return now

    @property
    def rulebook(self) -> Rulebook:
        return rulebook(self.pack, tuple(self.table.get("settings", {}).items()))


@cache
def rulebook(pack: str, settings: tuple[tuple[str, str], ...] = ()) -> Rulebook:
    return combine_packs([load_pack(PACKS / pack, settings=dict(settings))])


def facts_of(shape: type, table: dict[str, Any]) -> Any:
    """The facts of a table; a fact that does not exist is an error of the case."""
    names = {f.name for f in fields(shape)}
    assert not table.keys() - names, f"没有这些事实：{table.keys() - names}"
    return shape(**{name: _value(name, value) for name, value in table.items()})


def _value(name: str, value: Any) -> Any:
    if name == "span":
        return Span(*value)
    if name == "recorded":
        return tuple(Span(*pair) for pair in value)
    if name == "interruptions":
        return tuple(facts_of(InterruptionFacts, item) for item in value)
    if name == "exemption":
        return facts_of(ExemptionFacts, value)
    if isinstance(value, list):
        is_set = any(p.endswith("." + name) and SCHEMA[p].type == "set" for p in SCHEMA)
        return frozenset(value) if is_set else tuple(value)
    return value


def every_case() -> list[Case]:
    """All cases on disk, in the order of the files."""
    found = []
    for file in sorted(LAWS.glob("*/*.toml")):
        top = tomllib.loads(file.read_text(encoding="utf-8"))
        assert set(top) == {"case"}, f"{file} 里只能有 [[case]]"
        found += [Case(file.parent.name, file.stem, table) for table in top["case"]]
    return found
