"""Where a recording comes from, as its page shows it: the grade, the statements and their checks, what is to be done."""

from uuid import UUID

from liuhen.apps.evidence import sources
from liuhen.apps.evidence.models import Recording, SourceStatement
from liuhen.apps.registry import queries as registry
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, Due, DueItem, Fact, State
from liuhen.interfaces.api.sources import summary
from liuhen.kernel.clock import shown

_UNCHECKED = "手工导入，来源尚未核实"


def due_of(asking: Asking, row: Recording) -> Due | None:
    """What is due before this recording counts; None where its source is no question of a statement."""
    told = sources.waiting_statement(row.pk) if sources.may_be_stated(row) else None
    if told is None and not sources.needs_statement(row):
        return None
    if told is not None:
        act = _confirm(row) if may_confirm(asking, row, told) else None
        return Due(says="来源说明待第二人核实：核实之前不能关联，也不作数", tone="due", action=act)
    act = _state(row) if asking.may("recording.receive", row) else None
    return Due(says=f"请作来源说明：{row.quarantine}", tone="due", action=act)


def actions_of(asking: Asking, row: Recording) -> list[Action]:
    """What this person may do about the source now."""
    if sources.may_be_stated(row):
        told = sources.waiting_statement(row.pk)
        if told is None:
            return [_state(row)] if asking.may("recording.receive", row) else []
        if not asking.may("recording.confirm", row):
            return []
        own = None if may_confirm(asking, row, told) else "这段音像由您摄录、导入或者说明，须由另一人核实"
        return [_confirm(row).model_copy(update={"unavailable": own})]
    return _erasure(asking, row)


def may_confirm(asking: Asking, row: Recording, told: SourceStatement) -> bool:
    """Whether this person is the second one."""
    first = {told.by, row.received_by, told.officer_id}
    return asking.may("recording.confirm", row) and asking.by.id not in first


def facts_of(row: Recording) -> list[Fact]:
    """The grade, every statement with its check, and the erasure on the other device."""
    told = sources.statements_about(row.pk)
    facts = [
        Fact(
            label="采集方式",
            value=_UNCHECKED
            if row.quarantine and row.station_id is None
            else sources.GRADES[sources.grade_of(row)],
        )
    ]
    names = registry.names_of(
        {one.by for one in told} | {one.answered.by for one in told if _has_answer(one)}
    )
    facts += [_statement(one, names) for one in told]
    note = sources.erasures_of([row.pk]).get(row.pk)
    if note is not None:
        facts.append(Fact(label="替代设备已删除", value=note.says, note=shown(note.erased_at)))
    return facts


def desk_items(asking: Asking, rows: list[Recording]) -> list[DueItem]:
    """What waits on the desk: statements to be made of what this person brought, statements to be checked."""
    items = []
    for row in rows:
        due = due_of(asking, row)
        mine = row.received_by == asking.by.id
        if due is None or due.action is None or (due.action.key == "state-source" and not mine):
            continue
        items.append(
            DueItem(
                key=f"source-{row.pk}", title=due.action.label, what=due.says, number=row.number, deadline=None,
                state=State(label="待核实来源" if due.action.key == "confirm-source" else "待来源说明", tone="due"),
                action=Action(key=f"open-{row.pk}", label="去办理", to=f"/recordings/{row.pk}"), cite=None,
            )
        )  # fmt: skip
    return items


def _statement(one: SourceStatement, names: dict[UUID, str]) -> Fact:
    who = names.get(one.by, "本机操作员")
    note = f"{who}说明，{shown(one.at)}"
    if _has_answer(one):
        checked = one.answered
        reason = f"：{checked.reason}" if checked.reason else ""
        note += (
            f"；{names.get(checked.by, '')}核实{checked.get_answer_display()}{reason}，{shown(checked.at)}"
        )
    else:
        note += "；待核实"
    allowed = f"；制度允许的措施：{one.allowed_by}" if one.allowed_by and one.substitute else ""
    return Fact(label="来源说明", value=summary(one) + allowed, note=note)


def _has_answer(one: SourceStatement) -> bool:
    return hasattr(one, "answered")


def _erasure(asking: Asking, row: Recording) -> list[Action]:
    told = sources.confirmed_statement(row.pk)
    if told is None or not told.substitute or not asking.may("recording.annotate", row):
        return []
    if row.pk in sources.erasures_of([row.pk]):
        return []
    early = None if row.verified_at else "原件尚未复核，替代设备上的文件还不能删除"
    return [
        Action(
            key="erasure",
            label="确认替代设备已删除",
            form_url=f"/recordings/{row.pk}/erasure-note",
            unavailable=early,
        )
    ]


def _state(row: Recording) -> Action:
    return Action(
        key="state-source", label="作来源说明", main=True, form_url=f"/recordings/{row.pk}/source-statement"
    )


def _confirm(row: Recording) -> Action:
    return Action(
        key="confirm-source", label="核实来源", main=True, form_url=f"/recordings/{row.pk}/source-answer"
    )
