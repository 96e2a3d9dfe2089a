"""What a device keeper's look at a broken device says of the interruption it was to explain. Called by the works."""

from datetime import datetime
from uuid import UUID

from liuhen.apps.casework.models import Interruption
from liuhen.apps.casework.queries import activities_visible_to
from liuhen.apps.journal.actions import act
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import shown


def note_fault_checked(interruption: UUID, *, by: Actor, is_real: bool, at: datetime) -> Interruption | None:
    """Enter the keeper's finding on the interruption, where it still stands; said again it changes nothing."""
    row = Interruption.objects.select_related("activity__unit").filter(pk=interruption).first()
    if row is None or row.fault_confirmed is is_real:
        return None
    with act("interruption.fault-checked", by=by, at=at, agency=row.activity.agency_id) as line:
        row.fault_confirmed = is_real
        row.save(update_fields=["fault_confirmed"])
        line.about(row)
        line.schedule("activity.judge", row.activity)
    return row


def interruptions_with(device: UUID, *, viewer: Actor, at: datetime) -> list[tuple[UUID, str]]:
    """The newest interruptions of activities that this device was declared for, each in words: what a fault of it may explain."""
    seen = activities_visible_to(viewer, at=at).filter(declarations__device=device)
    rows = Interruption.objects.filter(activity__in=seen.values("pk")).select_related("activity")
    return [
        (row.pk, f"{row.activity.number} {shown(row.start)} 至 {shown(row.end)}")
        for row in rows.order_by("-start")[:20]
    ]
