"""What a device keeper's look at a broken device says of the interruption it was to explain. Called by the works."""

from datetime import datetime
from uuid import UUID

from liuhen.apps.casework.models import Interruption
from liuhen.apps.journal.actions import act
from liuhen.kernel.actors import Actor


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


def interruptions_within(activities: list[UUID]) -> list[Interruption]:
    """The interruptions of some activities, the newest first: what a fault may explain."""
    rows = Interruption.objects.filter(activity__in=activities).select_related("activity")
    return list(rows.order_by("-start"))
