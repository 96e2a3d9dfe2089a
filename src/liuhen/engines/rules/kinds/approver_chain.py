"""审批次序 (approver_chain): who must agree, in which order, before something may take effect."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.verdicts import Finding, breached, met, pending, unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: the role, what it does (审核 批准 审定 登记), where the regulation says so, and what it calls the role.

    Without a `title` the pack's own term for the role stands.

    `only` and `unless` name a circumstance: the step belongs to the chain only where, or except where, it is given.
    `seat` says where its holder sits: the unit itself, it or one above, or besides these the agency's unit of that function;
    without it the role decides, and whoever reviews by function may sit in the unit of that function.
    """

    role: str
    act: str
    clause: str
    title: str = ""
    only: str = ""
    unless: str = ""
    seat: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproverChain:
    """审批次序：各步依次同意，缺一步不得办理。`register` 为办理前须登记的事项。

    `papers` names the circumstance in which whoever wants it shows his identity and a legal document before anything is asked.
    """

    purpose: str
    step: tuple[Step, ...] = ()
    register: tuple[str, ...] = ()
    papers: str = ""

    @property
    def subject(self) -> str:
        return "approval"

    @property
    def slot(self) -> tuple[object, ...]:
        return (self.purpose,)

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return _PURPOSE, _CIRCUMSTANCES, _APPROVED, _REJECTED, _USED

    def steps(self, circumstances: Collection[str]) -> tuple[Step, ...]:
        """The steps under these circumstances, in order."""
        given = ("", *circumstances)
        return tuple(s for s in self.step if s.only in given and (not s.unless or s.unless not in given))

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        if _PURPOSE.of(facts) != self.purpose:
            return None
        approved, used = _APPROVED.of(facts), _USED.of(facts)
        if approved is None:
            return unknown("没有审批情况", mend="请补登审批意见。")
        if _REJECTED.of(facts) and used is None:
            return met("审批被退回，没有办理")
        steps = self.steps(_CIRCUMSTANCES.of(facts) or ())
        left = steps[len(_in_order(steps, approved)) :]
        if not left and not _REJECTED.of(facts):
            return met("已依次经{}", tuple(s.title + s.act for s in steps))
        names = tuple(s.title + s.act for s in left) or ("同意",)
        if used is None:
            return pending("尚待{}", names, mend=f"请报{names[0]}。")
        return breached("未经{}即于 {} 办理", names, used, mend="请立即停止并补报，由负责人处理。")

    def combine(self, other: "ApproverChain") -> "ApproverChain":
        """Every step of both, the first law's first."""
        roles = {(s.role, s.only, s.unless) for s in self.step}
        extra = tuple(s for s in other.step if (s.role, s.only, s.unless) not in roles)
        register = self.register + tuple(r for r in other.register if r not in self.register)
        return replace(self, step=self.step + extra, register=register, papers=self.papers or other.papers)


def _in_order(steps: tuple[Step, ...], approved: tuple[str, ...]) -> tuple[Step, ...]:
    """The leading steps that were agreed to, in the order of the law: a later step never stands in for an earlier."""
    done: list[Step] = []
    for role in approved:
        if len(done) < len(steps) and steps[len(done)].role == role:
            done.append(steps[len(done)])
    return tuple(done)


_PURPOSE = FactPath("approval", "purpose")
_CIRCUMSTANCES = FactPath("approval", "circumstances")
_APPROVED = FactPath("approval", "approved")
_REJECTED = FactPath("approval", "rejected")
_USED = FactPath("approval", "used_at")
