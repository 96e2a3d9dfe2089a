"""Asking for the recordings of one activity to be laid on each other; the worker listens, evidence keeps what it finds."""

from collections.abc import Iterable
from datetime import datetime

from liuhen.apps.casework.models import Activity
from liuhen.apps.casework.queries import links_of_activity, links_seen
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.permission import allow
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

ALIGN = "activity.align"
MOST = 12


def ask_to_align(activity: Activity, *, by: Actor, at: datetime) -> None:
    """对齐各路音像。Raises `Refused` where there are not two recordings whose time is known, or too many."""
    allow(by, "recording.align", on=activity, at=at)
    known = links_seen([activity.pk], viewer=by, at=at)
    count = len(that_can_be_laid(link.recording for link in known))
    if count < 2:
        raise Refused("这次活动只有一段时间已知的音像，没有可以对齐的", do="请先关联同一时间的其他音像。")
    if count > MOST:
        raise Refused(
            f"这次活动有 {count} 段音像，一次最多对齐 {MOST} 段", do="请先解除与本次活动无关的音像。"
        )
    with act("activity.alignment-requested", by=by, at=at, agency=activity.agency_id) as line:
        line.about(activity)
        line.schedule(ALIGN, activity, rank=6)


def alignable(activity: Activity) -> list[Recording]:
    """Recordings of the activity, with sound or picture, of which it is known when they ran."""
    return that_can_be_laid(link.recording for link in links_of_activity(activity.pk))


def that_can_be_laid(recordings: Iterable[Recording]) -> list[Recording]:
    """Of these, each once, those that can be laid on another."""
    rows = {row.pk: row for row in recordings}
    return [
        row
        for row in rows.values()
        if row.started_at and row.ended_at and row.form in (Recording.Form.VIDEO, Recording.Form.AUDIO)
    ]
