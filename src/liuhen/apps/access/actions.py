"""Opening a look at a recording. Each request for bytes is checked again against it (`queries.open_viewing`)."""

from datetime import datetime, timedelta

from django.db import IntegrityError

from liuhen.apps.access.models import Glimpse, Viewing
from liuhen.apps.access.secrecy import check_open_to
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import check_in_reach
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import BEIJING
from liuhen.kernel.errors import Refused
from liuhen.kernel.grants import Grant

LASTS = timedelta(hours=4)


def view_recording(
    recording: Recording, *, by: Actor, officer: Officer, at: datetime, grant: Grant | None = None
) -> Viewing:
    """Open a look, with its line, before anything plays. Raises `Refused` without a right or a grant."""
    allow(by, "recording.play", on=recording, at=at, grant=grant)
    check_in_reach([recording.pk])
    check_open_to(recording, by=by, at=at)
    if by.id != officer.pk:
        raise Refused("不能以他人名义查看", do="请由本人登录后查看。")
    viewing = Viewing(
        recording=recording,
        officer=officer,
        basis="审批" if grant else "本人职务",
        approval=grant.approval if grant else "",
        opened_at=at,
        closes_at=min(at + LASTS, grant.closes) if grant else at + LASTS,
    )
    with act("recording.viewed", by=by, at=at, agency=recording.agency_id, approval=viewing.approval) as line:
        viewing.save(force_insert=True)
        line.about(viewing)
        line.about(recording)
    return viewing


def glimpse_recording(recording: Recording, *, by: Actor, at: datetime, grant: Grant | None = None) -> None:
    """Before a thumbnail is shown: the right to play, and a line for the first glimpse of this person on this day.

    Raises `Refused` without a right or a grant.
    """
    allow(by, "recording.play", on=recording, at=at, grant=grant)
    check_in_reach([recording.pk])
    check_open_to(recording, by=by, at=at)
    glimpse = Glimpse(recording=recording, officer_id=by.id, day=at.astimezone(BEIJING).date())
    if Glimpse.objects.filter(recording=recording, officer=by.id, day=glimpse.day).exists():
        return
    try:
        with act("recording.glimpsed", by=by, at=at, agency=recording.agency_id) as line:
            glimpse.save(force_insert=True)
            line.about(glimpse)
            line.about(recording)
    except IntegrityError:
        return  # Another request of the same page was quicker; its line stands.
