"""一致 (same_times): two records of one event must state the same beginning and end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.verdicts import Finding, breached, exempt, met, unknown
from liuhen.kernel.clock import shown_length
from liuhen.kernel.months import Period

_MINUTE = Period(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class SameTimes:
    """一致：两份记录的起止时间应当相同，容差之内的不算不同；差异已经说明的，依规免除。"""

    one: FactPath
    other: FactPath
    explained: FactPath
    tolerance: Period = _MINUTE

    @property
    def subject(self) -> str:
        return self.one.subject

    @property
    def slot(self) -> tuple[object, ...]:
        return self.one, self.other

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return self.one, self.other, self.explained

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        one, other = self.one.of(facts), self.other.of(facts)
        if one is None or other is None:
            what = self.one.says if one is None else self.other.says
            return unknown("缺少{}，不能核对", what, mend=f"请补登{what}。")
        limit = timedelta(seconds=self.tolerance.seconds)
        apart = {"开始": abs(one.start - other.start), "结束": abs(one.end - other.end)}
        told = tuple(f"{name}相差 {shown_length(gap)}" for name, gap in apart.items() if gap > limit)
        if not told:
            return met("{}与{}一致", self.one.says, self.other.says)
        if self.explained.of(facts):
            return exempt("{}与{}不一致（{}），已书面说明", self.one.says, self.other.says, told)
        mend = "请核对设备时钟；签名之前更正文书，签名之后另附书面说明。"
        return breached("{}与{}不一致：{}", self.one.says, self.other.says, told, mend=mend)

    def combine(self, other: "SameTimes") -> "SameTimes":
        """The smaller tolerance."""
        return replace(self, tolerance=min(self.tolerance, other.tolerance, key=lambda p: p.seconds))
