"""A file that comes in two slices, and what the house had promised of it by then. Struck like the day of acts.py, as a day of its own."""

from datetime import timedelta
from typing import Any

from tests.cast import as_actor
from tests.faults.acts import FIRST, NOON, Tell, tell_sealed, tell_stored

from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence import slices
from liuhen.apps.evidence.actions import Clip
from liuhen.apps.evidence.models import Recording, Upload
from liuhen.apps.registry.models import Officer
from liuhen.interfaces.office import Office
from liuhen.kernel.digests import digest_of

LEFT, RIGHT = FIRST[:7001], FIRST[7001:]
LASTS = timedelta(days=7)


def live(office: Office, tell: Tell) -> None:
    """Two slices whose lengths are told late, joined, sealed; then the slices are forgotten."""
    li = Officer.objects.get(name="李")
    parts = [_slice(office, tell, li, content) for content in (LEFT, RIGHT)]
    tell("joinable", parts=[part.pk.hex for part in parts])
    recording = joined(office, li, _joining(li, parts))
    tell_stored(tell, recording)
    tell_sealed(tell, office)


def _slice(office: Office, tell: Tell, li: Officer, content: bytes) -> Upload:
    by, clip = as_actor(li), Clip(unit=li.unit, name="")
    part = evidence.open_upload(
        by=by, clip=clip, size=None, declared={}, expires_at=NOON + LASTS, at=NOON, is_slice=True
    )
    incoming = office.vault.incoming(part.pk.hex)
    incoming.write(content[:1500])
    tell("offset", upload=part.pk.hex, size=incoming.sync())
    evidence.measure_upload(part, by=by, size=len(content), at=NOON)
    tell("measured", upload=part.pk.hex, size=len(content))
    incoming.write(content[1500:])
    slices.note_whole(part, by=by, arriving=incoming, at=NOON)
    tell("whole", upload=part.pk.hex, sha256=digest_of(content).sha256, size=len(content))
    incoming.close()
    return part


def _joining(li: Officer, parts: list[Upload]) -> Upload:
    told = [f"/files/{part.pk}" for part in parts]
    return slices.open_joining(
        parts, by=as_actor(li), clip=_clip(li), told=told, declared={}, expires_at=NOON + LASTS, at=NOON
    )


def _clip(li: Officer) -> Clip:
    return Clip(unit=li.unit, name="a.mp4", expect=digest_of(FIRST))


def joined(office: Office, li: Officer, upload: Upload) -> Recording:
    """As often as it takes: from the first byte, from slices that nobody touched."""
    parts, incoming = slices.slices_of(upload), office.vault.incoming(upload.pk.hex)
    incoming.rewind(0)
    for _ in slices.pour(parts, into=incoming, vault=office.vault):
        continue
    recording = evidence.finish_upload(
        upload, by=as_actor(li), clip=_clip(li), arriving=incoming, at=NOON, joined=parts
    )
    for part in parts:
        office.vault.forget(part.pk.hex)
    return recording


def _whole_kept(office: Office, told: dict[str, Any]) -> bool:
    """Its bytes are there as they were, or are part of a recording."""
    part = Upload.objects.get(pk=told["upload"])
    if part.state == Upload.State.JOINED:
        return Recording.objects.filter(sha256=digest_of(FIRST).sha256).exists()
    kept = digest_of(office.vault.begun(part.pk.hex, told["size"])).sha256 == told["sha256"]
    return part.state == Upload.State.WHOLE and kept


def _goes_on(office: Office, told: dict[str, Any]) -> bool:
    """What had come is joined, once: by the joining that was begun, or by one that begins now."""
    digest, li = digest_of(FIRST), Officer.objects.get(name="李")
    if not Recording.objects.exists():
        begun = Upload.objects.filter(state=Upload.State.JOINING).first()
        joined(office, li, begun or _joining(li, [Upload.objects.get(pk=key) for key in told["parts"]]))
    recording = Recording.objects.get()
    states = set(Upload.objects.filter(pk__in=told["parts"]).values_list("state", flat=True))
    return recording.digest == digest == office.vault.reread(digest).digest and states == {"joined"}


KEPT = {
    "measured": lambda _, told: Upload.objects.get(pk=told["upload"]).size == told["size"],
    "whole": _whole_kept,
    "joinable": _goes_on,
}
