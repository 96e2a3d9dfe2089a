"""How what waits for a person is laid out: first what others wait for him to decide, then the most urgent, the like of each other folded and counted.

Both the desk and the daily list are laid out here, from the same items. What was told of others because they are late stands apart.
"""

from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote
from uuid import UUID

from liuhen.apps.oversight import escalating
from liuhen.apps.oversight.models import Escalation
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, Deadline, DueItem, Link, State
from liuhen.interfaces.api.shapes_oversight import AlertGroup, AlertRow
from liuhen.kernel.clock import shown

_SHOWN, _OF_ONE_SORT = 8, 3
_TOLD = 60
_GROUPS = {"decide": "等您决定", "late": "逾期和不符合", "told": "他人逾期，已上报给您", "rest": "其他待办"}
_LATE = {
    Escalation.Sort.APPROVAL: "审批逾期",
    Escalation.Sort.FINDING: "不符合没有补正",
    Escalation.Sort.LOAN: "设备逾期未还",
    Escalation.Sort.REMARK: "整改逾期",
}
_PAGES = {
    "evidence.recording": "/recordings/{0}", "casework.activity": "/activities/{0}", "casework.case": "/cases/{0}",
    "documents.document": "/documents/{0}", "approval.request": "/approvals/{0}", "devices.loan": "/devices?state=issued",
}  # fmt: skip


def first_of(items: list[DueItem]) -> DueItem | None:
    """The one thing to begin with: a decision others wait for, else what is most urgent."""
    return next((one for one in items if one.decides), items[0] if items else None)


def decisions(items: Iterable[DueItem]) -> tuple[list[DueItem], Link | None]:
    """What waits for a decision: as many as the desk shows, and how many there are besides."""
    found = [one for one in items if one.decides]
    more = len(found) - _SHOWN
    return found[:_SHOWN], Link(label=f"另有 {more} 件等您决定", to="/alerts#decide") if more > 0 else None


def folded(items: Iterable[DueItem]) -> tuple[list[DueItem], list[Link]]:
    """Of the rest the most urgent, three of one sort at most, and how many of each sort are not shown."""
    shown_, of_sort, hidden = list[DueItem](), Counter[str](), Counter[str]()
    for one in items:
        if one.decides:
            continue
        sort = _sort(one)
        if len(shown_) < _SHOWN and of_sort[sort] < _OF_ONE_SORT:
            of_sort[sort] += 1
            shown_.append(one)
        else:
            hidden[sort] += 1
    return shown_, [
        Link(label=f"{sort}，另有 {count} 件", to=f"/alerts?sort={quote(sort)}")
        for sort, count in hidden.most_common()
    ]


def _sort(one: DueItem) -> str:
    """The like of each other: every breach is one sort, whatever the rule says."""
    return one.state.label if one.key.startswith("finding-") else one.title


def groups(asking: Asking, items: list[DueItem]) -> list[AlertGroup]:
    """The daily list in its parts; of each thing whether a superior was told that it is late."""
    told = escalating.told_about(_subjects(items))
    parts: dict[str, list[AlertRow]] = {key: [] for key in _GROUPS}
    for one in items:
        part = (
            "told"
            if one.key.startswith("told-")
            else "decide"
            if one.decides
            else "late"
            if one.state.tone == "breach"
            else "rest"
        )
        parts[part].append(_row(one, told))
    return [
        AlertGroup(key=key, title=_GROUPS[key], count=len(rows), rows=rows)
        for key, rows in parts.items()
        if rows
    ]


def _row(one: DueItem, told: dict[tuple[str, UUID], Escalation]) -> AlertRow:
    row = told.get(_key(one)) if _key(one) else None  # type: ignore[arg-type]
    return AlertRow(
        key=one.key, title=one.title, what=one.what, number=one.number, due_at=one.deadline.due_at if one.deadline else None, state=one.state,
        to=one.action.to, cite=one.cite, note=f"已于 {shown(row.at)} 报给{escalating.role_of(row)} {row.told.name}" if row else "",
    )  # fmt: skip


def _subjects(items: Iterable[DueItem]) -> list[UUID]:
    return [key[1] for key in map(_key, items) if key is not None]


def _key(one: DueItem) -> tuple[str, UUID] | None:
    """Sort and subject of an item that may have been told to a superior."""
    sort, _, subject = one.key.partition("-")
    return (sort, UUID(subject)) if sort in Escalation.Sort.values else None


def with_told(asking: Asking, items: list[DueItem]) -> list[DueItem]:
    """Besides his own what this person was told of because those who should have acted did not; each thing once.

    What he may decide himself stands as that, everything else as what he was told.
    """
    his = {_key(one) for one in items if one.decides}
    rows = [
        row
        for row in escalating.told_to(asking.by, at=asking.at)[:_TOLD]
        if (row.sort, row.subject) not in his
    ]
    told = {(row.sort, row.subject) for row in rows}
    his_own = {_key(one): one for one in items if _key(one) in told}
    others = [one for one in items if one.decides or _key(one) not in told]
    return [*others, *(_told(row, his_own.get((row.sort, row.subject))) for row in rows)]


def _told(row: Escalation, own: DueItem | None) -> DueItem:
    """With what is wrong in the words of his `own` line about it, where he has one: those who are late are told by name, the article stays."""
    to = _PAGES.get(row.subject_kind, "/inspections").format(row.subject)
    who = f"{row.unit.name} {row.late}" if row.late else row.unit.name
    return DueItem(
        key=f"told-{row.pk}", title=f"督办：{own.title if own else _LATE[Escalation.Sort(row.sort)]}",
        what=f"{who}：{(own.what if own else row.says).removesuffix('。')}。{shown(row.since)} 起等办，{shown(row.at)} 报给您。",
        number=row.number, deadline=Deadline(label="等办", due_at=row.since, tone="breach"), state=State(label="逾期上报", tone="breach"),
        action=Action(key=f"told-{row.pk}", label="去查看", to=to), cite=own.cite if own else None,
    )  # fmt: skip
