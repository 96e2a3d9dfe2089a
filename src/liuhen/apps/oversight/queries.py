"""Reading findings."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from liuhen.apps.documents.queries import withheld_things
from liuhen.apps.oversight.examining import ENDS, last_reply
from liuhen.apps.oversight.models import (
    Drawn,
    Examination,
    Finding,
    LiabilityFact,
    Remark,
    StatisticsReport,
    Training,
    UnitRule,
)
from liuhen.apps.registry.permission import reach_of
from liuhen.kernel.actors import Actor

_ORDER = {"不符合": 0, "未到期": 1, "无法判定": 2, "依规免除": 3, "符合": 4}


def visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Finding]:
    """Findings this person may read; those on examinations and on what somebody is said to have done, as those themselves."""
    found = Finding.objects.filter(reach_of(viewer, "finding.view", at=at, officers="unit__officers"))
    closed = {
        kind: Q(subject_kind=kind, subject__in=rows.values("pk"))
        for kind, rows in (
            (Examination.kind(), examinations_seen(viewer, at=at)),
            (LiabilityFact.kind(), liability_seen(viewer, at=at)),
        )
    }
    return found.exclude(withheld_things(viewer, at=at)).filter(
        ~Q(subject_kind__in=list(closed)) | closed[Examination.kind()] | closed[LiabilityFact.kind()]
    )


def examinations_seen(viewer: Actor, *, at: datetime) -> QuerySet[Examination]:
    """Examinations this person may know of, without the list of all that could be drawn."""
    rows = Examination.objects.filter(reach_of(viewer, "examination.view", at=at))
    return rows.select_related("unit", "agency").defer("frame")


def examinations() -> QuerySet[Examination]:
    return Examination.objects.select_related("unit", "agency")


def drawn_seen(viewer: Actor, *, at: datetime) -> QuerySet[Drawn]:
    """What was drawn for these, but for things that are withheld from this person."""
    rows = Drawn.objects.filter(examination__in=examinations_seen(viewer, at=at).values("pk"))
    return rows.exclude(withheld_things(viewer, at=at)).select_related("examination")


def remarks_seen(viewer: Actor, *, at: datetime) -> QuerySet[Remark]:
    """What was remarked on the whole of these, or on what was drawn of which this person may know."""
    rows = Remark.objects.filter(examination__in=examinations_seen(viewer, at=at).values("pk"))
    known = Q(drawn=None) | Q(drawn__in=drawn_seen(viewer, at=at).values("pk"))
    return rows.filter(known).select_related("examination__unit", "drawn").prefetch_related("replies")


def remarks_open(viewer: Actor, *, at: datetime) -> list[Remark]:
    """Problems in this person's reach that were neither accepted nor lifted, what is due first."""
    rows = remarks_seen(viewer, at=at).filter(sort=Remark.Sort.PROBLEM)
    return [
        row
        for row in rows.order_by("due_at", "pk")
        if (last := last_reply(row)) is None or last.sort not in ENDS
    ]


def liability_seen(viewer: Actor, *, at: datetime) -> QuerySet[LiabilityFact]:
    """Liability facts this person may know of: his own, those of his unit or his agency, by his post.

    One that rests on what was seen in a recording withheld from him is told to him only where it is told of him: he must answer it.
    """
    rows = LiabilityFact.objects.filter(reach_of(viewer, "liability.view", at=at))
    open_ = Q(remark=None) | Q(remark__drawn=None) | Q(officer=viewer.id)
    told = open_ | ~withheld_things(viewer, at=at, by="remark__drawn__subject")
    return rows.filter(told).select_related("unit", "officer")


def liability_facts() -> QuerySet[LiabilityFact]:
    return LiabilityFact.objects.select_related("unit", "agency", "officer")


def trainings_seen(viewer: Actor, *, at: datetime) -> QuerySet[Training]:
    return Training.objects.filter(reach_of(viewer, "register.view", at=at)).select_related("unit")


def trainings() -> QuerySet[Training]:
    return Training.objects.select_related("unit")


def unit_rules() -> QuerySet[UnitRule]:
    return UnitRule.objects.select_related("unit")


def reports_seen(viewer: Actor, *, at: datetime) -> QuerySet[StatisticsReport]:
    return StatisticsReport.objects.filter(reach_of(viewer, "statistics.view", at=at)).select_related("unit")


def unit_rules_seen(viewer: Actor, *, at: datetime) -> QuerySet[UnitRule]:
    return UnitRule.objects.filter(reach_of(viewer, "register.view", at=at)).select_related("unit")


def findings() -> QuerySet[Finding]:
    """All there are: for a refusal to have its line."""
    return Finding.objects.all()


def findings_about(subjects: Iterable[UUID]) -> list[Finding]:
    """The present findings on some subjects, what must be mended first."""
    found = Finding.objects.filter(subject__in=list(subjects)).exclude(verdict="不适用")
    return sorted(found, key=lambda f: (_ORDER.get(f.verdict, 9), f.turns_at or f.judged_at, f.rule))


def findings_by_subject(subjects: Iterable[UUID]) -> dict[UUID, list[Finding]]:
    """The same for many subjects in one query, each subject's gravest first."""
    found: dict[UUID, list[Finding]] = {}
    for finding in findings_about(subjects):
        found.setdefault(finding.subject, []).append(finding)
    return found


def open_findings(
    viewer: Actor,
    *,
    at: datetime,
    subjects: Iterable[QuerySet[Any]] = (),
    verdicts: Iterable[str] = ("不符合",),
) -> QuerySet[Finding]:
    """Findings with these verdicts this person may read, of the subjects in any of `subjects` where these are given.

    What is stated of somebody's conduct is nobody's to mend: it stands on its own page and in its register alone.
    """
    found = visible_to(viewer, at=at).filter(verdict__in=list(verdicts))
    found = found.exclude(subject_kind=LiabilityFact.kind())
    of: Q | None = None
    for rows in subjects:
        of = Q(subject__in=rows.values("pk")) | of if of is not None else Q(subject__in=rows.values("pk"))
    return found if of is None else found.filter(of)


def standing_of_clauses(
    viewer: Actor, *, at: datetime, pack: str, since: datetime, until: datetime
) -> dict[str, dict[str, int]]:
    """How each clause stands in what this person may read: verdict -> how many, of the findings made in [since, until)."""
    rows = _judged(viewer, at=at, since=since, until=until).filter(pack__startswith=f"{pack}@").order_by()
    counted = rows.values("clause", "verdict").annotate(count=Count("pk", distinct=True))
    found: dict[str, dict[str, int]] = {}
    for row in counted:
        found.setdefault(row["clause"], {})[row["verdict"]] = row["count"]
    return found


def findings_of_clause(
    viewer: Actor, *, at: datetime, clause: str, verdict: str, since: datetime, until: datetime
) -> QuerySet[Finding]:
    """The rows behind one of those numbers."""
    found = _judged(viewer, at=at, since=since, until=until)
    found = found.filter(clause=clause) if clause else found
    found = found.filter(verdict=verdict) if verdict else found
    return Finding.objects.filter(pk__in=found.values("pk"))  # Once each, however many posts see it.


def _judged(viewer: Actor, *, at: datetime, since: datetime, until: datetime) -> QuerySet[Finding]:
    found = visible_to(viewer, at=at).exclude(verdict="不适用")
    return found.filter(judged_at__gte=since, judged_at__lt=until)
