"""Routes of 办案区停留: the list, one stay, bringing somebody in, and his next step."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import StringConstraints

from liuhen.apps.casework import queries, stays
from liuhen.apps.casework.models import Activity, Stay
from liuhen.apps.devices.models import Room
from liuhen.apps.devices.rooms import why_not_ready
from liuhen.interfaces.api import fields, pages_stays
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, ListAsked, Moment, Text, Told, Word
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, FormField, Listing, Option
from liuhen.interfaces.api.shapes_stays import StayPage, StayRow

routes = Routes("办案区停留")


class NewStay(Told):
    person: Annotated[Line, StringConstraints(min_length=1, max_length=50)]
    room: UUID
    entered_at: Moment


class NextStep(Told):
    sort: Word
    room: UUID | None = None
    starts_at: Moment
    says: Annotated[Text, StringConstraints(max_length=500)] | None = None


@routes.get("/stays", policy="activity.view", response=Listing[StayRow])
def listed(request: HttpRequest, listed: Query[ListAsked]) -> Listing[StayRow]:
    return pages_stays.page(asked(request), listed)


@routes.get("/stays/{uuid:stay}", policy="activity.view", response=StayPage)
def stay(request: HttpRequest, stay: UUID) -> StayPage:
    asking = asked(request)
    return pages_stays.stay(asking, _stay(asking, stay))


@routes.get("/activities/{uuid:activity}/stay", policy="activity.write", response=Form)
def entry_form(request: HttpRequest, activity: UUID) -> Form:
    asking = asked(request)
    row = _activity(asking, activity)
    asking.check_form("activity.write", row)
    return Form(
        title=f"登记入区 {row.number}", submit="登记", url=f"/activities/{activity}/stays",
        intro="把人带入办案区时登记；此后每换一间、每换一事登记一步，直到离区。各步之间不留空当，由所在房间的录像来核对。",
        fields=[
            fields.text("person", "被带入的人"), _rooms(asking, row),
            fields.moment("entered_at", "入区时间", value=asking.at),
        ],
    )  # fmt: skip


@routes.post("/activities/{uuid:activity}/stays", policy="activity.write", response=Done)
def bring_in(request: HttpRequest, activity: UUID, told: NewStay) -> Done:
    asking = asked(request)
    row = _activity(asking, activity)
    asking.require("activity.write", row)
    made = stays.bring_in(
        row,
        by=asking.by,
        person=told.person,
        room=_room(row, told.room),
        entered_at=told.entered_at,
        at=asking.at,
    )
    return done(f"{made.number} 已登记", about=made.pk, to=f"/stays/{made.pk}")


@routes.get("/stays/{uuid:stay}/step", policy="activity.write", response=Form)
def step_form(request: HttpRequest, stay: UUID) -> Form:
    asking = asked(request)
    row = _stay(asking, stay)
    asking.check_form("activity.write", row)
    sorts = {value: label for value, label in stays.Sort.choices if value != stays.Sort.ENTER}
    return Form(
        title=f"登记下一步 {row.person}", submit="登记", url=f"/stays/{stay}/steps",
        intro="上一步到此为止。询问、讯问只能在检查合格、已投入使用的房间里开始；离区的不选房间。",
        fields=[
            fields.select("sort", "哪一步", fields.options(sorts)), _rooms(asking, row.activity, required=False),
            fields.moment("starts_at", "开始时间", value=asking.at), fields.long("says", "说明", required=False),
        ],
    )  # fmt: skip


@routes.post("/stays/{uuid:stay}/steps", policy="activity.write", response=Done)
def go_on(request: HttpRequest, stay: UUID, told: NextStep) -> Done:
    asking = asked(request)
    row = _stay(asking, stay)
    asking.require("activity.write", row)
    law = asking.law_or_none
    rule = next((r for r in law.rules_of("required") if r.id == "room-checked"), None) if law else None
    step = stays.go_on(
        row, by=asking.by, sort=told.sort, room=_room(row.activity, told.room) if told.room else None, starts_at=told.starts_at,
        says=told.says or "", cite=rule.citation if rule else None, at=asking.at,
    )  # fmt: skip
    return done(f"已登记“{step.get_sort_display()}”", about=step.pk)


def _rooms(asking: Asking, row: Activity, *, required: bool = True) -> FormField:
    """Each room with why it is not ready now, where it is not."""
    told = [
        Option(value=str(room.pk), label=room.name, hint=why_not_ready(room, at=asking.at) or "可以使用")
        for room in stays.case_area_rooms(row.agency_id)
    ]
    none = None if told else "还没有登记办案区的房间，请设备管理员在“装备”中登记。"
    return fields.select("room", "在哪一间", told, required=required, hint=none)


def _room(row: Activity, key: UUID) -> Room:
    room = next((one for one in stays.case_area_rooms(row.agency_id) if one.pk == key), None)
    if room is None:
        raise WrongFields("没有这一间", {"room": "请从所列房间中选择。"})
    return room


def _activity(asking: Asking, key: UUID) -> Activity:
    visible = queries.activities_visible_to(asking.by, at=asking.at)
    row: Activity = asking.found(visible, key, anyhow=queries.activities(), action="activity.view")
    return row


def _stay(asking: Asking, key: UUID) -> Stay:
    visible = stays.stays_seen(asking.by, at=asking.at)
    row: Stay = asking.found(visible, key, anyhow=stays.stays(), action="activity.view")
    return row
