"""Jobs: lease, run, retry with a reason. A worker that dies loses its lease, and another takes the job again.

Which function a kind of job runs is the server's business: it hands `run_next` the table.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import F, QuerySet

from liuhen.apps.journal.models import Job
from liuhen.kernel.clock import Clock, now

LEASE = timedelta(minutes=15)
RENEW_EVERY = timedelta(minutes=4)
_MOST_RENEWALS = 180
ATTEMPTS = 5
RANKS = range(10)
_LEASING = 0x6C6975_68656E  # any number that nobody else locks: these are the bytes of the product's name
_LOGGER = logging.getLogger(__name__)

Work = Callable[[UUID], None]


def run_next(works: Mapping[str, Work], *, clock: Clock = now) -> bool:
    """Run one due job; False where none is due. An error is kept as the job's reason and tried again later."""
    job = _lease(works, clock())
    if job is None:
        return False
    try:
        with _kept(job, clock):
            works[job.kind](job.subject)
    except Exception as error:
        _LOGGER.exception("job %s %s", job.kind, job.subject)
        _put_back(job, f"{type(error).__name__}: {error}", clock())
    else:
        Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, lease_until=None, reason="")
    return True


@contextmanager
def _kept(job: Job, clock: Clock) -> Iterator[None]:
    """The lease renewed while the work goes on, so that what takes long is begun by nobody else; a worker that dies renews nothing."""
    done = threading.Event()
    renewing = threading.Thread(
        target=_renew, args=(job.pk, done, clock), name=f"lease {job.kind}", daemon=True
    )
    renewing.start()
    try:
        yield
    finally:
        done.set()
        renewing.join()


def _renew(job: UUID, done: threading.Event, clock: Clock) -> None:
    """For half a day at most: work that hangs must not be kept for ever."""
    for _ in range(_MOST_RENEWALS):
        if done.wait(RENEW_EVERY.total_seconds()):
            return
        try:
            Job.objects.filter(pk=job, state=Job.State.RUNNING).update(lease_until=clock() + LEASE)
        except DatabaseError:
            _LOGGER.warning("lease of job %s was not renewed", job)
        finally:
            connection.close()


def retry(job: UUID, *, at: datetime) -> None:
    """Let a failed job run again."""
    Job.objects.filter(pk=job, state=Job.State.FAILED).update(
        state=Job.State.WAITING, attempts=0, run_after=at
    )


def _lease(works: Mapping[str, Work], at: datetime) -> Job | None:
    """Two jobs about one subject never run side by side: the later would judge what the earlier is changing."""
    with transaction.atomic():
        _take_turns()
        _give_up_on_killers(at)
        busy = Job.objects.filter(state=Job.State.RUNNING, lease_until__gte=at).values("subject")
        job = _next_due(Job.objects.filter(kind__in=works).exclude(subject__in=busy), at)
        if job is None:
            return None
        job.state, job.attempts, job.lease_until = Job.State.RUNNING, job.attempts + 1, at + LEASE
        job.save(update_fields=["state", "attempts", "lease_until"])
        return job


def _next_due(jobs: QuerySet[Job], at: datetime) -> Job | None:
    """What was dropped by a worker that died, then what is due, by rank. Whether anything is due, and what comes first of
    each rank, are looked up in indexes: the clocks that wait for later are never read, however many they are.
    """
    lapsed = jobs.filter(state=Job.State.RUNNING, lease_until__lt=at).order_by("rank", "run_after").first()
    if lapsed is not None:
        return lapsed
    due = jobs.filter(state=Job.State.WAITING, run_after__lte=at)
    for rank in RANKS if due.exists() else ():
        job = due.filter(rank=rank).order_by("run_after").first()
        if job is not None:
            return job
    return None


def _give_up_on_killers(at: datetime) -> None:
    """A job under which the worker itself dies leaves no reason; it must not be taken up for ever."""
    Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=at, attempts__gte=ATTEMPTS).update(
        state=Job.State.FAILED, lease_until=None, reason=f"办理中进程意外终止，已试 {ATTEMPTS} 次"
    )


def _take_turns() -> None:
    """One worker at a time takes a job. SQLite's write lock is held by now; PostgreSQL is asked for a lock of our own."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LEASING])


def _put_back(job: Job, reason: str, at: datetime) -> None:
    given_up = job.attempts >= ATTEMPTS
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.FAILED if given_up else Job.State.WAITING,
        lease_until=None,
        reason=reason[:2000],
        run_after=at + timedelta(seconds=5 * 4**job.attempts),
        attempts=F("attempts"),
    )
