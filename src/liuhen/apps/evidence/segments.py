"""Key segments: from which second to which, and what is seen there. Read beside the recording, printed in the statement on it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from liuhen.apps.evidence.models import KeySegment, Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.permission import allow
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Malformed, Refused

SHORTEST = 0.1
_SLACK = 1.0


def mark_segment(
    recording: Recording, *, by: Actor, begins: float, ends: float, says: str, at: datetime
) -> KeySegment:
    """标记关键内容。Raises `Refused` where nothing is said, `Malformed` for seconds that are not in the recording."""
    allow(by, "segment.mark", on=recording, at=at)
    if not says.strip():
        raise Refused("没有写明这一段是什么内容", do="请用一句话写明这一段的内容。")
    length = _length(recording)
    if not (begins >= 0 and ends - begins >= SHORTEST) or (length is not None and ends > length + _SLACK):
        raise Malformed("这一段的起止不在音像之内", do="请在播放时用 [ 和 ] 重新标出起止。")
    row = KeySegment(
        recording=recording, begins=round(begins, 3), ends=round(ends if length is None else min(ends, length), 3),
        says=says.strip(), at=at, by=by.id,
    )  # fmt: skip
    with act("segment.marked", by=by, at=at, agency=recording.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(recording)
    return row


def withdraw_segment(segment: KeySegment, *, by: Actor, why: str, at: datetime) -> None:
    """撤回标记：原来的文字和起止仍在，另记何人何时为何撤回。"""
    allow(by, "segment.mark", on=segment, at=at)
    if not why.strip():
        raise Refused("撤回标记须写明理由", do="请写明为何撤回，例如起止标错。")
    with act("segment.withdrawn", by=by, at=at, agency=segment.recording.agency_id) as line:
        row = KeySegment.objects.select_for_update().get(pk=segment.pk)
        if row.withdrawn_at is not None:
            raise Refused("这个标记已经撤回", do="无需再次撤回。")
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = at, by.id, why.strip()
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
        line.about(row)


def segments_of(recordings: Iterable[UUID]) -> list[KeySegment]:
    """Those that stand, in the order of the recordings' times."""
    rows = KeySegment.objects.filter(recording__in=list(recordings), withdrawn_at=None)
    return list(
        rows.select_related("recording__unit").order_by("recording__started_at", "recording", "begins", "id")
    )


def segment(key: UUID) -> KeySegment | None:
    return KeySegment.objects.select_related("recording__unit").filter(pk=key).first()


def _length(recording: Recording) -> float | None:
    if recording.started_at is None or recording.ended_at is None:
        return None
    return (recording.ended_at - recording.started_at).total_seconds()
