"""禁止 (prohibition): what must not be: acts on footage or devices, categories outside the scope, conduct people answer for."""

from dataclasses import dataclass, replace
from datetime import datetime

from liuhen.engines.rules.conditions import When, all_hold
from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.verdicts import Finding, breached, exempt, met, unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Prohibition:
    """禁止：查有所列情形的，不符合；`unless` 成立的，依规免除。

    `suspected` 的只是迹象：列出来请人核实，结论是无法判定，不由软件认定。
    """

    found: FactPath
    acts: frozenset[str]
    unless: When = ()
    suspected: bool = False
    mend: str = "请立即停止，报告负责人，由有权的部门核查处理。"

    @property
    def subject(self) -> str:
        return self.found.subject

    @property
    def slot(self) -> tuple[object, ...]:
        return self.found, self.suspected

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return self.found, *(condition.fact for condition in self.unless)

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        value = self.found.of(facts)
        if value is None:
            return unknown("不知道{}", self.found.says, mend=f"请登记{self.found.says}。")
        present = self.acts & (frozenset((value,)) if isinstance(value, str) else value)
        labels = tuple(sorted(self.found.label(word) for word in present))
        if not labels:
            return met("{}中没有所列情形", self.found.says)
        if self.unless and all_hold(self.unless, facts):
            return exempt("{}，已依规说明或者批准", labels)
        if self.suspected:
            return unknown("发现疑点：{}，尚待核实", labels, mend=self.mend)
        return breached("有所列情形：{}", labels, mend=self.mend)

    def combine(self, other: "Prohibition") -> "Prohibition":
        """Everything either forbids; an exception helps only where both laws give it."""
        shared = self.unless if self.unless == other.unless else ()
        return replace(self, acts=self.acts | other.acts, unless=shared)
