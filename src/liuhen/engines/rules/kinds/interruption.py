"""记录中断 (interruption): which causes are lawful, what must be said, written, signed and approved afterwards."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from liuhen.engines.rules.facts import CAUSES, FactPath, Facts, InterruptionFacts
from liuhen.engines.rules.verdicts import Finding, breached, exempt, gravest, pending, unknown
from liuhen.kernel.months import Period

_INTERRUPTIONS = FactPath("activity", "interruptions")
_ENDED = FactPath("activity", "ended_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A lawful cause as the article names it."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """中断：客观原因方可中断；恢复时语音说明；无法继续的，报告、书面说明、签字、审批。"""

    cause: tuple[Cause, ...]
    measures: tuple[str, ...] = ()
    voice: bool = True
    report_to: str = ""
    report_within: Period | None = None
    statement: str = "书面说明"
    statement_within: Period | None = None
    signatures: int = 1
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
        return _INTERRUPTIONS, _ENDED

    def accepts(self, cause: str | None) -> bool | None:
        """Whether the cause is one the article names; None where no cause was entered."""
        return None if cause is None else cause in {c.code for c in self.cause}

    def explains(self, stop: InterruptionFacts) -> bool:
        """Whether the stretch counts as explained: a lawful cause, and what was spoken on resuming, or else the paper."""
        if not self.accepts(stop.cause) or stop.fault_confirmed is False or stop.resumed is None:
            return False
        if stop.resumed and (not self.voice or stop.voice_explained):
            return True
        return not self.lacking(stop)

    def lacking(self, stop: InterruptionFacts) -> tuple[str, ...]:
        """What an interruption that could not be ended still lacks."""
        done = stop.approved or ()
        wants = [
            (bool(self.report_to) and stop.reported_at is None, f"向{self.report_to}报告"),
            (stop.statement_at is None, self.statement),
            ((stop.signatures or 0) < self.signatures, f"{self.signatures} 名以上执法人员签字"),
            (done[: len(self.roles)] != self.roles, "审批"),
        ]
        return tuple(name for missing, name in wants if missing)

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        stops = _INTERRUPTIONS.of(facts)
        if not stops:
            return None
        ended = _ENDED.of(facts)
        return gravest(self._one(stop, ended, now) for stop in stops)

    def _one(self, stop: InterruptionFacts, ended: datetime | None, now: datetime) -> Finding:
        accepted = self.accepts(stop.cause)
        if accepted is None:
            return unknown("{} 记录中断，未登记原因", stop.span, mend="请登记中断原因。")
        cause = CAUSES.get(str(stop.cause), str(stop.cause))
        if not accepted:
            return breached(
                "{} 记录中断，原因“{}”不在允许中断的情形之内", stop.span, cause,
                mend="请核对原因；非客观原因中断的，列入问题清单由负责人处理。",
            )  # fmt: skip
        if stop.fault_confirmed is False:
            return breached(
                "{} 称{}，管理员核实并无故障", stop.span, cause, mend="请书面说明，由负责人处理。"
            )
        if stop.resumed is None:
            return unknown("{} 因{}中断，未登记是否恢复", stop.span, cause, mend="请登记恢复情况。")
        return self._resumed(stop, cause) if stop.resumed else self._stopped(stop, cause, ended, now)

    def _resumed(self, stop: InterruptionFacts, cause: str) -> Finding:
        if not self.voice or stop.voice_explained:
            return exempt("{} 因{}中断，恢复后已按规定说明", stop.span, cause)
        if stop.voice_explained is None:
            return unknown(
                "{} 因{}中断后恢复，未登记是否语音说明", stop.span, cause,
                mend="请在播放器里标出语音说明的位置，或者登记未作说明。",
            )  # fmt: skip
        return breached(
            "{} 因{}中断，恢复记录时未作语音说明", stop.span, cause,
            mend="原始记录不得补录；请提交情况说明，写明中断原因。",
        )  # fmt: skip

    def _stopped(self, stop: InterruptionFacts, cause: str, ended: datetime | None, now: datetime) -> Finding:
        if stop.rejected:
            return breached(
                "{} 因{}无法继续记录，书面说明被退回", stop.span, cause, mend="请补正后重新提交。"
            )
        late = self._reported_late(stop)
        lacking = self.lacking(stop)
        if not lacking:
            return late or exempt("{} 因{}无法继续记录，手续齐全", stop.span, cause)
        due = self.statement_within.after(ended) if ended and self.statement_within else None
        mend = "请补办：" + "、".join(lacking) + "。"
        if ended is None or (due is not None and now <= due):
            return pending("{} 因{}无法继续记录，尚缺{}", stop.span, cause, lacking, turns_at=due, mend=mend)
        return breached("{} 因{}无法继续记录，逾期仍缺{}", stop.span, cause, lacking, mend=mend)

    def _reported_late(self, stop: InterruptionFacts) -> Finding | None:
        if not self.report_to or self.report_within is None or stop.reported_at is None:
            return None
        late = stop.reported_at - self.report_within.after(stop.span.start)
        if late.total_seconds() <= 0:
            return None
        return breached(
            "{} 无法继续记录，{} 才向{}报告，超时 {}", stop.span, stop.reported_at, self.report_to, late,
            mend="请在书面说明中写明迟报原因。",
        )  # fmt: skip

    def combine(self, other: "Interruption") -> "Interruption":
        """Only causes both laws know; every formality either asks for."""
        shared = {c.code for c in other.cause}
        return replace(
            self,
            cause=tuple(c for c in self.cause if c.code in shared),
            measures=tuple(m for m in self.measures if m in other.measures),
            voice=self.voice or other.voice,
            report_to=self.report_to or other.report_to,
            report_within=self.report_within or other.report_within,
            signatures=max(self.signatures, other.signatures),
            roles=self.roles + tuple(r for r in other.roles if r not in self.roles),
        )
