"""受理登记 as pages: the list of what came in, and one of them with its steps, its changes and the footage of its minute and place."""

from liuhen.apps.casework import pushing, receiving
from liuhen.apps.casework.around import AROUND, recordings_around
from liuhen.apps.casework.models import Intake, IntakeChange, IntakeStep
from liuhen.apps.casework.receiving import Step
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.registry import queries as registry
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, between, containing, page_of
from liuhen.interfaces.api.rail import rail
from liuhen.interfaces.api.recording_rows import rows_shown
from liuhen.interfaces.api.shapes import (
    Action,
    Due,
    DueItem,
    Fact,
    Filter,
    Head,
    Link,
    Listing,
    Option,
    SavedView,
    State,
    Teach,
)
from liuhen.interfaces.api.shapes_intakes import IntakePage, IntakeRow, NearRecording
from liuhen.kernel.clock import shown, shown_length
from liuhen.kernel.errors import Malformed

_STATES = {"open": "待办", "ended": "已有去向", "changed": "来文有变更"}
_FILTERS = [
    Filter(key="q", label="编号、事由、地点、来人", kind="text"),
    Filter(key="kind", label="种类", kind="select", options=[Option(value=v, label=w) for v, w in Intake.Sort.choices]),
    Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in _STATES.items()]),
    Filter(key="when", label="收到", kind="dates"),
]  # fmt: skip
_VIEWS = [SavedView(key="open", label="待办", query={"state": "open"})] + [
    SavedView(key=value, label=label, query={"kind": value}) for value, label in Intake.Sort.choices
]
_TEACH = Teach(
    title="没有受理登记", what_belongs="警情、投诉举报、申请和依职权发现的线索：谁、何时、何事，以及后来去了哪里。",
    how_it_gets_here="接到的人在这里登记；与接处警、办案系统联网的，由对方系统推送，同一编号只记一次。",
)  # fmt: skip
_SHOWN = 20


def page(asking: Asking, asked: ListAsked) -> Listing[IntakeRow]:
    """The newest first."""
    if asked.state not in ("", *_STATES) or asked.kind not in ("", *Intake.Sort.values):
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    rows = receiving.intakes_seen(asking.by, at=asking.at)
    rows = rows.filter(sort=asked.kind) if asked.kind else rows
    rows = rows.filter(receiving.STATES[asked.state]) if asked.state else rows
    words = containing(asked.q, ("number", "outside_number", "subject", "place_text", "person"))
    found = page_of(
        rows.filter(words & between(asked.when, "received_at")), by="received_at", after=asked.after
    )
    new = Action(key="new", label="受理登记", main=True, form_url="/forms/intake")
    return Listing[IntakeRow](
        rows=[_row(row) for row in found.rows], next=found.next, count_label=found.count_label, filters=_FILTERS, views=_VIEWS,
        actions=[new] if asking.can("intake.write") else [], teach=_TEACH,
    )  # fmt: skip


def intake(asking: Asking, row: Intake) -> IntakePage:
    """Everything about one."""
    steps, changes = receiving.steps_of(row.pk), list(row.changes.order_by("at", "pk"))
    visible = evidence.visible_to(asking.by, at=asking.at)
    around = recordings_around(row, visible) if asking.can("recording.list") else None
    shown_rows = rows_shown(asking, [one.recording for one in around.near]) if around else []
    names = registry.names_of([row.by, *(step.by for step in steps)])
    return IntakePage(
        head=_head(asking, row, steps),
        facts=_facts(row, names.get(row.by, "")),
        content=row.content,
        steps=[_step(step, names.get(step.by, "")) for step in steps],
        changes=[_change(change) for change in changes],
        near_says=_near_says(row, around.elsewhere) if around else "您没有查看音像资料的权限。",
        near=[NearRecording(recording=r, says=n.says) for r, n in zip(shown_rows, around.near, strict=True)] if around else [],
        rail=rail(
            asking, findings=[], law=asking.law_or_none,
            things=[row.pk, *(step.pk for step in steps), *(change.pk for change in changes)],
        ),
    )  # fmt: skip


def desk_items(asking: Asking) -> list[DueItem]:
    """Complaints, applications and calls that lead nowhere yet, and what a system told anew, for who may write."""
    if not asking.can("intake.write"):
        return []
    rows = receiving.intakes_seen(asking.by, at=asking.at).filter(unit=asking.officer.unit)
    open_ = rows.filter(receiving.STATES["waiting"])
    return [
        DueItem(
            key=f"intake-{row.pk}", title=row.get_sort_display(), what=row.subject, number=row.number, deadline=None, state=state_of(row),
            action=Action(key="intake", label="去办理", to=f"/intakes/{row.pk}"), cite=None,
        )
        for row in open_.order_by("received_at")[:_SHOWN]
    ]  # fmt: skip


def state_of(row: Intake) -> State:
    """Where it stands; `row` comes with what `receiving.intakes` counts."""
    if row.changed:  # type: ignore[attr-defined]
        return State(label=_STATES["changed"], tone="due", reason="对方系统后来的内容与先前不同，待核对")
    return State(label="已有去向", tone="plain") if row.ended else State(label="待办", tone="action")  # type: ignore[attr-defined]


