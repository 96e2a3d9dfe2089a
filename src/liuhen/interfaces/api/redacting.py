"""Routes of copies with parts hidden: drawing, proposals to draw, looking at the copy, the second person's answer."""

import json
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field, StringConstraints

from liuhen.apps.access import redacting as rules
from liuhen.apps.access.models import Redaction
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Recording
from liuhen.engines.media.detector import has_engine, load_detector
from liuhen.engines.media.masks import Mask, from_detections
from liuhen.engines.media.proposing import detected, moving
from liuhen.interfaces.api import fields, pages_redacting, players
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Text, Told
from liuhen.interfaces.api.rail import done, proof_about
from liuhen.interfaces.api.shapes import DetectorShown, Done, Form, OpenedTrack, Proposed, RedactionPage
from liuhen.kernel.errors import Malformed, Refused

routes = Routes("音像资料")
Reason = Annotated[Line, StringConstraints(min_length=1)]
Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Numbers = Annotated[
    list[Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]], Field(min_length=5, max_length=5)
]


class DrawnMask(Told):
    begins: Seconds
    ends: Seconds
    reason: Reason
    made: Literal["drawn", "motion", "detector"] = "drawn"
    places: Annotated[list[Numbers], Field(min_length=1, max_length=2_000)]


class DrawnMute(Told):
    begins: Seconds
    ends: Seconds
    reason: Reason
    sound: Literal["mute", "lower", "higher"] = "mute"


class NewRedaction(Told):
    purpose: Annotated[Text, StringConstraints(min_length=1, max_length=500)]
    masks: Annotated[list[DrawnMask], Field(max_length=200)]
    mutes: Annotated[list[DrawnMute], Field(max_length=200)]


class Detections(Told):
    content: Annotated[str, StringConstraints(max_length=8_000_000)]
    reason: Reason


class Stirring(Told):
    """The stretch in which to look for what moves."""

    begins: Seconds
    ends: Seconds


class Answer(Told):
    answer: Literal["approved", "returned"]
    reason: Annotated[Text, StringConstraints(max_length=500)] = ""


@routes.post("/recordings/{uuid:recording}/redactions", policy="redaction.draw", response=Done)
def draw(request: HttpRequest, recording: UUID, told: NewRedaction) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    wanted = told.model_dump(include={"masks", "mutes"})
    made = rules.draw_redaction(
        row, by=asking.by, officer=asking.officer, masks=wanted, purpose=told.purpose, at=asking.at
    )
    return done(f"已交制作，编号 {made.number}", about=made.pk, to=f"/redactions/{made.pk}")


@routes.post("/recordings/{uuid:recording}/detections", policy="redaction.draw", response=list[Proposed])
def read_detections(request: HttpRequest, recording: UUID, told: Detections) -> list[Proposed]:
    """What a detector's file would hide. Nothing is kept: whoever draws decides."""
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("redaction.draw", row)
    try:
        content = json.loads(told.content)
    except (ValueError, RecursionError) as error:
        raise Malformed("检测结果不是 JSON 文件", do="请选检测程序写出的文件。") from error
    return [
        _proposed(one) for one in from_detections(content, length=rules.length_of(row), reason=told.reason)
    ]


@routes.post("/recordings/{uuid:recording}/motions", policy="redaction.draw", response=list[Proposed])
def find_motion(request: HttpRequest, recording: UUID, told: Stirring) -> list[Proposed]:
    """What moves in a stretch of the film, as boxes to be looked over. Nothing is kept: whoever draws decides."""
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("redaction.draw", row)
    found = players.facts_of_file(queries.newest_inspection(row.pk))
    film = next(iter(found.tracks_of("video")), None) if found else None
    if film is None or told.ends > rules.length_of(row) + 1:
        raise Malformed("这段音像没有画面，或者起止不在音像之内", do="请核对起止。")
    rules.check_drawable(row, by=asking.by, at=asking.at)
    shape = (film.height, film.width) if film.rotation % 180 else (film.width, film.height)
    path = asking.office.vault.path(row.digest)
    return [_proposed(one) for one in moving(path, begins=told.begins, ends=told.ends, shape=shape)]


