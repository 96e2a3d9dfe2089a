"""逾期上报: what somebody was told of and did not do within its term is told to his superior, and then to the next.

Called by the worker once an hour. It rests on what is open now (approvals, findings, hand-outs, remarks) and keeps only that it was
told, to whom and of whom: what is done since is no longer shown, and its row stays in the register. It judges nobody.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Min, OuterRef, Q, QuerySet, Subquery

from liuhen.apps.approval.actions import deciders_of
from liuhen.apps.approval.models import Request
from liuhen.apps.casework.clocks import Days, days_of, term
from liuhen.apps.casework.models import Activity, Case
from liuhen.apps.devices.models import Loan
from liuhen.apps.documents.models import Document
from liuhen.apps.documents.queries import withheld_things
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act, hold_the_pen
from liuhen.apps.oversight.models import Escalation, Examination, Finding, LiabilityFact, Remark, Reply
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.permission import reach_of
from liuhen.apps.registry.policy import ROLES
from liuhen.kernel.actors import SYSTEM, Actor

Sort = Escalation.Sort
DAY = timedelta(days=1)
# How long after somebody was told nothing is said to his superior; an approval has two working days.
TERMS: Mapping[str, timedelta] = {Sort.FINDING: 3 * DAY, Sort.LOAN: DAY, Sort.REMARK: DAY}
APPROVAL_DAYS = 2
AGAIN = 3 * DAY
"""So long after the first superior was told the next one is."""
# Who is told, in this order; an agency without any of them has an inspector.
_SUPERIORS = ("unit_head", "leader_in_charge", "agency_head", "inspector")
_MOST = 200
"""So much is told to one person in one round; the next hour goes on with the rest."""
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits longer than its term: for whom, and since when he knew of it."""

    sort: str
    kind: str
    subject: UUID
    number: str
    says: str
    unit: Unit
    late: tuple[Officer, ...]
    since: datetime

    @property
    def key(self) -> tuple[str, UUID, datetime]:
        return self.sort, self.subject, self.since


def escalate(*, at: datetime) -> int:
    """Tell the superiors what is due to be told now, one line for each of them; how many things that were."""
    fresh: dict[tuple[UUID, UUID], list[Escalation]] = defaultdict(list)
    told, holders = _told_so_far(), _Holders(at)
    for one in _waiting(at):
        before = told.get(one.key, [])
        if before and at - before[-1].at < AGAIN:
            continue
        superior = _superior(one, before, holders)
        if superior is not None and len(rows := fresh[one.unit.agency_id, superior[0].pk]) < _MOST:
            rows.append(_row(one, superior, len(before) + 1, at))
    for (agency, _), rows in fresh.items():
        _tell(agency, rows, at=at)
    return sum(map(len, fresh.values()))


def _tell(agency: UUID, rows: list[Escalation], *, at: datetime) -> None:
    with act("alert.escalated", by=SYSTEM, at=at, agency=agency) as line:
        hold_the_pen()  # Two workers at once tell nobody twice.
        told = _told_so_far(about=[row.subject for row in rows])
        new = [row for row in rows if row.level > len(told.get((row.sort, row.subject, row.since), []))]
        Escalation.objects.bulk_create(new)
        for row in new:
            line.about(row)


def _row(one: Waiting, superior: tuple[Officer, str], level: int, at: datetime) -> Escalation:
    return Escalation(
        agency_id=one.unit.agency_id, unit=one.unit, sort=one.sort, subject_kind=one.kind, subject=one.subject, number=one.number,
        says=one.says, late="、".join(dict.fromkeys(person.name for person in one.late)), since=one.since, level=level, told=superior[0],
        role=superior[1], at=at,
    )  # fmt: skip


def _told_so_far(about: list[UUID] | None = None) -> dict[tuple[str, UUID, datetime], list[Escalation]]:
    found: dict[tuple[str, UUID, datetime], list[Escalation]] = defaultdict(list)
    rows = Escalation.objects.filter(_is_open())
    for row in (rows if about is None else rows.filter(subject__in=about)).order_by("level"):
        found[row.sort, row.subject, row.since].append(row)
    return found


