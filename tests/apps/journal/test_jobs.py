"""Jobs: one at a time, first things first, again when a worker died, with a reason when they fail, and not for ever."""

import time
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.apps.steps import HOUR

from liuhen.apps.journal import jobs
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import Job, Line
from liuhen.apps.journal.queries import jobs_of
from liuhen.apps.registry.models import Agency
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import now

pytestmark = pytest.mark.django_db
LONG = timedelta(days=365)


def scheduled(*kinds: str, rank: int = 3) -> Agency:
    """One act that leaves jobs of these kinds."""
    agency = Agency(name="甲机关", code=f"J{Agency.objects.count()}", agency_type="township")
    with act("agency.founded", by=SYSTEM) as line:
        agency.save(force_insert=True)
        line.about(agency)
        for kind in kinds:
            line.schedule(kind, agency, rank=rank)
    return agency


class Works:
    """What was run; fails as long as it is told to."""

    def __init__(self, failing: int = 0) -> None:
        self.done: list[tuple[str, UUID]] = []
        self.failing = failing

    def table(self, *kinds: str) -> dict[str, jobs.Work]:
        return {kind: lambda subject, kind=kind: self._run(kind, subject) for kind in kinds}  # type: ignore[misc]

    def _run(self, kind: str, subject: UUID) -> None:
        if self.failing:
            self.failing -= 1
            raise RuntimeError("磁盘忙")  # noqa: RUF100
        self.done.append((kind, subject))


def at(moment: datetime) -> jobs.Clock:
    return lambda: moment


def test_job_runs_once_and_then_there_is_nothing_to_do() -> None:
    agency, works = scheduled("a.b"), Works()
    assert jobs.run_next(works.table("a.b"), clock=at(now()))
    assert not jobs.run_next(works.table("a.b"), clock=at(now() + LONG))
    assert works.done == [("a.b", agency.pk)]
    job = jobs_of(agency.pk).get()
    assert (job.state, job.attempts, job.lease_until) == (Job.State.DONE, 1, None)
    assert job.line == Line.objects.get().number


def test_job_of_a_kind_nobody_knows_waits() -> None:
    scheduled("a.b")
    assert not jobs.run_next(Works().table("other"), clock=at(now() + LONG))
    assert Job.objects.get().state == Job.State.WAITING


def test_what_somebody_waits_for_runs_first() -> None:
    scheduled("picture", rank=7)
    scheduled("judge")
    scheduled("receipt", rank=0)
    works = Works()
    while jobs.run_next(works.table("picture", "judge", "receipt")):
        pass
    assert [kind for kind, _ in works.done] == ["receipt", "judge", "picture"]


def test_job_for_later_is_not_run_before() -> None:
    agency, works = scheduled(), Works()
    with act("agency.noted", by=SYSTEM) as line:
        line.about(agency)
        line.schedule("a.b", agency, after=2 * HOUR)
    moment = now()
    assert not jobs.run_next(works.table("a.b"), clock=at(moment + HOUR))
    assert jobs.run_next(works.table("a.b"), clock=at(moment + 3 * HOUR))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite says by name what it reads row by row")
