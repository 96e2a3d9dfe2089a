"""次序 (sequence): steps that must all be done, each after those before it."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.kinds.lines import Need, joined
from liuhen.engines.rules.verdicts import Finding, breached, met, pending, unknown
from liuhen.kernel.citations import Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """次序：各步依次办理，前一步没有办的不得办后一步；`only` 的一步，在 `given` 里出现了才要。

    `done` lists the steps in the order they were taken; from `by` on a step that is missing is 不符合.
    """

    done: FactPath
    step: tuple[Need, ...]
    by: FactPath
    given: FactPath | None = None
    mend: str = "请补办所缺的一步，并书面说明原因。"
    cites: tuple[tuple[str, Citation], ...] = field(default=(), metadata={"given": True})

    @property
    def subject(self) -> str:
        return self.done.subject

    @property
    def slot(self) -> tuple[object, ...]:
        return self.done, self.by

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return self.done, self.by, *((self.given,) if self.given else ())

    def asked(self, facts: Facts) -> tuple[Need, ...] | None:
        """The steps that apply; None where that depends on something unknown."""
        given = self.given.of(facts) if self.given else frozenset()
        if given is None:
            return None
        return tuple(step for step in self.step if not step.only or step.only in given)

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        done, steps = self.done.of(facts), self.asked(facts)
        if done is None or steps is None:
            what = self.given if self.given and steps is None else self.done
            return unknown("没有{}", what.says, mend=f"请登记{what.says}。")
        missing = tuple(step for step in steps if step.code not in done)
        if skipped := self._skipped(steps, done):
            step, later = skipped
            found = breached("“{}”应在“{}”之前办理，却没有先办", step.label, later.label, mend=self.mend)
        elif not missing:
            return met("{} 步依次办理完毕", len(steps))
        elif self.by.of(facts) is None:
            return pending(
                "尚待办理：{}", tuple(s.label for s in missing), mend=f"下一步：{missing[0].label}。"
            )
        else:
            step = missing[0]
            told = "{}为 {}，没有办理：{}"
            found = breached(
                told, self.by.says, self.by.of(facts), tuple(s.label for s in missing), mend=self.mend
            )
        return found._replace(cite=dict(self.cites).get(step.clause))

    @staticmethod
    def _skipped(steps: tuple[Need, ...], done: tuple[str, ...]) -> tuple[Need, Need] | None:
        """The first step that a later one overtook, with that later one."""
        for number, step in enumerate(steps):
            for later in steps[number + 1 :]:
                if later.code in done and step.code not in done[: done.index(later.code)]:
                    return step, later
        return None

    def combine(self, other: "Sequence") -> "Sequence":
        """Every step of both, the first law's first."""
        return replace(self, step=joined(other.step, self.step))
