"""Lists that must be answered line by line: the check before use, and the content a recording must show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.verdicts import Finding, breached, met, pending, unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a list; its own clause where the article numbers it."""

    code: str
    label: str
    clause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need(Line):
    """One thing that must be there, or one step; with `only` just where that word is among what is given."""

    only: str = ""


L = TypeVar("L", bound=Line)


def joined(one: Iterable[L], other: Iterable[L]) -> tuple[L, ...]:
    """The lines of both lists, each once."""
    lines = {line.code: line for line in (*other, *one)}
    return tuple(lines.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PreUseCheck:
    """使用前检查：领用前逐项检查，一项不合格即不得领用。"""

    line: tuple[Line, ...]
    clock_limit_seconds: int | None = None

    @property
    def subject(self) -> str:
        return "device_loan"

    @property
    def slot(self) -> tuple[object, ...]:
        return ()

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return _OUT, _PASSED, _FAILED

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        passed, failed, out = _PASSED.of(facts), _FAILED.of(facts), _OUT.of(facts)
        if passed is None or failed is None:
            return unknown("没有使用前检查的记录", mend="请补登检查结果。")
        bad = tuple(line.label for line in self.line if line.code in failed)
        if bad:
            return breached("使用前检查不合格：{}", bad, mend="请更换设备或者排除问题后重新检查。")
        blank = tuple(line.label for line in self.line if line.code not in passed)
        if not blank:
            return met("使用前检查的 {} 项均合格", len(self.line))
        if out is None:
            return pending("使用前检查尚缺：{}", blank, mend="请逐项检查后再领用。")
        return breached("设备已于 {} 领出，使用前检查缺：{}", out, blank, mend="请收回检查后再使用。")

    def combine(self, other: "PreUseCheck") -> "PreUseCheck":
        """Every line of both; the smaller clock limit."""
        limits = [n for n in (self.clock_limit_seconds, other.clock_limit_seconds) if n is not None]
        return PreUseCheck(line=joined(self.line, other.line), clock_limit_seconds=min(limits, default=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentChecklist:
    """摄录内容清单：活动办结前，每一项都要有标记，或者写明不适用的理由。"""

    line: tuple[Line, ...]

    @property
    def subject(self) -> str:
        return "activity"

    @property
    def slot(self) -> tuple[object, ...]:
        return ()

    @property
    def reads(self) -> tuple[FactPath, ...]:
        return _RECORDED, _CHECKLIST, _CLOSED

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        if not _RECORDED.of(facts):
            return None
        answered = _CHECKLIST.of(facts)
        if answered is None:
            return unknown("不知道摄录内容清单的办理情况", mend="请逐项标记。")
        blank = tuple(line.label for line in self.line if line.code not in answered)
        if not blank:
            return met("摄录内容的 {} 项均已标记或者说明", len(self.line))
        told, mend = "摄录内容未标记：{}", "请标出相应位置，或者写明不适用的理由。"
        return (
            pending(told, blank, mend=mend) if _CLOSED.of(facts) is None else breached(told, blank, mend=mend)
        )

    def combine(self, other: "ContentChecklist") -> "ContentChecklist":
        """Every line of both."""
        return ContentChecklist(line=joined(self.line, other.line))


_OUT = FactPath("device_loan", "out_at")
_PASSED = FactPath("device_loan", "passed")
_FAILED = FactPath("device_loan", "failed")
_RECORDED = FactPath("activity", "recorded")
_CHECKLIST = FactPath("activity", "checklist")
_CLOSED = FactPath("activity", "closed_at")
