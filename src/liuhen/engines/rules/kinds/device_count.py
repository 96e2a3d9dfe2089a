"""设备数量 (device_count): how many devices, or how many who carry one, an activity needs."""

from dataclasses import dataclass, replace
from datetime import datetime

from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.verdicts import Finding, breached, exempt, met, unknown

_OFFICERS = FactPath("activity", "officers")
_CAMERAS = FactPath("activity", "cameras")
_RECORDED = FactPath("activity", "recorded")
_REASON = FactPath("activity", "shortfall_reason")
_TOLD = "{} 名执法人员，{}应不少于 {}，实为 {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCount:
    """设备数量：达到人数的活动，至少若干台；`per_officers` 为每几人一台，不足一台按一台算。"""

    counted: FactPath
    minimum: int
    of: FactPath = _OFFICERS
    from_officers: int = 1
    per_officers: int | None = None
    reason_suffices: bool = False

    @property
    def subject(self) -> str:
        return self.counted.subject

    @property
    def slot(self) -> tuple[object, ...]:
        return (self.counted,)

    @property
    def reads(self) -> tuple[FactPath, ...]:
        excuse = (_REASON,) if self.subject == "activity" else ()
        return self.of, self.counted, *excuse

    def needed(self, officers: int) -> int:
        """How many are needed for so many officers."""
        if officers < self.from_officers:
            return 0
        shared = -(-officers // self.per_officers) if self.per_officers else 0
        return max(self.minimum, shared)

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        # 没有任何记录的，由“应当记录”一条说话，此处不重复计数。
        if self.counted == _CAMERAS and _RECORDED.of(facts) == ():
            return None
        officers, count = self.of.of(facts), self.counted.of(facts)
        if officers is None or count is None:
            return unknown(
                "缺少执法人员人数或者{}，不能核对", self.counted.says,
                mend=f"请登记参加人员和{self.counted.says}。",
            )  # fmt: skip
        needed = self.needed(officers)
        if not needed:
            return None
        told = officers, self.counted.says, needed, count
        return met(_TOLD, *told) if count >= needed else self._short(_REASON.of(facts), told)

    def _short(self, reason: str | None, told: tuple[object, ...]) -> Finding:
        if reason and self.reason_suffices:
            return exempt(f"{_TOLD}，说明为“{{}}”", *told, reason)
        mend = "请补充其他设备的记录，或者说明设备不足的原因。"
        if reason:
            return breached(f"{_TOLD}，说明为“{{}}”", *told, reason, mend=mend)
        return breached(_TOLD, *told, mend=mend)

    def combine(self, other: "DeviceCount") -> "DeviceCount":
        """The larger number binds."""
        ratios = [r for r in (self.per_officers, other.per_officers) if r]
        return replace(
            self,
            minimum=max(self.minimum, other.minimum),
            from_officers=min(self.from_officers, other.from_officers),
            per_officers=min(ratios, default=None),
            reason_suffices=self.reason_suffices and other.reason_suffices,
        )