def _row(row: Intake) -> IntakeRow:
    last = row.steps.filter(sort__in=receiving.ENDING).order_by("-at").first()
    return IntakeRow(
        id=str(row.pk), number=row.number, sort=row.get_sort_display(), subject=row.subject, place=row.place_text,
        received_at=row.received_at, person=row.person or ("未留名" if row.sort != Intake.Sort.LEAD else ""),
        leads_to=last.get_sort_display() if last else "", state=state_of(row),
    )  # fmt: skip


def _head(asking: Asking, row: Intake, steps: list[IntakeStep]) -> Head:
    actions = _actions(asking, row)
    leads = next((step for step in reversed(steps) if step.case or step.activity), None)
    if row.changed:  # type: ignore[attr-defined]
        due = Due(says="对方系统后来的内容与先前不同，请核对", tone="due", action=_found(actions, "compare"))
    elif not row.ended:  # type: ignore[attr-defined]
        due = Due(says=_next_says(row), action=actions[0] if actions else None)
    else:
        due = None
    if leads is not None:
        to = f"/cases/{leads.case_id}" if leads.case else f"/activities/{leads.activity_id}"
        actions.append(Action(key="leads", label="打开执法事项" if leads.case else "打开现场活动", to=to))
    return Head(
        id=str(row.pk), number=row.number, title=row.subject, state=state_of(row), due=due, actions=actions,
        crumbs=[Link(label="受理登记", to="/intakes")],
    )  # fmt: skip


def _next_says(row: Intake) -> str:
    said = {
        Intake.Sort.INCIDENT: "请登记现场活动，或者写明没有现场处置的原因",
        Intake.Sort.COMPLAINT: "请启动执法事项，在其中写明启动或者不启动；不归本机关管的，转送有权机关",
        Intake.Sort.APPLICATION: "请启动执法事项，出具收件凭证，决定受理或者不予受理",
        Intake.Sort.LEAD: "请核查之后启动执法事项，或者写明核查结果",
    }
    return said[Intake.Sort(row.sort)]


def _actions(asking: Asking, row: Intake) -> list[Action]:
    if not asking.may("intake.write", row):
        return []
    at, allowed = f"/intakes/{row.pk}", receiving.next_steps(row)
    plan = Action(key="plan", label="登记现场活动", form_url=f"/forms/activity?intake={row.pk}")
    start = Action(key="start", label="启动执法事项", form_url=f"/forms/case?intake={row.pk}")
    found = [plan] if Step.PLANNED in allowed and asking.can("activity.write") else []
    found += [start] if Step.OPENED in allowed and asking.can("case.write") else []
    if row.sort in (Intake.Sort.COMPLAINT, Intake.Sort.APPLICATION):
        found.reverse()
    found = [one.model_copy(update={"main": number == 0}) for number, one in enumerate(found)]
    if set(allowed) - {Step.PLANNED, Step.OPENED, Step.COMPARED}:
        found.append(Action(key="step", label="登记一步", form_url=f"{at}/step"))
    if Step.COMPARED in allowed:
        found.append(Action(key="compare", label="核对来文变更", form_url=f"{at}/comparison"))
    return found


def _found(actions: list[Action], key: str) -> Action | None:
    return next((one for one in actions if one.key == key), None)


def _facts(row: Intake, name: str) -> list[Fact]:
    named = {True: "实名", False: "匿名", None: ""}[row.real_name]
    came = row.system.name if row.system else row.get_channel_display()
    told = [
        Fact(label="种类", value=row.get_sort_display(), note=named or None), Fact(label="来源", value=came),
        Fact(label="收到", value=shown(row.received_at)), Fact(label="地点", value=row.place_text or "未填"),
        Fact(label="来人", value=row.person or "未留名", note=row.contact or None), Fact(label="部门", value=row.unit.name),
    ]  # fmt: skip
    told += [Fact(label="所述时间", value=shown(row.happened_at))] if row.happened_at else []
    told += [Fact(label="对方编号", value=row.outside_number)] if row.outside_number else []
    told.append(Fact(label="登记", value=f"{name or came}，{shown(row.at)}"))
    return told


def _step(step: IntakeStep, name: str) -> Fact:
    to = (
        f"/cases/{step.case_id}"
        if step.case
        else f"/activities/{step.activity_id}"
        if step.activity
        else None
    )
    thing = step.case.number if step.case else step.activity.number if step.activity else ""
    told = "，".join(filter(None, [shown(step.happened_at), thing, step.says]))
    who = name or "对方系统推送"
    return Fact(label=step.get_sort_display(), value=told, note=f"{who}，{shown(step.at)} 登记", to=to)


def _change(change: IntakeChange) -> Fact:
    told = "；".join(
        f"{label}：{before or '空'} → {now or '空'}" for label, before, now in pushing.differences(change)
    )
    compared = change.steps.exists()
    return Fact(
        label=shown(change.at), value=told or "写法不同，内容相同", note="已核对" if compared else "待核对", tone="plain" if compared else "due"
    )  # fmt: skip


def _near_says(row: Intake, elsewhere: int) -> str:
    moment = row.happened_at or row.received_at
    told = f"{shown(moment)} 前后 {shown_length(AROUND)} 之内、您可以知道的音像资料，地点相合的在前。"
    return f"{told}另有 {elsewhere} 段已知在别处拍摄，没有列出。" if elsewhere else told
