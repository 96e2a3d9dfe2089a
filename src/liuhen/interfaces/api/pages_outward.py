"""上报关联 as a page: what waits to be handed over, what waits for the platform's number, and what has it."""

import csv
import io
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.casework import outward
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.models import OutwardHandover, OutwardItem
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, between, containing, page_of
from liuhen.interfaces.api.shapes import (
    Action,
    DueItem,
    Filter,
    Link,
    Listing,
    Option,
    SavedView,
    State,
    Teach,
)
from liuhen.interfaces.api.shapes_outward import OutwardLine, OutwardRow
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

_STATES = {"waiting": "待上报", "open": "待编号", "done": "已取得编号"}
_FILTERS = [
    Filter(key="q", label="音像编号", kind="text"),
    Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in _STATES.items()]),
    Filter(key="when", label="入库", kind="dates"),
]  # fmt: skip
_VIEWS = [SavedView(key=key, label=label, query={"state": key}) for key, label in _STATES.items()]
_TEACH = Teach(
    title="没有要上报的音像",
    what_belongs="这里列出已关联、已复核而要交给上级平台的音像，和平台给出的编号。",
    how_it_gets_here="关联之后自动列入“待上报”；做成清单交出之后，等平台给出编号。交出的是编号和摘要，不是音像本身。",
)
_CELLS = (
    "recording", "name", "sha256", "sm3", "size", "form", "started_at", "ended_at", "stored_at", "unit", "device", "officer", "activities",
    "cases",
)  # fmt: skip
_HEADS = (
    "音像编号", "原文件名", "SHA-256", "SM3", "字节数", "形式", "开始", "结束", "入库", "部门", "设备", "警号", "活动编号", "案号",
)  # fmt: skip
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def page(asking: Asking, asked: ListAsked) -> Listing[OutwardRow]:
    """Newest first; without a filter everything this person may know of that has been, or may be, handed over."""
    if asked.state not in ("", *_STATES):
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    words = containing(asked.q, ("number", "source_name"))
    found = page_of(
        _of_state(asking, asked.state).filter(words & between(asked.when, "received_at")),
        by="received_at",
        after=asked.after,
    )
    return Listing[OutwardRow](
        rows=_rows(asking, found.rows), next=found.next, count_label=found.count_label, filters=_FILTERS, views=_VIEWS, actions=[],
        teach=_TEACH,
    )  # fmt: skip


def line(asking: Asking) -> OutwardLine:
    """How the way to the platform stands."""
    superior = asking.office.superior
    waiting = (
        outward.waiting_recordings(asking.by, at=asking.at).count() if asking.can("handover.make") else 0
    )
    open_ = outward.outward_waiting(asking.by, at=asking.at)
    items = outward.items_seen(asking.by, at=asking.at).order_by("-handover__at")
    last = items.first()
    by_line = superior is not None and superior.url != ""
    make = Action(
        key="hand-over", label=f"上报 {min(waiting, outward.MOST)} 段", main=True, form_url="/forms/handover"
    )
    says = (
        "经联网接口发送，没有送成的自动再送"
        if by_line
        else "导出清单文件，由人带到平台；平台给出的编号在这里登记"
    )
    return OutwardLine(
        platform=superior.name if superior else "未设置上级平台",
        says=f"{says}。" if superior else "由系统管理员在设置中写明 superior_name；在此之前可以导出清单、登记编号。",
        waiting=waiting, open=open_.count(), last=f"{last.handover.number}，{shown(last.handover.at)}" if last else "",
        trouble=_trouble(open_), actions=[make] if waiting else [],
    )  # fmt: skip


