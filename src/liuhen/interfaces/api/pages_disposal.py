"""销毁 as pages: the lists, and one list from drawing to certificate with who did which part."""

from collections.abc import Iterator
from datetime import datetime

from liuhen.apps.approval import queries as approval
from liuhen.apps.approval.queries import RequestView
from liuhen.apps.retention import certifying, disposal
from liuhen.apps.retention.models import DisposalHand, DisposalItem, DisposalList
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, containing, page_of
from liuhen.interfaces.api.rail import rail
from liuhen.interfaces.api.shapes import (
    Action,
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
    Tone,
)
from liuhen.interfaces.api.shapes_disposal import DisposalItemShown, DisposalPage, DisposalRow, DisposalStep
from liuhen.interfaces.api.words import count_label, size_shown
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed, Unavailable

_State, _Part, _Outcome = DisposalList.State, DisposalHand.Part, DisposalItem.Outcome
_TONES: dict[str, Tone] = {
    "asked": "action",
    "approved": "action",
    "running": "action",
    "aside": "due",
    "returned": "due",
    "called_off": "plain",
}
_ITEM_TONES: dict[str, Tone] = {"out": "due", "aside": "action", "back": "due"}
_FILTERS = [
    Filter(key="q", label="清单编号", kind="text"),
    Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in _State.choices]),
]  # fmt: skip
_TEACH = Teach(
    title="还没有销毁清单",
    what_belongs="期满拟销毁的音像，一批一份清单。没有单段的销毁，也没有自动的销毁；磁盘满了也不销毁。",
    how_it_gets_here="由档案机构列清单，法制核对，机关负责人批准，两个部门的两个人执行，第三人抽查，恢复期满后才覆盖删除，出具证明。",
)


def page(asking: Asking, asked: ListAsked) -> Listing[DisposalRow]:
    """The newest first."""
    if asked.state not in ("", *_State.values):
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    rows = disposal.disposals_visible_to(asking.by, at=asking.at).filter(containing(asked.q, ("number",)))
    found = page_of(rows.filter(state=asked.state) if asked.state else rows, by="drawn_at", after=asked.after)
    draw = Action(key="draw", label="列清单", main=True, form_url="/forms/disposal")
    views = [SavedView(key=key, label=label, query={"state": key}) for key, label in _State.choices]
    return Listing[DisposalRow](
        rows=[_row(row) for row in found.rows], next=found.next, count_label=found.count_label, filters=_FILTERS, views=views,
        actions=[draw] if asking.can("disposal.draw") else [], teach=_TEACH,
    )  # fmt: skip


def may_be_listed_says(asking: Asking, cutoff: datetime) -> str:
    """How much the form would list."""
    count = disposal.may_be_listed(asking.officer.agency_id, cutoff=cutoff, at=asking.at)[:1001].count()
    return f"现在可以列入的{count_label(count)}，一份清单最多 {disposal.MOST} 段，期满最早的在前。"


def trusted_or_none(asking: Asking) -> datetime | None:
    """The time disposal goes by; None while the witnesses are silent."""
    try:
        return certifying.trusted_time(asking.office.witnesses, at=asking.at)
    except Unavailable:
        return None


def _row(row: DisposalList) -> DisposalRow:
    return DisposalRow(
        id=str(row.pk), number=row.number, to=f"/disposals/{row.pk}", count=row.count, size=size_shown(row.size),
        drawn_by=row.drawn_by.name, drawn_at=row.drawn_at, recover_until=row.recover_until, state=_state(row),
    )  # fmt: skip


def _state(row: DisposalList) -> State:
    label = row.get_state_display()
    return State(label=label, tone=_TONES.get(row.state, "plain"), reason=row.called_off or None)


def one(asking: Asking, row: DisposalList) -> DisposalPage:
    """Everything about one list."""
    asked = [one for one in approval.requests_about(row.pk) if one.purpose == disposal.DISPOSE]
    hands = list(row.hands.select_related("officer", "unit").order_by("at"))
    items = list(row.items.select_related("recording").order_by("until", "pk"))
    made = certifying.certificate_of(row)
    things = [row.pk, *(one.id for one in asked), *(hand.pk for hand in hands), *([made.pk] if made else [])]
    return DisposalPage(
        head=Head(
            id=str(row.pk), number=row.number, title=f"销毁清单，{row.count} 段，{size_shown(row.size)}", state=_state(row), due=None,
            actions=actions(asking, row, hands), crumbs=[Link(label="保存处置", to="/keeping"), Link(label="销毁", to="/disposals")],
        ),
        says=_says(row), facts=_facts(row, items), steps=[*_steps(row, asked, hands, items, certified=made is not None)],
        items=[_item(item) for item in items],
        certificate=Link(label="下载销毁证明（PDF）", to=f"/api/v1/disposals/{row.pk}/certificate", note=f"SHA-256 {made.sha256}") if made else None,
        rail=rail(asking, findings=[], law=asking.law_or_none, things=things),
    )  # fmt: skip


def actions(asking: Asking, row: DisposalList, hands: list[DisposalHand]) -> list[Action]:
    """What this person may do on the list now."""
    found, mine = [], any(hand.officer_id == asking.officer.pk for hand in hands)
    if row.state == _State.APPROVED and asking.may("disposal.execute", row):
        why = "您已登记到场，须由另一部门的人员执行" if mine else None
        if disposal.decided_on(row, asking.officer.pk):
            why = "核对、批准清单的人不能执行"
        found.append(
            Action(
                key="hand",
                label="登记到场执行",
                main=True,
                form_url=f"/disposals/{row.pk}/hand",
                unavailable=why,
            )
        )
    sampled = any(hand.part == _Part.SAMPLE for hand in hands)
    if row.state == _State.ASIDE and not sampled and asking.may("disposal.check", row):
        why = "列清单和执行的人不能抽查" if mine or row.drawn_by_id == asking.officer.pk else None
        found.append(
            Action(
                key="sample", label="抽查", main=True, form_url=f"/disposals/{row.pk}/sample", unavailable=why
            )
        )
    if row.state in (_State.APPROVED, _State.RUNNING, _State.ASIDE) and asking.may("disposal.call-off", row):
        found.append(Action(key="call-off", label="撤回", form_url=f"/disposals/{row.pk}/call-off"))
    return found


