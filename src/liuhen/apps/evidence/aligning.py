"""Alignments of recordings of one event: kept beside the originals, read for the players. What is believed of a time stays as it is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from liuhen.apps.evidence.clocks import readings_of
from liuhen.apps.evidence.models import Alignment, Recording
from liuhen.apps.journal.actions import act
from liuhen.engines.media import Inspection
from liuhen.engines.media.alignment import Fit, Take
from liuhen.engines.media.clocks import GPS_SOURCES
from liuhen.engines.media.envelope import Envelope
from liuhen.kernel.actors import Actor

PROGRAM = "align/1"
# What a clock may be wrong by where the station measured its error at docking, and where nobody did.
_MEASURED, _UNMEASURED = 2.0, 60.0


def keep_alignments(
    ground: Recording, fits: Mapping[UUID, Fit], *, by: Actor, at: datetime
) -> list[Alignment]:
    """Where each recording lies on the ground: one row each, one line for all of them."""
    rows = [
        Alignment(
            ground=ground, recording_id=key, way=fit.way, offset=fit.offset, drift=fit.drift, error=fit.error,
            measure=fit.measure, program=PROGRAM, at=at,
        )
        for key, fit in fits.items()
    ]  # fmt: skip
    with act("recording.aligned", by=by, at=at, agency=ground.agency_id) as line:
        line.about(ground)
        for row in rows:
            row.save(force_insert=True)
            line.about(row)
            line.about(row.recording)
    return rows


def alignments_among(recordings: Iterable[UUID]) -> dict[UUID, Alignment]:
    """Of these, the newest alignment of each recording to the ground that was used last; empty where none was made."""
    keys = list(recordings)
    rows = list(Alignment.objects.filter(ground__in=keys, recording__in=keys).order_by("at", "id"))
    ground = rows[-1].ground_id if rows else None
    return {row.recording_id: row for row in rows if row.ground_id == ground and row.recording_id != ground}


def take_of(recording: Recording, inspection: Inspection, sound: Envelope | None) -> Take:
    """A recording as alignment sees it. Its beginning must be believed to be known."""
    assert recording.started_at is not None  # noqa: S101  asked by the caller
    satellite = next(
        (r.moment for r in readings_of(recording, inspection) if r.source in GPS_SOURCES and r.moment), None
    )
    return Take(
        start=recording.started_at.timestamp(), seconds=inspection.duration or 0.0,
        doubt=_UNMEASURED if recording.clock_error is None else _MEASURED,
        satellite=satellite.timestamp() if satellite else None, sound=sound,
    )  # fmt: skip
