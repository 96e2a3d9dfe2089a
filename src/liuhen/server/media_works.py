"""What the works do with the bytes of a recording: verify, look inside, derive copies, lay on each other, hide parts.

Reading the inside of files happens in the media engine's sandboxed child; a file that cannot be read is a finding, not a failure.
"""

import logging
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from uuid import UUID

from liuhen.apps.access import redacting
from liuhen.apps.access.models import Redaction
from liuhen.apps.casework import aligning
from liuhen.apps.casework import queries as casework
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence import clocks, live, queries, speech
from liuhen.apps.evidence.aligning import keep_alignments, take_of
from liuhen.apps.evidence.device_logs import is_device_log, read_device_log, unread_logs
from liuhen.apps.evidence.models import Derived, DeviceLog, LiveCopy, Recording
from liuhen.apps.evidence.models import Inspection as InspectionRow
from liuhen.apps.registry.law import law_of
from liuhen.engines import media
from liuhen.engines.media.alignment import Take, arranged, by_sound
from liuhen.engines.media.device_logs import FORMS, LOG_LIMIT, LogForm, forms_of
from liuhen.engines.media.envelope import Envelope
from liuhen.engines.media.glances import covered, glance, shared
from liuhen.engines.media.listening import listen
from liuhen.engines.media.masks import MaskList
from liuhen.engines.media.redaction import redacted
from liuhen.engines.media.report import Progress
from liuhen.engines.media.sandbox import Limits
from liuhen.engines.media.speech import SpeechModel, hints, load_speech, recognized, with_wording
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Malformed, Refused

_LOGGER = logging.getLogger(__name__)
_PROGRAM = "media/1"
OWN_FORMS = "device-logs.toml"
_FORMS = {"video": "video", "audio": "audio", "picture": "photo", "unknown": "unknown"}


def verify_recording(office: Office, recording_id: UUID) -> None:
    """Re-read from the medium and compare; only then may a station clear the card."""
    evidence.note_verified(Recording.objects.get(pk=recording_id), by=SYSTEM, vault=office.vault)


def inspect_recording(office: Office, recording_id: UUID) -> None:
    """Look into the file in the sandbox and keep what was found; a check that was stopped goes on where it stopped.

    Each go that comes further is followed by another. One that does not is tried once more with three times the time, and then left: the finding says so.
    """
    recording = Recording.objects.select_related("agency").get(pk=recording_id)
    at, before = now(), _stopped(recording_id)
    path = office.vault.path(recording.digest)
    stood = (
        before is not None and before.found("incomplete_check") is not None and before.progress == Progress()
    )
    limits = _patient(recording.size) if stood else None
    found = media.inspect_file(path, at=at, before=before, limits=limits)
    goes_on = found.progress is not None and not (before and found.progress == before.progress)
    is_log = found.kind == "unknown" and is_device_log(recording) and read_log(office, recording).form != ""
    said = found.to_json()
    row = InspectionRow(at=at, program=_PROGRAM, sandbox=found.sandbox, facts=said, findings=said["findings"])
    believed = _believed(recording, found, is_log=is_log)
    evidence.note_inspection(recording, by=SYSTEM, inspection=row, believed=believed, at=at, goes_on=goes_on)


def _stopped(recording_id: UUID) -> media.Inspection | None:
    """The newest report, if it was stopped and can go on."""
    row = queries.newest_inspection(recording_id)
    found = media.Inspection.from_json(row.facts) if row and row.facts else None
    return found if found and found.progress is not None else None


def _patient(size: int) -> Limits:
    usual = Limits.for_reading(size)
    return replace(usual, cpu_seconds=3 * usual.cpu_seconds, wall_seconds=3 * usual.wall_seconds)


def read_log(office: Office, recording: Recording) -> DeviceLog:
    """Read a recorder's log by the forms of the house and the office's own. What fits none is kept as unread."""
    with office.vault.open(recording.digest) as file:
        content = file.read(LOG_LIMIT)
    return read_device_log(recording, content, by=SYSTEM, forms=log_forms(office), at=now())


