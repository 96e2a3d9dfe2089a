"""Rows of oversight as the facts the rules ask about: examinations, liability facts, and what a unit has planned and done."""

from datetime import datetime
from typing import NamedTuple

from liuhen.apps.oversight.examining import last_reply
from liuhen.apps.oversight.liability import ANSWERS, PARTS
from liuhen.apps.oversight.models import (
    Examination,
    LiabilityFact,
    LiabilityStep,
    Remark,
    Reply,
    Score,
    Training,
    UnitRule,
)
from liuhen.apps.registry.models import Unit
from liuhen.engines.rules.office_facts import ConductFacts, InspectionFacts


class Clock(NamedTuple):
    """Something that was to be done by a time, and when it was."""

    due_at: datetime
    done_at: datetime | None


def facts_of_examination(row: Examination) -> InspectionFacts:
    """What was looked at, and of its problems the one that stands worst: unanswered before answered, then the latest."""
    scored = Score.objects.filter(drawn__examination=row).values_list("code", flat=True)
    worst = _worst(rectifications(row))
    return InspectionFacts(
        kind=row.kind_of_check,
        items=frozenset(scored),
        closed_at=row.closed_at,
        due_at=worst.due_at if worst else None,
        answered_at=worst.done_at if worst else None,
        entered=frozenset(row.entered),
    )


def rectifications(row: Examination) -> list[Clock]:
    """Each problem that was not lifted: by when it was to be answered, and when it was."""
    return [
        Clock(remark.due_at, answered_at(remark))
        for remark in row.remarks.filter(sort=Remark.Sort.PROBLEM).prefetch_related("replies")
        if remark.due_at is not None and not _is_lifted(remark)
    ]


def answered_at(remark: Remark) -> datetime | None:
    """When it was last answered; None where it never was, or the answer was returned."""
    last = last_reply(remark)
    if last is None or last.sort == Reply.Sort.RETURNED:
        return None
    told = [one.at for one in remark.replies.all() if one.sort in (Reply.Sort.ANSWERED, Reply.Sort.APPEALED)]
    return max(told, default=None)


def facts_of_liability(row: LiabilityFact) -> ConductFacts:
    """What is stated, and what was found out since: of each part the newest holds."""
    steps = list(row.steps.filter(sort=LiabilityStep.Sort.ADDED).order_by("at", "pk"))
    answers: dict[str, bool | None] = {"deliberate": row.deliberate, "consequence": row.consequence}
    answers |= {step.part: step.answer for step in steps if step.part in ANSWERS}
    parts = {step.part for step in steps if step.part in PARTS}
    return ConductFacts(
        acts=frozenset(row.acts),
        deliberate=answers["deliberate"],
        consequence=answers["consequence"],
        stated=frozenset({"facts"} | parts | ({"persons"} if row.officer_id else set())),
        closed_at=row.closed_at,
    )


def inspection_of(unit: Unit) -> Clock | None:
    """The inspection that this unit, or one above it, waits for: the oldest not closed, else the newest that was."""
    rows = Examination.objects.filter(agency=unit.agency_id, kind_of_check=Examination.Kind.INSPECTION)
    over = [row for row in rows.select_related("unit").defer("frame") if unit.path.startswith(row.unit.path)]
    return _current([Clock(row.due_at, row.closed_at) for row in over])


def training_of(unit: Unit) -> Clock | None:
    """The same of trainings."""
    rows = Training.objects.filter(agency=unit.agency_id).select_related("unit")
    return _current([Clock(row.due_at, row.held_at) for row in rows if unit.path.startswith(row.unit.path)])


def rules_of(unit: Unit, *, at: datetime) -> frozenset[str] | None:
    """Which rules of its own hold for a unit. None before the agency has entered any: then nothing is known."""
    rows = UnitRule.objects.filter(agency=unit.agency_id).select_related("unit")
    if not rows:
        return None
    return frozenset(
        row.code
        for row in rows
        if unit.path.startswith(row.unit.path) and row.since <= at and (row.until is None or row.until > at)
    )


def _current(clocks: list[Clock]) -> Clock | None:
    waiting = [clock for clock in clocks if clock.done_at is None]
    if waiting:
        return min(waiting, key=lambda clock: clock.due_at)
    return max(clocks, key=lambda clock: clock.due_at, default=None)


def _worst(clocks: list[Clock]) -> Clock | None:
    open_ = [clock for clock in clocks if clock.done_at is None]
    if open_:
        return min(open_, key=lambda clock: clock.due_at)
    return max(clocks, key=lambda c: (c.done_at or c.due_at) - c.due_at, default=None)


def _is_lifted(remark: Remark) -> bool:
    last = last_reply(remark)
    return last is not None and last.sort == Reply.Sort.LIFTED
