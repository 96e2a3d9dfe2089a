"""可以不记录 (may_skip): the grounds on which recording may be left out, the paper and the approvals it takes."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from liuhen.engines.rules.facts import ROLES, ActivityFacts, ExemptionFacts, FactPath, Facts
from liuhen.engines.rules.verdicts import Finding, breached, exempt, pending, unknown
from liuhen.kernel.months import Period


class Standing(Enum):
    """Where a claim not to record stands."""

    NONE = "未主张"
    ADMITTED = "成立"
    OPEN = "手续未齐"
    REFUSED = "不成立"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One ground. `activities` limits it to these types; `only_before` refuses it once something was recorded."""

    code: str
    label: str
    clause: str
    activities: tuple[str, ...] = ()
    only_before: bool = False
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaySkip:
    """免予记录：列举的情形，加上规定的手续。"""

    ground: tuple[Ground, ...]
    document: str = ""
    basis: bool = False
    within: Period | None = None
    chain: str = ""
    roles: tuple[str, ...] = field(default=(), metadata={"given": True})

    @property
    def subject(self) -> str:
        return "activity"

    @property
    def slot(self) -> tuple[object, ...]:
        return ()

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return _EXEMPTION, _ENDED, _RECORDED, _TYPE

    def standing(self, activity: ActivityFacts) -> Standing:
        """Where the claim of this activity stands."""
        claim = activity.exemption
        if claim is None:
            return Standing.NONE
        objection, _ = self._objection(claim, activity)
        if objection or claim.rejected:
            return Standing.REFUSED
        return Standing.OPEN if self.lacking(claim) else Standing.ADMITTED

    def lacking(self, claim: ExemptionFacts) -> tuple[str, ...]:
        """What the claim still lacks."""
        wants = [
            (not claim.reason, "原因"),
            (self.basis and not claim.basis, "依据"),
            (bool(self.document) and claim.document_at is None, self.document),
            *((role not in (claim.approved or ()), f"{ROLES[role]}同意") for role in self.roles),
        ]
        return tuple(name for missing, name in wants if missing)

    def _objection(self, claim: ExemptionFacts, activity: ActivityFacts) -> tuple[str, str]:
        ground = next((g for g in self.ground if g.code == claim.code), None)
        if claim.code is None:
            return "", ""
        if ground is None:
            return "所选情形不在本规定列举之内", "请改选规定的情形，或者补充记录中断的说明。"
        if ground.activities and activity.type not in ground.activities:
            return f"“{ground.label}”不适用于这类活动", "请改选适用的情形。"
        if ground.only_before and activity.recorded:
            return f"已经录有资料，不得再以“{ground.label}”为由不记录", ground.instead or "请按记录中断办理。"
        return "", ""

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        activity = facts.activity
        if activity is None or (claim := activity.exemption) is None:
            return None
        if claim.code is None:
            return unknown("主张不予记录，未选情形", mend="请选择不予记录的情形。")
        why, mend = self._objection(claim, activity)
        if why:
            return breached(why, mend=mend)
        if claim.rejected:
            return breached("不予记录的主张被退回，按应录未录处理", mend="请在活动卷宗中附上退回意见。")
        label = next(g.label for g in self.ground if g.code == claim.code)
        if lacking := self.lacking(claim):
            return self._open(label, lacking, activity.ended_at, now)
        return exempt("因“{}”不予记录，手续齐全", label)

    def _open(self, label: str, lacking: tuple[str, ...], ended: datetime | None, now: datetime) -> Finding:
        mend = "请补齐：" + "、".join(lacking) + "。"
        due = self.within.after(ended) if ended and self.within else None
        if ended is None or due is None or now <= due:
            return pending("因“{}”不予记录，尚缺{}", label, lacking, turns_at=due, mend=mend)
        return breached("因“{}”不予记录，逾期仍缺{}", label, lacking, mend=mend)

    def combine(self, other: "MaySkip") -> "MaySkip":
        """Only grounds both laws know; every formality either asks for."""
        shared = {g.code for g in other.ground}
        return replace(
            self,
            ground=tuple(g for g in self.ground if g.code in shared),
            document=self.document or other.document,
            basis=self.basis or other.basis,
            roles=self.roles + tuple(r for r in other.roles if r not in self.roles),
        )


_EXEMPTION = FactPath("activity", "exemption")
_ENDED = FactPath("activity", "ended_at")
_RECORDED = FactPath("activity", "recorded")
_TYPE = FactPath("activity", "type")
