"""Live copies: what a camera sent while it recorded, held against what its card brought later. Same bytes are told by custody; here they differ.

The original from the card counts for what the law asks. The copy is kept for ever like anything received, and is shown as what it is.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.evidence.models import LiveCopy, Recording
from liuhen.apps.journal.actions import act
from liuhen.kernel.actors import Actor

RECONCILE = "recording.reconcile"
PROGRAM = "live/1"
# A platform's clock and a camera's differ by minutes where nobody looks after either.
_ASIDE = timedelta(minutes=5)
# No file runs longer; with it the question looks at one day of the agency and not at all of its years.
_LONGEST = timedelta(days=1)
LEAST_COVERED = 5.0
# Of one microphone, whatever coding came between; another camera of the same event is less alike.
LEAST_ALIKE = 0.5
_MOST = 12


def pairs_with(recording: Recording) -> list[tuple[Recording, Recording]]:
    """Copy and original, of this recording and each that may be the other: one camera, times that overlap, other bytes, one of them from the card.

    Pairs that were held against each other already are left out.
    """
    others = _others(recording)
    known = set(
        LiveCopy.objects.filter(Q(recording=recording) | Q(original=recording)).values_list(
            "recording", "original"
        )
    )
    pairs = [(recording, other) if other.station_id else (other, recording) for other in others]
    return [pair for pair in pairs if (pair[0].pk, pair[1].pk) not in known][:_MOST]


def may_have_twin(recording: Recording) -> bool:
    return _others(recording).exists()


def _others(recording: Recording) -> QuerySet[Recording]:
    rows = Recording.objects.filter(agency=recording.agency_id, form=recording.form).exclude(pk=recording.pk)
    camera = Q(device=recording.device_id) if recording.device_id else Q(pk=None)
    if recording.device_serial:
        camera |= Q(device_serial=recording.device_serial)
    if recording.started_at is None or recording.ended_at is None or recording.form not in ("video", "audio"):
        return rows.none()
    return (
        rows.filter(camera, station__isnull=recording.station_id is not None)
        .filter(started_at__gt=recording.started_at - _LONGEST, started_at__lt=recording.ended_at + _ASIDE)
        .filter(ended_at__gt=recording.started_at - _ASIDE)
        .exclude(sha256=recording.sha256)
        .order_by("started_at", "id")
    )


def keep_live_copy(
    copy: Recording, original: Recording, *, by: Actor, way: str, offset: float, measure: float, covers: float, length: float, at: datetime
) -> LiveCopy:  # fmt: skip
    """That the one is a live copy of the other. Both are judged anew, and what they are linked to with them."""
    row = LiveCopy(
        recording=copy, original=original, way=way, offset=round(offset, 3), measure=measure, covered=round(covers, 3),
        length=round(length, 3), program=PROGRAM, at=at,
    )  # fmt: skip
    with act("recording.reconciled", by=by, at=at, agency=copy.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(copy)
        line.about(original)
        for one in (copy, original):
            line.schedule("recording.judge", one)
    return row


def copies_counted_elsewhere(recordings: Iterable[UUID]) -> frozenset[UUID]:
    """Of these, those whose original is among them too: what they show counts once, as the original."""
    keys = list(recordings)
    rows = LiveCopy.objects.filter(recording__in=keys, original__in=keys)
    return frozenset(rows.values_list("recording", flat=True))


def told_of(recording: UUID) -> list[LiveCopy]:
    """What is known of a recording as copy and as original."""
    rows = LiveCopy.objects.filter(Q(recording=recording) | Q(original=recording))
    return list(rows.select_related("recording__unit", "original__unit").order_by("at", "id"))
