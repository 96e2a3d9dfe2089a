"""Routes of whoever comes to the counter without an account: entered, approved, then one recording in a window of this browser.

Opening a window ends the session of who opens it in this browser; what stands in its place knows that window and nothing else.
"""

from typing import Annotated, Literal
from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpRequest
from pydantic import Field, StringConstraints

from liuhen.apps.access import copying, visiting
from liuhen.apps.access.models import Visit, VisitWindow
from liuhen.apps.access.visiting import Coming
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Account
from liuhen.apps.registry.policy import PUBLIC
from liuhen.interfaces.api import fields, players
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.chains import chain_for
from liuhen.interfaces.api.device_care import Blank
from liuhen.interfaces.api.entering import WINDOW, leave_window
from liuhen.interfaces.api.gate import Asking, Routes, asked, require_fresh
from liuhen.interfaces.api.lists import Line, Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Action, Done, DueItem, Form, Option, State, WindowPage
from liuhen.kernel.clock import now, shown
from liuhen.kernel.errors import Refused

routes = Routes("来人查看")


class VisitWish(Told):
    sort: Literal["party", "superior"]
    visitor: Annotated[Line, StringConstraints(min_length=1, max_length=50)]
    organ: Annotated[Line, StringConstraints(max_length=100)] | None = None
    paper: Annotated[Line, StringConstraints(min_length=1, max_length=40)]
    paper_number: Annotated[Line, StringConstraints(min_length=1, max_length=60)]
    redaction: Annotated[UUID | None, Blank] = None
    minutes: Annotated[int, Field(ge=1, le=visiting.LONGEST)]
    reason: Annotated[Text, StringConstraints(min_length=1, max_length=500)]