def desk_items(asking: Asking) -> list[DueItem]:
    """One item for what the platform has not answered or what could be handed over; only where the office hands over at all."""
    if not asking.can("handover.make") or (
        asking.office.superior is None and not outward.items_seen(asking.by, at=asking.at).exists()
    ):
        return []
    told = line(asking)
    if not told.waiting and not told.trouble:
        return []
    what = f"{told.waiting} 段已关联的音像还没有上报" if told.waiting else f"{told.open} 段等平台编号"
    return [
        DueItem(
            key="outward", title="上报关联", what=f"{what}。{told.trouble}", number=told.platform, deadline=None,
            state=State(label="没有送成" if told.trouble else "待上报", tone="due" if told.trouble else "action"),
            action=Action(key="outward", label="去上报", to="/handovers"), cite=None,
        )
    ]  # fmt: skip


def made_seen(asking: Asking, key: UUID) -> OutwardHandover | None:
    """A list, for those who may know of every recording on it."""
    made = outward.handover(key)
    seen = outward.items_seen(asking.by, at=asking.at).filter(handover=key).count()
    return made if made is not None and seen == made.count else None


def table_of(made: OutwardHandover) -> bytes:
    """The list as CSV for people, with a mark that office programs know; what would be a formula is text."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(_HEADS)
    for item in outward.opened(made)["items"]:
        writer.writerow([_cell(item[key]) for key in _CELLS])
    return out.getvalue().encode("utf-8-sig")


def place_outside(item: OutwardItem) -> tuple[str, str]:
    """Where a recording stands outside, for its custody: the place, and how it is known."""
    reference = outward.reference_of(item)
    how = f"列入 {item.handover.number}；" + (f"平台编号 {reference}" if reference else "平台还没有给出编号")
    return f"上级平台（{item.handover.platform}）", f"{how}。交出的是编号和摘要，原件仍在证据库"


def _of_state(asking: Asking, state: str) -> QuerySet[Recording]:
    items = outward.items_seen(asking.by, at=asking.at)
    items = items.filter(reference__isnull=state == "open") if state in ("open", "done") else items
    handed = items.values("recording")
    waiting = outward.waiting_recordings(asking.by, at=asking.at).values("pk")
    rows = Recording.objects.select_related("unit")
    if state == "waiting":
        return rows.filter(pk__in=waiting)
    return rows.filter(pk__in=handed) if state else rows.filter(pk__in=handed.union(waiting))


def _rows(asking: Asking, rows: list[Recording]) -> list[OutwardRow]:
    keys = [row.pk for row in rows]
    homes, items = casework.homes_of(keys), outward.outward_items_of(keys)
    return [_row(asking, row, homes.get(row.pk), items.get(row.pk)) for row in rows]


def _row(asking: Asking, row: Recording, home: casework.Home | None, item: OutwardItem | None) -> OutwardRow:
    reference = getattr(item, "reference", None)
    state = State(label=_STATES["done"], tone="proven") if reference else State(
        label=_STATES["open"] if item else _STATES["waiting"], tone="due" if item else "action"
    )  # fmt: skip
    enter = Action(key="enter", label="登记编号", form_url=f"/recordings/{row.pk}/outward-reference")
    may = item is not None and reference is None and asking.may("handover.make", row)
    at = f"/api/v1/handovers/{item.handover_id}" if item else ""
    return OutwardRow(
        id=str(row.pk), number=row.number, to=f"/recordings/{row.pk}", activity=home.activity.number if home and home.activity else "",
        case=home.case.number if home and home.case else "", state=state,
        handover=item.handover.number if item else "", reference=reference.reference if reference else "",
        at=reference.given_at if reference else item.handover.at if item else None,
        manifest=Link(label="清单", to=f"{at}/manifest") if item else None, table=Link(label="表格", to=f"{at}/table") if item else None,
        actions=[enter] if may else [],
    )  # fmt: skip


def _trouble(open_: QuerySet[OutwardItem]) -> str:
    """Of the newest list still unanswered and sent over the line, how its last sending ended."""
    item = open_.filter(handover__way=OutwardHandover.Way.LINE).order_by("-handover__at").first()
    tries = outward.tries_of(item.handover) if item else []
    return f"最近一次发送（{shown(tries[0].at)}）：{tries[0].trouble}" if tries and tries[0].trouble else ""


def _cell(value: Any) -> str:
    text = "、".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text
