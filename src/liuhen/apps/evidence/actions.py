"""Taking recordings in, and what is added to them afterwards. Nothing here changes what was received.

Order (design: how a recording comes in): permission, bytes durable at their address, then row, line and jobs in one
commit, then the receipt. A crash leaves at most an object without a row, which `reconcile` reports.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from liuhen.apps.devices import queries as devices
from liuhen.apps.devices.models import Device, Station
from liuhen.apps.evidence.live import RECONCILE, may_have_twin
from liuhen.apps.evidence.models import Derived, Inspection, LateNote, Recording, Upload
from liuhen.apps.evidence.sources import UNSTATED
from liuhen.apps.journal.actions import act, hold_the_pen
from liuhen.apps.journal.statements import insert
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import Place, allow
from liuhen.apps.search.actions import enter, keep
from liuhen.engines.media import NameFacts, parse_file_name
from liuhen.engines.rules.facts import DELAY_REASONS
from liuhen.engines.vault import Incoming, Stored, Vault
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import BEIJING, aware, now
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Malformed, Refused, Tampered, Unavailable

_PHOTO = (".jpg", ".jpeg", ".png", ".heic")
_FIELD = 80
_AUDIO = (".mp3", ".wav", ".m4a", ".aac", ".amr")


@dataclass(frozen=True, slots=True)
class Clip:
    """What whoever brings a file says of it. Only `unit` and `name` are certain; the rest may be unknown."""

    unit: Unit
    name: str
    path: str = ""
    expect: Digest | None = None
    device_serial: str = ""
    officer_number: str = ""
    file_time: datetime | None = None
    clock_error: float | None = None
    station: Station | None = None
    kind: str = Recording.Kind.ON_SCENE


def receive_recording(*, by: Actor, clip: Clip, arriving: Incoming, at: datetime | None = None) -> Recording:
    """接收一段音像记录：先入库，再记台账，后分析。

    The blob comes first: an orphan blob is harmless, a row without its blob is not. Damaged, empty and unknown files
    are kept as they are. Raises `Refused` without permission, `Tampered` where the declared digest differs.
    """
    allow(by, "recording.receive", on=Place(clip.unit.agency_id, clip.unit.path), at=at)
    stored = arriving.commit(clip.expect)
    return _record(by, clip, arriving, stored, at or now(), upload=None)


def finish_upload(
    upload: Upload,
    *,
    by: Actor,
    clip: Clip,
    arriving: Incoming,
    at: datetime | None = None,
    joined: Sequence[Upload] = (),
) -> Recording:
    """The same at the end of a resumable upload, whose row is closed in the same commit, and with it the slices that were `joined`.

    A repeated finish (the answer was lost) gives the recording that is already there.
    """
    if upload.recording is not None:
        arriving.discard()
        return upload.recording
    allow(by, "recording.receive", on=upload, at=at)
    try:
        stored = arriving.commit(clip.expect)
    except Tampered as error:
        close_upload(upload, by=by, state=Upload.State.REFUSED, reason=str(error), at=at or now())
        raise
    return _record(by, clip, arriving, stored, at or now(), upload=upload, joined=joined)


def open_upload(
    *, by: Actor, clip: Clip, size: int | None, declared: dict[str, object], expires_at: datetime, at: datetime,
    is_slice: bool = False,
) -> Upload:  # fmt: skip
    """Begin a resumable upload; `declared` is what the client said, kept as it came, and `size` is None until it tells."""
    upload = Upload(
        agency_id=clip.unit.agency_id, unit=clip.unit, station=clip.station, opened_by=by.id, opened_at=at,
        expires_at=expires_at, size=size, clip=declared, state=Upload.State.SLICE if is_slice else Upload.State.OPEN,
    )  # fmt: skip
    allow(by, "recording.receive", on=upload, at=at)
    with act("upload.opened", by=by, at=at, agency=upload.agency_id) as line:
        insert([upload])
        line.about(upload)
    return upload


def measure_upload(upload: Upload, *, by: Actor, size: int, at: datetime) -> None:
    """The length that was to be told later is told, once. Raises `Refused` where another was told meanwhile."""
    with act("upload.measured", by=by, at=at, agency=upload.agency_id) as line:
        if _locked(upload).size is not None:
            raise Refused("文件大小已经申报，不能再改", do="请查询上传的状态后继续。")
        upload.size = size
        upload.save(update_fields=["size"])
        line.about(upload)


def close_upload(upload: Upload, *, by: Actor, state: str, reason: str, at: datetime) -> None:
    """An upload that ends without a recording, with the reason shown to the one who sent it.

    Raises `Refused` where it came to its end meanwhile, and for a slice as long as it is being joined.
    """
    with act("upload.closed", by=by, at=at, agency=upload.agency_id) as line:
        if _locked(upload).state not in Upload.UNFINISHED:
            raise Refused("这次上传已经办结", do="请刷新后查看结果。")
        if upload.joined_in.filter(upload__state=Upload.State.JOINING).exists():
            raise Refused("分片正在合并", do="合并未成的，分片过了保留天数自行终止。")
        upload.state, upload.reason = state, reason
        upload.save(update_fields=["state", "reason"])
        line.about(upload)


def release_address(upload: Upload, *, by: Actor, at: datetime) -> None:
    """Whoever brought a file has no more to ask at its address: the address ends, what was stored stays. Asked twice it is the same."""
    with act("upload.released", by=by, at=at, agency=upload.agency_id) as line:
        if _locked(upload).state not in (Upload.State.STORED, Upload.State.JOINED, Upload.State.RELEASED):
            raise Refused("这次上传还没有办结", do="请刷新后查看结果。")
        upload.state = Upload.State.RELEASED
        upload.save(update_fields=["state"])
        line.about(upload)


def note_verified(recording: Recording, *, by: Actor, vault: Vault, at: datetime | None = None) -> None:
    """复核：re-read the object from the medium and compare; only now may a station clear the card."""
    if recording.verified_at is not None:
        return
    found = vault.reread(recording.digest)
    if found.size != recording.size:
        raise Tampered(f"原件大小由 {recording.size} 变为 {found.size} 字节")
    with act("recording.verified", by=by, at=at, agency=recording.agency_id) as line:
        recording.verified_at = line.at
        recording.save(update_fields=["verified_at"])
        line.about(recording, sha256=found.digest.sha256, sm3=found.digest.sm3)


def note_inspection(
    recording: Recording,
    *,
    by: Actor,
    inspection: Inspection,
    believed: "Believed",
    at: datetime,
    goes_on: bool = False,
) -> None:
    """Keep what was found, and what is believed of the recording's time because of it. `goes_on`: there is more to look at."""
    inspection.recording = recording
    with act("recording.inspected", by=by, at=at, agency=recording.agency_id) as line:
        inspection.save(force_insert=True)
        recording.form, recording.clock_believed = believed.form, believed.clock
        recording.started_at, recording.ended_at = believed.started_at, believed.ended_at
        recording.save(update_fields=["form", "clock_believed", "started_at", "ended_at"])
        line.about(inspection)
        line.about(recording)
        line.schedule("recording.derive", recording, rank=7)
        line.schedule("recording.judge", recording)
        if goes_on:
            line.schedule("recording.inspect", recording, rank=8)
        if may_have_twin(recording):
            line.schedule(RECONCILE, recording, rank=6)


