"""What came from one device: how its clock went from docking to docking, and how many files of a hand-out are in.

Read by the pages of the device ledger, which itself knows nothing of recordings.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from liuhen.apps.devices.models import Device
from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.evidence.models import CardList, DeviceEvent, Recording
from liuhen.kernel.actors import Actor
from liuhen.kernel.spans import Span

_DOES = ("video_start", "video_stop", "audio_start", "audio_stop", "photo")


def dockings_of(device: Device, *, most: int) -> list[CardList]:
    """The card lists of this device with a measured clock, the oldest of the newest `most` first."""
    told = Q(device_serial=device.serial) | Q(device_serial=device.number)
    rows = CardList.objects.filter(told, agency=device.agency_id, clock_error__isnull=False)
    return list(rows.order_by("-listed_at")[:most])[::-1]


def recorded_between(
    device: UUID, start: datetime | None, end: datetime, *, viewer: Actor, at: datetime
) -> int:
    """How many recordings began in that time, of which this person may know: those whose time a bad clock makes doubtful."""
    rows = Recording.objects.filter(known_to(viewer, at=at), device=device, started_at__lte=end)
    rows = rows.exclude(form=Recording.Form.LOG)
    return (rows.filter(started_at__gt=start) if start else rows).count()


def received_since(device: UUID, moment: datetime) -> int:
    """How many files of the device came in since then; the recorder's own log is none of them."""
    rows = Recording.objects.filter(device=device, received_at__gte=moment)
    return rows.exclude(form=Recording.Form.LOG).count()


def done_by(device: UUID, span: Span) -> list[DeviceEvent]:
    """What the device's own log says it recorded in that time."""
    rows = DeviceEvent.objects.filter(
        device=device, moment__gte=span.start, moment__lte=span.end, what__in=_DOES
    )
    return list(rows.order_by("moment")[:8])
