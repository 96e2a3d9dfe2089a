"""Reading casework. Rows are reached only through what the viewer may see; many rows' kin come in one query each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.casework.linking import in_case, live_case_links, live_links
from liuhen.apps.casework.models import (
    Activity,
    Case,
    CaseLink,
    Declaration,
    Exemption,
    Interruption,
    Link,
    Member,
    StageChange,
)
from liuhen.apps.documents.models import Document
from liuhen.apps.documents.queries import documents_about
from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import reach_of
from liuhen.kernel.actors import Actor


def activities() -> QuerySet[Activity]:
    return Activity.objects.select_related("unit", "case", "agency")


def activities_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Activity]:
    """Activities this person may read."""
    return activities().filter(reach_of(viewer, "activity.view", at=at, officers="members__officer"))


def cases() -> QuerySet[Case]:
    return Case.objects.select_related("unit", "officer", "second_officer", "agency")


def cases_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Case]:
    """Cases this person may read."""
    return cases().filter(reach_of(viewer, "case.view", at=at))


def took_part(officer: UUID) -> QuerySet[Activity]:
    """Activities in which this officer took part."""
    return Activity.objects.filter(pk__in=Member.objects.filter(officer=officer).values("activity"))


def conducts(officer: UUID) -> QuerySet[Case]:
    return Case.objects.filter(Q(officer=officer) | Q(second_officer=officer))


def members_of(activities: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Names of those who took part, activity by activity."""
    found: dict[UUID, list[str]] = defaultdict(list)
    rows = Member.objects.filter(activity__in=list(activities)).order_by("pk")
    for activity, name in rows.values_list("activity", "officer__name"):
        found[activity].append(name)
    return found


def officers_on(case: Case) -> frozenset[UUID]:
    """Who works on a case: its own officers and whoever took part in its activities."""
    members = Member.objects.filter(activity__case=case).values_list("officer", flat=True)
    return case.place().officers | frozenset(members)


def officers_of(activity: UUID) -> list[Officer]:
    """Who takes part, in the order of their numbers."""
    members = Member.objects.filter(activity=activity).select_related("officer")
    return [member.officer for member in members.order_by("officer__number")]


def links_of_activity(activity: UUID) -> list[Link]:
    links = (
        live_links()
        .filter(activity=activity)
        .select_related("recording__unit", "recording__device", "recording__officer", "span")
    )
    return list(links.order_by("recording__started_at", "recording__received_at"))


@dataclass(frozen=True, slots=True)
class Home:
    """What a recording belongs to: an activity, with its case where it has one, or a case alone."""

    activity: Activity | None
    case: Case | None

    @property
    def number(self) -> str:
        return self.activity.number if self.activity else self.case.number if self.case else ""

    @property
    def title(self) -> str:
        return self.activity.subject if self.activity else self.case.cause if self.case else ""


def homes_of(recordings: Iterable[UUID]) -> dict[UUID, Home]:
    """By the newest link of each recording; one to an activity tells more than one to a case."""
    keys = list(recordings)
    direct = live_case_links().filter(recording__in=keys).select_related("case").order_by("at")
    links = live_links().filter(recording__in=keys).select_related("activity__case").order_by("at")
    return {link.recording_id: Home(None, link.case) for link in direct} | {
        link.recording_id: Home(link.activity, link.activity.case) for link in links
    }


def straight_to(case: UUID) -> list[CaseLink]:
    """The standing links of recordings that belong to a case without an activity between."""
    rows = (
        live_case_links()
        .filter(case=case)
        .select_related("recording__unit", "recording__device", "recording__officer")
    )
    return list(rows.order_by("recording__started_at", "recording__received_at"))


def held_against(recording: UUID) -> list[tuple[str, UUID]]:
    """What is judged by the times of a recording: the activities it belongs to and the documents about them."""
    activities = list(live_links().filter(recording=recording).values_list("activity", flat=True))
    documents = [document.pk for document in documents_about(activities)]
    return [*(("activity", key) for key in activities), *(("document", key) for key in documents)]


def recordings_of(thing: Activity | Case) -> QuerySet[Recording]:
    """The recordings of which an activity or a case says something: those linked to it now."""
    if isinstance(thing, Case):
        return Recording.objects.filter(in_case(thing))
    return Recording.objects.filter(pk__in=live_links().filter(activity=thing).values("recording"))


def case_of_paper(document: Document) -> Case | None:
    """The case that a document is about, straight or through an activity or its interruption."""
    key, stops = document.subject, Interruption.objects.filter(pk=document.subject).values("activity")
    within = Activity.objects.filter(Q(pk=key) | Q(pk__in=stops)).values("case")
    return cases().filter(Q(pk=key) | Q(pk__in=within)).first()


def linked_recordings() -> QuerySet[Link]:
    """For a filter: the recordings that belong to an activity."""
    return live_links()


def interruptions_of(activity: UUID) -> list[Interruption]:
    return list(Interruption.objects.filter(activity=activity).select_related("statement").order_by("start"))


def interruption(key: UUID) -> Interruption | None:
    return Interruption.objects.filter(pk=key).select_related("activity__unit", "statement").first()


def exemption_of(activity: UUID) -> Exemption | None:
    return Exemption.objects.filter(activity=activity).first()


def exemption(key: UUID) -> Exemption | None:
    return Exemption.objects.filter(pk=key).select_related("activity__unit").first()


def stages_of(case: UUID) -> list[StageChange]:
    return list(StageChange.objects.filter(case=case).order_by("at"))


def activities_of_cases(cases: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The activities of each case."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    rows = Activity.objects.filter(case__in=list(cases)).order_by("planned_at").values_list("case", "pk")
    for case, activity in rows:
        if case is not None:
            found[case].append(activity)
    return found


def declarations_of(activities: Iterable[UUID]) -> list[Declaration]:
    rows = Declaration.objects.filter(activity__in=list(activities)).select_related("device", "officer")
    return list(rows.order_by("at"))


def links_seen(activities: Iterable[UUID], *, viewer: Actor, at: datetime) -> list[Link]:
    """The standing links of these activities to recordings of which this person may know."""
    rows = (
        live_links()
        .filter(known_to(viewer, at=at, by="recording"), activity__in=list(activities))
        .select_related("recording__unit", "recording__device", "recording__officer", "span")
    )
    return list(rows.order_by("recording__started_at", "recording__received_at"))
