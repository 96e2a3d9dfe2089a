"""Recordings as rows: the list with its filters, and the cards on other pages."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from liuhen.apps.access.queries import playable
from liuhen.apps.access.secrecy import Secrecy, secrecy_of
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.linking import awaits_link, is_linked, no_cases_of
from liuhen.apps.casework.models import NoCase
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Derived, Recording, Tombstone
from liuhen.apps.evidence.models import Inspection as InspectionRow
from liuhen.apps.evidence.sources import GRADES, grade_of, needs_statement, waiting_statements
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.models import Finding as FindingRow
from liuhen.apps.retention.holds import holds_on
from liuhen.apps.retention.models import Hold
from liuhen.apps.retention.queries import fell_due
from liuhen.engines.media.findings import TITLES
from liuhen.engines.rules.recording_words import SECRETS
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, between, containing, day_of, page_of
from liuhen.interfaces.api.shapes import (
    Action,
    Filter,
    Link,
    Listing,
    Option,
    RecordingRow,
    SavedView,
    State,
    Teach,
)
from liuhen.interfaces.api.viewing_requests import OTHERS
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

_UPLOAD = Action(key="upload", label="上传", main=True, to="/recordings?upload=1")
_LINKING = Action(key="linking", label="核对关联", to="/linking")
_SUPPLIES = Action(key="supplies", label="要求提供", to="/supply-requests")
_OUTWARD = Action(key="outward", label="上报关联", to="/handovers")
_TEACH = Teach(
    title="这里放音像资料",
    what_belongs="执法记录仪、摄像机、录音笔和照相机记下的每一段，原件入库后不改不删。",
    how_it_gets_here="设备接入采集站自动入库；也可以在本页上传，或由管理员从文件夹导入。",
    action=_UPLOAD,
)
_MARKED = frozenset(
    {
        "empty_file", "unreadable", "no_media", "disguised", "header_without_data", "truncated", "not_finished",
        "decode_errors", "no_audio_track", "silent", "black", "frozen", "very_dark", "blurred", "gap",
        "clock_suspicious", "clock_disagrees", "clock_jumped", "incomplete_check", "data_box_longer_than_file", "header_duration_wrong",
    }
)  # fmt: skip


def recordings(asking: Asking, asked: ListAsked) -> Listing[RecordingRow]:
    """The recordings this person may know of, newest first."""
    visible = queries.visible_to(asking.by, at=asking.at)
    if asked.view == "due-today":
        visible = due_today(asking)
    rows = page_of(visible.filter(_asked(asking, asked)), by="received_at", after=asked.after)
    may_upload = asking.can("recording.receive")
    return Listing[RecordingRow](
        rows=rows_shown(asking, rows.rows),
        next=rows.next,
        count_label=rows.count_label,
        filters=_FILTERS,
        views=_VIEWS,
        actions=[
            *([_LINKING] if asking.can("recording.link") else []),
            *([_OUTWARD] if asking.can("handover.view") else []),
            *([_UPLOAD] if may_upload else []),
            *([OTHERS] if asking.can("approval.request") else []),
            *([_SUPPLIES] if asking.can("supply.view") else []),
        ],
        teach=_TEACH if may_upload else _TEACH.model_copy(update={"action": None}),
    )


def due_today(asking: Asking) -> QuerySet[Recording]:
    """Those this person may know of whose keeping ends today. Nothing is done with them by that alone."""
    since, until = day_of(asking.at)
    return fell_due(queries.visible_to(asking.by, at=asking.at), since=since, until=until)


_FILTERS = [
    Filter(key="q", label="编号、文件名、人员、设备", kind="text"),
    Filter(
        key="state", label="状态", kind="select",
        options=[
            Option(value="unlinked", label="待关联"), Option(value="quarantined", label="待查明来源"),
            Option(value="verifying", label="校验中"), Option(value="linked", label="已关联"),
        ],
    ),
    Filter(
        key="kind", label="种类", kind="select",
        options=[Option(value=value, label=label) for value, label in Recording.Form.choices],
    ),
    Filter(key="when", label="入库", kind="dates"),
]  # fmt: skip
_VIEWS = [
    SavedView(key="all", label="全部", query={}),
    SavedView(key="mine", label="我录的", query={"view": "mine"}),
    SavedView(key="unlinked", label="待关联", query={"state": "unlinked"}),
    SavedView(key="late", label="超期", query={"view": "late"}),
    SavedView(key="quarantined", label="待查明来源", query={"state": "quarantined"}),
    SavedView(key="due-today", label="今日到期", query={"view": "due-today"}),
]


def _asked(asking: Asking, asked: ListAsked) -> Q:
    found = containing(asked.q, ("number", "source_name", "officer__name", "device__number", "device_serial"))
    found &= between(asked.when, "received_at")
    linked = is_linked()
    states = {
        "": Q(), "unlinked": awaits_link(), "linked": linked, "quarantined": ~Q(quarantine=""),
        "verifying": Q(verified_at__isnull=True),
    }  # fmt: skip
    late = oversight.open_findings(asking.by, at=asking.at).filter(rule_kind="deadline").values("subject")
    views = {"": Q(), "due-today": Q(), "mine": Q(officer=asking.officer.pk), "late": Q(pk__in=late)}
    if asked.state not in states or asked.view not in views:
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    found &= states[asked.state] & views[asked.view]
    return found & Q(form=asked.kind) if asked.kind else found


def rows_shown(asking: Asking, rows: Iterable[Recording]) -> list[RecordingRow]:
    """Rows of a list, with what belongs to them fetched together."""
    rows = list(rows)
    keys = [row.pk for row in rows]
    homes = casework.homes_of(keys)
    inspections = queries.newest_inspections(keys)
    pictures = queries.copies_of(keys, Derived.Kind.THUMBNAIL)
    findings = oversight.findings_by_subject(keys)
    notes, held, stones = no_cases_of(keys), holds_on(keys), queries.tombstones_of(keys)
    waiting = waiting_statements(row.pk for row in rows if row.quarantine)
    may_see, secrets = playable(rows, by=asking.by, at=asking.at), secrecy_of(keys)
    return [
        _row(
            row, homes.get(row.pk), inspections.get(row.pk), findings.get(row.pk, []),
            has_picture=row.pk in pictures, may_see=row.pk in may_see, waits=row.pk in waiting,
            note=notes.get(row.pk), held=held.get(row.pk, []), stone=stones.get(row.pk), secrecy=secrets.get(row.pk),
        )
        for row in rows
    ]  # fmt: skip


def _row(
    row: Recording, home: casework.Home | None, inspection: InspectionRow | None, findings: list[FindingRow],
    *, has_picture: bool, may_see: bool, waits: bool, note: NoCase | None, held: list[Hold], stone: Tombstone | None,
    secrecy: Secrecy | None,
) -> RecordingRow:  # fmt: skip
    return RecordingRow(
        id=str(row.pk),
        number=row.number,
        kind=row.get_form_display(),
        started_at=row.started_at,
        duration_seconds=inspection.facts.get("duration") if inspection else None,
        size_bytes=row.size,
        device=row.device.number if row.device else row.device_serial or "不明",
        officer=row.officer.name if row.officer else row.officer_number or "不明",
        state=gone_state(stone)
        if stone
        else state_of(row, is_linked=home is not None, waits=waits, note=note),
        marks=[*_secret(secrecy), *_held(held), *_grade(row), *_marks(inspection, findings)],
        linked_to=linked_to(home),
        thumbnail=f"/media/thumbnails/{row.pk}" if has_picture and may_see else None,
        no_thumbnail=_no_picture(row, has_picture=has_picture, may_see=may_see),
    )


def _no_picture(row: Recording, *, has_picture: bool, may_see: bool) -> str | None:
    """Why no picture stands there. A picture is footage: it is named only to whoever may play the recording."""
    if not has_picture:
        return row.get_form_display()
    return None if may_see else f"{row.get_form_display()}，获准调阅后显示画面"


def gone_state(stone: Tombstone) -> State:
    """Its original is no longer in the vault."""
    if stone.destroyed_at:
        return State(
            label="已销毁",
            tone="plain",
            reason=f"{shown(stone.destroyed_at)}，清单 {stone.disposal}；摘要和登记保留",
        )
    return State(label="已移出待销毁", tone="due", reason=f"清单 {stone.disposal}，恢复期内可以撤回")


def state_of(row: Recording, *, is_linked: bool, waits: bool = False, note: NoCase | None = None) -> State:
    """Where it stands: the real state, with its reason.

    `waits` where a statement of its source is being checked; `note` what was said of one that belongs to no activity.
    """
    left = None if is_linked else note
    if row.quarantine and left is None:
        if waits or needs_statement(row):
            return _unstated(row, waits=waits)
        return State(label="待查明来源", tone="due", reason=row.quarantine)
    if row.verified_at is None:
        return State(label="校验中", tone="action", reason="已入库，正在从磁盘重读并比对摘要")
    if left is not None:
        return State(label="无案", tone="plain", reason=f"{left.get_why_display()}：{left.reason}")
    if not is_linked and row.form != Recording.Form.LOG:
        return State(label="待关联", tone="due", reason="尚未关联到现场活动")
    belongs = "已关联" if is_linked else "设备日志不须关联"
    return State(label="已入库", tone="plain", reason=f"{shown(row.verified_at)} 复核一致，{belongs}")


def _unstated(row: Recording, *, waits: bool) -> State:
    if waits:
        return State(label="待核实来源", tone="due", reason="来源说明已登记，等第二人核实；核实之前不能关联")
    return State(label="待来源说明", tone="due", reason=row.quarantine)


def _marks(inspection: InspectionRow | None, findings: list[FindingRow]) -> list[State]:
    marks = [State(label="迟存", tone="breach", reason=f.reason) for f in findings if _is_late(f)][:1]
    seen: set[str] = set()
    for one in inspection.findings if inspection else []:
        if one["code"] in _MARKED and one["code"] not in seen:
            seen.add(one["code"])
            marks.append(State(label=_title(one), tone="due", reason=one["says"]))
    return marks[:4]


def _secret(secrecy: Secrecy | None) -> list[State]:
    """To those who know of it: that others do not."""
    kinds = sorted(secrecy.marked) if secrecy else []
    told = "、".join(SECRETS[kind] for kind in kinds)
    return (
        [State(label=told, tone="due", reason="作了保密标记：知悉范围以外的人不知道有这一段")]
        if kinds
        else []
    )


def _held(holds: list[Hold]) -> list[State]:
    """That it is not to be disposed of while these stand."""
    why = "；".join(f"{hold.get_matter_display()} {hold.reference}" for hold in holds)
    return [State(label="暂缓处置", tone="due", reason=why)] if holds else []


def _grade(row: Recording) -> list[State]:
    """That it did not come off a camera of this house."""
    grade = grade_of(row)
    if grade != "other":
        return []
    return [State(label="非执法记录仪摄录", tone="plain", reason=GRADES[grade])]


def _is_late(finding: FindingRow) -> bool:
    return finding.verdict == "不符合" and finding.rule_kind == "deadline" and "存入" in finding.reason


def _title(one: dict[str, Any]) -> str:
    return str(TITLES.get(one["code"], one["code"]))


def linked_to(home: casework.Home | None, note: str | None = None) -> Link | None:
    if home is None:
        return None
    to = f"/activities/{home.activity.pk}" if home.activity else f"/cases/{home.case.pk}" if home.case else ""
    return Link(label=home.number, to=to, note=note)
