"""Routes of 同步存储: which matters must lie in the enforcement information system as well, and what was put there."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.archive import stores
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Moment, Text, Told, Word
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Option

routes = Routes("同步存储")
Filled = Annotated[Text, StringConstraints(min_length=1)]


class NewMatter(Told):
    activity_type: Word
    required: Literal["yes", "no"]
    why: Annotated[Line, StringConstraints(min_length=1)]


class NewSecondStore(Told):
    system: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    reference: Annotated[Line, StringConstraints(min_length=1, max_length=120)]
    stored_at: Moment


@routes.get("/forms/sync-matter", policy="store.lay-down", response=Form)
def matter_form(request: HttpRequest) -> Form:
    asking = asked(request)
    required = stores.required_types(asking.officer.agency)
    now = "、".join(label for code, label in _types(asking).items() if code in required)
    return Form(
        title="规定同步存储的事项", submit="登记", url="/sync-matters",
        intro=f"现在需要同步存入执法信息系统的：{now or '没有'}。改了以后，本机关的音像重新判断。",
        fields=[
            fields.select("activity_type", "活动类型", fields.options(_types(asking))),
            fields.select("required", "需要同步存储", [Option(value="yes", label="需要"), Option(value="no", label="不需要")], value="yes"),
            fields.text("why", "依据"),
        ],
    )  # fmt: skip


@routes.post("/sync-matters", policy="store.lay-down", response=Done)
def lay_down(request: HttpRequest, told: NewMatter) -> Done:
    asking = asked(request)
    types = _types(asking)
    if told.activity_type not in types:
        raise WrongFields("没有这种活动", {"activity_type": "请从名单中选择。"})
    required = told.required == "yes"
    row = stores.lay_down_matter(
        asking.officer.agency, by=asking.by, activity_type=told.activity_type, required=required, why=told.why, at=asking.at
    )  # fmt: skip
    return done(f"“{types[told.activity_type]}”{'需要' if required else '不再需要'}同步存储", about=row.pk)


@routes.get("/recordings/{uuid:recording}/second-store", policy="store.enter", response=Form)
def store_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.check_form("store.enter", row)
    return Form(
        title=f"登记 {row.number} 的同步存储", submit="登记", url=f"/recordings/{row.pk}/second-stores",
        intro="写明存入哪个执法信息系统、那里的编号和时间。登记之后写入存证，不能更改。",
        fields=[fields.text("system", "系统"), fields.text("reference", "系统中的编号"), fields.moment("stored_at", "存入时间", value=asking.at)],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/second-stores", policy="store.enter", response=Done)
def enter_store(request: HttpRequest, recording: UUID, told: NewSecondStore) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    stores.enter_store(
        row, by=asking.by, system=told.system, reference=told.reference, stored_at=told.stored_at, at=asking.at
    )  # fmt: skip
    return done(f"{row.number} 的同步存储已登记", about=row.pk)


def _types(asking: Asking) -> dict[str, str]:
    """The types of activity of the law in force, by their codes."""
    return {kind.code: kind.label for pack in asking.law.packs for kind in pack.activity_types}


def _recording(asking: Asking, key: UUID) -> Recording:
    visible = evidence.visible_to(asking.by, at=asking.at)
    found: Recording = asking.found(visible, key, anyhow=evidence.recordings(), action="recording.list")
    return found
