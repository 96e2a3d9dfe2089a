"""全程 (start_stop): from which moment to which moment the recording must run, and what of it is missing."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from liuhen.engines.rules.conditions import When, all_hold
from liuhen.engines.rules.duties import Duty
from liuhen.engines.rules.facts import ActivityFacts, FactPath, Facts
from liuhen.engines.rules.kinds.interruption import Interruption
from liuhen.engines.rules.kinds.may_skip import MaySkip, Standing
from liuhen.engines.rules.kinds.must_record import MustRecord
from liuhen.engines.rules.verdicts import Finding, breached, exempt, met, pending, unknown
from liuhen.kernel.months import Period
from liuhen.kernel.spans import Span, minus, within

_MINUTE, _BLINK, _DAY = Period(seconds=60), Period(seconds=5), Period(seconds=24 * 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterStop:
    """Where the recording must run on to a later moment than the ordinary end."""

    clause: str
    when: When
    says: str
    stop: FactPath


@dataclass(frozen=True, slots=True, kw_only=True)
class StartStop:
    """起止：最早的起点到规定的终点；首尾在容差之内、分段衔接在容差之内的不算缺失。"""

    start: tuple[FactPath, ...]
    stop: FactPath
    later_stop: tuple[LaterStop, ...] = ()
    edge_tolerance: Period = _MINUTE
    split_tolerance: Period = _BLINK
    files_within: Period = _DAY
    duties: tuple[MustRecord, ...] = field(default=(), metadata={"given": True})
    skip: MaySkip | None = field(default=None, metadata={"given": True})
    interruption: Interruption | None = field(default=None, metadata={"given": True})

    @property
    def subject(self) -> str:
        return "activity"

    @property
    def slot(self) -> tuple[object, ...]:
        return ()

    @property
    def reads(self) -> tuple[FactPath, ...]:
        later = (p for rule in self.later_stop for p in (rule.stop, *(c.fact for c in rule.when)))
        spans = (FactPath("activity", name) for name in ("recorded", "interruptions", "declared"))
        return (*self.start, self.stop, *later, *spans)

    def beside(self, foreign: frozenset[str]) -> "StartStop":
        """This rule where other regulations in force know activity types that this one does not list."""
        return replace(self, duties=tuple(rule.beside(foreign) for rule in self.duties))

    def starts(self, facts: Facts) -> datetime | None:
        """The earliest known of the starting moments."""
        return min((t for path in self.start if (t := path.of(facts))), default=None)

    def stops(self, facts: Facts) -> tuple[datetime | None, FactPath]:
        """The end, and the fact that fixes it."""
        later = next((rule.stop for rule in self.later_stop if all_hold(rule.when, facts)), self.stop)
        return later.of(facts), later

    def uncovered(self, window: Span, covered: Iterable[Span]) -> tuple[Span, ...]:
        """What of the window nothing covers, leaving out what lies within the tolerances."""
        return tuple(gap for gap in minus((window,), covered) if gap.length > self._tolerance(gap, window))

    def _tolerance(self, gap: Span, window: Span) -> timedelta:
        at_edge = gap.start == window.start or gap.end == window.end
        return timedelta(seconds=(self.edge_tolerance if at_edge else self.split_tolerance).seconds)

    def explained(self, activity: ActivityFacts) -> tuple[Span, ...]:
        """The stretches whose interruption is lawfully accounted for."""
        law = self.interruption
        return tuple(stop.span for stop in activity.interruptions or () if law and law.explains(stop))

    def demanded(self, facts: Facts) -> bool | None:
        """Whether the whole process must be recorded; None where the duty cannot be told."""
        answers = [rule.applies(facts) for rule in self.duties if rule.duty is Duty.MANDATORY_FULL]
        return True if True in answers else (None if None in answers else False)

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        activity = facts.activity
        # 没有任何记录的，由“应当记录”一条说话，此处不重复计数。
        if activity is None or activity.recorded == () or not self.demanded(facts):
            return None
        start, (end, fixed_by) = self.starts(facts), self.stops(facts)
        if start is None or activity.recorded is None:
            return unknown("缺少到达时间或者记录时段，不能判断是否全程", mend="请补登到达时间并核对入库。")
        if end is None:
            if activity.ended_at is None:
                return pending("自 {} 开始，活动尚未结束", start)
            return unknown("缺少{}，不能判断记录到何时为止", fixed_by.says, mend=f"请补登{fixed_by.says}。")
        if end < start:
            return unknown("{}早于开始的时间 {}", fixed_by.says, start, mend="请核对起止时间。")
        return self._whole(activity, Span(start, end), now)

    def _whole(self, activity: ActivityFacts, window: Span, now: datetime) -> Finding:
        if self.skip and self.skip.standing(activity) is Standing.ADMITTED:
            return exempt("依规可以不记录，手续齐全")
        recorded, explained = within(activity.recorded or (), window), self.explained(activity)
        gaps = self.uncovered(window, recorded)
        missing = self.uncovered(window, (*recorded, *explained)) if gaps else ()
        if not gaps:
            return met("应录 {}，全程有记录", window)
        if not missing:
            return exempt("应录 {}，未录的时段均已依规说明", window)
        due = self.files_within.after(window.end)
        if activity.declared and now <= due:
            return pending("应录 {}，尚缺 {}，文件应于 {} 前入库", window, missing, due, turns_at=due)
        return breached(
            "应录 {}，缺 {}", window, missing,
            mend="请补充入库相应时段的记录，或者登记中断原因并按规定说明。",
        )  # fmt: skip

    def combine(self, other: "StartStop") -> "StartStop":
        """Every start of both and every later stop; the smaller tolerances."""
        start = self.start + tuple(p for p in other.start if p not in self.start)
        later = self.later_stop + tuple(r for r in other.later_stop if r not in self.later_stop)
        edge = min(self.edge_tolerance, other.edge_tolerance, key=lambda p: p.seconds)
        split = min(self.split_tolerance, other.split_tolerance, key=lambda p: p.seconds)
        return replace(self, start=start, later_stop=later, edge_tolerance=edge, split_tolerance=split)
