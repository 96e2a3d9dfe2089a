"""What of a recording was really watched, second by second: the player says it, the look bounds it, the journal keeps it.

A look (`Viewing`) says that somebody might have watched; this says which seconds ran before his eyes. The player is believed only within
what can be: no second outside the recording, no more of them than could have run since the look was opened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from liuhen.apps.access.models import Viewing, Watching
from liuhen.apps.access.queries import open_viewing
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import newest_inspection
from liuhen.apps.journal.actions import act
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

Seconds = tuple[int, int]
FASTEST = 8
_SLACK = timedelta(seconds=15)
_LATE = timedelta(minutes=2)
MOST = 500


def note_watched(
    viewing_id: UUID, *, by: Actor, spans: Sequence[Seconds], is_sound_only: bool, at: datetime
) -> Watching | None:
    """Keep which whole seconds were shown. None where this person has no such look, or its right is gone.

    A look that has just closed still takes what was watched before. Raises `Refused` for what cannot have been.
    """
    viewing = open_viewing(viewing_id, by=by, at=at) or open_viewing(viewing_id, by=by, at=at - _LATE)
    if viewing is None:
        return None
    told = joined(spans)
    if not told or len(told) > MOST or told[-1][1] > _length(viewing.recording) + 1:
        raise Refused("报来的时段不在这份音像之内", do="请重新载入本页后再播放。")
    if watched_seconds(told) > _possible(viewing, at):
        raise Refused("报来的时段比打开以来能播放的还长", do="请重新载入本页后再播放。")
    row = Watching(viewing=viewing, spans=[list(one) for one in told], is_sound_only=is_sound_only, at=at)
    with act(
        "recording.watched", by=by, at=at, agency=viewing.recording.agency_id, approval=viewing.approval
    ) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(viewing.recording)
    return row


def _length(recording: Recording) -> float:
    found = newest_inspection(recording.pk)
    told = float(found.facts.get("duration") or 0.0) if found else 0.0
    if not told and recording.started_at and recording.ended_at:
        return (recording.ended_at - recording.started_at).total_seconds()
    return told


def _possible(viewing: Viewing, at: datetime) -> float:
    """How many seconds can have run at the fastest speed since the look was opened, but for what was told already."""
    told = sum(watched_seconds(_spans(row)) for row in viewing.watchings.all())
    return (at - viewing.opened_at + _SLACK).total_seconds() * FASTEST - told


def joined(spans: Iterable[Sequence[int]]) -> list[Seconds]:
    """In order, each second once."""
    found: list[Seconds] = []
    for first, last in sorted((one[0], one[1]) for one in spans):
        if first >= last:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def watched_seconds(spans: Iterable[Seconds]) -> int:
    """How many seconds these are together."""
    return sum(last - first for first, last in spans)


@dataclass(frozen=True, slots=True)
class Watched:
    """One person, one look: what ran before his eyes, and what he only heard."""

    viewing: Viewing
    seen: tuple[Seconds, ...]
    heard: tuple[Seconds, ...]


def watched_in(recording: Recording) -> list[Watched]:
    """Every look at this recording, the newest first; empty spans where nothing was played."""
    looks = (
        Viewing.objects.filter(recording=recording).select_related("officer").prefetch_related("watchings")
    )
    return [_watched(look) for look in looks.order_by("-opened_at")]


def watched_by(recordings: Iterable[UUID], officer: UUID) -> dict[UUID, list[Seconds]]:
    """Which seconds of each this person has seen so far, over all his looks."""
    rows = Watching.objects.filter(
        viewing__recording__in=list(recordings), viewing__officer=officer, is_sound_only=False
    ).select_related("viewing")
    found: dict[UUID, list[Seconds]] = {}
    for row in rows:
        found.setdefault(row.viewing.recording_id, []).extend(_spans(row))
    return {key: joined(spans) for key, spans in found.items()}


def _watched(look: Viewing) -> Watched:
    rows = list(look.watchings.all())
    seen = joined(one for row in rows if not row.is_sound_only for one in _spans(row))
    heard = joined(one for row in rows if row.is_sound_only for one in _spans(row))
    return Watched(look, tuple(seen), tuple(heard))


def _spans(row: Watching) -> list[Seconds]:
    return [(int(first), int(last)) for first, last in row.spans]