@dataclass(frozen=True, slots=True)
class Believed:
    """What the house believes of a recording, and which clock it believes."""

    form: str
    started_at: datetime | None
    ended_at: datetime | None
    clock: str


def keep_derived(
    recording: Recording, *, by: Actor, kind: str, stored: Stored, media_type: str, how: str, at: datetime
) -> Derived:
    """Enter a derived copy: it names its original and never stands for it."""
    derived = Derived(
        recording=recording, kind_of_copy=kind, media_type=media_type, size=stored.size, sha256=stored.digest.sha256,
        sm3=stored.digest.sm3, made_at=at, made_how=how,
    )  # fmt: skip
    with act("recording.copy-derived", by=by, at=at, agency=recording.agency_id) as line:
        derived.save(force_insert=True)
        line.about(derived, original=recording.sha256)
    return derived


@dataclass(frozen=True, slots=True)
class Lateness:
    """Why a recording came late. `circumstance` is a code of the rules' vocabulary of delay reasons, or empty."""

    reason: str
    circumstance: str = ""
    returned_at: datetime | None = None
    reported: bool | None = None


def note_late(recording: Recording, *, by: Actor, lateness: Lateness, at: datetime) -> LateNote:
    """Say why a recording came late. Raises `Refused` without a reason, or for a return after it was handed in."""
    allow(by, "recording.annotate", on=recording, at=at)
    if not lateness.reason.strip():
        raise Refused("迟交说明需写明事由", do="请写明为何未能按时入库。")
    if lateness.circumstance and lateness.circumstance not in DELAY_REASONS:
        raise Malformed(
            f"没有“{lateness.circumstance}”这种情形", do=f"可选的有：{'、'.join(DELAY_REASONS.values())}。"
        )
    if lateness.returned_at is not None and lateness.returned_at > recording.received_at:
        raise Refused("返回单位的时间晚于入库时间", do="请核对返回时间。")
    note = LateNote(
        recording=recording, reason=lateness.reason.strip(), circumstance=lateness.circumstance,
        remote_duty=bool(lateness.circumstance), returned_at=lateness.returned_at, reported=lateness.reported,
        at=at, by=by.id,
    )  # fmt: skip
    with act("recording.late-explained", by=by, at=at, agency=recording.agency_id) as line:
        note.save(force_insert=True)
        line.about(note)
        keep(recording)
        line.schedule("recording.judge", recording)
    return note