def read_waiting_logs(office: Office) -> tuple[int, int]:
    """Try again what no form has read: how many were read now, and how many wait. Raises `Malformed` for a mistake in the own forms."""
    own = office.home / OWN_FORMS
    if own.is_file():
        forms_of(own.read_text("utf-8"), where=OWN_FORMS)
    rows = unread_logs(Recording.objects.select_related("device"))
    read = sum(read_log(office, row).form != "" for row in rows)
    return read, len(rows) - read


def log_forms(office: Office) -> tuple[LogForm, ...]:
    """The office's own forms first. A mistake in its file is told in the log of the program and stops no intake."""
    own = office.home / OWN_FORMS
    try:
        return (*forms_of(own.read_text("utf-8"), where=OWN_FORMS), *FORMS) if own.is_file() else FORMS
    except (Malformed, UnicodeDecodeError) as error:
        _LOGGER.warning("%s 没有采用：%s", OWN_FORMS, error)
        return FORMS


def _believed(recording: Recording, found: media.Inspection, *, is_log: bool) -> evidence.Believed:
    clock = clocks.believed(recording, found)
    return evidence.Believed(
        form=Recording.Form.LOG if is_log else _FORMS[found.kind],
        started_at=clock.moment if clock else None,
        ended_at=clocks.end_of(clock.moment, found.duration) if clock and clock.moment else None,
        clock=clock.source if clock else "",
    )


def derive_copies(office: Office, recording_id: UUID) -> None:
    """A thumbnail always where there is a picture; a playable copy only where browsers cannot play the original."""
    recording = Recording.objects.get(pk=recording_id)
    row = queries.newest_inspection(recording_id)
    if row is None:
        return
    found = media.Inspection.from_json(row.facts)
    source = office.vault.path(recording.digest)
    if found.kind in ("video", "picture"):
        _keep_copy(office, recording, Derived.Kind.THUMBNAIL, partial(_thumbnail, source))
    if found.kind in ("video", "audio") and not media.browser_can_play(found):
        _keep_copy(office, recording, Derived.Kind.PROXY, partial(_proxy, source))


def _keep_copy(
    office: Office, recording: Recording, kind: str, make: Callable[[], tuple[bytes, str, str]]
) -> None:
    if queries.derived_of(recording.pk, kind) is not None:
        return
    try:
        content, media_type, how = make()
    except Malformed as error:
        _LOGGER.info("%s 没有%s：%s", recording.number, kind, error)
        return
    stored = office.copies.put(BytesIO(content))
    evidence.keep_derived(
        recording, by=SYSTEM, kind=kind, stored=stored, media_type=media_type, how=how, at=now()
    )


def _thumbnail(source: Path) -> tuple[bytes, str, str]:
    return media.thumbnail(source), "image/jpeg", "缩略图，长边不超过 480 像素，JPEG"


def _proxy(source: Path) -> tuple[bytes, str, str]:
    with tempfile.TemporaryDirectory(prefix="liuhen-proxy-") as folder:
        out = Path(folder) / "copy.mp4"
        made = media.proxy(source, out)
        return out.read_bytes(), made.media_type, "转制为 H.264/AAC，供浏览器播放"


def align_recordings(office: Office, activity_id: UUID) -> None:
    """Listen to every recording of an activity and keep where each lies to the others."""
    rows = aligning.alignable(casework.activities().get(pk=activity_id))
    seen = queries.newest_inspections(row.pk for row in rows)
    takes = {row.pk: _take(office, row, seen[row.pk]) for row in rows if row.pk in seen}
    if len(takes) < 2:
        return
    ground, fits = arranged(takes)
    keep_alignments(next(row for row in rows if row.pk == ground), fits, by=SYSTEM, at=now())


