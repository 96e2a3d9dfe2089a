"""交接 on the page of a case and on the desk: every list with its sides, its state and what may be done about it."""

from liuhen.apps.casework import handing
from liuhen.apps.casework.models import Case, CaseHandover, HandoverSignature
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, DueItem, Explanation, State
from liuhen.kernel.clock import shown

SORTS = {"document": "文书", "recording": "音像", "goods": "物品和材料", "whole": "全部"}
_STATES = {
    "prepared": State(label="待移交人签名", tone="due"), "on_its_way": State(label="在途，待接收", tone="due"),
    "done": State(label="已交接", tone="plain"), "refused": State(label="不予接收", tone="breach"),
}  # fmt: skip


def rows(asking: Asking, case: Case) -> list[Explanation]:
    """Every handover of a case, oldest first."""
    closed = handing.closed_lists(asking.by, at=asking.at)
    return [_row(asking, one) for one in handing.handovers_of(case.pk) if one.pk not in closed]


def list_of(row: CaseHandover) -> str:
    """The list in one sentence, with the short digest both sides sign."""
    things = "；".join(_thing(thing) for thing in row.things)
    note = f"说明：{row.note}。" if row.note else ""
    return f"{row.get_point_display()}，{row.giver.name} 交 {row.receiving}。清单（{len(row.things)} 项）：{things}。{note}清单摘要 {handing.seen_of(row)[:16]}。"


def desk_items(asking: Asking) -> list[DueItem]:
    """The lists that wait for this person's signature."""
    if not asking.can("handover.sign"):
        return []
    closed = handing.closed_lists(asking.by, at=asking.at)
    return [
        DueItem(
            key=f"handover-{row.pk}", title="交接签名", what=f"{row.get_point_display()}：{row.giver.name} 交 {row.receiving}，{len(row.things)} 项",
            number=row.number, deadline=None, state=_STATES[handing.state_of(row)], action=_sign(row), cite=None,
        )
        for row in handing.awaited_of(asking.by.id).exclude(pk__in=closed).prefetch_related("signatures")[:_SHOWN]
    ]  # fmt: skip


_SHOWN = 20


def _row(asking: Asking, row: CaseHandover) -> Explanation:
    state, sides = handing.state_of(row), {one.side: one for one in row.signatures.all()}
    things = "；".join(_thing(thing) for thing in row.things)
    signed = "，".join(_signed(sides[side]) for side in HandoverSignature.Side if side in sides)
    return Explanation(
        id=str(row.pk), title=f"{row.get_point_display()}：{row.giver.name} → {row.receiving}", state=_STATES[state],
        says=f"{row.number}，{shown(row.at)} 制作，{len(row.things)} 项：{things}。{row.note}", signed=signed, to=None,
        actions=_actions(asking, row, state),
    )  # fmt: skip


def _actions(asking: Asking, row: CaseHandover, state: str) -> list[Action]:
    me = asking.by.id
    if state == "prepared" and me == row.giver_id:
        return [_sign(row)]
    if state != "on_its_way":
        return []
    if me == row.receiver_id:
        return [_sign(row), _form(row, "refusal", "不予接收")]
    if row.receiver_id is None and me == row.giver_id:
        return [_form(row, "hand", "请接收的人签名"), _form(row, "refusal", "注明不予接收")]
    return []


def _sign(row: CaseHandover) -> Action:
    return Action(
        key=f"sign-{row.pk}",
        label="核对清单并签名",
        main=True,
        form_url=f"/case-handovers/{row.pk}/signature",
    )


def _form(row: CaseHandover, what: str, label: str) -> Action:
    return Action(key=f"{what}-{row.pk}", label=label, form_url=f"/case-handovers/{row.pk}/{what}")


def _thing(thing: dict[str, str]) -> str:
    told = f"，SHA-256 {thing['sha256'][:16]}" if thing["sha256"] else ""
    return f"{SORTS[thing['sort']]} {thing['name']}{told}"


def _signed(one: HandoverSignature) -> str:
    told = f"不予接收：{one.refused}" if one.refused else "签名"
    return f"{one.get_side_display()} {one.name} {shown(one.at)} {told}"