def identify_recording(
    recording: Recording, *, by: Actor, device: Device | None, officer: Officer, at: datetime
) -> None:
    """Release from quarantine: a keeper says which device and whose recording it is. What was declared stays as it was."""
    allow(by, "recording.identify", on=recording, at=at)
    if recording.station_id is None and device is None:
        raise Refused("不是本机关设备、也不是采集站送来的音像", do="请作来源说明，由第二人核实。")
    if recording.station_id is None and recording.received_by == by.id:
        raise Refused("不能查明本人导入的音像", do="请由另一名设备管理员或者保管人查明。")
    if officer.agency_id != recording.agency_id or (device and device.agency_id != recording.agency_id):
        raise Refused("所选人员或设备不属于本机关", do="请从本机关的名册和设备台账中选择。")
    with act("recording.identified", by=by, at=at, agency=recording.agency_id) as line:
        recording.device, recording.officer, recording.unit = device, officer, officer.unit
        recording.quarantine = ""
        recording.save(update_fields=["device", "officer", "unit", "quarantine"])
        line.about(recording)
        keep(recording)
        line.schedule("recording.judge", recording)


def _locked(upload: Upload) -> Upload:
    """Within an act: the row as it is now, which nobody else changes meanwhile."""
    return Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)


def _record(
    by: Actor,
    clip: Clip,
    arriving: Incoming,
    stored: Stored,
    at: datetime,
    *,
    upload: Upload | None,
    joined: Sequence[Upload] = (),
) -> Recording:
    recording = _recording_of(by, clip, stored, at)
    verb = "recording.quarantined" if recording.quarantine else "recording.received"
    with act(verb, by=by, at=at, agency=recording.agency_id) as line:
        recording.number = next_number(clip.unit.agency, "音像", at=at)
        insert([recording])
        line.about(recording, sha256=stored.digest.sha256, sm3=stored.digest.sm3)
        enter(recording.words_with(()))
        line.schedule("recording.verify", recording, rank=0)
        line.schedule("recording.inspect", recording, rank=5)
        if upload is not None:
            upload.state, upload.recording = Upload.State.STORED, recording
            upload.save(update_fields=["state", "recording"])
            line.about(upload)
        for part in joined:  # They are whole and nobody else's: nothing ends a slice that is being joined.
            part.state = Upload.State.JOINED
            part.save(update_fields=["state"])
            line.about(part)
        _confirm(arriving, recording)
    return recording


