"""The worker: runs jobs, seals the journal, sweeps uploads that expired. One process under `liuhen serve`, or many.

Sealing is done by one process at a time (a lock on the log's folder); a heartbeat line at least every five minutes
makes silence visible.
"""

import fcntl
import logging
import os
import signal
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

from django.db import OperationalError, close_old_connections, connections

from liuhen.apps.access.packages import remove_old_packages
from liuhen.apps.archive import scrubbing
from liuhen.apps.casework.tally import tally_absences
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Upload
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.halts import halt, standing_halt
from liuhen.apps.journal.jobs import Work, run_next
from liuhen.apps.journal.keys import note_keys
from liuhen.apps.journal.queries import last_line_at
from liuhen.apps.journal.sealing import seal
from liuhen.apps.journal.witnessing import note_policy
from liuhen.apps.oversight.escalating import escalate
from liuhen.apps.retention.disposal import overdue_lists, resume
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Refused, Tampered
from liuhen.server.courier import Courier, confirmed
from liuhen.server.django_settings import SETTINGS
from liuhen.server.home import policy_text
from liuhen.server.stamper import Stamper, stamping_of
from liuhen.server.works import works

_LOGGER = logging.getLogger(__name__)
_HEARTBEAT = timedelta(minutes=5)
_SEAL_EVERY, _SWEEP_EVERY, _REST = 1.0, 60.0, 0.25
_ASK_EVERY, _ASK_FOR = 10.0, 600.0
_LEAP = 2.0  # seconds


class Worker:
    """Runs until it is told to stop; what it was doing is then finished, or taken up again by its lease."""

    def __init__(self, office: Office) -> None:
        self._office, self._works = office, works(office)
        self._stopped = False
        self._sealed_at = self._swept_at = 0.0
        self._clock = now(), time.clock_gettime(time.CLOCK_BOOTTIME)
        self._began, self._asked_at, self._confirmed = time.monotonic(), float("-inf"), False

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        note_keys(self._office.signer, at=now())
        note_policy(policy_text(self._office.home, SETTINGS.witness_policy), at=now())
        helpers = Courier(self._office), Stamper(stamping_of(SETTINGS))
        for helper in helpers:
            helper.start()
        while not self._stopped:
            try:
                if not self.turn():
                    time.sleep(_REST)
            except OperationalError:
                _LOGGER.exception("数据库暂时不可用")
                time.sleep(1)
        for helper in helpers:
            helper.stop()

    def turn(self) -> bool:
        """One round; False where there was nothing to do."""
        close_old_connections()
        if os.getppid() == 1 and os.environ.get("LIUHEN_SUPERVISED"):
            self._stopped = True  # The supervisor is gone: a worker without it must not go on alone.
        worked = run_next(self._works)
        clock = time.monotonic()
        self._mind_the_clock()
        if clock - self._sealed_at > _SEAL_EVERY:
            self._sealed_at = clock
            _beat(now())  # Also while nothing may be sealed: silence is an alarm.
            if self._may_seal(clock):
                seal_now(self._office)
        if clock - self._swept_at > _SWEEP_EVERY:
            self._swept_at = clock
            sweep(self._office, at=now())
        return worked

    def _mind_the_clock(self) -> None:
        """A line for every leap of the machine's clock beside the time that ran since it was started (sleep counts as time)."""
        at, ran = now(), time.clock_gettime(time.CLOCK_BOOTTIME)
        leap = (at - self._clock[0]).total_seconds() - (ran - self._clock[1])
        if abs(leap) > _LEAP:
            with act("clock.changed", by=SYSTEM, at=at) as line:
                line.note(seconds=round(leap))
        self._clock = at, ran

    def _may_seal(self, clock: float) -> bool:
        """After a start the witnesses are asked first: a house that was put back must not sign. After a while it goes on without them."""
        if not self._confirmed and clock - self._asked_at > _ASK_EVERY:
            self._asked_at = clock
            self._confirmed = confirmed(self._office) or clock - self._began > _ASK_FOR
        return self._confirmed

    def drain(self, *, leave: Collection[str] = (), hands: int = 1) -> int:
        """Run everything that is due now but the kinds to `leave`, with so many `hands`; how many jobs that was."""
        works = {kind: work for kind, work in self._works.items() if kind not in leave}
        with ThreadPoolExecutor(hands, thread_name_prefix="drain") as pool:
            helped = pool.map(_drain_apart, [works] * (hands - 1))
            done = _drain(works)
        return done + sum(helped) + _drain(works)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopped = True


def _drain(works: Mapping[str, Work]) -> int:
    done = 0
    while run_next(works):
        done += 1
    return done


def _drain_apart(works: Mapping[str, Work]) -> int:
    """The same in a thread of its own, with a connection of its own."""
    try:
        return _drain(works)
    finally:
        connections.close_all()


def seal_now(office: Office) -> int:
    """Seal what is unsealed, unless another process is doing it. A log that does not fit stops the sealing, and stays unsigned."""
    _beat(now())
    with _alone(office.home / "log") as mine:
        if not mine or standing_halt() is not None:
            return 0
        try:
            return seal(office.log, at=now())
        except Tampered as error:
            _LOGGER.critical("封存停止：%s", error)
            halt(error, at=now(), log=office.log)
            return 0


@contextmanager
def sealing_stopped(office: Office) -> Iterator[None]:
    """While the log and the database are copied, so that they stand together. Waits for the seal under way."""
    with (office.home / "log" / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sweep(office: Office, *, at: datetime) -> int:
    """End uploads that expired: only what has no receipt. Once an hour count what is absent, for the desk, and tell superiors what is late."""
    expired = queries.expired_uploads(at=at)
    for upload in expired:
        with suppress(Refused):  # Its client came back in this very moment, and finished or joined it.
            evidence.close_upload(
                upload, by=SYSTEM, state=Upload.State.ENDED, reason="超过保留天数未完成", at=at
            )
    _forget_ended(office)
    remove_old_packages(office.copies, at=at)
    if tally_absences(at=at):  # Once an hour, by one worker.
        escalate(at=at)
    scrubbing.begin_if_idle(at=at)
    for row in overdue_lists(at=at):
        resume(row, at=at)
    return len(expired)


def _forget_ended(office: Office) -> None:
    """The bytes of uploads that came to their end without them: the row says so first, and a crash may leave the bytes."""
    for key, upload in queries.uploads_by_key(office.vault.left_over()).items():
        if upload.state in Upload.BYTES_ARE_OVER:
            office.vault.forget(key)


def _beat(at: datetime) -> None:
    last = last_line_at()
    if last is None or at - last > _HEARTBEAT:
        with act("journal.heartbeat", by=SYSTEM, at=at):
            pass


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
