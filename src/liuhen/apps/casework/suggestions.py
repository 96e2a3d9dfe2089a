"""Which activity a recording belongs to: ranked suggestions, each with its reasons. A person confirms; nothing is linked alone.

Four things speak: who wore the camera, who had it on loan, how much of the recording lies in the activity's time, and
how far the satellite place is from the activity's. Missing knowledge neither helps nor hurts.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from liuhen.apps.casework.facts import span_of
from liuhen.apps.casework.linking import live_links
from liuhen.apps.casework.models import Activity
from liuhen.apps.devices import queries as devices
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import newest_inspection
from liuhen.kernel.clock import shown_length
from liuhen.kernel.spans import Span

_NEAR = timedelta(hours=12)
_HERE, _FAR = 0.3, 3.0
_MOST = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for (positive) or against (negative) an activity."""

    says: str
    weight: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An activity with what speaks for it; `score` orders, its words are `likelihood`."""

    activity: Activity
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        return sum(reason.weight for reason in self.reasons)

    @property
    def likelihood(self) -> str:
        return "很可能" if self.score >= 60 else "可能" if self.score >= 35 else "不确定"


def suggestions_for(recording: Recording) -> list[Suggestion]:
    """The best activities for a recording, best first; already linked ones are left out."""
    moment = recording.started_at or recording.file_time
    if moment is None:
        return []
    linked = live_links().filter(recording=recording).values("activity")
    window = (moment - _NEAR, moment + _NEAR)
    near = (
        Activity.objects.filter(agency=recording.agency_id)
        .filter(Q(planned_at__range=window) | Q(arrived_at__range=window) | Q(started_at__range=window))
        .exclude(pk__in=linked)
        .select_related("unit", "case")
        .prefetch_related("members__officer", "declarations")
    )
    told = (Suggestion(activity, tuple(_reasons(recording, activity, moment))) for activity in near[:200])
    ranked = sorted(told, key=lambda s: (-s.score, s.activity.planned_at))
    return [s for s in ranked if s.score > 0][:_MOST]


def _reasons(recording: Recording, activity: Activity, moment: datetime) -> Iterator[Reason]:
    members = {m.officer_id: m.officer.name for m in activity.members.all()}
    if recording.officer_id in members:
        yield Reason(f"使用人{members[recording.officer_id]}参加了这次活动", 30)
    elif recording.officer_id:
        yield Reason("使用人没有参加这次活动", -25)
    yield from _device(recording, activity, moment, members)
    yield from _time(recording, activity, moment)
    yield from _place(recording, activity)


def _device(
    recording: Recording, activity: Activity, moment: datetime, members: dict[UUID, str]
) -> Iterator[Reason]:
    if recording.device_id is None:
        return
    if any(d.device_id == recording.device_id for d in activity.declarations.all()):
        yield Reason("现场申报的正是这台设备", 30)
        return
    loan = devices.loan_at(recording.device_id, moment)
    if loan and loan.officer_id in members:
        yield Reason(f"设备 {loan.device.number} 当时由{members[loan.officer_id]}领用", 10)


def _time(recording: Recording, activity: Activity, moment: datetime) -> Iterator[Reason]:
    start = activity.arrived_at or activity.started_at or activity.planned_at
    end = activity.left_at or activity.ended_at or start + timedelta(hours=1)
    window = Span(start, max(start, end))
    if recording.started_at and recording.ended_at:
        span = span_of(recording)
        common = span.overlap(window)
        if common:
            share = common.length / span.length
            yield Reason(f"录制时间与活动重叠 {shown_length(common.length)}（占 {share:.0%}）", 40 * share)
            return
    if window.start <= moment <= window.end:
        yield Reason("开始时间在活动起止之内", 30)
        return
    away = min(abs(moment - window.start), abs(moment - window.end))
    yield Reason(f"与活动相隔 {shown_length(away)}", -min(40.0, away.total_seconds() / 120))


def _place(recording: Recording, activity: Activity) -> Iterator[Reason]:
    inspection = newest_inspection(recording.pk)
    place = inspection.facts.get("place") if inspection else None
    if not place or activity.latitude is None or activity.longitude is None:
        return
    away = _kilometres(place["latitude"], place["longitude"], activity.latitude, activity.longitude)
    if away <= _HERE:
        yield Reason(f"拍摄地点距活动地点 {away * 1000:.0f} 米", 20)
    elif away >= _FAR:
        yield Reason(f"拍摄地点距活动地点 {away:.1f} 公里", -20)


def _kilometres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance."""
    one, two = math.radians(lat1), math.radians(lat2)
    half = math.sin((two - one) / 2) ** 2
    half += math.cos(one) * math.cos(two) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 12_742 * math.asin(math.sqrt(half))
