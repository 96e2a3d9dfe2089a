"""受理登记：what comes in is entered once and led to a case, an activity or an end; each step is a row of its own.

A complaint or an application leads to a case even where nothing will be started or accepted: the case's own stages, guarded by the law,
say what must be told to whom. What a kind of intake allows next stands in `next_steps`, and nowhere else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from liuhen.apps.casework.models import Activity, Case, Intake, IntakeChange, IntakeStep
from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.apps.search.actions import keep
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Malformed, Refused

Sort = Intake.Sort
Step = IntakeStep.Sort
TELL = "intake.tell"
SLACK = timedelta(minutes=5)  # 两台机器的时钟可以差这么多。
_STARTS: dict[str, str] = {
    Sort.INCIDENT: Case.Start.ON_INCIDENT, Sort.COMPLAINT: Case.Start.ON_COMPLAINT,
    Sort.APPLICATION: Case.Start.ON_APPLICATION, Sort.LEAD: Case.Start.EX_OFFICIO,
}  # fmt: skip
_SCENE = (Step.DISPATCHED, Step.ARRIVED, Step.LEFT)
_WITHOUT_SCENE = (Step.INVALID, Step.NO_DISPATCH, Step.NO_SCENE, Step.QUICK_CLAIM)
_ENDS: dict[str, tuple[str, ...]] = {
    Sort.INCIDENT: (Step.HANDLED, *_WITHOUT_SCENE, Step.TRANSFERRED),
    Sort.COMPLAINT: (Step.TRANSFERRED,),
    Sort.APPLICATION: (),
    Sort.LEAD: (Step.HANDLED, Step.TRANSFERRED),
}
ENDING = frozenset({Step.OPENED, Step.HANDLED, *_WITHOUT_SCENE, Step.TRANSFERRED})
# 写了才算：其余的一步，时间本身就说明了。
_EXPLAINED = frozenset({Step.HANDLED, *_WITHOUT_SCENE, Step.TRANSFERRED, Step.TOLD, Step.COMPARED})


@dataclass(frozen=True, slots=True)
class Coming:
    """What is entered of an intake. `person` is who calls, complains or applies; empty where nobody gave a name."""

    sort: str
    channel: str
    subject: str
    received_at: datetime
    content: str = ""
    place_text: str = ""
    person: str = ""
    contact: str = ""
    real_name: bool | None = None
    happened_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None


def enter_intake(unit: Unit, coming: Coming, *, by: Actor, officer: Officer | None, at: datetime) -> Intake:
    """Enter what somebody brought, called in or was found. Raises `Refused` where it cannot be answered later."""
    row = intake_of(unit, coming, at=at, by=by)
    row.officer = officer
    allow(by, "intake.write", on=row, at=at)
    check_coming(coming, at=at)
    with act("intake.entered", by=by, at=at, agency=unit.agency_id) as line:
        save_intake(row, line)
    return row


def intake_of(unit: Unit, coming: Coming, *, at: datetime, by: Actor) -> Intake:
    """The row as it would be entered; without a number and not saved."""
    real_name = coming.real_name if coming.sort == Sort.COMPLAINT else None
    return Intake(
        agency_id=unit.agency_id, unit=unit, sort=coming.sort, channel=coming.channel, subject=coming.subject.strip(),
        content=coming.content.strip(), place_text=coming.place_text.strip(), latitude=coming.latitude, longitude=coming.longitude,
        person=coming.person.strip(), contact=coming.contact.strip(), real_name=real_name, happened_at=coming.happened_at,
        received_at=coming.received_at, at=at, by=by.id,
    )  # fmt: skip


def save_intake(row: Intake, line: Pen) -> None:
    """Give it its number and enter it, within the act of `line`."""
    row.number = next_number(row.agency, Sort(row.sort).label, at=row.at)
    row.save(force_insert=True)
    line.about(row)
    keep(row)


def check_coming(coming: Coming, *, at: datetime) -> None:
    if coming.sort not in Sort.values or coming.channel not in Intake.Channel.values:
        raise Malformed("没有这一种受理登记或者来源", do="请从所列各项中选择。")
    if not coming.subject.strip():
        raise Refused("没有写明事由", do="请用一句话写明是什么事。")
    if coming.received_at > at + SLACK:
        raise Refused("收到的时间在将来", do="请核对时间。")
    if coming.happened_at and coming.happened_at > coming.received_at + SLACK:
        raise Refused("所述的时间晚于收到的时间", do="请核对两个时间。")
    if coming.sort == Sort.COMPLAINT and coming.real_name is None:
        raise Refused("没有写明是不是实名", do="实名投诉举报不启动的，须告知本人，请写明。")
    named = coming.sort == Sort.APPLICATION or coming.real_name
    if named and not coming.person.strip():
        raise Refused("没有写明申请人或者实名投诉举报人", do="请写明姓名或者名称，以便出具凭证、告知结果。")


def take_step(
    row: Intake, *, by: Actor, step: str, says: str, happened_at: datetime, at: datetime, change: IntakeChange | None = None
) -> IntakeStep:  # fmt: skip
    """A step that leads to nothing of its own: what was done, when, and in some kinds why."""
    allow(by, "intake.write", on=row, at=at)
    if step in (Step.OPENED, Step.PLANNED):
        raise Malformed("启动执法事项、登记活动另有办法", do="请用页面上的按钮。")
    if step in _EXPLAINED and not says.strip():
        raise Refused(
            f"“{Step(step).label}”须写明情况", do="请写明依据、理由或者结果；转送的，写明送往何处、凭何文书。"
        )
    if (change is None) == (step == Step.COMPARED):
        raise Malformed("核对须指明是哪一次变更", do="请从列出的变更上核对。")
    if not row.received_at - SLACK <= happened_at <= at + SLACK:
        raise Refused("这一步的时间早于收到的时间，或者在将来", do="请核对时间。")
    with act("intake.step-taken", by=by, at=at, agency=row.agency_id) as line:
        return add_step(row, line, step=step, by=by, at=at, says=says, happened_at=happened_at, change=change)


def add_step(
    row: Intake, line: Pen, *, step: str, by: Actor, at: datetime, says: str = "", happened_at: datetime | None = None,
    case: Case | None = None, activity: Activity | None = None, change: IntakeChange | None = None, outside_key: str = "",
) -> IntakeStep:  # fmt: skip
    """Put one step down within the act of `line`; raises `Refused` where it does not come next. Two hands at once make one."""
    Intake.objects.select_for_update().get(pk=row.pk)
    allowed = next_steps(row)
    if step not in allowed:
        way = "、".join(Step(one).label for one in allowed) or "没有"
        raise Refused(
            f"{row.number}（{row.get_sort_display()}）现在不能登记“{Step(step).label}”",
            do=f"现在可办的：{way}。",
        )
    taken = IntakeStep(
        intake=row, sort=step, says=says.strip(), happened_at=happened_at or at, case=case, activity=activity, change=change,
        outside_key=outside_key, at=at, by=by.id,
    )  # fmt: skip
    taken.save(force_insert=True)
    line.about(taken)
    line.about(row)
    if row.system_id is not None and not outside_key:
        line.schedule(TELL, taken)
    return taken


def next_steps(row: Intake) -> tuple[str, ...]:
    """What may be entered of an intake now, in the order people do it."""
    taken = set(row.steps.values_list("sort", flat=True))
    found: list[str] = []
    if not taken & ENDING:
        found += [one for one in _SCENE if row.sort == Sort.INCIDENT and one not in taken]
        found += [Step.PLANNED, *_ENDS[row.sort]]
    if Step.OPENED not in taken and not taken & {*_WITHOUT_SCENE, Step.TRANSFERRED}:
        found.append(Step.OPENED)
    if row.person:
        found.append(Step.TOLD)
    if open_changes(row):
        found.append(Step.COMPARED)
    return tuple(found)


def start_of(row: Intake) -> str:
    """How a case begins that this intake leads to."""
    return _STARTS[row.sort]


def open_changes(row: Intake) -> list[IntakeChange]:
    """What an outside system told anew and nobody has compared yet."""
    return list(row.changes.filter(steps=None).order_by("at", "pk"))


_ENDED = Exists(IntakeStep.objects.filter(intake=OuterRef("pk"), sort__in=ENDING))
_CHANGED = Exists(IntakeChange.objects.filter(intake=OuterRef("pk"), steps=None))
STATES: dict[str, Q] = {
    "open": ~Q(_ENDED), "ended": Q(_ENDED), "changed": Q(_CHANGED), "waiting": ~Q(_ENDED) | Q(_CHANGED),
}  # fmt: skip


def intakes() -> QuerySet[Intake]:
    """All of them, each with whether it led somewhere (`ended`) and whether something told anew waits (`changed`)."""
    rows = Intake.objects.select_related("unit", "agency", "officer", "system")
    return rows.annotate(ended=_ENDED, changed=_CHANGED)


def intakes_seen(viewer: Actor, *, at: datetime) -> QuerySet[Intake]:
    return intakes().filter(reach_of(viewer, "intake.view", at=at))


def steps_of(intake: UUID) -> list[IntakeStep]:
    """The steps of an intake in the order they were taken."""
    rows = IntakeStep.objects.filter(intake=intake).select_related("case", "activity", "change")
    return list(rows.order_by("happened_at", "at", "pk"))


def origin_of(case: Case) -> Intake | None:
    """The intake a case came from; None of one that was opened by itself."""
    step = case.intake_steps.select_related("intake__unit").first()
    return step.intake if step else None


def is_real_name(case: Case) -> bool:
    """Whether the complaint a case came from was made under a real name."""
    return case.intake_steps.filter(intake__real_name=True).exists()
