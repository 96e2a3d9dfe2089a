"""保存期限 (keeping_period): one class of recordings and how long it must be kept at least."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.verdicts import Finding, breached, met, unknown
from liuhen.kernel.months import Period

Rank = Literal["until", "undecided", "held", "long_term", "permanent"]
RANKS: tuple[Rank, ...] = ("until", "undecided", "held", "long_term", "permanent")


class Term(NamedTuple):
    """Until when; `until` is None for every rank but the first. `reason` is a plain sentence."""

    rank: Rank
    until: datetime | None
    reason: str

    @property
    def weight(self) -> tuple[int, datetime | None]:
        """Terms of one rank are compared by date; a date never beats a rank above it."""
        return RANKS.index(self.rank), self.until


def longer(one: Term, other: Term) -> Term:
    """The longer of two terms; the first where they are equal."""
    (a, until), (b, other_until) = one.weight, other.weight
    if a != b:
        return one if a > b else other
    return other if until and other_until and other_until > until else one


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One term of a class: so long from a moment. Without `keep` the office has still to decide."""

    since: FactPath
    keep: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingPeriod:
    """保存期限：永久、长期，或者各项期限中最迟的一日；起点未到的，期限不届满。"""

    label: str
    forever: Literal["", "permanent", "long_term", "held", "undecided"] = ""
    term: tuple[Counted, ...] = ()

    @property
    def subject(self) -> str:
        return "recording"

    @property
    def slot(self) -> tuple[object, ...]:
        return (self.label,)

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return *(t.since for t in self.term), _DISPOSED

    def until(self, facts: Facts) -> Term:
        """How long a recording of this class is kept, at least."""
        if self.forever:
            return Term(self.forever, None, self.label)
        ends, told = [], []
        for term in self.term:
            start = term.since.of(facts)
            if term.keep is None:
                return Term("undecided", None, f"{self.label}：本机关尚未确定期限")
            if start is None:
                return Term("undecided", None, f"{self.label}：{term.since.says}未到或者不明，期限不起算")
            ends.append(term.keep.after(start))
            told.append(f"{term.since.says}起 {term.keep}")
        return Term("until", max(ends), f"{self.label}：" + "，并不早于".join(told))

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        disposed, term = _DISPOSED.of(facts), self.until(facts)
        if disposed is None:
            return met("{}，仍在保存", term.reason)
        if self.forever or any(t.keep is None for t in self.term):
            return breached("{}，却已于 {} 销毁", term.reason, disposed, mend=_ALARM)
        if term.until is None:
            return unknown("{}；已于 {} 销毁，不能核对", term.reason, disposed, mend="请补登起算的时间。")
        if disposed < term.until:
            return breached("{}，应保存至 {}，却已于 {} 销毁", term.reason, term.until, disposed, mend=_ALARM)
        return met("{}，期满后于 {} 销毁", term.reason, disposed)

    def combine(self, other: "KeepingPeriod") -> "KeepingPeriod":
        """The longest keeping binds: an endless class beats a counted one; counted ones join their terms."""
        if self.forever or other.forever:
            return max(self, other, key=lambda k: RANKS.index(k.forever or "until"))
        return replace(self, term=self.term + tuple(t for t in other.term if t not in self.term))


_DISPOSED = FactPath("recording", "disposed_at")
_ALARM = "请立即报告负责人，核查销毁清单，并从备份中寻找副本。"
