"""Routes of interruptions: filed for a gap of the media, completed afterwards. No time of a gap is taken from the form."""

from collections.abc import Iterable
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field, StringConstraints

from liuhen.apps.casework import interrupting, queries
from liuhen.apps.casework.interrupting import Edge, Filing, Gap
from liuhen.apps.casework.models import Activity, Interruption
from liuhen.apps.evidence.models import KeySegment
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import Gone, WrongFields, cite_of
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Moment, Text, Told
from liuhen.interfaces.api.pages_interruptions import gap_shown, place_shown
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, FormField, Option

routes = Routes("记录中断")
YesNo = Literal["yes", "no"]
_MARK_FIRST = "请先在恢复的那段音像里，从说话的那一秒起标出（[ 和 ] 键），再来选择；也可以先登记，以后补上。"


class NewInterruption(Told):
    span: Annotated[str, StringConstraints(max_length=80)]
    cause: Annotated[str, StringConstraints(max_length=30)]
    resumed: YesNo
    voice_explained: YesNo | None = None
    voice: UUID | None = None
    measures: Annotated[list[Line], Field(max_length=20)] | None = None
    measures_note: Annotated[Text, StringConstraints(max_length=500)] | None = None
    reported_at: Moment | None = None


class Completion(Told):
    voice: UUID | None = None
    reported_at: Moment | None = None


@routes.get("/activities/{uuid:activity}/interruption", policy="activity.write", response=Form)
def interruption_form(request: HttpRequest, activity: UUID) -> Form:
    asking = asked(request)
    row, law = _activity(asking, activity, to="activity.write"), asking.law
    gaps = interrupting.gaps_of(row, law=law, at=asking.at)
    rule = next(iter(law.rules_of("interruption")), None)
    return Form(
        title="登记记录中断", submit="登记", url=f"/activities/{activity}/interruptions",
        intro=_intro(law) if gaps else "时间轴上没有待登记的缺失时段，不需要登记中断。", cite=cite_of(rule.citation) if rule else None,
        fields=list(_fields(asking, law, gaps)),
    )  # fmt: skip


@routes.post("/activities/{uuid:activity}/interruptions", policy="activity.write", response=Done)
def enter_interruption(request: HttpRequest, activity: UUID, told: NewInterruption) -> Done:
    """For exactly a gap that is there now; nothing else can be explained away."""
    asking = asked(request)
    row, law = _activity(asking, activity), asking.law
    asking.require("activity.write", row)
    gap = next((g for g in interrupting.gaps_of(row, law=law, at=asking.at) if g.key == told.span), None)
    if gap is None:
        raise WrongFields("这一段现在并不缺失，或者已经登记", {"span": "请从时间轴上缺失的时段中选择。"})
    if told.resumed == "yes" and gap.went_on is None:
        raise WrongFields(
            "这个缺口之后没有音像", {"resumed": "恢复之后的音像请先关联；确实没有恢复的，请选“否”。"}
        )
    voice = _voice(told.voice, gap.went_on)
    if told.voice_explained == "yes" and told.resumed == "yes" and voice is None:
        raise WrongFields("没有选语音说明在哪一段", {"voice": _MARK_FIRST})
    filing = Filing(
        cause=told.cause, resumed=told.resumed == "yes", voice=voice if told.resumed == "yes" else None,
        unspoken=told.voice_explained == "no" and voice is None, measures=told.measures or (),
        measures_note=told.measures_note or "", reported_at=told.reported_at,
    )  # fmt: skip
    made = interrupting.file_interruption(row, by=asking.by, gap=gap.key, told=filing, law=law, at=asking.at)
    return done("中断已就这一缺口登记，合规结论将重新判定", about=made.pk)


