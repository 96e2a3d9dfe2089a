"""Routes of watching: laying the recordings of an activity on each other, marking key segments, taking a mark back."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field, StringConstraints

from liuhen.apps.access.watching import MOST, note_watched
from liuhen.apps.casework import aligning
from liuhen.apps.casework import queries as casework
from liuhen.apps.evidence import queries, segments, speech
from liuhen.apps.evidence.models import KeySegment, Recording
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import Gone, WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Text, Told, Word
from liuhen.interfaces.api.pages_seeing import place_in
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form

routes = Routes("音像资料")
Second = Annotated[int, Field(ge=0, le=1_000_000)]
Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Stretch(Told):
    """From where to where in a recording, as the player had it."""

    begins: Seconds = 0.0
    ends: Seconds = 0.0
    says: Line = ""


class Ran(Told):
    """Whole seconds that ran in a player since it last told: pairs of from and to."""

    spans: Annotated[list[tuple[Second, Second]], Field(min_length=1, max_length=MOST)]
    sound_only: bool = False


class NewSegment(Told):
    begins: Word
    ends: Word
    says: Annotated[Line, StringConstraints(min_length=1)]


class Reasoned(Told):
    why: Annotated[Text, StringConstraints(min_length=1, max_length=500)]


@routes.post("/activities/{uuid:activity}/alignments", policy="recording.align", response=Done)
def align(request: HttpRequest, activity: UUID) -> Done:
    asking = asked(request)
    visible = casework.activities_visible_to(asking.by, at=asking.at)
    row = asking.found(visible, activity, anyhow=casework.activities(), action="activity.view")
    aligning.ask_to_align(row, by=asking.by, at=asking.at)
    return done("已要求对齐，听完各路声音后显示结果", about=row.pk)


@routes.post("/viewings/{uuid:viewing}/stretches", policy="recording.list", response=Done)
def ran(request: HttpRequest, viewing: UUID, told: Ran) -> Done:
    """Which seconds ran before the viewer's eyes. His own look alone; another's is not there."""
    asking = asked(request)
    row = note_watched(viewing, by=asking.by, spans=told.spans, is_sound_only=told.sound_only, at=asking.at)
    if row is None:
        raise Gone
    return done("已登记看过的时段", about=row.pk)


@routes.get("/recordings/{uuid:recording}/segment", policy="segment.mark", response=Form)
def segment_form(request: HttpRequest, recording: UUID, stretch: Query[Stretch]) -> Form:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.check_form("segment.mark", row)
    return Form(
        title=f"标记 {row.number} 的关键内容", intro="起止按播放器上的时间；标记写入存证，可以撤回，不能悄悄改。语音识别只给提示：告知、恢复记录的说明、出示证件等，请听了再标。", submit="标记",
        url=f"/recordings/{recording}/segments",
        fields=[
            fields.text("begins", "起", value=place_in(stretch.begins)), fields.text("ends", "止", value=place_in(stretch.ends)),
            fields.text("says", "内容", value=stretch.says, hint="一句话写明这一段是什么，如“出示证件、告知事由”"),
        ],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/segments", policy="segment.mark", response=Done)
def mark(request: HttpRequest, recording: UUID, told: NewSegment) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("segment.mark", row)
    begins, ends = fields.seconds_of(told.begins, field="begins"), fields.seconds_of(told.ends, field="ends")
    if begins is None or ends is None or begins >= ends:
        raise WrongFields("起应当早于止", {"ends": "请核对起止。"})
    made = segments.mark_segment(row, by=asking.by, begins=begins, ends=ends, says=told.says, at=asking.at)
    return done("已标记关键内容", about=made.pk)


@routes.post("/recordings/{uuid:recording}/recognitions", policy="segment.mark", response=Done)
def recognize(request: HttpRequest, recording: UUID) -> Done:
    """Ask for the recording to be heard by the agency's own model."""
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("segment.mark", row)
    speech.ask_to_recognize(row, by=asking.by, at=asking.at)
    return done("已交识别，听完后显示在本页", about=row.pk)


@routes.get("/segments/{uuid:segment}/withdrawal", policy="segment.mark", response=Form)
def withdrawal_form(request: HttpRequest, segment: UUID) -> Form:
    asking = asked(request)
    row = _segment(asking, segment)
    asking.check_form("segment.mark", row)
    return Form(
        title="撤回这个标记", intro=f"{row.recording.number} {place_in(row.begins)} 至 {place_in(row.ends)}：{row.says}", submit="撤回",
        url=f"/segments/{segment}/withdrawals", fields=[fields.long("why", "理由")],
    )  # fmt: skip


@routes.post("/segments/{uuid:segment}/withdrawals", policy="segment.mark", response=Done)
def withdraw(request: HttpRequest, segment: UUID, told: Reasoned) -> Done:
    asking = asked(request)
    row = _segment(asking, segment)
    segments.withdraw_segment(row, by=asking.by, why=told.why, at=asking.at)
    return done("已撤回", about=row.pk)


def _segment(asking: Asking, key: UUID) -> KeySegment:
    """A mark is known to whoever knows of its recording."""
    row = segments.segment(key)
    if row is None:
        raise Gone
    _recording(asking, row.recording_id)
    return row


def _recording(asking: Asking, key: UUID) -> Recording:
    visible = queries.visible_to(asking.by, at=asking.at)
    row: Recording = asking.found(visible, key, anyhow=queries.recordings(), action="recording.list")
    return row