def _says(row: DisposalList) -> str:
    told = {
        "asked": "等法制核对、机关负责人批准。原件都在证据库，没有动过。",
        "approved": "已批准。两个部门的两个人都登记到场之后开始执行；执行时逐段复核，有变动的落下。",
        "running": "正在逐段重读、复核并移出证据库。",
        "aside": f"原件在隔离区，{shown(row.recover_until) if row.recover_until else ''} 之前可以撤回；抽查相符、恢复期满之后才覆盖删除。",
        "done": "已覆盖删除，不能恢复。登记、摘要、经过和台账永久保留。",
        "called_off": f"已撤回：{row.called_off}。移出的原件全部放回。", "returned": "已退回，没有动过任何原件。",
    }  # fmt: skip
    return told[row.state]


def _facts(row: DisposalList, items: list[DisposalItem]) -> list[Fact]:
    counts = {value: sum(1 for item in items if item.outcome == value) for value in _Outcome.values}
    told = "，".join(f"{label} {counts[value]}" for value, label in _Outcome.choices if counts[value])
    facts = [
        Fact(label="届满早于", value=shown(row.cutoff)), Fact(label="列出", value=f"{row.drawn_by.name} {shown(row.drawn_at)}"),
        Fact(label="现况", value=told), Fact(label="清单摘要", value=row.sha256, mono=True),
    ]  # fmt: skip
    if row.recover_until:
        facts.append(
            Fact(
                label="恢复期至",
                value=shown(row.recover_until),
                note="量越大期越长：100 GB 以内 7 天，1 TB 以内 14 天，以上 30 天",
            )
        )
    return facts


def _steps(
    row: DisposalList,
    asked: list[RequestView],
    hands: list[DisposalHand],
    items: list[DisposalItem],
    *,
    certified: bool,
) -> Iterator[DisposalStep]:
    """Drawn, checked, approved, executed by two, sampled, destroyed."""
    yield _step("列清单", row.drawn_by.name, row.drawn_at, f"{row.count} 段")
    for request in asked[-1:]:
        for one in request.steps:
            says = f"{one.answer}{f'：{one.reason}' if one.reason else ''}"
            yield _step(one.title, one.officer, one.at, says, good=one.answer != "退回")
    executors = [hand for hand in hands if hand.part == _Part.EXECUTE]
    for number in range(2):
        yield _hand(f"执行人{'甲乙'[number]}", executors[number] if len(executors) > number else None)
    out = sum(1 for item in items if item.outcome == _Outcome.OUT)
    yield _step(
        "复核并移出", "系统" if row.executed_at else "", row.executed_at, f"落下 {out} 段" if out else ""
    )
    yield _hand("抽查", next((hand for hand in hands if hand.part == _Part.SAMPLE), None))
    yield _step("覆盖删除、出具证明", "系统" if certified else "", row.closed_at if certified else None, "")


def _hand(title: str, hand: DisposalHand | None) -> DisposalStep:
    if hand is None:
        return _step(title, "", None, "")
    outside = f"上级机关到场：{hand.outside}" if hand.outside else ""
    says = "；".join(filter(None, ["" if hand.agrees else "不符", hand.note, outside]))
    return _step(title, f"{hand.unit.name} {hand.officer.name}", hand.at, says, good=hand.agrees)


def _step(title: str, who: str, at: datetime | None, says: str, *, good: bool = True) -> DisposalStep:
    state = (
        State(label="未到", tone="plain")
        if at is None
        else State(label="已办", tone="proven")
        if good
        else State(label="未同意", tone="due")
    )
    return DisposalStep(title=title, who=who, at=at, says=says, state=state)


def _item(item: DisposalItem) -> DisposalItemShown:
    return DisposalItemShown(
        number=item.recording.number, to=f"/recordings/{item.recording_id}", size=size_shown(item.size), until=item.until, reason=item.reason,
        sha256=item.sha256, in_sample=item.in_sample,
        state=State(label=item.get_outcome_display(), tone=_ITEM_TONES.get(item.outcome, "plain"), reason=item.why or None),
    )  # fmt: skip


# ── 工作台 ─────────────────────────────────────────────────


def desk_items(asking: Asking) -> list[DueItem]:
    """Lists that wait for a hand or a sample by this person."""
    if not asking.can("disposal.view"):
        return []
    rows = disposal.disposals_visible_to(asking.by, at=asking.at).filter(
        state__in=(_State.APPROVED, _State.ASIDE)
    )
    found = []
    for row in rows.order_by("drawn_at")[:20]:
        main = [
            one for one in actions(asking, row, list(row.hands.all())) if one.main and not one.unavailable
        ]
        found += [_due(row, one) for one in main]
    return found


def _due(row: DisposalList, action: Action) -> DueItem:
    return DueItem(
        key=f"disposal-{row.pk}", title=f"销毁清单：{action.label}", what=f"{row.count} 段，{size_shown(row.size)}。{_says(row)}", number=row.number,
        deadline=None, state=_state(row), action=Action(key=f"disposal-{row.pk}", label="去办理", to=f"/disposals/{row.pk}"), cite=None, decides=True,
    )  # fmt: skip
