"""Numbering recordings for the archive, where the pack asks for it."""

from datetime import datetime

from liuhen.apps.archive.models import ArchiveNumber
from liuhen.apps.casework.linking import live_case_links, live_links
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow
from liuhen.apps.search.actions import keep
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import BEIJING, aware
from liuhen.kernel.errors import Refused


def number_recording(recording: Recording, *, by: Actor, at: datetime) -> ArchiveNumber:
    """编号存档：body, date, object and link (FZH-16). Raises `Refused` before the recording is linked, or twice."""
    allow(by, "recording.number", on=recording, at=at)
    if ArchiveNumber.objects.filter(recording=recording).exists():
        raise Refused(f"{recording.number} 已经编号", do="无需重复编号。")
    link = live_links().filter(recording=recording).select_related("activity").order_by("at").first()
    straight = live_case_links().filter(recording=recording).select_related("case").order_by("at").first()
    if link is None and straight is None:
        raise Refused(
            f"{recording.number} 尚未关联到执法活动，不能编号", do="请先关联，编号须写明对象和环节。"
        )
    parts = {
        "body": recording.agency.name,
        "date": aware(recording.started_at or recording.received_at).astimezone(BEIJING).date().isoformat(),
        "object": link.activity.subject if link else straight.case.cause if straight else "",
        "link": link.activity.activity_type
        if link
        else straight.case.get_stage_display()
        if straight
        else "",
    }
    with act("recording.numbered", by=by, at=at, agency=recording.agency_id) as line:
        number = next_number(recording.agency, "档", at=at)
        given = ArchiveNumber(recording=recording, number=number, parts=parts, at=at, by=by.id)
        given.save(force_insert=True)
        line.about(given)
        keep(given)
        line.about(recording)
        line.schedule("recording.judge", recording)
    return given
