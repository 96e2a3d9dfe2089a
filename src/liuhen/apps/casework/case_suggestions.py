"""Which case a recording without an activity belongs to: ranked suggestions, each with its reasons. A person confirms.

Five things speak: who conducts the case, who had the device, how the time lies to the case and to its activities, how far its
activities were, and what the stated source names. Missing knowledge neither helps nor hurts. Cases come from what the viewer may see.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from liuhen.apps.casework.linking import live_case_links, live_links
from liuhen.apps.casework.models import Activity, Case
from liuhen.apps.casework.suggestions import (
    FAR,
    HERE,
    NEAR,
    Known,
    Reason,
    kilometres,
    likelihood_of,
    moment_of,
    time_reasons,
)
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.sources import statements_about

_BEFORE, _AFTER = timedelta(days=7), timedelta(days=180)
_MOST, _LOOKED_AT = 5, 200


@dataclass(frozen=True, slots=True)
class CaseSuggestion:
    """A case with what speaks for it."""

    case: Case
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        return sum(reason.weight for reason in self.reasons)

    @property
    def likelihood(self) -> str:
        return likelihood_of(self.score)

    @property
    def says(self) -> str:
        return "；".join(reason.says for reason in self.reasons)


def cases_suggested(recording: Recording, *, among: QuerySet[Case]) -> list[CaseSuggestion]:
    """The best cases for a recording, best first; those it belongs to already are left out."""
    moment = moment_of(recording)
    found = _candidates(recording, moment, among)
    known, source = Known.of([recording]), _source(recording)
    loan = known.loan_at(recording.device_id, moment) if recording.device_id and moment else None
    holder = (
        (loan.officer_id, f"设备 {loan.device.number} 当时由承办人{loan.officer.name}领用") if loan else None
    )
    told = (
        CaseSuggestion(case, tuple(_reasons(recording, case, moment, known, holder, source)))
        for case in found
    )
    ranked = sorted(told, key=lambda one: (-one.score, -one.case.opened_at.timestamp()))
    return [one for one in ranked if one.score > 0][:_MOST]


def _candidates(recording: Recording, moment: datetime | None, among: QuerySet[Case]) -> list[Case]:
    """Cases that were open about then, those of whoever recorded, or with an activity at that time, before all others."""
    linked = live_links().filter(recording=recording).values("activity__case")
    direct = live_case_links().filter(recording=recording).values("case")
    rows = among.filter(agency=recording.agency_id).exclude(pk__in=direct)
    rows = rows.exclude(pk__in=linked.exclude(activity__case=None))
    about = moment or recording.received_at
    rows = rows.filter(opened_at__gte=about - _AFTER, opened_at__lte=about + _BEFORE)
    conducts = Q(officer=recording.officer_id) | Q(second_officer=recording.officer_id)
    theirs = conducts if recording.officer_id else Q(pk=None)  # Nobody known: no case is his.
    near = Activity.objects.filter(case=OuterRef("pk"), planned_at__range=(about - NEAR, about + NEAR))
    rows = rows.annotate(theirs=Exists(Case.objects.filter(theirs, pk=OuterRef("pk"))), near=Exists(near))
    return list(
        rows.order_by("-near", "-theirs", "-opened_at").prefetch_related("activities__members")[:_LOOKED_AT]
    )


def _reasons(
    recording: Recording, case: Case, moment: datetime | None, known: Known, holder: tuple[UUID, str] | None, source: str,
) -> Iterator[Reason]:  # fmt: skip
    conduct = {case.officer_id, case.second_officer_id} - {None}
    activities = list(case.activities.all())
    yield from _people(recording, conduct, activities)
    if holder and holder[0] in conduct and holder[0] != recording.officer_id:
        yield Reason(holder[1], 20)
    if moment:
        yield from _times(recording, case, moment, activities)
    yield from _places(known.places.get(recording.pk), activities)
    for words, what in ((case.number, "案号"), (case.party, "当事人"), (case.place_text, "地点")):
        if len(words) > 1 and words in source:
            yield Reason(f"文件名或来源说明写有{what}“{words}”", 30)


def _people(recording: Recording, conduct: set[UUID | None], activities: list[Activity]) -> Iterator[Reason]:
    if recording.officer is None:
        return
    name, key = recording.officer.name, recording.officer_id
    if key in conduct:
        yield Reason(f"使用人{name}承办", 25)
    elif any(member.officer_id == key for activity in activities for member in activity.members.all()):
        yield Reason(f"使用人{name}参加过其中的现场活动", 15)
    else:
        yield Reason("使用人不承办", -15)


def _times(
    recording: Recording, case: Case, moment: datetime, activities: list[Activity]
) -> Iterator[Reason]:
    """The nearest activity tells most; else whether the case was going on."""
    near = [activity for activity in activities if abs(activity.planned_at - moment) <= NEAR]
    told = [reason for activity in near for reason in time_reasons(recording, activity, moment)]
    best = max(told, key=lambda reason: reason.weight, default=None)
    if best and best.weight > 0:
        yield best
    elif case.concluded_at and moment > case.concluded_at:
        yield Reason(f"录制于终结之后 {_days(moment - case.concluded_at)}", -25)
    elif moment >= case.opened_at:
        yield Reason("录制时正在办理", 20)
    elif case.opened_at - moment <= _BEFORE:
        yield Reason(f"录制于启动之前 {_days(case.opened_at - moment)}", 10)


def _days(length: timedelta) -> str:
    return f"{length.days} 天" if length.days else "不到一天"


def _places(place: dict[str, float] | None, activities: list[Activity]) -> Iterator[Reason]:
    if not place:
        return
    away = [
        kilometres(place["latitude"], place["longitude"], activity.latitude, activity.longitude)
        for activity in activities
        if activity.latitude is not None and activity.longitude is not None
    ]
    if away and min(away) <= HERE:
        yield Reason(f"拍摄地点距其现场 {min(away) * 1000:.0f} 米", 20)
    elif away and min(away) >= FAR:
        yield Reason(f"拍摄地点距其现场 {min(away):.1f} 公里", -20)


def _source(recording: Recording) -> str:
    """What was said or written of where it comes from."""
    told = [
        word
        for one in statements_about(recording.pk)
        for word in (one.taken_where, one.why, one.handed_by, one.package)
    ]
    return "\n".join([recording.source_name, *told])