class _Holders:
    """Who holds a role over a unit, asked once in a round however much waits there."""

    def __init__(self, at: datetime) -> None:
        self._at, self._known = at, dict[tuple[UUID, str, str], list[Officer]]()

    def of(self, unit: Unit, role: str) -> list[Officer]:
        key = (unit.agency_id, unit.path, role)
        if key not in self._known:
            self._known[key] = registry.holders(unit.agency_id, role, at=self._at, path=unit.path)
        return self._known[key]


def _superior(one: Waiting, before: list[Escalation], holders: _Holders) -> tuple[Officer, str] | None:
    """The nearest over the unit who is neither late himself nor was told; None where there is nobody left."""
    out = {person.pk for person in one.late} | {row.told_id for row in before}
    passed = max((_SUPERIORS.index(row.role) + 1 for row in before), default=0)
    for role in _SUPERIORS[passed:]:
        for person in holders.of(one.unit, role):
            if person.pk not in out:
                return person, role
    return None


# ── 等了太久的 ─────────────────────────────────────────────


def _waiting(at: datetime) -> Iterator[Waiting]:
    yield from _approvals(at)
    yield from _findings(at)
    yield from _loans(at)
    yield from _remarks(at)


def _approvals(at: datetime) -> Iterator[Waiting]:
    """Requests whose step is due for more than two working days, by whoever may decide it."""
    days: dict[UUID, Days] = {}
    rows = Request.objects.filter(state=Request.State.PENDING, made_at__lt=at - APPROVAL_DAYS * DAY)
    for row in rows.select_related("unit", "requester").prefetch_related("opinions"):
        given = sorted(row.opinions.all(), key=lambda one: one.step)
        since = given[-1].at if given else row.made_at
        over, _ = term(since, APPROVAL_DAYS, working=True, days=days.setdefault(row.agency_id, days_of()))
        if at < (over or since + APPROVAL_DAYS * DAY):
            continue
        step = row.chain[len(given)]
        late = tuple(one.officer for one in deciders_of(row, step, at=at))
        says = f"{row.requester.name}提交的审批，等“{step['title']}”的意见"
        yield Waiting(Sort.APPROVAL, Request.kind(), row.pk, row.number, says, row.unit, late, since)


def _findings(at: datetime) -> Iterator[Waiting]:
    """Things on which a rule is breached and nobody has mended it; one for each thing, since its oldest breach."""
    rows = _breaches().filter(judged_at__lt=at - TERMS[Sort.FINDING])
    told = list(
        rows.values("subject", "subject_kind", "unit").annotate(first=Min("judged_at")).order_by("first")
    )
    # All of them: what nobody is left to be told of must not hide the rest.
    for start in range(0, len(told), _AT_ONCE):
        yield from _of_findings(told[start : start + _AT_ONCE])


def _of_findings(told: Sequence[Mapping[str, Any]]) -> Iterator[Waiting]:
    by_kind: dict[str, dict[UUID, tuple[UUID, datetime]]] = defaultdict(dict)
    for row in told:
        by_kind[row["subject_kind"]][row["subject"]] = (row["unit"], row["first"])
    units = Unit.objects.in_bulk({unit for found in by_kind.values() for unit, _ in found.values()})
    for kind, found in by_kind.items():
        owners = _OWNERS.get(kind, _nobody)(list(found))
        for subject, (unit, first) in found.items():
            number, people = owners.get(subject, ("", ()))
            yield Waiting(
                Sort.FINDING,
                kind,
                subject,
                number,
                "有不符合的事项没有补正或者说明",
                units[unit],
                people,
                first,
            )


def _breaches() -> QuerySet[Finding]:
    """What is stated of somebody's conduct is nobody's to mend."""
    return Finding.objects.filter(verdict="不符合").exclude(
        subject_kind__in=(LiabilityFact.kind(), Examination.kind())
    )


def _loans(at: datetime) -> Iterator[Waiting]:
    rows = Loan.objects.filter(returned_at=None, due_at__lt=at - TERMS[Sort.LOAN])
    for row in rows.select_related("device__unit", "officer"):
        says = f"{row.device.number} 到期没有归还"
        yield Waiting(
            Sort.LOAN,
            Loan.kind(),
            row.pk,
            row.device.number,
            says,
            row.device.unit,
            (row.officer,),
            row.due_at,
        )