@routes.get("/recordings/{uuid:recording}/visit-request", policy="visit.ask", response=Form)
def visit_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.check_form("visit.ask", row)
    ways = {
        sort: " → ".join(step.title for step in chain_for(asking, purpose))
        for sort, purpose in visiting.PURPOSES.items()
    }
    copies = [
        Option(value=str(one.pk), label=one.number, hint=one.purpose[:60])
        for one in copying.usable_copies([row.pk])
        if asking.may("redaction.view", one)
    ]
    return Form(
        title=f"来人查看 · {row.number}", submit="提交审批", url=f"/recordings/{row.pk}/visit-requests",
        intro=f"给没有账号的来人在窗口看这一段，不交出任何文件。审批次序：当事人为{ways['party']}；上级机关来人为{ways['superior']}。批准后三天内由在岗的人打开，到时自己关上。",
        fields=[
            fields.select("sort", "种类", fields.options(dict(Visit.Sort.choices))),
            fields.text("visitor", "来人姓名"), fields.text("organ", "单位", required=False, hint="上级机关来人必填。"),
            fields.text("paper", "证件名称", hint="如：居民身份证、工作证。"), fields.text("paper_number", "证件号码"),
            fields.select("redaction", "看哪一份", copies, required=False, hint="不选的，看原件；涉及他人隐私的，请选遮挡副本。"),
            fields.number("minutes", "一次最多看多少分钟", hint=f"1 到 {visiting.LONGEST}。").model_copy(update={"value": 30}),
            fields.long("reason", "事由", hint="写明为哪一件事、看哪一部分。"),
        ],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/visit-requests", policy="visit.ask", response=Done)
def ask(request: HttpRequest, recording: UUID, told: VisitWish) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("visit.ask", row)
    usable = {one.pk: one for one in copying.usable_copies([row.pk]) if asking.may("redaction.view", one)}
    if told.redaction is not None and told.redaction not in usable:
        raise Refused("所选的遮挡副本不在可以查看的之列", do="请从表上所列的副本中选；不选的，看原件。")
    coming = Coming(
        sort=told.sort, visitor=told.visitor, organ=told.organ or "", paper=told.paper, paper_number=told.paper_number, reason=told.reason,
        minutes=told.minutes, redaction=usable.get(told.redaction) if told.redaction else None,
    )  # fmt: skip
    made = visiting.ask_visit(
        row, coming, by=asking.by, requester=asking.officer, chain=chain_for(asking, visiting.PURPOSES[told.sort]), at=asking.at
    )  # fmt: skip
    return done(f"已登记来人查看，并提交审批 {made.number}", about=made.pk)


@routes.post("/visits/{uuid:visit}/windows", policy="visit.open", response=Done)
def open_window(request: HttpRequest, visit: UUID) -> Done:
    """From here on this browser knows that window alone; its officer logs in again when the visitor has gone."""
    asking = asked(request)
    visible = visiting.visits_visible_to(asking.by, at=asking.at)
    row: Visit = asking.found(visible, visit, anyhow=visiting.visits(), action="visit.view")
    asking.require("visit.open", row)
    require_fresh(request)
    if row.redaction is None:  # What cannot be played is not opened.
        players.address_of(row.recording, players.facts_of_file(queries.newest_inspection(row.recording_id)))
    window = visiting.open_window(row, by=asking.by, officer=asking.officer, at=asking.at)
    told = done(f"{row.number} 的查看窗口已打开，{shown(window.closes_at)} 自己关上", about=window.pk)
    if isinstance(request.user, Account):
        registry.note_logout(request.user, origin=asking.by.origin)
    logout(request)
    request.session[WINDOW] = str(window.pk)
    request.session.set_expiry(int((window.closes_at - asking.at).total_seconds()))
    return told.model_copy(update={"to": "/window"})


@routes.get("/window", policy=PUBLIC, response=WindowPage)
def window_page(request: HttpRequest) -> WindowPage:
    """What this browser's window shows; without one, or once it is closed, there is none."""
    window = _window(request)
    visit = window.visit
    return WindowPage(
        title=f"{visit.visitor}查看 {visit.recording.number}", closes_at=window.closes_at, url=f"/media/windows/{window.pk}",
        kind="audio" if visit.recording.form == Recording.Form.AUDIO else "image" if visit.recording.form == Recording.Form.PHOTO else "video",
        says="只能在这里看，不能拷走；请不要对着屏幕拍摄。" + ("画面和声音经过遮挡。" if visit.redaction_id else ""),
        watermark=f"{visit.visitor} {visit.number} {shown(window.opened_at)}",
    )  # fmt: skip


@routes.post("/window/end", policy=PUBLIC, response=Done)
def end(request: HttpRequest) -> Done:
    """看完了。Asked without a window it changes nothing."""
    if WINDOW in request.session:
        leave_window(request)
    return Done(said="查看已结束", to="/login")


def actions(asking: Asking, row: Recording) -> list[Action]:
    """On a recording's page: entering who comes, and opening the window that was approved."""
    found = []
    if asking.may("visit.ask", row):
        found.append(
            Action(key="visit", label="登记来人查看", form_url=f"/recordings/{row.pk}/visit-request")
        )
    if asking.can("visit.open"):
        found += [_opening(one) for one in visiting.visits_to([row.pk])[:20] if _is_ready(asking, one)]
    return found


def desk_items(asking: Asking) -> list[DueItem]:
    """What this person asked for and was approved, as long as the approval holds and nobody has looked."""
    if not asking.can("visit.open"):
        return []
    mine = visiting.visits_visible_to(asking.by, at=asking.at).filter(
        asked_by=asking.officer, asked_at__gt=asking.at - 10 * visiting.GOOD_FOR, windows=None
    )
    return [
        DueItem(
            key=f"visit-{one.pk}", title="打开查看窗口", what=f"{one.visitor}来看 {one.recording.number}：{one.reason}", number=one.number, deadline=None,
            state=State(label="已批准", tone="due"), action=Action(key=f"visit-{one.pk}", label="去打开", to=f"/recordings/{one.recording_id}"), cite=None,
        )
        for one in mine.order_by("asked_at")[:10] if _is_ready(asking, one)
    ]  # fmt: skip


def _opening(visit: Visit) -> Action:
    return Action(
        key=f"window-{visit.pk}", label=f"为{visit.visitor}打开查看窗口", method="POST", url=f"/visits/{visit.pk}/windows",
        confirm=f"请先核对{visit.visitor}的{visit.paper}。打开以后您在这台电脑上即退出登录，屏幕上只有 {visit.recording.number}，最多 {visit.minutes} 分钟，到时自己关上；看完您再登录。",
    )  # fmt: skip


def _is_ready(asking: Asking, visit: Visit) -> bool:
    grant = visiting.grant_of(visit, by=asking.by)
    covers = grant is not None and grant.covers(
        holder=asking.by.id, action="visit.open", thing=visit.pk, at=asking.at
    )
    return covers and asking.may("visit.open", visit)


def _window(request: HttpRequest) -> VisitWindow:
    key = request.session.get(WINDOW)
    window = visiting.live_window(UUID(key), at=now()) if key else None
    if window is None:
        raise Gone
    return window


def _recording(asking: Asking, key: UUID) -> Recording:
    visible = queries.visible_to(asking.by, at=asking.at)
    found: Recording = asking.found(visible, key, anyhow=queries.recordings(), action="recording.list")
    return found
