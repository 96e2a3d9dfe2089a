"""Whoever has no account and comes to the counter: a party, or somebody of a superior agency. Entered with his paper, approved by the pack's
chain, then shown one recording in a window that a member of the office opens and that closes by itself.

The window is bound to one visit; on every range it is asked again whether it is open, whether who opened it still may, and whether a
mark of secrecy or a disposal has come between.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.access.copying import answer_of
from liuhen.apps.access.models import Redaction, Visit, VisitEnd, VisitWindow
from liuhen.apps.access.secrecy import check_open_to, is_closed_to
from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.approval.models import Request
from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import check_in_reach, tombstones_of
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow, may, reach_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused
from liuhen.kernel.grants import Grant

VISIT = "visit"
PURPOSES = {Visit.Sort.PARTY.value: "disclosure", Visit.Sort.SUPERIOR.value: "superior_visit"}
"""By which chain of the pack each kind of visit goes."""
GOOD_FOR = timedelta(days=3)
LONGEST = 120


@dataclass(frozen=True, slots=True)
class Coming:
    """Who comes, what he shows, why, and for how long; the copy with parts hidden where he is shown that in place of the original."""

    sort: str
    visitor: str
    paper: str
    paper_number: str
    reason: str
    minutes: int = 30
    organ: str = ""
    redaction: Redaction | None = None


def ask_visit(
    recording: Recording, told: Coming, *, by: Actor, requester: Officer, chain: Sequence[ChainStep], at: datetime
) -> Request:  # fmt: skip
    """Enter who comes and lay it before the chain. Raises `Refused` without his name, paper and reason, or where the asker may not look himself."""
    allow(by, "visit.ask", on=recording, at=at)
    check_in_reach([recording.pk])
    check_open_to(recording, by=by, at=at)
    _check(recording, told)
    visit = Visit(
        agency_id=recording.agency_id, unit=recording.unit, recording=recording, redaction=told.redaction, sort=told.sort,
        visitor=told.visitor.strip(), organ=told.organ.strip(), paper=told.paper.strip(), paper_number=told.paper_number.strip(),
        reason=told.reason.strip(), minutes=told.minutes, asked_by=requester, asked_at=at,
    )  # fmt: skip
    with act("visit.asked", by=by, at=at, agency=recording.agency_id) as line:
        visit.number = next_number(recording.agency, "来人查看", at=at)
        visit.save(force_insert=True)
        line.about(visit)
        line.about(recording)
    return request_approval(
        visit, by=by, requester=requester, unit=recording.unit, purpose=VISIT, reason=told.reason, chain=chain, at=at
    )  # fmt: skip


def open_window(visit: Visit, *, by: Actor, officer: Officer, at: datetime) -> VisitWindow:
    """打开查看窗口，with its line before anything is shown. Raises `Refused` without a live approval, and while another is open."""
    allow(by, "visit.open", on=visit, at=at)
    check_in_reach([visit.recording_id])
    check_open_to(visit.recording, by=by, at=at)
    if by.id != officer.pk:
        raise Refused("不能以他人名义打开查看窗口", do="请由本人登录后打开。")
    grant = grant_of(visit, by=by)
    if grant is None or not grant.covers(holder=by.id, action="visit.open", thing=visit.pk, at=at):
        raise Refused(
            f"来人查看 {visit.number} 没有批准，或者批准已满三天",
            do="请等审批办结；已满三天的，请重新登记。",
        )
    with act("visit.opened", by=by, at=at, agency=visit.agency_id, approval=grant.approval) as line:
        Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
        if any(_is_open(one, at) for one in visit.windows.all()):
            raise Refused(
                f"来人查看 {visit.number} 的窗口正开着", do="请先在那台电脑上结束，或者等它自己关上。"
            )
        closes = min(at + timedelta(minutes=visit.minutes), grant.closes)
        window = VisitWindow(
            visit=visit, opened_by=officer, approval=grant.approval, opened_at=at, closes_at=closes
        )
        window.save(force_insert=True)
        line.about(window)
        line.about(visit)
        line.about(visit.recording)
    return window


def end_window(window: VisitWindow, *, by: Actor, at: datetime) -> None:
    """Closed before its time. A second word changes nothing."""
    if not _is_open(window, at):
        return
    with act("visit.ended", by=by, at=at, agency=window.visit.agency_id, approval=window.approval) as line:
        row = VisitEnd(window=window, at=at)
        row.save(force_insert=True)
        line.about(row)
        line.about(window)


def live_window(key: UUID, *, at: datetime) -> VisitWindow | None:
    """The window while it is open and what it rests on still stands: asked on every range."""
    found = window(key)
    if found is None or not _is_open(found, at):
        return None
    visit, by = found.visit, Actor("officer", found.opened_by_id)
    if tombstones_of([visit.recording_id]) or is_closed_to(visit.recording_id, by.id):
        return None
    return found if may(by, "visit.open", on=visit.place(), at=at) else None


def window(key: UUID) -> VisitWindow | None:
    behind = ("visit__recording__unit", "visit__unit", "visit__redaction__derived", "opened_by")
    return VisitWindow.objects.select_related(*behind).filter(pk=key).first()


def grant_of(visit: Visit, *, by: Actor) -> Grant | None:
    """What the approval of a visit gives whoever may open windows; None without one."""
    request = request_of(visit)
    if request is None or request.state != Request.State.APPROVED or request.closed_at is None:
        return None
    return Grant(
        holder=by.id, action="visit.open", objects=frozenset({visit.pk}), opens=request.closed_at,
        closes=request.closed_at + GOOD_FOR, approval=request.number,
    )  # fmt: skip


def request_of(visit: Visit) -> Request | None:
    return Request.objects.filter(subject=visit.pk, purpose=VISIT).order_by("-made_at").first()


def visits_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Visit]:
    """Visits to what this person may know of."""
    rows = visits().filter(reach_of(viewer, "visit.view", at=at, officers="asked_by"))
    return rows.filter(known_to(viewer, at=at, by="recording"))


def visits() -> QuerySet[Visit]:
    return Visit.objects.select_related("unit", "agency", "recording__unit", "asked_by", "redaction__derived")


def visits_to(recordings: Iterable[UUID]) -> QuerySet[Visit]:
    return visits().filter(recording__in=list(recordings)).order_by("-asked_at")


def windows_of(visit: Visit) -> list[VisitWindow]:
    return list(visit.windows.select_related("opened_by", "ended").order_by("opened_at"))


def closed_at(window: VisitWindow) -> datetime:
    """When it was closed, or when it closes by itself."""
    ended = VisitEnd.objects.filter(window=window).first()
    return ended.at if ended else window.closes_at


def _is_open(window: VisitWindow, at: datetime) -> bool:
    return window.closes_at > at and not VisitEnd.objects.filter(window=window).exists()


def _check(recording: Recording, told: Coming) -> None:
    if told.sort not in PURPOSES:
        raise Refused("没有写明来人的种类", do="请从当事人、上级机关来人中选。")
    lacking = [
        name
        for name, value in (
            ("来人姓名", told.visitor),
            ("证件名称", told.paper),
            ("证件号码", told.paper_number),
            ("事由", told.reason),
            *([("来人单位", told.organ)] if told.sort == Visit.Sort.SUPERIOR else []),
        )
        if not value.strip()
    ]
    if lacking:
        raise Refused(f"来人查看须先登记，还缺{'、'.join(lacking)}", do="请核对来人的有效证件后填写。")
    if not 1 <= told.minutes <= LONGEST:
        raise Refused(f"一次查看应在 1 到 {LONGEST} 分钟之间", do="看不完的，可以再打开一次。")
    copy = told.redaction
    if copy is not None and (copy.recording_id != recording.pk or answer_of(copy) is None):
        raise Refused("这份遮挡副本不能用来查看", do="请选这段音像的、已由另一人审核同意的遮挡副本。")