def _remarks(at: datetime) -> Iterator[Waiting]:
    rows = _unanswered().filter(due_at__lt=at - TERMS[Sort.REMARK])
    for row in rows.select_related("examination__unit"):
        unit = row.examination.unit
        late = tuple(registry.holders(unit.agency_id, "unit_head", at=at, path=unit.path))
        assert row.due_at is not None  # noqa: S101  the filter asked for one
        yield Waiting(
            Sort.REMARK,
            Remark.kind(),
            row.pk,
            row.examination.number,
            "检查意见到期没有答复",
            unit,
            late[:1],
            row.due_at,
        )


def _unanswered() -> QuerySet[Remark]:
    """Problems that wait for the unit: not answered yet, or given back."""
    newest = Reply.objects.filter(remark=OuterRef("pk")).order_by("-at", "-pk").values("sort")[:1]
    rows = Remark.objects.filter(sort=Remark.Sort.PROBLEM, due_at__isnull=False).annotate(
        last=Subquery(newest)
    )
    return rows.filter(Q(last=None) | Q(last=Reply.Sort.RETURNED))


Owners = dict[UUID, tuple[str, tuple[Officer, ...]]]


def _people(*found: Officer | None) -> tuple[Officer, ...]:
    return tuple(person for person in found if person is not None)


def _owners_of_recordings(keys: list[UUID]) -> Owners:
    rows = Recording.objects.filter(pk__in=keys).select_related("officer")
    return {row.pk: (row.number, _people(row.officer)) for row in rows}


def _owners_of_activities(keys: list[UUID]) -> Owners:
    rows = Activity.objects.filter(pk__in=keys).prefetch_related("members__officer")
    return {row.pk: (row.number, tuple(one.officer for one in row.members.all())) for row in rows}


def _owners_of_cases(keys: list[UUID]) -> Owners:
    rows = Case.objects.filter(pk__in=keys).select_related("officer", "second_officer")
    return {row.pk: (row.number, _people(row.officer, row.second_officer)) for row in rows}


def _owners_of_documents(keys: list[UUID]) -> Owners:
    rows = Document.objects.filter(pk__in=keys).select_related("made_by")
    return {row.pk: (row.number, _people(row.made_by)) for row in rows}


def _nobody(_keys: list[UUID]) -> Owners:
    """Devices, rooms and units are the unit's own: its head is told."""
    return {}


_OWNERS: Mapping[str, Callable[[list[UUID]], Owners]] = {
    Recording.kind(): _owners_of_recordings, Activity.kind(): _owners_of_activities, Case.kind(): _owners_of_cases,
    Document.kind(): _owners_of_documents,
}  # fmt: skip


# ── 给上级和本人看的 ────────────────────────────────────────


def _is_open() -> Q:
    """For a filter: those whose matter still waits."""
    open_: Mapping[str, QuerySet[Any]] = {
        Sort.APPROVAL: Request.objects.filter(state=Request.State.PENDING).values("pk"), Sort.FINDING: _breaches().values("subject"),
        Sort.LOAN: Loan.objects.filter(returned_at=None).values("pk"),
        Sort.REMARK: _unanswered().values("pk"),
    }  # fmt: skip
    found = Q()
    for sort, rows in open_.items():
        found |= Q(sort=sort, subject__in=rows)
    return found


def told_to(viewer: Actor, *, at: datetime) -> QuerySet[Escalation]:
    """What this person was told of and still waits, the oldest first; but for things of which he may not know."""
    rows = Escalation.objects.filter(_is_open(), told=viewer.id).exclude(withheld_things(viewer, at=at))
    return rows.select_related("unit").order_by("since", "pk")


def told_about(subjects: Iterable[UUID]) -> dict[tuple[str, UUID], Escalation]:
    """Of these, who was told last: for the person who is late."""
    rows = (
        Escalation.objects.filter(subject__in=list(subjects)).select_related("told").order_by("at", "level")
    )
    return {(row.sort, row.subject): row for row in rows}


def escalations_seen(viewer: Actor, *, at: datetime) -> QuerySet[Escalation]:
    """The register: all that were told within this person's reach, but for things of which he may not know."""
    rows = Escalation.objects.filter(reach_of(viewer, "register.view", at=at))
    return rows.exclude(withheld_things(viewer, at=at)).select_related("unit", "told")


def role_of(row: Escalation) -> str:
    return ROLES[row.role]
