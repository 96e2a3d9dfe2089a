"""What an office records of itself: trainings planned and held, rules of its own, statistics laid down for a use.

Each is entered once; a training is then held, a rule then ended. The unit is judged anew where a rule asks for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liuhen.apps.journal.actions import act
from liuhen.apps.oversight.models import StatisticsReport, Training, UnitRule
from liuhen.apps.registry.models import Unit
from liuhen.apps.registry.permission import Place, allow
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

# What an office lays down for itself; the packs ask for some of them by these codes.
UNIT_RULES = {
    "management": "设备和资料管理制度", "filing": "制度报备", "matter_list": "音像记录事项清单", "wording": "执法行为用语指引",
    "other": "其他管理制度",
}  # fmt: skip
# For what the statistics are used.
USES = {
    "file_review": "案卷评查", "supervision": "执法监督", "assessment": "评议考核", "opinion": "舆情应对", "decisions": "行政决策",
    "credit": "社会信用体系",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule of the office's own as it is entered."""

    code: str
    title: str
    text: str
    since: datetime
    issue_number: str = ""


def plan_training(unit: Unit, *, by: Actor, title: str, due_at: datetime, at: datetime) -> Training:
    """Lay down a training: what about, and by when."""
    allow(by, "training.keep", on=Place(unit.agency_id, unit.path), at=at)
    row = Training(
        agency_id=unit.agency_id, unit=unit, title=title, due_at=due_at, planned_by=by.id, planned_at=at
    )
    with act("training.planned", by=by, at=at, agency=unit.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.schedule("unit.judge", unit)
    return row


def hold_training(
    row: Training, *, by: Actor, held_at: datetime, trainer: str, attendees: str, result: str, at: datetime
) -> None:
    """Enter that it was held. Raises `Refused` a second time, and for a time that has not come."""
    allow(by, "training.keep", on=row, at=at)
    if row.held_at is not None:
        raise Refused(f"“{row.title}”已经登记过办理情况", do="再办一次的，请另行安排。")
    if held_at > at:
        raise Refused("办理时间还没有到", do="请在办完之后登记。")
    with act("training.held", by=by, at=at, agency=row.agency_id) as line:
        row.held_at, row.trainer, row.attendees, row.result, row.held_by = (
            held_at,
            trainer,
            attendees,
            result,
            by.id,
        )
        row.save(update_fields=["held_at", "trainer", "attendees", "result", "held_by"])
        line.about(row)
        line.schedule("unit.judge", row.unit)


def enter_rule(unit: Unit, told: NewRule, *, by: Actor, at: datetime) -> UnitRule:
    """Enter a rule, list, guide or filing of the office's own."""
    allow(by, "unit-rule.keep", on=Place(unit.agency_id, unit.path), at=at)
    if told.code not in UNIT_RULES:
        raise Refused("没有这一种制度", do=f"可选的有：{'、'.join(UNIT_RULES.values())}。")
    row = UnitRule(
        agency_id=unit.agency_id, unit=unit, code=told.code, title=told.title, issue_number=told.issue_number, text=told.text,
        since=told.since, entered_by=by.id, entered_at=at,
    )  # fmt: skip
    with act("rule.entered", by=by, at=at, agency=unit.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.schedule("unit.judge", unit)
    return row


def end_rule(row: UnitRule, *, by: Actor, at: datetime) -> None:
    """It no longer holds from now on; it stays in the register."""
    allow(by, "unit-rule.keep", on=row, at=at)
    if row.until is not None:
        raise Refused(f"“{row.title}”已经终止", do="请刷新页面。")
    with act("rule.ended", by=by, at=at, agency=row.agency_id) as line:
        row.until = at
        row.save(update_fields=["until"])
        line.about(row)
        line.schedule("unit.judge", row.unit)


def report_statistics(
    unit: Unit,
    *,
    by: Actor,
    use: str,
    since: datetime,
    until: datetime,
    figures: Sequence[Mapping[str, Any]],
    says: str,
    at: datetime,
) -> StatisticsReport:
    """Lay down the figures as they are now, with what they mean for this use. Later changes of the rows leave it as it is."""
    allow(by, "statistics.report", on=Place(unit.agency_id, unit.path), at=at)
    if use not in USES:
        raise Refused("没有这一方面的运用", do=f"可选的有：{'、'.join(USES.values())}。")
    row = StatisticsReport(
        agency_id=unit.agency_id, unit=unit, use=use, since=since, until=until, figures=[dict(one) for one in figures], says=says,
        made_by=by.id, made_at=at,
    )  # fmt: skip
    with act("statistics.reported", by=by, at=at, agency=unit.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
    return row
