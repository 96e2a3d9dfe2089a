"""Liability facts (责任事实): what was stated of somebody's conduct, with article, evidence and what became of it.

A list of facts, never an accusation and never a verdict: whether somebody is liable is decided by those with the power,
outside this program, and only their outcome is entered. Who is named sees it and is heard; the rest see it by their post.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from liuhen.apps.journal.actions import act
from liuhen.apps.oversight.models import LiabilityFact, LiabilityStep, Remark
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import Place, allow
from liuhen.engines.rules.office_facts import CONDUCTS
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

# What may be added to a fact; the packs name by these codes what must be stated before it may be closed.
PARTS = {
    "persons": "人员", "basis": "处理依据", "evidence": "证据", "outcome": "处理结果", "device": "设备", "holder": "使用人",
    "cause": "原因", "price": "原价",
}  # fmt: skip
# What may be found out later, with yes or no.
ANSWERS = {"deliberate": "出于故意", "consequence": "造成规定的后果"}


@dataclass(frozen=True, slots=True)
class Statement:
    """What is stated of a conduct. None for what is not known; nothing is guessed."""

    acts: Sequence[str]
    says: str
    officer: Officer | None = None
    deliberate: bool | None = None
    consequence: bool | None = None
    remark: Remark | None = None


def state_fact(unit: Unit, told: Statement, *, by: Actor, at: datetime) -> LiabilityFact:
    """Enter a fact. It stands as stated until somebody answers it, refers it or closes it."""
    allow(by, "liability.state", on=Place(unit.agency_id, unit.path), at=at)
    unknown = [code for code in told.acts if code not in CONDUCTS]
    if unknown or not told.acts:
        raise Refused("没有写明是哪一种情形", do="请从所列情形中选择。")
    if told.officer is not None and told.officer.agency_id != unit.agency_id:
        raise Refused("人员不是本机关的", do="请从本机关名册中选择；其他人在“人员”一项里写明。")
    row = LiabilityFact(
        agency_id=unit.agency_id, unit=unit, officer=told.officer, acts=sorted(set(told.acts)), says=told.says, deliberate=told.deliberate,
        consequence=told.consequence, remark=told.remark, stated_by=by.id, stated_at=at,
        source=LiabilityFact.Source.REMARK if told.remark else LiabilityFact.Source.STATEMENT,
    )  # fmt: skip
    with act("liability.stated", by=by, at=at, agency=unit.agency_id) as line:
        row.number = next_number(unit.agency, "责任事实", at=at)
        row.save(force_insert=True)
        line.about(row)
        line.schedule("liabilityfact.judge", row)
    return row


def add_part(
    row: LiabilityFact, *, by: Actor, part: str, says: str, answer: bool | None, at: datetime
) -> None:
    """Add evidence, basis, outcome and the like, or whether it was deliberate and had consequences."""
    allow(by, "liability.state", on=row, at=at)
    if part not in {**PARTS, **ANSWERS} or (part in ANSWERS) is not (answer is not None):
        raise Refused("没有写明补充的是哪一项", do="请选择一项；“故意”和“后果”须答是或者否。")
    _step(row, by=by, sort=LiabilityStep.Sort.ADDED, part=part, says=says, answer=answer, at=at)


def answer_fact(row: LiabilityFact, *, by: Actor, says: str, at: datetime) -> None:
    """What the person named says to it. Raises `Refused` for anybody else."""
    allow(by, "liability.answer", on=row, at=at)
    if by.id != row.officer_id:
        raise Refused("申辩须由本人提出", do="请所列人员本人登录后提出；代为记录的，用“补充”登记。")
    _step(row, by=by, sort=LiabilityStep.Sort.ANSWERED, says=says, at=at)


def refer_fact(row: LiabilityFact, *, by: Actor, says: str, at: datetime) -> None:
    """Hand it to who has the power to decide: `says` names whom."""
    allow(by, "liability.decide", on=row, at=at)
    _step(row, by=by, sort=LiabilityStep.Sort.REFERRED, says=says, at=at)


def close_fact(row: LiabilityFact, *, by: Actor, says: str, at: datetime) -> None:
    """Close it with what those with the power decided; not by who is named, nor by who stated it."""
    allow(by, "liability.decide", on=row, at=at)
    if by.id in (row.officer_id, row.stated_by):
        raise Refused("责任事实不能由陈述人或者所列人员自己办结", do="请另一位有权限的人办理。")
    _step(row, by=by, sort=LiabilityStep.Sort.CLOSED, says=says, at=at)


def _step(
    row: LiabilityFact,
    *,
    by: Actor,
    sort: str,
    says: str,
    at: datetime,
    part: str = "",
    answer: bool | None = None,
) -> None:
    if row.state == LiabilityFact.State.CLOSED:
        raise Refused(f"{row.number} 已经办结", do="如有新的事实，请另行登记。")
    made = LiabilityStep(fact=row, sort=sort, part=part, answer=answer, says=says, at=at, by=by.id)
    with act("liability.noted", by=by, at=at, agency=row.agency_id) as line:
        made.save(force_insert=True)
        line.about(made)
        if sort != LiabilityStep.Sort.ADDED:
            row.state, row.closed_at = sort, at if sort == LiabilityStep.Sort.CLOSED else None
            row.save(update_fields=["state", "closed_at"])
            line.about(row)
        line.schedule("liabilityfact.judge", row)