def _confirm(arriving: Incoming, recording: Recording) -> None:
    """Inside the act that registers it: nobody disposes of the same bytes meanwhile. Raises `Unavailable` where somebody just did."""
    hold_the_pen()
    try:
        arriving.confirm(recording.digest)
    except Tampered as error:
        raise Unavailable("相同内容的旧件正在销毁", do="请重新上传这个文件。") from error


def _recording_of(by: Actor, clip: Clip, stored: Stored, at: datetime) -> Recording:
    named = parse_file_name(clip.name)
    serial = _text(clip.device_serial or named.device or "")[:_FIELD]
    number = _text(clip.officer_number or named.officer or "")[:_FIELD]
    device = devices.device_by_serial(clip.unit.agency_id, serial)
    officer, doubt = _holder(by, clip, device, (serial, number), named)
    return Recording(
        agency_id=clip.unit.agency_id, unit=officer.unit if officer else clip.unit, device=device, officer=officer,
        source_name=_text(clip.name), source_path=_text(clip.path), size=stored.size, sha256=stored.digest.sha256,
        sm3=stored.digest.sm3, device_serial=serial, officer_number=number, file_time=clip.file_time,
        clock_error=_finite(clip.clock_error), station=clip.station, received_at=at, received_by=by.id,
        kind_of_scene=clip.kind, quarantine=doubt, form=_form_by_name(clip.name),
    )  # fmt: skip


def _holder(
    by: Actor, clip: Clip, device: Device | None, told_by: tuple[str, str], named: NameFacts
) -> tuple[Officer | None, str]:
    """Whose recording it is: the loan at that time, else the number told, else the officer who brings it.

    Returns the officer, and why the matter must be looked into where it is not certain.
    """
    serial, number = told_by
    told = registry.officer_by_number(clip.unit.agency_id, number) if number else None
    moment = _start_by(named) or clip.file_time
    loan = devices.loan_at(device.pk, moment) if device and moment else None
    brought = registry.officer(by.id) if by.kind == "officer" else None
    officer = (loan.officer if loan else None) or told or (None if number else brought)
    if serial:
        if device is None:
            return officer, f"设备 {serial} 不在本机关台账中"
    elif by.kind != "officer":
        return officer, "文件未标明设备，来源设备不详"
    else:
        return officer, UNSTATED
    if officer is None:
        return None, f"警号 {number} 不在本机关名册中" if number else "未标明使用人，也没有当时的领用登记"
    return officer, ""


def _text(told: str) -> str:
    """Names are data: what no database can hold (half a surrogate pair, NUL) is written out, nothing is dropped."""
    return told.encode(errors="backslashreplace").decode().replace("\0", "\\x00")


def _finite(seconds: float | None) -> float | None:
    """An error that is no number says nothing."""
    return seconds if seconds is not None and math.isfinite(seconds) else None


def _start_by(named: NameFacts) -> datetime | None:
    """The device's own clock has no zone; here it is 北京时间."""
    return aware(datetime.fromisoformat(named.starts_at).replace(tzinfo=BEIJING)) if named.starts_at else None


def _form_by_name(name: str) -> str:
    """A first guess for lists until the file was looked at; the look decides."""
    lower = name.lower()
    if lower.endswith(_PHOTO):
        return Recording.Form.PHOTO
    return Recording.Form.AUDIO if lower.endswith(_AUDIO) else Recording.Form.UNKNOWN
