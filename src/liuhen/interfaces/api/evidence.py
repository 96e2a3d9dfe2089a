"""Routes of recordings: list, page, looks, links, late notes, identification, uploads."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import StringConstraints

from liuhen.apps.access import actions as access
from liuhen.apps.access.bulk import notice_bulk
from liuhen.apps.access.queries import grant_for, granted_to
from liuhen.apps.archive import actions as archive
from liuhen.apps.casework import actions as casework
from liuhen.apps.casework import queries as activities
from liuhen.apps.casework.models import Activity, Link
from liuhen.apps.casework.suggestions import suggestions_for
from liuhen.apps.devices import queries as devices
from liuhen.apps.evidence import actions, queries
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry import queries as registry
from liuhen.engines.rules.facts import DELAY_REASONS
from liuhen.interfaces.api import fields, pages_evidence, pages_uploads, players, recording_rows
from liuhen.interfaces.api.answers import Gone, WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, ListAsked, Moment, Text, Told, Word, containing
from liuhen.interfaces.api.rail import done, proof_about
from liuhen.interfaces.api.shapes import (
    Done,
    Form,
    Listing,
    OpenedTrack,
    Option,
    RecordingPage,
    RecordingRow,
    UploadDesk,
    UploadState,
)
from liuhen.interfaces.pace import Pace
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused

routes = Routes("音像资料")
_OFFERED = 50
_LOOKS = Pace("打开播放", most=60, seconds=60)


class NewLink(Told):
    activity: UUID
    reason: Line | None = None
    part: Literal["whole", "segment", "context"] = "whole"
    begins: Word | None = None
    ends: Word | None = None
    is_evidence: Literal["yes", "no"] | None = None


class LateNote(Told):
    reason: Annotated[Text, StringConstraints(min_length=1)]
    circumstance: Annotated[str, StringConstraints(max_length=30)] | None = None
    returned_at: Moment | None = None
    reported: Literal["yes", "no"] | None = None


class Identification(Told):
    officer: UUID
    device: UUID | None = None


class Sought(Told):
    q: Line = ""


@routes.get("/recordings", policy="recording.list", response=Listing[RecordingRow])
def recordings(request: HttpRequest, listed: Query[ListAsked]) -> Listing[RecordingRow]:
    return recording_rows.recordings(asked(request), listed)


@routes.get("/recordings/{uuid:recording}", policy="recording.list", response=RecordingPage)
def recording(request: HttpRequest, recording: UUID) -> RecordingPage:
    asking = asked(request)
    return pages_evidence.recording(asking, _seen(asking, recording))


@routes.post("/recordings/{uuid:recording}/viewings", policy="recording.list", response=OpenedTrack)
def open_viewing(request: HttpRequest, recording: UUID) -> OpenedTrack:
    """A look, registered before the first frame: answers the address for as long as the right stands."""
    asking = asked(request)
    row = _seen(asking, recording)
    _LOOKS.take(asking.by.id)
    by_role = asking.may("recording.play", row)
    grant = None if by_role else grant_for(row, by=asking.by)
    # What cannot be played is not entered as looked at; without a right the refusal comes first.
    found = players.facts_of_file(queries.newest_inspection(row.pk))
    which = players.address_of(row, found) if players.may_play(asking, row) else ""
    viewing = access.view_recording(row, by=asking.by, officer=asking.officer, at=asking.at, grant=grant)
    notice_bulk(asking.by.id, agency=row.agency_id, limit=asking.office.bulk, at=asking.at)
    proof = proof_about(viewing.pk)
    if proof is None:
        raise Gone
    return OpenedTrack(
        url=f"/media/{viewing.pk}/{which}", expires_at=viewing.closes_at, proof=proof, watermark=players.watermark(asking),
        watched_url=f"/viewings/{viewing.pk}/stretches",
    )  # fmt: skip


# ── 关联 ───────────────────────────────────────────────────


@routes.get("/recordings/{uuid:recording}/link", policy="recording.link", response=Form)
def link_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    row = _recording(asking, recording, to="recording.link")
    return Form(
        title=f"关联 {row.number}", submit="关联", url=f"/recordings/{recording}/links",
        intro="选出这段音像所属的现场活动，并写明依据；关联写入存证。",
        fields=[
            fields.select("activity", "现场活动", _activities(asking, "")).model_copy(update={"options_url": "/options/activities"}),
            fields.select("part", "方式", fields.options(dict(Link.Part.choices)), value="whole",
                          hint="一段音像可以关联多次活动；背景不计入应录时段。"),
            fields.text("begins", "片段起", required=False, hint="方式为“部分”时必填，按播放器上的时间，如 12:30。"),
            fields.text("ends", "片段止", required=False),
            fields.yes_no("is_evidence", "作为证据", value=False),
            fields.text("reason", "依据", hint="凭什么认定属于这次活动。"),
        ],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/links", policy="recording.link", response=Done)
def link(request: HttpRequest, recording: UUID, told: NewLink) -> Done:
    """From a suggestion its reasons are kept as they were shown; by hand the person's own words."""
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("recording.link", row)
    visible = activities.activities_visible_to(asking.by, at=asking.at)
    activity: Activity = asking.found(
        visible, told.activity, anyhow=activities.activities(), action="activity.view"
    )
    shown_ones = {s.activity.pk: [r.says for r in s.reasons] for s in suggestions_for(row)}
    reasons = [told.reason] if told.reason else shown_ones.get(activity.pk, [])
    if not reasons:
        raise WrongFields("关联需写明依据", {"reason": "请写明凭什么认定属于这次活动。"})
    begins, ends = fields.span_of(told.part, told.begins, told.ends)
    made = casework.link_recording(
        activity, by=asking.by, recording=row, reasons=reasons, at=asking.at, part=told.part, begins=begins, ends=ends,
        is_evidence=told.is_evidence == "yes",
    )  # fmt: skip
    return done(f"已关联到 {activity.number}", about=made.pk)


