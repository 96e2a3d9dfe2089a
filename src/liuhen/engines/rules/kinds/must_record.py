"""应当记录 (must_record): which activities must be recorded, and whether anything was."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from liuhen.engines.rules.conditions import When, all_hold
from liuhen.engines.rules.duties import ActivityType, Duty, strongest
from liuhen.engines.rules.facts import ActivityFacts, FactPath, Facts
from liuhen.engines.rules.kinds.interruption import Interruption
from liuhen.engines.rules.kinds.may_skip import MaySkip, Standing
from liuhen.engines.rules.verdicts import Finding, breached, exempt, met, pending, unknown
from liuhen.kernel.citations import Citation
from liuhen.kernel.months import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class MustRecord:
    """应录：类型清单或者情形决定强度；应录而无录、无说明、无免除的，是应录未录。

    `duty` is what the rule imposes; `upgrade` are the situations that impose it on any activity, else the activity
    type's own duty decides. `files_within` is how long a declared recording may take to arrive.
    """

    duty: Duty
    files_within: Period
    upgrade: When = ()
    types: tuple[ActivityType, ...] = field(default=(), metadata={"given": True})
    foreign: frozenset[str] = field(default=frozenset(), metadata={"given": True})
    cites: tuple[tuple[str, Citation], ...] = field(default=(), metadata={"given": True})
    stricter: tuple["MustRecord", ...] = field(default=(), metadata={"given": True})
    skip: MaySkip | None = field(default=None, metadata={"given": True})
    interruption: Interruption | None = field(default=None, metadata={"given": True})

    @property
    def subject(self) -> str:
        return "activity"

    @property
    def slot(self) -> tuple[object, ...]:
        return self.duty, self.upgrade

    @property
    def reads(self) -> tuple[FactPath, ...]:
        names = (
            "type",
            "recorded",
            "declared",
            "ended_at",
            "exemption",
            "interruptions",
            "not_recorded_reason",
        )
        return (*(FactPath("activity", name) for name in names), *(c.fact for c in self.upgrade))

    def applies(self, facts: Facts) -> bool | None:
        """Whether this rule's duty binds the activity; None where its type or situation is not known."""
        assert facts.activity is not None  # noqa: S101  rules are asked only about subjects that are given
        if self.upgrade:
            return all_hold(self.upgrade, facts)
        named = facts.activity.type
        for kind in self.types:
            if kind.code == named:
                return kind.duty is self.duty
        return False if named in self.foreign else None

    def beside(self, foreign: frozenset[str]) -> "MustRecord":
        """This rule where other regulations in force know activity types that this one does not list."""
        stricter = tuple(rule.beside(foreign) for rule in self.stricter)
        return replace(self, foreign=foreign, stricter=stricter)

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        activity = facts.activity
        if activity is None:
            return None
        applies = self.applies(facts)
        if applies is False or any(rule.applies(facts) for rule in self.stricter):
            return None
        if applies is None:
            return unknown(
                "活动类型“{}”或者有关情形不明，不能判断是否应当记录", activity.type or "未登记",
                mend="请登记活动类型和现场情形。",
            )  # fmt: skip
        item = None if self.upgrade else dict(self.cites).get(str(activity.type))
        return self._asked(activity, now)._replace(cite=item)

    def _asked(self, activity: ActivityFacts, now: datetime) -> Finding:
        if activity.recorded is None:
            return unknown("尚不知道有没有音像记录", mend="请核对入库情况。")
        if activity.recorded:
            return met("应当记录的活动，已有音像记录，自 {} 起", activity.recorded[0].start)
        return self._unrecorded(activity, now)

    def _unrecorded(self, activity: ActivityFacts, now: datetime) -> Finding:
        standing = self.skip.standing(activity) if self.skip else Standing.NONE
        if standing is Standing.ADMITTED:
            return exempt("依规可以不记录，手续齐全")
        if standing is Standing.OPEN:
            return pending("已主张不予记录，手续尚未齐全", mend="请补齐不予记录的手续。")
        if self._explained(activity):
            return exempt("全程无法记录，已按规定报告并书面说明")
        if self.duty is Duty.ASK and activity.not_recorded_reason:
            return exempt("根据实际未作记录，说明为“{}”", activity.not_recorded_reason)
        return self._without_record(activity, now)

    def _explained(self, activity: ActivityFacts) -> bool:
        stops, law = activity.interruptions or (), self.interruption
        return law is not None and bool(stops) and all(law.explains(stop) for stop in stops)

    def _without_record(self, activity: ActivityFacts, now: datetime) -> Finding:
        if activity.ended_at is None:
            return pending("活动尚未结束，应当记录")
        due = self.files_within.after(activity.ended_at)
        if activity.declared is not False and now <= due:
            return pending("活动已结束，文件应于 {} 前入库", due, turns_at=due, mend="请将设备接入采集。")
        mend = "请核对设备并补充入库；确无记录的，提交书面说明。"
        if self.duty is Duty.ASK:
            mend = "请将音像记录入库，或者写明不记录的理由。"
        return breached("活动于 {} 结束，没有音像记录，也没有成立的说明", activity.ended_at, mend=mend)

    def combine(self, other: "MustRecord") -> "MustRecord":
        """The union of duties: the stronger binds, for the types of both."""
        extra = tuple(t for t in other.types if t not in self.types)
        return replace(self, duty=strongest((self.duty, other.duty)), types=self.types + extra)