def test_clocks_that_wait_for_later_are_never_read_one_by_one() -> None:
    """With the planner's statistics taken while every job waits: nothing is looked for by going through them all."""
    agency = scheduled("a.b")
    Job.objects.bulk_create(
        Job(kind="a.b", subject=agency.pk, line=1, rank=3, run_after=now() + LONG) for _ in range(2000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as asked:
        assert jobs.run_next({}, clock=at(now())) is False
        assert jobs.run_next(Works().table("c.d"), clock=at(now())) is False
    questions = [q["sql"] for q in asked.captured_queries if "journal_job" in q["sql"]]
    assert len(questions) >= 3
    with connection.cursor() as cursor:
        for question in questions:
            cursor.execute(f"EXPLAIN QUERY PLAN {question}")
            plan = [row[3] for row in cursor.fetchall()]
            assert not [step for step in plan if step.startswith("SCAN")], (question, plan)


def test_failed_job_keeps_its_reason_and_is_tried_later() -> None:
    scheduled("a.b")
    works, moment = Works(failing=1), now()
    assert jobs.run_next(works.table("a.b"), clock=at(moment))
    job = Job.objects.get()
    assert (job.state, job.reason, job.attempts) == (Job.State.WAITING, "RuntimeError: 磁盘忙", 1)
    assert job.run_after == moment + timedelta(seconds=20)
    assert not jobs.run_next(works.table("a.b"), clock=at(moment + timedelta(seconds=19)))
    assert jobs.run_next(works.table("a.b"), clock=at(moment + timedelta(seconds=20)))
    assert (Job.objects.get().state, Job.objects.get().reason) == (Job.State.DONE, "")


def test_job_is_given_up_after_five_and_can_be_tried_again_by_hand() -> None:
    scheduled("a.b")
    works, moment = Works(failing=5), now()
    waits = []
    while jobs.run_next(works.table("a.b"), clock=at(moment)):
        job = Job.objects.get()
        waits.append((job.run_after - moment).total_seconds())
        moment = job.run_after
    assert waits == [20, 80, 320, 1280, 5120]
    job = Job.objects.get()
    assert (job.state, job.attempts, job.reason) == (Job.State.FAILED, 5, "RuntimeError: 磁盘忙")
    assert works.done == []
    jobs.retry(job.pk, at=moment)
    assert jobs.run_next(works.table("a.b"), clock=at(moment))
    assert Job.objects.get().state == Job.State.DONE
    jobs.retry(job.pk, at=moment)
    assert Job.objects.get().state == Job.State.DONE


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


def killed(_: UUID) -> None:
    raise Killed


def test_lease_of_a_dead_worker_runs_out_and_another_takes_the_job() -> None:
    agency, works, moment = scheduled("a.b"), Works(), now()
    with pytest.raises(Killed):
        jobs.run_next({"a.b": killed}, clock=at(moment))
    assert Job.objects.get().state == Job.State.RUNNING
    assert not jobs.run_next(works.table("a.b"), clock=at(moment + jobs.LEASE))
    assert jobs.run_next(works.table("a.b"), clock=at(moment + jobs.LEASE + timedelta(seconds=1)))
    assert works.done == [("a.b", agency.pk)]
    assert (Job.objects.get().state, Job.objects.get().attempts) == (Job.State.DONE, 2)


def test_two_jobs_about_one_subject_never_run_side_by_side() -> None:
    one, moment = scheduled("a.b", "c.d"), now()
    with pytest.raises(Killed):
        jobs.run_next({"a.b": killed}, clock=at(moment))
    other, works = scheduled("c.d"), Works()
    while jobs.run_next(works.table("c.d"), clock=at(moment + HOUR / 60)):
        pass
    assert works.done == [("c.d", other.pk)]
    while jobs.run_next(works.table("a.b", "c.d"), clock=at(moment + HOUR)):
        pass
    assert sorted(works.done[1:]) == [("a.b", one.pk), ("c.d", one.pk)]


def test_job_that_kills_its_worker_each_time_is_given_up() -> None:
    scheduled("a.b")
    moment = now()
    for _ in range(jobs.ATTEMPTS):
        with pytest.raises(Killed):
            jobs.run_next({"a.b": killed}, clock=at(moment))
        moment += jobs.LEASE + timedelta(seconds=1)
    assert not jobs.run_next({"a.b": killed}, clock=at(moment))
    job = Job.objects.get()
    assert (job.state, job.attempts) == (Job.State.FAILED, 5)
    assert "意外终止" in job.reason


def test_long_reason_is_cut() -> None:
    scheduled("a.b")

    def fail(_: UUID) -> None:
        raise ValueError("很长" * 5000)

    jobs.run_next({"a.b": fail})
    assert len(Job.objects.get().reason) == 2000


@pytest.mark.django_db(transaction=True)
def test_lease_of_work_that_takes_long_is_renewed_while_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than a lease: another worker finds it busy all the same."""
    agency, began = scheduled("a.b"), now()
    monkeypatch.setattr(jobs, "RENEW_EVERY", timedelta(seconds=0.05))
    hours = [began + timedelta(hours=n) for n in range(2, 200)]
    seen: list[bool] = []

    def slow(_: UUID) -> None:
        until = time.monotonic() + 20
        while jobs_of(agency.pk).get().lease_until < hours[0] and time.monotonic() < until:
            time.sleep(0.05)
        seen.append(jobs.run_next({"a.b": slow}, clock=at(began + timedelta(hours=1))))

    ticks = iter([began, *hours])
    assert jobs.run_next({"a.b": slow}, clock=lambda: next(ticks))
    assert seen == [False]
    assert jobs_of(agency.pk).get().state == Job.State.DONE
