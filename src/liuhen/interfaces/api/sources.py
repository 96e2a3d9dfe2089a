"""Routes of other sources: the statement of where a recording comes from, its check by a second person, the erasure."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.evidence import queries, sources
from liuhen.apps.evidence.models import Recording, SourceAnswer, SourceStatement
from liuhen.apps.registry import queries as registry
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Moment, Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused

routes = Routes("其他来源")
Filled = Annotated[Line, StringConstraints(min_length=1, max_length=100)]


class NewStatement(Told):
    source: Literal["phone", "camera", "voice_pen", "fixed", "disc", "agency", "other"]
    maker: Filled
    serial: Annotated[Line, StringConstraints(max_length=100)] | None = None
    officer: UUID | None = None
    taken_by: Annotated[Line, StringConstraints(max_length=100)] | None = None
    taken_at: Moment
    taken_where: Annotated[Line, StringConstraints(min_length=1)]
    why: Annotated[Text, StringConstraints(min_length=1)]
    handed_by: Filled
    handed_to: Filled
    package: Annotated[Line, StringConstraints(max_length=100)] | None = None


class NewAnswer(Told):
    answer: Literal["confirm", "return"]
    reason: Text | None = None


class NewErasure(Told):
    erased_at: Moment
    says: Annotated[Text, StringConstraints(min_length=1)]


@routes.get("/recordings/{uuid:recording}/source-statement", policy="recording.receive", response=Form)
def statement_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    row = _recording(asking, recording, to="recording.receive")
    moment = row.started_at or row.file_time
    return Form(
        title=f"来源说明 {row.number}", submit="提交说明", url=f"/recordings/{recording}/source-statements",
        intro=f"{_allowed(asking)}说明提交之后，由另一人核实；核实之前，这段音像不能关联，也不作数。",
        fields=[
            fields.select("source", "来源", fields.options(dict(SourceStatement.Source.choices))),
            fields.text("maker", "厂牌型号", hint="如“某牌某型手机”；移送的写移送机关。"),
            fields.text("serial", "设备或者介质编号", required=False, hint="机身号、光盘编号；没有的留空。"),
            fields.select("officer", "摄录人（本机关）", fields.officers(asking.officer.agency_id), required=False,
                          hint="本机关人员摄录的选这里。"),
            fields.text("taken_by", "摄录人（其他）", required=False, hint="不是本机关人员的，写姓名或者单位。"),
            fields.moment("taken_at", "摄录时间", value=moment),
            fields.text("taken_where", "摄录地点"),
            fields.long("why", "未用配发设备的原因", hint="如“执记-03 电量耗尽，当场改用手机”。"),
            fields.text("handed_by", "交出人"),
            fields.text("handed_to", "接收人", value=asking.officer.name),
            fields.text("package", "移送文号或者清单号", required=False, hint="其他机关移送的必填。"),
        ],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/source-statements", policy="recording.receive", response=Done)
def state(request: HttpRequest, recording: UUID, told: NewStatement) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("recording.receive", row)
    officer = registry.officer(told.officer) if told.officer else None
    if told.officer and (officer is None or officer.agency_id != row.agency_id):
        raise WrongFields("摄录人不在本机关名册中", {"officer": "请从名册中选择；其他人写在下一栏。"})
    if officer is None and not told.taken_by:
        raise WrongFields("没有写明摄录人", {"taken_by": "本机关人员在上一栏选择，其他人在这里写明。"})
    if told.source == "agency" and not told.package:
        raise WrongFields("移送的音像没有写明文号", {"package": "请填写移送文号或者清单号。"})
    origin = sources.Origin(
        source=told.source, maker=told.maker, serial=told.serial or "", officer=officer,
        taken_by=officer.name if officer else told.taken_by or "", taken_at=told.taken_at, taken_where=told.taken_where,
        why=told.why, handed_by=told.handed_by, handed_to=told.handed_to, package=told.package or "",
    )  # fmt: skip
    made = sources.state_source(row, by=asking.by, origin=origin, law=asking.law_or_none, at=asking.at)
    return done("来源说明已登记，等第二人核实", about=made.pk)


@routes.get("/recordings/{uuid:recording}/source-answer", policy="recording.confirm", response=Form)
def answer_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    row = _recording(asking, recording, to="recording.confirm")
    told = _waiting(row)
    return Form(
        title=f"核实来源 {row.number}", submit="提交意见", url=f"/recordings/{recording}/source-answers",
        intro=f"{summary(told)}。说明人{registry.names_of([told.by]).get(told.by, '本机操作员')}，{shown(told.at)}。"
        "请对照原件、设备和当事人核实；属实的，自此作为其他来源的音像计入，等级不变。",
        fields=[
            fields.select("answer", "意见", fields.options(dict(SourceAnswer.Answer.choices))),
            fields.long("reason", "依据或者理由", required=False, hint="退回须写明哪一项不实或者不清。"),
        ],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/source-answers", policy="recording.confirm", response=Done)
def answer(request: HttpRequest, recording: UUID, told: NewAnswer) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("recording.confirm", row)
    made = sources.answer_source(
        _waiting(row), by=asking.by, answer=told.answer, reason=told.reason or "", at=asking.at
    )
    says = "已核实，可以关联" if told.answer == "confirm" else "已退回，请重新说明"
    return done(f"{row.number} {says}", about=made.pk)


@routes.get("/recordings/{uuid:recording}/erasure-note", policy="recording.annotate", response=Form)
def erasure_form(request: HttpRequest, recording: UUID) -> Form:
    row = _recording(asked(request), recording, to="recording.annotate")
    return Form(
        title=f"删除确认 {row.number}", submit="确认", url=f"/recordings/{recording}/erasure-notes",
        intro="原件已在本系统复核一致。请把替代设备上的文件删除之后，书面确认。",
        fields=[
            fields.moment("erased_at", "删除时间"),
            fields.long("says", "怎样删除、由谁在场", hint="如“当面从相册和最近删除中清除，某某在场”。"),
        ],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/erasure-notes", policy="recording.annotate", response=Done)
def note_erasure(request: HttpRequest, recording: UUID, told: NewErasure) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("recording.annotate", row)
    made = sources.note_erasure(row, by=asking.by, says=told.says, erased_at=told.erased_at, at=asking.at)
    return done("删除已确认", about=made.pk)


def summary(told: SourceStatement) -> str:
    """A statement in one line."""
    serial = f"，编号 {told.serial}" if told.serial else ""
    package = f"，移送文号 {told.package}" if told.package else ""
    return (
        f"{told.get_source_display()}，{told.maker}{serial}；{told.taken_by} {shown(told.taken_at)} 在{told.taken_where}摄录；"
        f"{told.handed_by}交{told.handed_to}{package}；未用配发设备：{told.why}"
    )


def _allowed(asking: Asking) -> str:
    """What the law in force says of other devices, for the head of the form."""
    law = asking.law_or_none
    if against := sources.rule_against(law, "phone"):
        return (
            f"{against.says}（{against.cite}）：本机关人员用手机、录音笔、照相机摄录的，不作为执法记录接受。{against.judge.mend}"  # type: ignore[attr-defined]
            "他人摄录或者移送的，在这里说明。"
        )
    measures = sources.substitutes_of(law)
    if measures:
        return f"本机关施行的制度允许记录中断时{'、'.join(sorted(set(measures.values())))}，须书面确认原处已经删除。"
    return "本机关施行的制度没有写明可以改用其他设备；确有必要的，写明原因。"


def _waiting(row: Recording) -> SourceStatement:
    found = sources.waiting_statement(row.pk)
    if found is None:
        raise Refused(f"{row.number} 没有待核实的来源说明", do="请刷新页面，看它现在的状态。")
    return found


def _recording(asking: Asking, key: UUID, *, to: str = "") -> Recording:
    visible = queries.visible_to(asking.by, at=asking.at)
    found: Recording = asking.found(visible, key, anyhow=queries.recordings(), action="recording.list")
    asking.check_form(to, found)
    return found
