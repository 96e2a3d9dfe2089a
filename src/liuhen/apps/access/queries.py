"""Reading access: whether a look is still open, what approvals grant, who looked."""

from datetime import datetime, timedelta
from uuid import UUID

from liuhen.apps.access.models import Viewing
from liuhen.apps.approval import queries as approval
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry.permission import may
from liuhen.kernel.actors import Actor
from liuhen.kernel.grants import Grant

PLAY = "view-recording"
_GRANTED_FOR = timedelta(days=3)


def grant_for(recording: Recording, *, by: Actor) -> Grant | None:
    """What an approved request to view gives this person; None without one."""
    request = approval.approved(recording.pk, PLAY, requester=by.id)
    if request is None or request.closed_at is None:
        return None
    return Grant(
        holder=by.id,
        action="recording.play",
        objects=frozenset({recording.pk}),
        opens=request.closed_at,
        closes=request.closed_at + _GRANTED_FOR,
        approval=request.number,
    )


def open_viewing(viewing_id: UUID, *, by: Actor, at: datetime) -> Viewing | None:
    """The look, if it is this person's, still open, and the right it rests on still stands: asked on every range."""
    viewing = (
        Viewing.objects.select_related("recording__unit")
        .filter(pk=viewing_id, officer=by.id, closes_at__gt=at)
        .first()
    )
    if viewing is None:
        return None
    grant = grant_for(viewing.recording, by=by) if viewing.approval else None
    still = may(by, "recording.play", on=viewing.recording.place(), at=at, grant=grant)
    return viewing if still else None
