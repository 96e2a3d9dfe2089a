"""办案区停留 as pages: the list, and one stay step by step with what the rooms' cameras recorded of it."""

from datetime import timedelta

from liuhen.apps.casework import stays
from liuhen.apps.casework.models import Stay
from liuhen.apps.casework.stays import Covered, Sort
from liuhen.apps.oversight import queries as oversight
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, between, containing, page_of
from liuhen.interfaces.api.rail import rail
from liuhen.interfaces.api.recording_rows import rows_shown
from liuhen.interfaces.api.shapes import Action, Due, Fact, Filter, Head, Link, Listing, State, Teach
from liuhen.interfaces.api.shapes_stays import StayPage, StayRow, StayStepShown
from liuhen.interfaces.api.words import span_shown
from liuhen.kernel.clock import shown, shown_length
from liuhen.kernel.spans import total

_FILTERS = [
    Filter(key="q", label="编号、被带入的人", kind="text"),
    Filter(key="when", label="登记", kind="dates"),
]
_TEACH = Teach(
    title="没有办案区停留", what_belongs="被带入办案区的人，自入区到离区的每一步、在哪一间，和这些房间的录像是否连续。",
    how_it_gets_here="在带回他的那次现场活动的页面上登记入区。",
)  # fmt: skip


def page(asking: Asking, asked: ListAsked) -> Listing[StayRow]:
    rows = stays.stays_seen(asking.by, at=asking.at)
    words = containing(asked.q, ("number", "person")) & between(asked.when, "at")
    found = page_of(rows.filter(words), by="at", after=asked.after)
    return Listing[StayRow](
        rows=[_row(asking, row) for row in found.rows], next=found.next, count_label=found.count_label, filters=_FILTERS, views=[],
        actions=[], teach=_TEACH,
    )  # fmt: skip


def stay(asking: Asking, row: Stay) -> StayPage:
    law, told = asking.law_or_none, stays.coverage(row, at=asking.at)
    steps = list(row.steps.all())
    missing = _missing(told)
    return StayPage(
        head=_head(asking, row, told, missing),
        facts=[
            Fact(label="被带入的人", value=row.person),
            Fact(label="现场活动", value=f"{row.activity.number} {row.activity.subject}", to=f"/activities/{row.activity_id}"),
            Fact(label="入区", value=shown(told[0].step.starts_at)),
            Fact(label="离区", value=_left(row)),
        ],
        says=_says(law, missing),
        steps=[_step(asking, one) for one in told],
        rail=rail(
            asking, findings=oversight.findings_about([row.activity_id]), law=law,
            things=[row.pk, *(step.pk for step in steps)],
        ),
    )  # fmt: skip


def _row(asking: Asking, row: Stay) -> StayRow:
    told = stays.coverage(row, at=asking.at)
    last = told[-1]
    missing = _missing(told)
    return StayRow(
        id=str(row.pk), number=row.number, person=row.person, where="已离区" if last.until else _room(last), entered_at=told[0].step.starts_at,
        left_at=last.until, missing=shown_length(missing) if missing else "", state=_state(last, missing),
    )  # fmt: skip


def _head(asking: Asking, row: Stay, told: list[Covered], missing: timedelta) -> Head:
    last = told[-1]
    inside = last.until is None and asking.may("activity.write", row)
    step = Action(key="step", label="登记下一步", main=True, form_url=f"/stays/{row.pk}/step")
    due = (
        Due(
            says=f"{row.person}在{_room(last)}（{last.step.get_sort_display()}）；换房间、换事项、离区时登记",
            action=step,
        )
        if inside
        else None
    )
    return Head(
        id=str(row.pk), number=row.number, title=f"{row.person} · 办案区停留", state=_state(last, missing), due=due,
        actions=[step] if inside else [], crumbs=[Link(label="办案区停留", to="/stays")],
    )  # fmt: skip


def _state(last: Covered, missing: timedelta) -> State:
    if missing:
        return State(label=f"缺 {shown_length(missing)}", tone="breach", reason="所在房间的录像没有盖住")
    if last.until is None:
        return State(label="在区内", tone="action")
    return State(label="录像连续", tone="plain")


def _says(law: Rulebook | None, missing: timedelta) -> str:
    rule = next((one for one in law.rules_of("start_stop") if one.id == "whole-stay"), None) if law else None
    asks = f"{rule.says}（{rule.citation.article}）。" if rule else ""
    if missing:
        return f"{asks}没有录到的共 {shown_length(missing)}。文件还没有入库的，请入库；确实没有录到的，在现场活动的页面上登记中断并说明。"
    return f"{asks}所在房间的录像连续盖住了已登记的每一步。"


def _step(asking: Asking, one: Covered) -> StayStepShown:
    step = one.step
    state = State(label="连续", tone="plain")
    if one.missing:
        state = State(label=f"缺 {shown_length(total(one.missing))}", tone="breach")
    if step.unready:
        state = State(
            label="场所没有就绪",
            tone="breach" if step.sort == Sort.QUESTIONING else "due",
            reason=step.unready,
        )
    return StayStepShown(
        label=step.get_sort_display(), room=_room(one), starts_at=step.starts_at, ends_at=one.until,
        says="。".join(filter(None, [step.says, step.unready])), state=state,
        gaps=[f"{span_shown(gap.start, gap.end)}，{shown_length(gap.length)}" for gap in one.missing],
        recordings=rows_shown(asking, [row for row in one.recordings if asking.knows(row.pk)]) if asking.can("recording.list") else [],
    )  # fmt: skip


def _left(row: Stay) -> str:
    last = row.steps.filter(sort=Sort.LEAVE).first()
    return shown(last.starts_at) if last else "在区内"


def _room(one: Covered) -> str:
    return one.step.room.name if one.step.room else ""


def _missing(told: list[Covered]) -> timedelta:
    return total([gap for one in told for gap in one.missing])