@routes.get("/options/activities", policy="activity.view", response=list[Option])
def activity_options(request: HttpRequest, listed: Query[Sought]) -> list[Option]:
    return _activities(asked(request), listed.q)


def _activities(asking: Asking, words: str) -> list[Option]:
    found = containing(words, ("number", "subject", "place_text"))
    rows = (
        activities.activities_visible_to(asking.by, at=asking.at).filter(found).order_by("-planned_at", "-pk")
    )
    return [
        Option(value=str(a.pk), label=f"{a.subject}（{shown(a.arrived_at or a.planned_at)}）", hint=a.number)
        for a in rows[:_OFFERED]
    ]  # fmt: skip


# ── 说明、来源、编号 ─────────────────────────────────────────


@routes.get("/recordings/{uuid:recording}/late-note", policy="recording.annotate", response=Form)
def late_note_form(request: HttpRequest, recording: UUID) -> Form:
    row = _recording(asked(request), recording, to="recording.annotate")
    return Form(
        title=f"迟交说明 {row.number}", submit="登记", url=f"/recordings/{recording}/late-notes",
        intro=f"这段音像于 {shown(row.received_at)} 入库。属于下列情形的，自返回单位起算；不属于的，说明仍随卷保存。",
        fields=[
            fields.select("circumstance", "情形", fields.options(DELAY_REASONS), required=False, hint="不属于所列情形的留空。"),
            fields.moment("returned_at", "返回单位", required=False),
            fields.yes_no("reported", "已向负责人报告", value=None),
            fields.long("reason", "事由"),
        ],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/late-notes", policy="recording.annotate", response=Done)
def note_late(request: HttpRequest, recording: UUID, told: LateNote) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("recording.annotate", row)
    lateness = actions.Lateness(
        reason=told.reason, circumstance=told.circumstance or "", returned_at=told.returned_at,
        reported=None if told.reported is None else told.reported == "yes",
    )  # fmt: skip
    note = actions.note_late(row, by=asking.by, lateness=lateness, at=asking.at)
    return done("迟交说明已登记，合规结论将重新判定", about=note.pk)


@routes.get("/recordings/{uuid:recording}/identification", policy="recording.identify", response=Form)
def identification_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    row = _recording(asking, recording, to="recording.identify")
    told = "；".join(
        f"{label} {value}" for label, value in
        (("文件名", row.source_name), ("申报的设备", row.device_serial), ("申报的警号", row.officer_number)) if value
    )  # fmt: skip
    visible = devices.visible_to(asking.by, at=asking.at).order_by("number")
    return Form(
        title=f"查明来源 {row.number}", submit="确认", url=f"/recordings/{recording}/identification",
        intro=f"{row.quarantine or '来源已经查明'}。{told}。申报的内容原样保留。",
        fields=[
            fields.select("officer", "使用人", fields.officers(asking.officer.agency_id)),
            fields.select(
                "device", "设备", [Option(value=str(d.pk), label=d.number, hint=f"序号 {d.serial}") for d in visible[:500]],
                required=False, hint="不是本机关设备的留空。",
            ),
        ],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/identification", policy="recording.identify", response=Done)
def identify(request: HttpRequest, recording: UUID, told: Identification) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("recording.identify", row)
    officer = registry.officer(told.officer)
    device = (
        devices.visible_to(asking.by, at=asking.at).filter(pk=told.device).first() if told.device else None
    )
    if officer is None or officer.agency_id != row.agency_id:
        raise WrongFields("使用人不在本机关名册中", {"officer": "请从名册中选择使用人。"})
    if told.device and device is None:
        raise WrongFields("设备不在本机关台账中", {"device": "请从设备台账中选择。"})
    if not row.quarantine:
        raise Refused(f"{row.number} 的来源没有疑问", do="无需再查明。")
    actions.identify_recording(row, by=asking.by, device=device, officer=officer, at=asking.at)
    return done(f"{row.number} 已查明来源，可以关联", about=row.pk)


@routes.post("/recordings/{uuid:recording}/archive-number", policy="recording.number", response=Done)
def number(request: HttpRequest, recording: UUID) -> Done:
    asking = asked(request)
    given = archive.number_recording(_recording(asking, recording), by=asking.by, at=asking.at)
    return done(f"已编号 {given.number}", about=given.pk)


# ── 上传 ───────────────────────────────────────────────────


@routes.get("/uploads/desk", policy="recording.receive", response=UploadDesk)
def desk(request: HttpRequest) -> UploadDesk:
    return pages_uploads.desk(asked(request))


@routes.get("/uploads/{uuid:upload}", policy="recording.receive", response=UploadState)
def upload(request: HttpRequest, upload: UUID) -> UploadState:
    asking = asked(request)
    found = queries.upload_of(upload, opened_by=asking.by.id)
    if found is None or (found.recording_id is not None and not asking.knows(found.recording_id)):
        raise Gone
    return pages_uploads.state(asking, found)


def _recording(asking: Asking, key: UUID, *, to: str = "") -> Recording:
    """The recording, if it may be known of; `to` names what a form is asked for, which must be open to this person too."""
    visible = queries.visible_to(asking.by, at=asking.at)
    found: Recording = asking.found(visible, key, anyhow=queries.recordings(), action="recording.list")
    asking.check_form(to, found)
    return found


def _seen(asking: Asking, key: UUID) -> Recording:
    """The same, or what the unit that made it lets this person see for a few days: its page and its look, nothing else."""
    return granted_to(asking.by, at=asking.at).filter(pk=key).first() or _recording(asking, key)
