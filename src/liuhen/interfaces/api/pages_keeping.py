"""保存处置 as pages: the calendar of what falls due, how long each recording is kept, and the holds."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from liuhen.apps.approval.models import Request
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.models import Activity, Case
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import Recording
from liuhen.apps.retention import holds, queries
from liuhen.apps.retention.models import Hold, KeepingPeriod
from liuhen.apps.retention.shortening import waiting_shortenings
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, between, containing, page_of
from liuhen.interfaces.api.shapes import (
    Action,
    Cite,
    Deadline,
    DueItem,
    Fact,
    Filter,
    Link,
    Listing,
    Option,
    SavedView,
    State,
    Teach,
    Tone,
)
from liuhen.interfaces.api.shapes_keeping import HeldShown, HoldRow, KeepingCalendar, KeepingRow, MonthDue
from liuhen.interfaces.api.words import count_label, size_shown
from liuhen.kernel.clock import BEIJING, aware, shown
from liuhen.kernel.errors import Malformed
from liuhen.kernel.months import day_of

_AHEAD, _WARN, _LONG_AGO = 12, timedelta(days=30), timedelta(days=365 * 50)
_STATES = {
    "due": "已届满", "soon": "30 天内届满", "until": "定期", "held": "暂缓处置", "undecided": "未定", "long_term": "长期",
    "permanent": "永久", "shorter": "可缩短",
}  # fmt: skip
_TONES: dict[str, Tone] = {"held": "due", "undecided": "due", "permanent": "plain", "long_term": "plain"}
_FILTERS = [
    Filter(key="q", label="音像编号", kind="text"),
    Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in _STATES.items()]),
    Filter(key="when", label="届满", kind="dates"),
]  # fmt: skip
_VIEWS = [SavedView(key=key, label=label, query={"state": key}) for key, label in _STATES.items()]
_TEACH = Teach(
    title="没有确定期限的音像",
    what_belongs="这里列出每段音像保存到何时、依据哪一条、凭什么事实。",
    how_it_gets_here="入库、关联和办结之后由制度自动得出；只会自动延长，缩短须经两人。届满不会自动删除任何东西。",
)
_HOLD_STATES = {"open": "未终结", "done": "已终结"}
_HOLD_FILTERS = [
    Filter(key="q", label="编号、案号、机关", kind="text"),
    Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in _HOLD_STATES.items()]),
    Filter(key="kind", label="事项", kind="select", options=[Option(value=v, label=w) for v, w in Hold.Matter.choices]),
]  # fmt: skip
_HOLD_TEACH = Teach(
    title="没有暂缓处置的事项",
    what_belongs="复议、诉讼、信访等未终结的事项；终结之前，有关音像一律不得销毁。",
    how_it_gets_here="在音像资料、现场活动或者执法事项的页面上登记。终结由法制或者督察提出，机关负责人批准。",
)
_KIND_PAGES = {
    "evidence.recording": "recordings",
    "casework.activity": "activities",
    "casework.case": "cases",
}


def calendar(asking: Asking) -> KeepingCalendar:
    """Month by month for a year; what is already due stands first."""
    visible, at = evidence.visible_to(asking.by, at=asking.at), asking.at
    first = _month(at)
    end = _month(first + timedelta(days=31 * _AHEAD))
    over = queries.fell_due(visible, since=at - _LONG_AGO, until=day_of(at)).order_by()[:1001].count()
    soon = queries.fell_due(visible, since=day_of(at), until=at + _WARN).order_by()[:1001].count()
    without = {rank: _of_rank(visible, rank) for rank in ("held", "undecided", "long_term", "permanent")}
    facts = [
        Fact(label="已届满", value=count_label(over), note="可以提请列入销毁清单；不列入就一直保存", tone="due" if over else "plain", to="/keeping?state=due"),
        Fact(label="30 天内届满", value=count_label(soon), tone="due" if soon else "plain", to="/keeping?state=soon"),
        *(Fact(label=_STATES[rank], value=count_label(count), to=f"/keeping?state={rank}") for rank, count in without.items()),
    ]  # fmt: skip
    return KeepingCalendar(
        says="期限届满只表示可以提请销毁。销毁须列清单、经法制核对和机关负责人批准、由两个部门的两个人执行；系统不会自动删除任何音像。",
        facts=facts, months=[_month_due(one) for one in queries.calendar(visible, since=first, until=end)], links=links(asking),
    )  # fmt: skip


def links(asking: Asking) -> list[Link]:
    """The other pages of this section."""
    pages = (
        ("暂缓处置", "/holds", "hold.view"),
        ("销毁", "/disposals", "disposal.view"),
        ("备份", "/backups", "backup.view"),
    )
    return [Link(label=label, to=to) for label, to, action in pages if asking.can(action)]


def _month(moment: datetime) -> datetime:
    told = moment.astimezone(BEIJING)
    return aware(datetime(told.year, told.month, 1, tzinfo=BEIJING))


def _of_rank(visible: QuerySet[Recording], rank: str) -> int:
    return visible.filter(keeping__rank=rank).order_by()[:1001].count()


def _month_due(one: queries.MonthDue) -> MonthDue:
    first = one.month.astimezone(BEIJING)
    last = (_month(first + timedelta(days=31)) - timedelta(hours=1)).astimezone(BEIJING)
    return MonthDue(
        month=f"{first:%Y-%m}", count=one.count, size=size_shown(one.size), tone="plain",
        to=f"/keeping?when={first:%Y-%m-%d}..{last:%Y-%m-%d}",
    )  # fmt: skip


def page(asking: Asking, asked: ListAsked) -> Listing[KeepingRow]:
    """How long each recording is kept, those that end latest first; without an end, those derived last."""
    if asked.state not in ("", *_STATES):
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    visible = evidence.visible_to(asking.by, at=asking.at).exclude(pk__in=evidence.gone().values("recording"))
    rows = KeepingPeriod.objects.filter(recording__in=visible.values("pk")).select_related("recording__unit")
    rows = rows.filter(containing(asked.q, ("recording__number",)) & _of_state(asked.state, asking.at))
    ends = bool(asked.when) or asked.state in ("due", "soon", "until")
    rows = rows.filter(between(asked.when, "until") & (Q(rank="until") if ends else Q()))
    found = page_of(rows, by="until" if ends else "derived_at", after=asked.after)
    return Listing[KeepingRow](
        rows=_rows(asking, found.rows), next=found.next, count_label=found.count_label, filters=_FILTERS, views=_VIEWS, actions=[],
        teach=_TEACH,
    )  # fmt: skip


def _of_state(state: str, at: datetime) -> Q:
    known = {
        "": Q(), "due": Q(until__lt=day_of(at)), "soon": Q(until__gte=day_of(at), until__lt=at + _WARN), "shorter": Q(shorter_until__isnull=False),
    }  # fmt: skip
    return known.get(state, Q(rank=state))


def _rows(asking: Asking, rows: list[KeepingPeriod]) -> list[KeepingRow]:
    keys = [row.recording_id for row in rows]
    linked, waiting, held = (
        casework.homes_of(keys),
        waiting_shortenings(keys),
        holds.holds_on(keys),
    )
    return [
        _row(asking, row, linked.get(row.recording_id), is_waiting=row.recording_id in waiting, held=held.get(row.recording_id, []))
        for row in rows
    ]  # fmt: skip


def _row(
    asking: Asking, row: KeepingPeriod, home: casework.Home | None, *, is_waiting: bool, held: list[Hold]
) -> KeepingRow:
    recording = row.recording
    state = State(label=row.label, tone=_TONES.get(row.rank, "plain"))
    if row.rank == "until" and row.until is not None and row.until < day_of(asking.at):
        state = State(label=_STATES["due"], tone="due")
    if held:  # Stands at once, before the period was derived again.
        state = State(label=_STATES["held"], tone="due", reason="、".join(hold.number for hold in held))
    return KeepingRow(
        id=str(row.pk), number=recording.number, to=f"/recordings/{recording.pk}", unit=recording.unit.name,
        case=home.case.number if home and home.case else "", state=state, until=row.until, reason=row.reason,
        shorter=row.shorter_until, actions=actions_of(asking, row, is_waiting=is_waiting),
    )  # fmt: skip


def actions_of(asking: Asking, row: KeepingPeriod, *, is_waiting: bool) -> list[Action]:
    """What this person may do about one recording's period."""
    recording, found = row.recording, []
    if row.shorter_until is not None and asking.may("keeping.shorten", recording):
        forever = row.promised_rank == "permanent"
        why = "永久保存的不能缩短" if forever else "已提出，正等审批" if is_waiting else None
        found.append(
            Action(
                key="shorten",
                label="提出缩短",
                form_url=f"/recordings/{recording.pk}/shortening",
                unavailable=why,
            )
        )
    if row.rank == "undecided" and asking.may("keeping.decide", recording):
        found.append(
            Action(key="decide", label="决定期限", form_url=f"/recordings/{recording.pk}/keeping-decision")
        )
    return found


