"""Logs of recorders: read once they are in, kept line by line with the file they came from, and told as times.

A log is a recording like any other: kept as it came, never changed. What it says is read by the forms of the media engine
and of the office's own file; one that fits no form is kept as unread and is no obstacle to anything.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from liuhen.apps.devices.queries import device_by_serial
from liuhen.apps.evidence.models import DeviceEvent, DeviceLog, Recording
from liuhen.apps.evidence.queries import visible_to
from liuhen.apps.journal.actions import act
from liuhen.engines.media import device_logs as reading
from liuhen.engines.media.device_logs import LogEvent, LogForm, Stretch
from liuhen.kernel.actors import Actor
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import BEIJING, aware
from liuhen.kernel.spans import Span

_AROUND = timedelta(hours=12)
"""So far before and after the asked time a stretch may have begun or ended."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the logs of one device say of a time: each stretch in corrected moments, and the log it stands in."""

    device: UUID
    kind: str
    start: datetime
    end: datetime | None
    file: str
    log: UUID
    recording: Recording

    def span(self) -> Span | None:
        return Span(self.start, self.end) if self.end and self.end > self.start else None


def is_device_log(recording: Recording) -> bool:
    """Whether it is worth reading as a log, by its name; whoever asks knows that no picture or sound was found in it."""
    return reading.is_log_name(recording.source_name)


def read_device_log(
    recording: Recording, content: bytes, *, by: Actor, forms: Sequence[LogForm], at: datetime
) -> DeviceLog:
    """Keep what the log says. The same reading again adds nothing and gives the row that is there."""
    found = reading.read_log(content, forms=forms)
    digest = hashlib.sha256(canonical([_member(event) for event in found.events])).hexdigest()
    last = log_of(recording.pk)
    if last is not None and (last.form, last.sha256) == (found.form, digest):
        return last
    row = DeviceLog(
        recording=recording, form=found.form, encoding=found.encoding, count=len(found.events), unread=found.unread,
        backward=found.backward, sha256=digest, at=at,
    )  # fmt: skip
    events = _new(row, found.events)
    with act("device.log-transcribed", by=by, at=at, agency=recording.agency_id) as line:
        row.save(force_insert=True)
        DeviceEvent.objects.bulk_create(events, batch_size=500)
        line.about(row)
        if found.form and recording.form == Recording.Form.UNKNOWN:
            recording.form = Recording.Form.LOG
            recording.save(update_fields=["form"])
            line.about(recording)
            line.schedule(
                "recording.judge", recording
            )  # What was judged of it before it was known for a log falls away.
    return row


def log_of(recording: UUID) -> DeviceLog | None:
    """The reading that counts."""
    return DeviceLog.objects.filter(recording=recording).order_by("-at", "-id").first()


def events_of(log: DeviceLog, *, most: int) -> list[DeviceEvent]:
    """What this log was the first to say, in its order."""
    return list(log.events.order_by("line")[:most])


def unread_logs(recordings: QuerySet[Recording]) -> list[Recording]:
    """Logs that no form has read yet: for another try after a form was added."""
    rows = recordings.filter(form=Recording.Form.UNKNOWN).exclude(
        pk__in=DeviceLog.objects.exclude(form="").values("recording")
    )
    return [row for row in rows.order_by("received_at") if is_device_log(row)]


def told_by_logs(viewer: Actor, *, within: Span, at: datetime, received_before: datetime) -> list[Told]:
    """What the logs this person may know of say of that time: when each device recorded, when it was off, its photos."""
    seen = visible_to(viewer, at=at).filter(received_at__lt=received_before)
    events = _counting().filter(
        moment__gte=within.start - _AROUND, moment__lt=within.end + _AROUND, device__isnull=False,
        log__recording__in=seen.values("pk"),
    )  # fmt: skip
    rows: dict[UUID, list[DeviceEvent]] = defaultdict(list)
    for event in events.select_related("log__recording__unit", "log__recording__device").order_by(
        "moment", "line"
    ):
        rows[event.device_id or event.log_id].append(event)
    return [one for device, told in rows.items() for one in _told(device, told)]


def _counting() -> QuerySet[DeviceEvent]:
    """Events of the newest reading of each log."""
    later = DeviceLog.objects.filter(recording=OuterRef("log__recording"), at__gt=OuterRef("log__at"))
    return DeviceEvent.objects.exclude(Exists(later))


def _told(device: UUID, rows: list[DeviceEvent]) -> Iterable[Told]:
    """One device's events, which came of several logs, as times."""
    by_number = dict(enumerate(rows))
    events = [
        LogEvent(row.moment, number, row.what, row.word, row.file)  # type: ignore[arg-type]  # only known events are kept
        for number, row in by_number.items()
    ]

    def told(kind: str, one: Stretch) -> Told:
        row = by_number[one.start.line]
        end = one.end.at if one.end else None
        return Told(device, kind, one.start.at, end, one.start.file, row.log_id, row.log.recording)

    yield from (told("recorded", one) for one in reading.stretches(events))
    yield from (told("off", one) for one in reading.off_times(events))
    yield from (told("photo", Stretch(event, event)) for event in events if event.what == "photo")


def _new(log: DeviceLog, events: Iterable[LogEvent]) -> list[DeviceEvent]:
    """The rows of what no other log of the same device has said."""
    recording = log.recording
    error = timedelta(seconds=recording.clock_error or 0)
    devices = {"": recording.device}
    rows = []
    for event in events:
        serial = event.device
        if serial not in devices:
            devices[serial] = device_by_serial(recording.agency_id, serial)
        told_at = aware(event.at.replace(tzinfo=BEIJING))
        rows.append(
            DeviceEvent(
                log=log,
                device=devices[serial],
                device_serial=(serial or recording.device_serial)[:80],
                line=event.line,
                told_at=told_at,
                moment=told_at - error,
                what=event.what,
                word=event.word[:40],
                file=event.file,
            )
        )
    known = _known_of(rows, besides=recording.pk)
    return [row for row in rows if _key(row) not in known]


def _known_of(rows: Sequence[DeviceEvent], *, besides: UUID) -> set[tuple[object, ...]]:
    if not rows:
        return set()
    moments = [row.told_at for row in rows]
    near = _counting().filter(
        device__in={row.device_id for row in rows if row.device_id},
        moment__gte=min(row.moment for row in rows) - _AROUND, moment__lte=max(row.moment for row in rows) + _AROUND,
        told_at__gte=min(moments), told_at__lte=max(moments),
    )  # fmt: skip
    return {_key(row) for row in near.exclude(log__recording=besides)}


def _key(row: DeviceEvent) -> tuple[object, ...]:
    return row.device_id, row.told_at, row.what, row.word, row.file


def _member(event: LogEvent) -> dict[str, object]:
    return {
        "line": event.line, "at": event.at.isoformat(), "what": event.what, "word": event.word, "file": event.file,
        "device": event.device,
    }  # fmt: skip
