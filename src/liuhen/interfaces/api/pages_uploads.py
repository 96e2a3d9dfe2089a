"""The upload desk and the real state of one upload: under way, being checked, stored, or refused with its reason."""

from liuhen.apps.casework import queries as casework
from liuhen.apps.devices import queries as devices
from liuhen.apps.evidence.models import Upload
from liuhen.apps.evidence.sources import needs_statement, waiting_statements
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import problem_of
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.rail import proof_about
from liuhen.interfaces.api.recording_rows import state_of
from liuhen.interfaces.api.shapes import FormField, Link, Option, Problem, State, UploadDesk, UploadState
from liuhen.interfaces.api.words import size_shown
from liuhen.kernel.errors import Refused, Unavailable

CHUNK = 8 << 20
_NO_ROOM = Unavailable(
    "暂停入库：存储空间不足", do="请通知系统管理员扩充存储；设备中的原件请勿清除。", retry_seconds=300
)


def desk(asking: Asking) -> UploadDesk:
    """What to fill in before an upload; names are those the upload itself declares."""
    full = asking.office.vault.free_bytes() == 0
    limit = size_shown(asking.office.upload_limit)
    return UploadDesk(
        says=f"文件可以多选，单个不超过 {limit}。传输中断可以接着传；入库并复核之后给出存证号，原件不改不删。",
        endpoint="/files/",
        chunk_bytes=CHUNK,
        accepts="",
        fields=_fields(asking),
        unavailable=problem_of(_NO_ROOM) if full else None,
    )


def _fields(asking: Asking) -> list[FormField]:
    told = []
    if asking.can("device.view"):
        rows = devices.visible_to(asking.by, at=asking.at).order_by("number")[:500]
        options = [Option(value=d.serial, label=d.number, hint=d.model or None) for d in rows]
        told.append(
            fields.select(
                "device", "设备", options, required=False, hint="文件名里写有设备序号的不必选；手机、光盘等其他来源的留空，入库后作来源说明，由第二人核实。"
            )
        )  # fmt: skip
    told.append(
        fields.text(
            "officer", "使用人警号或工号", value="", required=False, hint="本人使用的留空；代他人上传的写明。"
        )
    )
    return told


def state(asking: Asking, upload: Upload) -> UploadState:
    """The server's own word about one upload."""
    recording = upload.recording
    if recording is not None:
        linked = recording.pk in casework.homes_of([recording.pk])
        verified = recording.verified_at is not None
        stands = state_of(recording, is_linked=linked, waits=bool(waiting_statements([recording.pk])))
        lacks = verified and needs_statement(recording)
        kept = State(label="已入库", tone="proven", reason=f"{recording.number}：{stands.label}")
        if lacks:
            kept = State(
                label=f"已入库，{stands.label}", tone="due", reason="点编号打开，作来源说明，再由第二人核实"
            )
        return UploadState(
            state=kept if verified else stands,
            settled=verified,
            recording=Link(label=recording.number, to=f"/recordings/{recording.pk}"),
            proof=proof_about(recording.pk),
            problem=None,
        )
    return _unfinished(upload, problem=_problem(asking, upload))


def _unfinished(upload: Upload, *, problem: Problem | None) -> UploadState:
    ended = upload.state in Upload.BYTES_ARE_OVER
    tone = "breach" if upload.state == Upload.State.REFUSED else "action" if not ended else "plain"
    label = State.model_validate(
        {"label": upload.get_state_display(), "tone": tone, "reason": upload.reason or None}
    )
    return UploadState(state=label, settled=ended, recording=None, proof=None, problem=problem)


def _problem(asking: Asking, upload: Upload) -> Problem | None:
    if upload.state == Upload.State.REFUSED:
        return problem_of(
            Refused(upload.reason or "未能入库", do="请核对源文件后重新上传；设备中的原件请勿清除。")
        )
    if upload.state in Upload.UNFINISHED and upload.expires_at < asking.at:
        return problem_of(Refused("这次上传已过期", do="请重新选择同一文件上传。"))
    return None