def recognize_speech(office: Office, recording_id: UUID) -> None:
    """Hear the recording by the agency's own model and keep what may have been said; why not, where it cannot be done."""
    recording, model = Recording.objects.select_related("agency").get(pk=recording_id), None
    try:
        model = _speech_model(office, recording)
        row = queries.newest_inspection(recording_id)
        found = media.Inspection.from_json(row.facts) if row else None
        seconds = (found.duration if found else None) or 0.0
        words = recognized(office.vault.path(recording.digest), model, seconds=seconds)
    except Malformed as error:
        speech.note_unrecognized(recording, by=SYSTEM, model=model, why=error.why, at=now())
        return
    may_be = hints(words, model.phrases)
    speech.keep_recognition(recording, by=SYSTEM, model=model, words=words, hints=may_be, at=now())


def _speech_model(office: Office, recording: Recording) -> SpeechModel:
    """The model of this house, looking for the words too that the law in force gives for the notice."""
    model = load_speech(office.home)
    if model is None:
        raise Malformed("本机关没有装识别模型")
    try:
        told = law_of(recording.agency_id, packs=office.packs, at=now()).announcement
    except Refused:
        told = None  # no law in force yet: what is usually said must do
    return with_wording(model, told.wording) if told else model


def reconcile_recording(office: Office, recording_id: UUID) -> None:
    """Hold a recording against what its camera's card brought, or against what came of it live: by sound, else by picture."""
    recording = Recording.objects.get(pk=recording_id)
    for copy, original in live.pairs_with(recording):
        seen = queries.newest_inspections([copy.pk, original.pk])
        lengths = {key: media.Inspection.from_json(row.facts).duration or 0.0 for key, row in seen.items()}
        found = _fit_of(office, copy, original) if len(lengths) == 2 else None
        if found is None:
            continue
        way, offset, measure = found
        covers = sum(b - a for a, b in covered(offset, lengths[copy.pk], lengths[original.pk]))
        if covers >= live.LEAST_COVERED:
            live.keep_live_copy(
                copy, original, by=SYSTEM, way=way, offset=offset, measure=measure, covers=covers,
                length=lengths[original.pk], at=now(),
            )  # fmt: skip


def _fit_of(office: Office, copy: Recording, original: Recording) -> tuple[str, float, float] | None:
    """By what both agree, from which second of the original the copy runs, and how alike they are."""
    paths = office.vault.path(original.digest), office.vault.path(copy.digest)
    try:
        fit = by_sound(listen(paths[0]), listen(paths[1]))
    except Malformed:
        fit = None  # one of them has no sound: then pictures must do
    if fit is not None and fit.measure is not None:
        return (LiveCopy.Way.SOUND, fit.offset, fit.measure) if fit.measure >= live.LEAST_ALIKE else None
    try:
        seen = shared(glance(paths[0]), glance(paths[1]))
    except Malformed as error:
        _LOGGER.info("%s 与 %s 比不出：%s", copy.number, original.number, error)
        return None
    return (LiveCopy.Way.PICTURE, *seen) if seen else None


def make_redaction(office: Office, redaction_id: UUID) -> None:
    """Write a copy with parts hidden and keep it only if what was measured says that it is one."""
    row = redacting.redactions().get(pk=redaction_id)
    if row.state != Redaction.State.DRAWN:
        return
    masks = MaskList.from_json(row.masks, length=redacting.length_of(row.recording))
    with tempfile.TemporaryDirectory(prefix="liuhen-redaction-") as folder:
        out = Path(folder) / "copy.mp4"
        try:
            proof = redacted(office.vault.path(row.recording.digest), out, masks=masks)
        except Malformed as error:
            redacting.note_failed(row, by=SYSTEM, why=error.why, at=now())
            return
        with out.open("rb") as content:
            stored = office.copies.put(content)
    media_type = "video/mp4" if proof.pictures else "audio/mp4"
    redacting.note_rendered(row, by=SYSTEM, stored=stored, proof=proof, media_type=media_type, at=now())


def _take(office: Office, recording: Recording, row: InspectionRow) -> Take:
    sound: Envelope | None = None
    try:
        sound = listen(office.vault.path(recording.digest))
    except Malformed as error:
        _LOGGER.info("%s 不能按声音对齐：%s", recording.number, error)
    return take_of(recording, media.Inspection.from_json(row.facts), sound)