@routes.get("/recordings/{uuid:recording}/detector", policy="recording.list", response=DetectorShown)
def detector(request: HttpRequest, recording: UUID) -> DetectorShown:
    """Whether this house has a detector, and if not, how it would get one."""
    asking = asked(request)
    _recording(asking, recording)
    try:
        found = load_detector(asking.office.home)
    except Malformed as error:
        return DetectorShown(name=None, says=f"检测程序用不了：{error.why}")
    if found is None:
        return DetectorShown(
            name=None, says="本机关没有装检测程序：模型由机关自备，装法见手册。可以手工画，或者按移动找。"
        )
    if not has_engine():
        return DetectorShown(
            name=None, says="有检测模型，但没有装运行它的库（liuhen[detector]），请系统管理员安装。"
        )
    return DetectorShown(
        name=found.name, says=f"检测 {'、'.join(found.classes.values())}；只是建议，会漏也会错，逐处核对。"
    )


@routes.post("/recordings/{uuid:recording}/sightings", policy="redaction.draw", response=list[Proposed])
def find_by_detector(request: HttpRequest, recording: UUID, told: Stirring) -> list[Proposed]:
    """What the agency's detector sees in a stretch. Nothing is kept: whoever draws decides."""
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("redaction.draw", row)
    rules.check_drawable(row, by=asking.by, at=asking.at)
    found = load_detector(asking.office.home)
    if found is None or not has_engine():
        raise Refused("本机关没有装检测程序", do="请手工画出，或者按移动找。")
    if told.ends > rules.length_of(row) + 1:
        raise Malformed("起止不在音像之内", do="请核对起止。")
    path = asking.office.vault.path(row.digest)
    return [_proposed(one) for one in detected(path, found, begins=told.begins, ends=told.ends)]


def _proposed(mask: Mask) -> Proposed:
    return Proposed(
        begins=mask.begins, ends=mask.ends, reason=mask.reason, made=mask.made,
        places=[[p.at, p.left, p.top, p.width, p.height] for p in mask.places],
    )  # fmt: skip


@routes.get("/redactions/{uuid:redaction}", policy="redaction.view", response=RedactionPage)
def redaction(request: HttpRequest, redaction: UUID) -> RedactionPage:
    asking = asked(request)
    return pages_redacting.page(asking, _redaction(asking, redaction))


@routes.post("/redactions/{uuid:redaction}/looks", policy="redaction.view", response=OpenedTrack)
def open_look(request: HttpRequest, redaction: UUID) -> OpenedTrack:
    """A look at the copy, registered before the first frame."""
    asking = asked(request)
    row = _redaction(asking, redaction)
    look = rules.look_at_redaction(row, by=asking.by, officer=asking.officer, at=asking.at)
    proof = proof_about(look.pk)
    if proof is None:
        raise Gone
    return OpenedTrack(
        url=f"/media/redacted/{look.pk}", expires_at=look.closes_at, proof=proof, watermark=players.watermark(asking), watched_url=None
    )  # fmt: skip


@routes.get("/redactions/{uuid:redaction}/answer", policy="redaction.check", response=Form)
def answer_form(request: HttpRequest, redaction: UUID) -> Form:
    asking = asked(request)
    row = _redaction(asking, redaction)
    asking.check_form("redaction.check", row)
    return Form(
        title=f"审核 {row.number}", intro="请先看过副本，逐处核对；审核之后不能再改，要改须另画一份。", submit="提交意见",
        url=f"/redactions/{redaction}/answers",
        fields=[
            fields.select("answer", "意见", fields.options({"approved": "可以使用", "returned": "退回重做"})),
            fields.long("reason", "理由", required=False, hint="退回的，写明哪一处没有遮好"),
        ],
    )  # fmt: skip


@routes.post("/redactions/{uuid:redaction}/answers", policy="redaction.check", response=Done)
def answer(request: HttpRequest, redaction: UUID, told: Answer) -> Done:
    asking = asked(request)
    row = _redaction(asking, redaction)
    agree = told.answer == "approved"
    made = rules.answer_redaction(
        row, by=asking.by, officer=asking.officer, agree=agree, reason=told.reason, at=asking.at
    )
    return done("副本可以使用" if agree else "已退回", about=made.pk)


def _redaction(asking: Asking, key: UUID) -> Redaction:
    """A copy is known to whoever may see it; to others it is not there."""
    row = rules.redactions().filter(asking.known("recording"), pk=key).first()
    if row is None or not asking.may("redaction.view", row):
        raise Gone
    return row


def _recording(asking: Asking, key: UUID) -> Recording:
    visible = queries.visible_to(asking.by, at=asking.at)
    row: Recording = asking.found(visible, key, anyhow=queries.recordings(), action="recording.list")
    return row
