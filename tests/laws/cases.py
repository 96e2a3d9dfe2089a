"""Reads the cases of the law: tests/laws/<pack>/<rule-id>.toml, each [[case]] a situation and the verdict it must get.

A case names what it knows under `recording`, `activity`, `case_` and the other subjects; what it does not name is not known.
Spans are written [start, end]. `clause` names the clauses it is a case of (else its rule's own), `reading` the reading it
shows. Beside `expect` a case may state what the reason says, until when a recording is kept, what is missing on the
timeline, and, for guidance, at which page (`at`) which words (`shows`) are shown.
"""

import tomllib
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from liuhen.engines.rules import combine_packs, load_pack
from liuhen.engines.rules.facts import SCHEMA, SUBJECTS, ExemptionFacts, Facts, InterruptionFacts
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.kernel.spans import Span

LAWS = Path(__file__).parent
PACKS = LAWS.parents[1] / "rulepacks"
NOT_APPLICABLE = "不适用"

_ASIDE = {
    "name", "now", "expect", "because", "until", "rank", "missing", "settings", "clause", "reading", "at", "shows",
}  # fmt: skip


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
                subject = key.removesuffix("_")
                found[subject] = facts_of(SUBJECTS[subject], value)
        return Facts(**found)

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses it is a case of; without a word, the clause of its rule."""
        named = self.table.get("clause", self.law.clause)
        return (named,) if isinstance(named, str) else tuple(named)

    @property
    def law(self) -> Rule:
        """The rule it is a case of."""
        return next(rule for rule in self.rulebook.packs[0].rules if rule.id == self.rule)

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
    """The pack with every rule judged, also those whose facts no room fills yet."""
    return combine_packs([load_pack(PACKS / pack, settings=dict(settings))], unfilled=True)


def facts_of(shape: type, table: dict[str, Any]) -> Any:
    """The facts of a table; a fact that does not exist is an error of the case."""
    names = {f.name for f in fields(shape)}
    assert not table.keys() - names, f"没有这些事实：{table.keys() - names}"
    return shape(**{name: _value(name, value) for name, value in table.items()})


def _value(name: str, value: Any) -> Any:
    if name in ("span", "stated", "recorded") and _is_moment(value):
        return Span(*value)
    if name == "recorded" and _is_spans(value):
        return tuple(Span(*pair) for pair in value)
    if name == "interruptions":
        return tuple(facts_of(InterruptionFacts, item) for item in value)
    if name == "exemption":
        return facts_of(ExemptionFacts, value)
    if isinstance(value, list):
        is_set = any(p.endswith("." + name) and SCHEMA[p].type == "set" for p in SCHEMA)
        return frozenset(value) if is_set else tuple(value)
    return value


def _is_moment(value: list[Any]) -> bool:
    """`document.recorded` is one span, `activity.recorded` many, `case.recorded` a set of codes."""
    return bool(value) and isinstance(value[0], datetime)


def _is_spans(value: list[Any]) -> bool:
    return all(isinstance(item, list) for item in value)


def every_case() -> list[Case]:
    """All cases on disk, in the order of the files."""
    found = []
    for file in sorted(LAWS.glob("*/*.toml")):
        top = tomllib.loads(file.read_text(encoding="utf-8"))
        assert set(top) == {"case"}, f"{file} 里只能有 [[case]]"
        found += [Case(file.parent.name, file.stem, table) for table in top["case"]]
    return found
