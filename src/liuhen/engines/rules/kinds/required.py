"""必备 (required): what must be there before a moment: documents, fields, labels, numbers, register lines, roles, reports.

One kind for every list that must be complete; only the fact it looks at differs.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.kinds.lines import Need, joined
from liuhen.engines.rules.verdicts import Finding, breached, met, pending, unknown
from liuhen.kernel.citations import Citation
from liuhen.kernel.months import Period

_AT_ONCE = Period(seconds=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """必备：列出的各项到了时候都要有；`only` 的一项，在 `given` 里出现了才要。

    `found` is the set of what is there. From `by` on (and `within` after it) what is missing is 不符合; without `by` at once.
    """

    found: FactPath
    line: tuple[Need, ...]
    by: FactPath | None = None
    within: Period = _AT_ONCE
    given: FactPath | None = None
    mend: str = "请补齐所缺各项。"
    cites: tuple[tuple[str, Citation], ...] = field(default=(), metadata={"given": True})

    @property
    def subject(self) -> str:
        return self.found.subject

    @property
    def slot(self) -> tuple[object, ...]:
        return self.found, self.by, self.given

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return tuple(path for path in (self.found, self.by, self.given) if path)

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        found, needed = self.found.of(facts), self._needed(facts)
        if found is None or needed is None:
            what = self.found if found is None or self.given is None else self.given
            return unknown("没有{}", what.says, mend=f"请登记{what.says}。")
        missing = tuple(line for line in needed if line.code not in found)
        if not needed:
            return None
        if not missing:
            return met("{}的 {} 项齐全", self.found.says, len(needed))
        return self._missing(missing, facts, now)._replace(cite=dict(self.cites).get(missing[0].clause))

    def _needed(self, facts: Facts) -> tuple[Need, ...] | None:
        """The lines that apply; None where that depends on something unknown."""
        given = self.given.of(facts) if self.given else frozenset()
        if given is None:
            return None
        given = frozenset((given,)) if isinstance(given, str) else given
        return tuple(line for line in self.line if not line.only or line.only in given)

    def _missing(self, missing: tuple[Need, ...], facts: Facts, now: datetime) -> Finding:
        labels = tuple(line.label for line in missing)
        if self.by is None:
            return breached("缺：{}", labels, mend=self.mend)
        moment = self.by.of(facts)
        if moment is None:
            return pending("尚缺：{}", labels, mend=self.mend)
        due = self.within.after(moment)
        if now <= due and self.within != _AT_ONCE:
            return pending(
                "{}为 {}，应于 {} 前补齐：{}", self.by.says, moment, due, labels, turns_at=due, mend=self.mend
            )
        return breached("{}为 {}，仍缺：{}", self.by.says, moment, labels, mend=self.mend)

    def combine(self, other: "Required") -> "Required":
        """Every line of both, within the shorter time."""
        shorter = min((self.within, other.within), key=lambda p: (p.months, p.days, p.seconds))
        return replace(self, line=joined(self.line, other.line), within=shorter)