def keeping_deadline(row: Recording) -> list[Deadline]:
    """For the rail of a recording: when its keeping ends, where it has an end."""
    keeping = queries.keeping_of(row.pk)
    if keeping is None or keeping.until is None:
        return []
    cite = Cite(regulation=keeping.regulation, article=keeping.article) if keeping.article else None
    return [Deadline(label="保存期限届满", due_at=keeping.until, tone="plain", cite=cite)]


# ── 暂缓 ───────────────────────────────────────────────────


def holds_page(asking: Asking, asked: ListAsked) -> Listing[HoldRow]:
    """The newest first."""
    if asked.state not in ("", *_HOLD_STATES):
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    rows = holds.holds_visible_to(asking.by, at=asking.at)
    rows = rows.filter(containing(asked.q, ("number", "subject_number", "reference", "authority")))
    rows = rows.filter(release__isnull=asked.state == "open") if asked.state else rows
    rows = rows.filter(matter=asked.kind) if asked.kind else rows
    found = page_of(rows, by="placed_at", after=asked.after)
    return Listing[HoldRow](
        rows=_hold_rows(asking, found.rows), next=found.next, count_label=found.count_label, filters=_HOLD_FILTERS,
        views=[SavedView(key=key, label=label, query={"state": key}) for key, label in _HOLD_STATES.items()], actions=[], teach=_HOLD_TEACH,
    )  # fmt: skip


