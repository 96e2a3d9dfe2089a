"""告知 (announcement) and 异议 (objection): what the persons on scene are told about the recording."""

from dataclasses import dataclass, replace
from datetime import datetime

from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.verdicts import Finding, breached, exempt, met, pending, unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """告知：用语固定的，一字不差；`before` 为空时每次记录都要告知。"""

    wording: str
    wording_fixed: bool = False
    before: frozenset[str] = frozenset()

    @property
    def subject(self) -> str:
        return "activity"

    @property
    def slot(self) -> tuple[object, ...]:
        return ()

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return _ACTS, _ANNOUNCED, _WHY_NOT, _RECORDED, _ENDED

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        acts, recorded = _ACTS.of(facts), _RECORDED.of(facts)
        if recorded == ():
            return None  # 没有记录的活动，无须告知正在记录。
        if self.before and acts is None:
            return unknown("不知道活动中是否实施了须先告知的行为", mend="请登记实施的行为。")
        asked = self.before & acts if self.before else recorded
        return self._told(facts) if asked else None

    def _told(self, facts: Facts) -> Finding:
        announced, why_not = _ANNOUNCED.of(facts), _WHY_NOT.of(facts)
        if announced:
            return met("已告知使用音像记录设备")
        if why_not:
            return exempt("未告知，说明为“{}”", why_not)
        if announced is None:
            return unknown("没有是否告知的登记", mend="请标出告知的位置，或者写明未告知的原因。")
        if _ENDED.of(facts) is None:
            return pending("尚未告知使用音像记录设备", mend=f"请告知：{self.wording}")
        return breached("未告知使用音像记录设备", mend="请写明未告知的原因。")

    def combine(self, other: "Announcement") -> "Announcement":
        """A prescribed wording wins; the wider of the two occasions."""
        fixed = self if self.wording_fixed or not other.wording_fixed else other
        every_time = not self.before or not other.before
        return replace(fixed, before=frozenset() if every_time else self.before | other.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """异议：当事人反对记录的，说明而不停录。`explain_required` 为否时，说明由执法人员视情决定。"""

    explain_required: bool
    advice: str

    @property
    def subject(self) -> str:
        return "activity"

    @property
    def slot(self) -> tuple[object, ...]:
        return ()

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return _OBJECTED, _EXPLAINED, _STOPPED

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        if not _OBJECTED.of(facts):
            return None
        explained, stopped = _EXPLAINED.of(facts), _STOPPED.of(facts)
        if stopped:
            return breached("当事人提出异议后停止了记录", mend="请书面说明停止的原因。")
        if stopped is None or (explained is None and self.explain_required):
            return unknown("当事人提出异议，未登记说明情况和是否停录", mend="请补登异议的处理情况。")
        if self.explain_required and not explained:
            return breached("当事人提出异议，未作说明", mend="请补充说明，并登记在案。")
        return met("当事人提出异议，已按规定处理，记录没有停止")

    def combine(self, other: "Objection") -> "Objection":
        """The stricter of the two."""
        return replace(self, explain_required=self.explain_required or other.explain_required)


_ACTS = FactPath("activity", "acts")
_ANNOUNCED = FactPath("activity", "announced")
_WHY_NOT = FactPath("activity", "not_announced_reason")
_RECORDED = FactPath("activity", "recorded")
_ENDED = FactPath("activity", "ended_at")
_OBJECTED = FactPath("activity", "objected")
_EXPLAINED = FactPath("activity", "objection_explained")
_STOPPED = FactPath("activity", "stopped_on_objection")
