"""期限 (deadline): from one moment on, something must be done within a time. Reliefs start the clock elsewhere."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from liuhen.engines.rules.conditions import When, all_hold
from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.verdicts import Finding, Verdict, breached, met, pending, unknown
from liuhen.kernel.citations import Citation
from liuhen.kernel.clock import aware
from liuhen.kernel.months import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """An easing of a deadline: it applies where it is claimed and its condition holds."""

    clause: str
    when: When
    says: str
    since: FactPath
    until: FactPath | None = None
    within: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """期限：自某一时刻起，须在限期内完成某事。"""

    since: FactPath
    until: FactPath
    within: Period
    relief: tuple[Relief, ...] = ()
    mend: str = "请尽快补办，并书面说明迟延原因。"
    cites: tuple[tuple[str, Citation], ...] = field(default=(), metadata={"given": True})

    @property
    def subject(self) -> str:
        return self.until.subject

    @property
    def slot(self) -> tuple[object, ...]:
        return self.since, self.until

    @property
    def reads(self) -> tuple[FactPath, ...]:
        eased = (c.fact for r in self.relief for c in r.when)
        moments = (path for r in self.relief for path in (r.since, r.until) if path)
        return self.since, self.until, *eased, *moments

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        start, done = self.since.of(facts), self.until.of(facts)
        if start is None:
            if done is None and self.since.subject != "recording":
                return pending("{}尚未发生", self.since.says)
            return unknown("缺少{}，无从起算", self.since.says, mend=f"请补登{self.since.says}。")
        found = self._within(self, start, done, now)
        if found.verdict is Verdict.MET:
            return found
        relief = next((r for r in self.relief if all_hold(r.when, facts)), None)
        if relief is None:
            return found
        eased = self._relieved(relief, facts, now)
        return found if _is_stricter(eased, than=found) else eased

    def _relieved(self, relief: Relief, facts: Facts, now: datetime) -> Finding:
        start = relief.since.of(facts)
        if start is None:
            return unknown(
                "主张“{}”，但缺少{}，无从起算", relief.says, relief.since.says,
                mend=f"请补登{relief.since.says}。",
            )  # fmt: skip
        eased = replace(
            self, since=relief.since, until=relief.until or self.until, within=relief.within or self.within
        )
        found = self._within(eased, start, eased.until.of(facts), now)
        return found._replace(cite=dict(self.cites).get(relief.clause))

    @staticmethod
    def _within(rule: "Deadline", start: datetime, done: datetime | None, now: datetime) -> Finding:
        end = rule.within.after(start)
        facts: tuple[object, ...] = rule.since.says, start
        if done is None:
            told, facts = "{}为 {}，应于 {} 前完成（{}），", (*facts, end, rule.within)
            if now <= end:
                return pending(told + "尚未完成", *facts, turns_at=end)
            return breached(told + "至今未完成，已逾期 {}", *facts, now - end, mend=rule.mend)
        told, facts = "{}为 {}，{}为 {}，", (*facts, rule.until.says, done)
        if done <= end:
            return met(told + "在 {} 之内", *facts, rule.within)
        return breached(told + "超过 {}，迟 {}", *facts, rule.within, aware(done) - end, mend=rule.mend)

    def combine(self, other: "Deadline") -> "Deadline":
        """The shorter term binds; a relief helps only where both laws give it."""
        start = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
        shorter, longer = sorted((self, other), key=lambda rule: rule.within.after(start))
        shared = tuple(r for r in shorter.relief if any(r.when == o.when for o in longer.relief))
        return replace(shorter, relief=shared)


def _is_stricter(eased: Finding, *, than: Finding) -> bool:
    """A relief only eases: a clock that still runs is not cut short by it, nor by what is not yet known of it."""
    if than.verdict is not Verdict.PENDING:
        return False
    if eased.verdict is Verdict.PENDING:
        return eased.turns_at is not None and than.turns_at is not None and eased.turns_at < than.turns_at
    return eased.verdict is not Verdict.MET