def held_shown(asking: Asking, subject: Recording | Activity | Case) -> HeldShown:
    """The holds over one thing: its own, and for a recording also those of what it is linked to."""
    own = Q(subject=subject.pk)
    if isinstance(subject, Recording):
        live = holds.holds_on([subject.pk]).get(subject.pk, [])
        own |= Q(pk__in=[hold.pk for hold in live])
    rows = list(holds.holds_visible_to(asking.by, at=asking.at).filter(own).order_by("-placed_at"))
    live_count = sum(1 for row in rows if getattr(row, "release", None) is None)
    add = Action(
        key="hold", label="登记暂缓处置", form_url=f"/{_KIND_PAGES[subject.kind()]}/{subject.pk}/hold"
    )
    return HeldShown(
        rows=_hold_rows(asking, rows), actions=[add] if asking.may("hold.place", subject) else [],
        says=f"有 {live_count} 项未终结，全部终结之前不得销毁。" if live_count else "",
    )  # fmt: skip


def _hold_rows(asking: Asking, rows: Iterable[Hold]) -> list[HoldRow]:
    rows = list(rows)
    pending = Request.objects.filter(purpose=holds.RELEASE, state=Request.State.PENDING)
    asked = frozenset(pending.filter(subject__in=[row.pk for row in rows]).values_list("subject", flat=True))
    return [_hold_row(asking, row, is_asked=row.pk in asked) for row in rows]


def _hold_row(asking: Asking, row: Hold, *, is_asked: bool) -> HoldRow:
    release = getattr(row, "release", None)
    end = Action(
        key="release",
        label="提出终结",
        form_url=f"/holds/{row.pk}/release",
        unavailable="已提出，正等审批" if is_asked else None,
    )
    may = release is None and asking.may("hold.release", row)
    state = State(label="未终结", tone="due") if release is None else State(
        label="已终结", tone="plain", reason=f"{shown(release.at)}，{release.reason}（{release.approval}）"
    )  # fmt: skip
    return HoldRow(
        id=str(row.pk), number=row.number, to=f"/{_KIND_PAGES[row.subject_kind]}/{row.subject}", subject=row.subject_number,
        matter=row.get_matter_display(), reference=row.reference, authority=row.authority, reason=row.reason,
        placed=row.placed_by.name, placed_at=row.placed_at, count=holds.covered_by(row).filter(asking.known("pk")).order_by()[:1001].count(), state=state,
        actions=[end] if may else [],
    )  # fmt: skip


# ── 工作台 ─────────────────────────────────────────────────


def desk_items(asking: Asking) -> list[DueItem]:
    """The warning to the unit and to each owner of a linked case, and what the noted facts would allow to shorten."""
    return [*_owner_items(asking), *_unit_items(asking)]


def _owner_items(asking: Asking) -> list[DueItem]:
    rows = queries.due_for_owner(asking.officer.pk, since=asking.at, until=asking.at + _WARN).filter(
        asking.known("pk")
    )
    count = rows.order_by()[:1001].count()
    if not count or not asking.can("recording.list"):
        return []
    first = rows.order_by("keeping__until")[0]
    ends = shown(queries.end_of(first.pk))
    return [
        DueItem(
            key="keeping-owner", title="保存期限将届满", number=first.number + (" 等" if count > 1 else ""), deadline=None,
            what=f"您所办案件的音像有 {count} 段在 30 天内届满，最早的 {ends}；仍有争议的，请登记暂缓处置。",
            state=State(label="将届满", tone="due"),
            action=Action(key="keeping-owner", label="去查看", to=f"/recordings/{first.pk}"), cite=None,
        )
    ]  # fmt: skip


def _unit_items(asking: Asking) -> list[DueItem]:
    if not asking.can("keeping.view"):
        return []
    visible = evidence.visible_to(asking.by, at=asking.at)
    count = queries.fell_due(visible, since=asking.at, until=asking.at + _WARN).order_by()[:1001].count()
    if not count:
        return []
    return [
        DueItem(
            key="keeping-unit", title="保存期限将届满", what=f"可见范围内有{count_label(count).removeprefix('共')}音像在 30 天内届满；该延长的请先处理。",
            number="", deadline=None, state=State(label="将届满", tone="plain"),
            action=Action(key="keeping-unit", label="看日历", to="/keeping?state=soon"), cite=None,
        )
    ]  # fmt: skip
