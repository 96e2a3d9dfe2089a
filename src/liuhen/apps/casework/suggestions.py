"""Which activity a recording belongs to: ranked suggestions, each with its reasons. A person confirms; nothing is linked alone.

Four things speak: who wore the camera, who had it on loan, how much of the recording lies in the activity's time, and
how far the satellite place is from the activity's. Missing knowledge neither helps nor hurts.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from liuhen.apps.casework.facts import span_of
from liuhen.apps.casework.linking import live_links
from liuhen.apps.casework.models import Activity, Declaration, Member
from liuhen.apps.devices import queries as devices
from liuhen.apps.devices.models import Loan
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import newest_inspections
from liuhen.kernel.clock import shown_length
from liuhen.kernel.spans import Span

NEAR, _DAY = timedelta(hours=12), timedelta(days=1)
HERE, FAR = 0.3, 3.0
_MOST = 5
# Of a bureau's day; those of the very officers and devices come first.
_LOOKED_AT = 400


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
        return likelihood_of(self.score)


def likelihood_of(score: float) -> str:
    return "很可能" if score >= 60 else "可能" if score >= 35 else "不确定"


def suggestions_for(recording: Recording) -> list[Suggestion]:
    """The best activities for a recording, best first; already linked ones are left out."""
    return suggestions_of([recording])[recording.pk]


def suggestions_of(recordings: Sequence[Recording]) -> dict[UUID, list[Suggestion]]:
    """The same for many: so many queries as there are stretches of time, not as there are recordings or activities."""
    known = Known.of(recordings)
    found: dict[UUID, list[Suggestion]] = {recording.pk: [] for recording in recordings}
    for stretch in _stretches(recordings):
        candidates = _candidates(stretch)
        for recording, moment in stretch:
            near = (a for a in candidates if _is_near(a, moment) and (recording.pk, a.pk) not in known.linked)
            told = (Suggestion(a, tuple(_reasons(recording, a, moment, known))) for a in near)
            ranked = sorted(told, key=lambda s: (-s.score, s.activity.planned_at))
            found[recording.pk] = [s for s in ranked if s.score > 0][:_MOST]
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """What is asked once for all recordings: their links, where they were filmed, who had their devices."""

    linked: frozenset[tuple[UUID, UUID]]
    places: dict[UUID, dict[str, float]]
    loans: dict[UUID, list[Loan]]

    @classmethod
    def of(cls, recordings: Sequence[Recording]) -> "Known":
        keys = [recording.pk for recording in recordings]
        links = live_links().filter(recording__in=keys).values_list("recording", "activity")
        looks = newest_inspections(keys).items()
        devices_used = {recording.device_id for recording in recordings if recording.device_id}
        moments = [moment for recording in recordings if (moment := moment_of(recording))]
        span = Span(min(moments), max(moments)) if moments else None
        return cls(
            frozenset(links), {key: look.facts["place"] for key, look in looks if look.facts.get("place")},
            devices.loans_during(devices_used, span) if span else {},
        )  # fmt: skip

    def loan_at(self, device: UUID, moment: datetime) -> Loan | None:
        """Who had the device at that moment, the newest hand-out first."""
        out = (loan for loan in self.loans.get(device, ()) if loan.out_at <= moment)
        return next((one for one in out if one.returned_at is None or one.returned_at >= moment), None)


def moment_of(recording: Recording) -> datetime | None:
    return recording.started_at or recording.file_time


def _stretches(recordings: Sequence[Recording]) -> Iterator[list[tuple[Recording, datetime]]]:
    """The recordings whose time is known, in stretches of at most a day, so that each stretch has one window."""
    timed = [(recording, moment) for recording in recordings if (moment := moment_of(recording))]
    stretch: list[tuple[Recording, datetime]] = []
    for one in sorted(timed, key=lambda pair: pair[1]):
        if stretch and one[1] - stretch[0][1] > _DAY:
            yield stretch
            stretch = []
        stretch.append(one)
    if stretch:
        yield stretch


def _candidates(stretch: list[tuple[Recording, datetime]]) -> list[Activity]:
    """The activities about that time, those of the officers and devices in question before all others."""
    agency = stretch[0][0].agency_id
    window = (stretch[0][1] - NEAR, stretch[-1][1] + NEAR)
    officers = {recording.officer_id for recording, _ in stretch}
    used = {recording.device_id for recording, _ in stretch}
    at_time = (
        Q(agency=agency, planned_at__range=window)
        | Q(agency=agency, arrived_at__range=window)
        | Q(agency=agency, started_at__range=window)
    )
    theirs = Exists(Member.objects.filter(activity=OuterRef("pk"), officer__in=officers - {None}))
    declared = Exists(Declaration.objects.filter(activity=OuterRef("pk"), device__in=used - {None}))
    rows = Activity.objects.filter(at_time).annotate(theirs=theirs, declared=declared)
    rows = rows.order_by("-declared", "-theirs", "planned_at").select_related("unit", "case")
    return list(rows.prefetch_related("members__officer", "declarations")[:_LOOKED_AT])


def _is_near(activity: Activity, moment: datetime) -> bool:
    times = (activity.planned_at, activity.arrived_at, activity.started_at)
    return any(time is not None and abs(time - moment) <= NEAR for time in times)


def _reasons(recording: Recording, activity: Activity, moment: datetime, known: Known) -> Iterator[Reason]:
    members = {m.officer_id: m.officer.name for m in activity.members.all()}
    if recording.officer_id in members:
        yield Reason(f"使用人{members[recording.officer_id]}参加了这次活动", 30)
    elif recording.officer_id:
        yield Reason("使用人没有参加这次活动", -25)
    yield from _device(
        recording,
        activity,
        members,
        known.loan_at(recording.device_id, moment) if recording.device_id else None,
    )
    yield from time_reasons(recording, activity, moment)
    yield from _place(known.places.get(recording.pk), activity)


def _device(
    recording: Recording, activity: Activity, members: dict[UUID, str], loan: Loan | None
) -> Iterator[Reason]:
    if recording.device_id is None:
        return
    if any(d.device_id == recording.device_id for d in activity.declarations.all()):
        yield Reason("现场申报的正是这台设备", 30)
        return
    if loan and loan.officer_id in members:
        yield Reason(f"设备 {loan.device.number} 当时由{members[loan.officer_id]}领用", 10)


def time_reasons(recording: Recording, activity: Activity, moment: datetime) -> Iterator[Reason]:
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


def _place(place: dict[str, float] | None, activity: Activity) -> Iterator[Reason]:
    if not place or activity.latitude is None or activity.longitude is None:
        return
    away = kilometres(place["latitude"], place["longitude"], activity.latitude, activity.longitude)
    if away <= HERE:
        yield Reason(f"拍摄地点距活动地点 {away * 1000:.0f} 米", 20)
    elif away >= FAR:
        yield Reason(f"拍摄地点距活动地点 {away:.1f} 公里", -20)


def kilometres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance."""
    one, two = math.radians(lat1), math.radians(lat2)
    half = math.sin((two - one) / 2) ** 2
    half += math.cos(one) * math.cos(two) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 12_742 * math.asin(math.sqrt(half))
