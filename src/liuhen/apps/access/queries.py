"""Reading access: whether a look is still open, what approvals grant, who looked."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.access.models import Viewing
from liuhen.apps.access.secrecy import closed_to, is_closed_to
from liuhen.apps.access.supplying import supplied_among, supply_grant
from liuhen.apps.approval import queries as approval
from liuhen.apps.approval.models import Request
from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import tombstones_of
from liuhen.apps.registry.permission import may, reach_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.grants import Grant

PLAY = "view-recording"
GRANTED_FOR = timedelta(days=3)


def grant_for(recording: Recording, *, by: Actor) -> Grant | None:
    """What an approved request to view, or a supply that was required, gives this person; None without one."""
    return max(_grants(recording, by), key=lambda grant: grant.closes, default=None)


def _grants(recording: Recording, by: Actor, *, number: str = "") -> list[Grant]:
    request = approval.approved(recording.pk, PLAY, requester=by.id, number=number)
    return [grant for grant in (supply_grant(recording, by=by), _of_request(request, recording, by)) if grant]


def _grant_of(viewing: Viewing, by: Actor) -> Grant | None:
    """The one permission a look was opened on; another that came since opens another look."""
    if not viewing.approval:
        return None
    found = _grants(viewing.recording, by, number=viewing.approval)
    return next((one for one in found if one.approval == viewing.approval), None)


def _of_request(request: Request | None, recording: Recording, by: Actor) -> Grant | None:
    if request is None or request.closed_at is None:
        return None
    return Grant(
        holder=by.id,
        action="recording.play",
        objects=frozenset({recording.pk}),
        opens=request.closed_at,
        closes=request.closed_at + GRANTED_FOR,
        approval=request.number,
    )


def playable(recordings: Iterable[Recording], *, by: Actor, at: datetime) -> frozenset[UUID]:
    """Which of these this person may play now, by post or by approval; only of these may he see a picture."""
    rows = list(recordings)
    away = tombstones_of(row.pk for row in rows)
    rows = [row for row in rows if row.pk not in away]
    mine = Recording.objects.filter(reach_of(by, "recording.play", at=at), pk__in=[row.pk for row in rows])
    by_post = frozenset(mine.values_list("pk", flat=True))
    asked_for = approval.approved_among(
        [row.pk for row in rows if row.pk not in by_post], PLAY, requester=by.id
    )
    asked_for |= supplied_among([row.pk for row in rows if row.pk not in by_post], by=by)
    granted = {
        row.pk
        for row in rows
        if row.pk in asked_for
        and may(by, "recording.play", on=row.place(), at=at, grant=grant_for(row, by=by))
    }
    return (by_post | granted) - closed_to([row.pk for row in rows], by.id)


def granted_to(by: Actor, *, at: datetime) -> QuerySet[Recording]:
    """What units let this person see though no list of his shows it: by an approval of his that still holds, and withheld by no mark."""
    since = at - GRANTED_FOR
    mine = Request.objects.filter(
        purpose=PLAY, requester=by.id, state=Request.State.APPROVED, closed_at__gt=since, closed_at__lte=at
    )
    found = Recording.objects.filter(known_to(by, at=at), pk__in=mine.values("subject"))
    return found.select_related("unit", "device", "officer")


def open_viewing(viewing_id: UUID, *, by: Actor, at: datetime) -> Viewing | None:
    """The look, if it is this person's, still open, and the right it rests on still stands: asked on every range."""
    viewing = (
        Viewing.objects.select_related("recording__unit")
        .filter(pk=viewing_id, officer=by.id, closes_at__gt=at)
        .first()
    )
    if viewing is None or tombstones_of([viewing.recording_id]):
        return None
    grant = _grant_of(viewing, by)
    still = may(by, "recording.play", on=viewing.recording.place(), at=at, grant=grant)
    still = still and not is_closed_to(viewing.recording_id, by.id)
    return viewing if still else None
