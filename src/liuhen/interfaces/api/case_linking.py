"""Routes that link a recording straight to a case: for what belongs to the case and to none of its activities.

From the recording one chooses the case, from the case the recording; both are the same act.
"""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import StringConstraints

from liuhen.apps.casework import linking
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.case_suggestions import cases_suggested
from liuhen.apps.casework.models import Case, Link
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api import fields, pages_linking
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, Told, Word, containing
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, FormField, Option
from liuhen.kernel.clock import shown

routes = Routes("案件关联")
_OFFERED = 50


class _How(Told):
    """How a recording belongs to a case, and by what somebody knows it."""

    reason: Annotated[Line, StringConstraints(min_length=1)]
    part: Literal["whole", "segment", "context"] = "whole"
    begins: Word | None = None
    ends: Word | None = None
    is_evidence: Literal["yes", "no"] | None = None


class NewCaseLink(_How):
    case: UUID


class NewCaseRecording(_How):
    recording: UUID


class CasesSought(Told):
    """`recording` is what the case is sought for: then the suggested ones stand first."""

    q: Line = ""
    recording: UUID | None = None


@routes.get("/recordings/{uuid:recording}/case-link", policy="recording.link", response=Form)
def case_link_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    row = _recording(asking, recording, to="recording.link")
    return Form(
        title=f"关联执法事项 {row.number}", submit="关联", url=f"/recordings/{recording}/case-links",
        intro="没有现场活动可归、但属于某件执法事项的音像，直接归到这件事项；有对应活动的，请关联到活动，才计入应录时段。关联写入存证。",
        fields=[
            fields.select("case", "执法事项", _cases(asking, "", of=row)).model_copy(update={"options_url": f"/options/cases?recording={recording}"}),
            *_how_fields(),
        ],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/case-links", policy="recording.link", response=Done)
def link_to_case(request: HttpRequest, recording: UUID, told: NewCaseLink) -> Done:
    asking = asked(request)
    return _linked(asking, _recording(asking, recording), _case(asking, told.case), told)


@routes.get("/cases/{uuid:case}/recording-link", policy="recording.link", response=Form)
def case_recording_form(request: HttpRequest, case: UUID) -> Form:
    asking = asked(request)
    row = _case(asking, case)
    asking.check_form("recording.link", row)
    waiting = pages_linking.queue(asking).order_by("-received_at")[:_OFFERED]
    offered = [
        Option(value=str(one.pk), label=f"{one.number}（{one.get_form_display()}，{shown(one.started_at or one.received_at)}）", hint=one.source_name)
        for one in waiting
    ]  # fmt: skip
    return Form(
        title=f"关联音像 {row.number}", submit="关联", url=f"/cases/{case}/recordings",
        intro="列出您可以关联、还在等待关联的音像，最新的在前。不在其中的，请从那段音像的页上关联。"
        if offered
        else "没有您可以关联、还在等待关联的音像；已经关联过的，请从那段音像的页上关联。",
        fields=[fields.select("recording", "音像", offered), *_how_fields()],
    )  # fmt: skip


@routes.post("/cases/{uuid:case}/recordings", policy="recording.link", response=Done)
def link_recording_of_case(request: HttpRequest, case: UUID, told: NewCaseRecording) -> Done:
    asking = asked(request)
    return _linked(asking, _recording(asking, told.recording), _case(asking, case), told)


@routes.get("/options/cases", policy="case.view", response=list[Option])
def case_options(request: HttpRequest, listed: Query[CasesSought]) -> list[Option]:
    asking = asked(request)
    row = _recording(asking, listed.recording, to="recording.link") if listed.recording else None
    return _cases(asking, listed.q, of=row)


def _linked(asking: Asking, row: Recording, case: Case, told: _How) -> Done:
    asking.require("recording.link", row)
    begins, ends = fields.span_of(told.part, told.begins, told.ends)
    made = linking.link_to_case(
        case, by=asking.by, recording=row, reasons=[told.reason], at=asking.at, part=told.part, begins=begins, ends=ends,
        is_evidence=told.is_evidence == "yes",
    )  # fmt: skip
    return done(f"{row.number} 已归到 {case.number}", about=made.pk)


def _how_fields() -> list[FormField]:
    return [
        fields.select("part", "方式", fields.options(dict(Link.Part.choices)), value="whole"),
        fields.text(
            "begins", "片段起", required=False, hint="方式为“部分”时必填，按播放器上的时间，如 12:30。"
        ),
        fields.text("ends", "片段止", required=False),
        fields.yes_no("is_evidence", "作为证据", value=False),
        fields.text("reason", "依据", hint="凭什么认定属于这件事项，如“调取自某店门口的监控”。"),
    ]


def _cases(asking: Asking, words: str, *, of: Recording | None = None) -> list[Option]:
    """What may be chosen: the suggested ones first, each with its reasons, then the viewer's own, then the newest."""
    rows = casework.cases_visible_to(asking.by, at=asking.at).filter(
        containing(words, ("number", "cause", "party", "place_text"))
    )
    suggested = cases_suggested(of, among=rows) if of is not None else []
    first = {one.case.pk for one in suggested}
    found = [case for case in rows.order_by("-opened_at", "-pk")[:_OFFERED] if case.pk not in first]
    found.sort(key=lambda case: not _is_own(asking, case))
    told = [_option(one.case, f"{one.likelihood}：{one.says}") for one in suggested]
    return [*told, *(_option(case, "本人承办" if _is_own(asking, case) else "") for case in found)][:_OFFERED]


def _is_own(asking: Asking, case: Case) -> bool:
    return asking.by.id in (case.officer_id, case.second_officer_id)


def _option(case: Case, why: str) -> Option:
    return Option(
        value=str(case.pk), label=f"{case.party}{case.cause}（{case.get_stage_display()}，{shown(case.opened_at)}）",
        hint="，".join(filter(None, [case.number, why])),
    )  # fmt: skip


def _recording(asking: Asking, key: UUID, *, to: str = "") -> Recording:
    visible = queries.visible_to(asking.by, at=asking.at)
    found: Recording = asking.found(visible, key, anyhow=queries.recordings(), action="recording.list")
    asking.check_form(to, found)
    return found


def _case(asking: Asking, key: UUID) -> Case:
    visible = casework.cases_visible_to(asking.by, at=asking.at)
    found: Case = asking.found(visible, key, anyhow=casework.cases(), action="case.view")
    return found