@routes.get("/interruptions/{uuid:interruption}/completion", policy="activity.write", response=Form)
def completion_form(request: HttpRequest, interruption: UUID) -> Form:
    asking = asked(request)
    row = _interruption(asking, interruption, to="activity.write")
    edge = interrupting.resumed_at(interrupting.gap_of(row)) if row.resumed else None
    found = (
        [_voices(asking, interrupting.voices_of(edge))] if edge and interrupting.voice_of(row) is None else []
    )
    if row.reported_at is None:
        found.append(fields.moment("reported_at", "向负责人报告的时间", required=False))
    return Form(
        title="补齐中断手续", submit="登记", url=f"/interruptions/{interruption}/completions",
        intro="已经登记的内容不改；这里补上当时还没有的。" if found else "这次中断的登记已经齐全。", fields=found,
    )  # fmt: skip


@routes.post("/interruptions/{uuid:interruption}/completions", policy="activity.write", response=Done)
def complete_interruption(request: HttpRequest, interruption: UUID, told: Completion) -> Done:
    asking = asked(request)
    row = _interruption(asking, interruption)
    asking.require("activity.write", row.activity)
    edge = interrupting.resumed_at(interrupting.gap_of(row)) if row.resumed else None
    interrupting.complete_interruption(
        row, by=asking.by, voice=_voice(told.voice, edge), reported_at=told.reported_at, at=asking.at
    )
    return done("已补登，合规结论将重新判定", about=row.pk)


def _intro(law: Rulebook) -> str:
    kind = law.interruption
    report = f"，无法继续的应向{kind.report_to}报告" if kind and kind.report_to else ""
    return f"起止由音像算出，不能填写。允许的原因见下；恢复时应语音说明{report}。"


def _fields(asking: Asking, law: Rulebook, gaps: list[Gap]) -> Iterable[FormField]:
    kind = law.interruption
    offered = [Option(value=gap.key, label=gap_shown(gap), hint=place_shown(asking, gap)) for gap in gaps]
    yield fields.select("span", "缺失的时段", offered, value=gaps[0].key if len(gaps) == 1 else None)
    yield fields.select(
        "cause", "原因", fields.options({c.code: c.label for c in kind.cause} if kind else {})
    )
    if kind and kind.measures:
        measures = [Option(value=one, label=one) for one in kind.measures]
        yield fields.many("measures", "采取的措施", measures, required=False)
    yield fields.long("measures_note", "措施的说明", required=False, hint="当时做了什么、结果如何")
    yield fields.yes_no("resumed", "后来恢复了记录", value=None, required=True)
    yield fields.yes_no("voice_explained", "恢复时已语音说明", value=None)
    yield _voices(asking, [one for gap in gaps for one in interrupting.voices_of(gap.went_on)])
    yield fields.moment("reported_at", "向负责人报告的时间", required=False)


def _voices(asking: Asking, rows: Iterable[KeySegment]) -> FormField:
    told = {row.pk: row for row in rows if asking.knows(row.recording_id)}
    options = [
        Option(value=str(key), label=f"{row.recording.number} 第 {row.begins:.1f} 秒：{row.says}")
        for key, row in told.items()
    ]
    return fields.select("voice", "语音说明在哪一段", options, required=False, hint=_MARK_FIRST)


def _voice(key: UUID | None, edge: Edge | None) -> KeySegment | None:
    if key is None:
        return None
    found = next((one for one in interrupting.voices_of(edge) if one.pk == key), None)
    if found is None:
        raise WrongFields("这个标记不在恢复记录之后的五分钟之内", {"voice": _MARK_FIRST})
    return found


def _activity(asking: Asking, key: UUID, *, to: str = "") -> Activity:
    visible = queries.activities_visible_to(asking.by, at=asking.at)
    found: Activity = asking.found(visible, key, anyhow=queries.activities(), action="activity.view")
    asking.check_form(to, found)
    return found


def _interruption(asking: Asking, key: UUID, *, to: str = "") -> Interruption:
    row = queries.interruption(key)
    if row is None:
        raise Gone
    _activity(asking, row.activity_id, to=to)
    return row
