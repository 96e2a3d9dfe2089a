"""Routes of asking to look: at what one's lists show, and by its number at what another unit made.

By which chain it goes the pack says, and whose head decides the recording says: that of the unit that made it, never the asker's own.
"""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.access.models import Viewing
from liuhen.apps.access.queries import GRANTED_FOR, PLAY, granted_to
from liuhen.apps.approval import actions as approval
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.chains import chain_for
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Action, Done, DueItem, Form, State
from liuhen.interfaces.pace import Pace
from liuhen.kernel.errors import Refused

routes = Routes("音像资料")
_NUMBERS = Pace("按编号申请调阅", most=20, seconds=60)
OTHERS = Action(key="request-other", label="申请调阅其他部门的", form_url="/viewing-request")


class ViewingWish(Told):
    reason: Annotated[Text, StringConstraints(min_length=1)]


class NumberWish(ViewingWish):
    number: Annotated[Line, StringConstraints(min_length=1, max_length=60)]


@routes.get("/recordings/{uuid:recording}/viewing-request", policy="approval.request", response=Form)
def form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    row = _recording(asking, recording)
    return Form(
        title=f"申请调阅 {row.number}", submit="提交审批", url=f"/recordings/{recording}/viewing-requests",
        intro=f"审批次序：{_way(asking, _purpose(asking, row))}。批准之后三天内可以播放，每次播放都登记。",
        fields=[fields.long("reason", "事由", hint="写明为哪一件事、需要核对什么。")],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/viewing-requests", policy="approval.request", response=Done)
def ask(request: HttpRequest, recording: UUID, told: ViewingWish) -> Done:
    asking = asked(request)
    return _asked(asking, _recording(asking, recording), told.reason)


@routes.get("/viewing-request", policy="approval.request", response=Form)
def form_by_number(request: HttpRequest) -> Form:
    asking = asked(request)
    return Form(
        title="申请调阅其他部门的音像", submit="提交审批", url="/viewing-requests",
        intro=f"写明音像编号，转采集它的部门审批：{_way(asking, 'view_other_unit')}。本部门负责人不能代为批准。批准之后三天内可以播放，每次播放都登记。",
        fields=[
            fields.text("number", "音像编号", hint="如文书、台账上所写的编号。"),
            fields.long("reason", "事由", hint="写明为哪一件事、需要核对什么。"),
        ],
    )  # fmt: skip


@routes.post("/viewing-requests", policy="approval.request", response=Done)
def ask_by_number(request: HttpRequest, told: NumberWish) -> Done:
    """A number that is wrong, another agency's, or withheld from this person is one that is not there."""
    asking = asked(request)
    _NUMBERS.take(asking.by.id)
    row = (
        queries.recordings()
        .filter(asking.known("pk"), agency=asking.officer.agency_id, number=told.number)
        .first()
    )
    if row is None:
        raise Refused("没有找到这个编号的音像", do="请核对编号；编号写在文书、台账和存证收据上。")
    return _asked(asking, row, told.reason)


def desk_items(asking: Asking) -> list[DueItem]:
    """What this person was let see and has not opened yet: nobody else tells him that it was agreed to."""
    if not asking.can("approval.request"):
        return []
    opened = Viewing.objects.filter(officer=asking.officer, opened_at__gt=asking.at - GRANTED_FOR).exclude(
        approval=""
    )
    rows = (
        granted_to(asking.by, at=asking.at)
        .exclude(pk__in=opened.values("recording"))
        .order_by("-received_at")[:10]
    )
    return [
        DueItem(
            key=f"granted-{row.pk}", title="调阅已批准", what=f"{row.unit.name}的 {row.number}，批准之后三天内可以播放", number=row.number,
            deadline=None, state=State(label="可以播放", tone="action"), action=Action(key=f"granted-{row.pk}", label="去播放", to=f"/recordings/{row.pk}"), cite=None,
        )
        for row in rows if not asking.may("recording.play", row)
    ]  # fmt: skip


def _asked(asking: Asking, row: Recording, reason: str) -> Done:
    if asking.may("recording.play", row):
        raise Refused(f"{row.number} 您可以直接播放", do="请在音像资料的页面上播放，无需申请。")
    made = approval.request_approval(
        row, by=asking.by, requester=asking.officer, unit=row.unit, purpose=PLAY, reason=reason,
        chain=chain_for(asking, _purpose(asking, row)), at=asking.at,
    )  # fmt: skip
    return done(f"已提交审批 {made.number}", about=made.pk)


def _way(asking: Asking, purpose: str) -> str:
    return " → ".join(step.title for step in chain_for(asking, purpose)) or "（制度没有规定审批人）"


def _purpose(asking: Asking, row: Recording) -> str:
    return "view_own_unit" if asking.officer.unit_id == row.unit_id else "view_other_unit"


def _recording(asking: Asking, key: UUID) -> Recording:
    visible = queries.visible_to(asking.by, at=asking.at)
    found: Recording = asking.found(visible, key, anyhow=queries.recordings(), action="recording.list")
    return found
