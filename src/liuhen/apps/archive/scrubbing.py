"""定期重读: every original read again from its medium within thirty days, an hour's share at a time; what is found wrong is told, and put right from a backup.

A batch goes on where the one before ended, by address; after the last address it begins anew. Who cannot keep up reads as much as he can, and
the share that was read says so. The monthly reading goes by the address (SHA-256), which tells any changed byte; SM3 is reckoned when a receipt is
verified, by `liuhen verify`, before a transfer and in every package (decision 0024).
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from liuhen.apps.archive.models import FixityFault, FixityRepair, FixityRun
from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import gone
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import Job
from liuhen.engines.vault import FileVault, Vault
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Malformed, Tampered

READ = "fixity.read-on"
ROUND, EVERY = timedelta(days=30), timedelta(hours=1)
_SHARES = ROUND // EVERY
_LONGEST_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the recordings that are held were read again within the last thirty days, and what was found wrong."""

    objects: int
    read: int
    faults: int

    @property
    def percent(self) -> int:
        """Rounded down: a hundred means all."""
        return 100 * self.read // self.objects if self.objects else 100


def begin_if_idle(*, at: datetime) -> None:
    """The first batch, or the next where the chain was broken; each batch schedules the one after it."""
    waiting = (Job.State.WAITING, Job.State.RUNNING)
    settled = _held().filter(received_at__lt=at - EVERY)  # What came just now was read again on its way in.
    if Job.objects.filter(kind=READ, state__in=waiting).exists() or not settled.exists():
        return
    last = _newest()
    if last is not None and at - last.at < 2 * EVERY:
        return
    run = FixityRun(
        after="", through=last.through if last else "", objects_read=0, size=0, good=0, begun_at=at, at=at
    )
    with act("fixity.scheduled", by=SYSTEM, at=at) as line:
        run.save(force_insert=True)
        line.about(run)
        line.schedule(READ, run, rank=8)


def read_on(vault: Vault, *, at: datetime) -> FixityRun:
    """An hour's share from where the last batch ended. Nothing is repaired here."""
    last = _newest()
    after = last.through if last else ""
    if not _held().filter(sha256__gt=after).exists():
        after = ""
    run = FixityRun(after=after, through=after, objects_read=0, size=0, good=0, begun_at=at, at=at)
    faults = list(_read(run, vault))
    with act("fixity.checked", by=SYSTEM, at=at) as line:
        run.save(force_insert=True)
        line.about(run)
        for fault in faults:
            fault.save(force_insert=True)
            line.about(fault)
        line.schedule(READ, run, after=EVERY, rank=8)
    return run


def _read(run: FixityRun, vault: Vault) -> Iterator[FixityFault]:
    """Reads on until the share is reached, and counts in `run`; yields what was wrong."""
    whole = _held().aggregate(objects=Count("sha256", distinct=True), size=Sum("size"))
    objects, size = -(-whole["objects"] // _SHARES), -(-(whole["size"] or 0) // _SHARES)
    began = time.monotonic()
    rows = _held().filter(sha256__gt=run.after).order_by("sha256").values_list("sha256", "size")
    for sha256, length in rows.iterator(chunk_size=200):
        if sha256 == run.through:
            continue  # The same bytes under another number.
        if (run.objects_read >= objects and run.size >= size) or time.monotonic() - began > _LONGEST_SECONDS:
            return
        run.through = sha256
        run.objects_read += 1
        run.size += length
        wrong = _wrong(vault, Digest(sha256), length)
        if wrong:
            yield FixityFault(run=run, sha256=sha256, found=wrong[:300], at=run.at)
        else:
            run.good += 1


def _wrong(vault: Vault, digest: Digest, size: int) -> str:
    """What is wrong with an object; empty where it is as it was."""
    try:
        found = vault.reread(digest)
    except (Tampered, Malformed) as error:
        return error.why
    except OSError as error:
        return f"读不出来（{error.strerror}）"
    return "" if found.size == size else f"大小应为 {size} 字节，现为 {found.size}"


def repair(
    fault: FixityFault, vault: FileVault, *, source: str, pieces: Iterable[bytes], by: Actor, at: datetime
) -> FixityRepair:
    """Put the object right from a second copy; what lay there is kept aside. Raises `Tampered` where the copy is not of it either."""
    sm3 = Recording.objects.filter(sha256=fault.sha256).values_list("sm3", flat=True)[0]
    digest = Digest(fault.sha256, sm3)
    vault.repair(digest, pieces)
    vault.reread(digest)
    return _repaired(fault, source=source, by=by, at=at)


def settle(fault: FixityFault, vault: Vault, *, by: Actor, at: datetime) -> FixityRepair | None:
    """Where the object is good after all (a cable, a disk that was away), say so; None where it is not."""
    row = Recording.objects.filter(sha256=fault.sha256)[0]
    if _wrong(vault, row.digest, row.size):
        return None
    return _repaired(fault, source="再次重读相符", by=by, at=at)


def _repaired(fault: FixityFault, *, source: str, by: Actor, at: datetime) -> FixityRepair:
    """Every time the object was told is answered, with one line."""
    told = FixityFault.objects.filter(sha256=fault.sha256, repair=None).order_by("at", "id")
    made = [FixityRepair(fault=one, source=source, at=at, by=by.id) for one in told]
    with act("fixity.repaired", by=by, at=at) as line:
        for row in made:
            row.save(force_insert=True)
            line.about(row)
    return made[-1]


def open_faults() -> QuerySet[FixityFault]:
    """What was found wrong and not put right, each object once; of what is still held."""
    still = FixityFault.objects.filter(repair=None, sha256__in=_held().values("sha256"))
    newest = still.order_by("sha256", "-at").values("sha256", "pk")
    return still.filter(pk__in=list({row["sha256"]: row["pk"] for row in newest}.values()))


def coverage(*, at: datetime, viewer: Actor = SYSTEM) -> Coverage:
    """Counted over the ranges of addresses that batches of the last thirty days have read, of what the viewer may know of."""
    since = FixityRun.objects.filter(at__gt=at - ROUND, objects_read__gt=0).values_list("after", "through")
    read = Q(pk__in=[])
    for first, last in _joined(since):
        read |= Q(sha256__gt=first, sha256__lte=last)
    held = _held().filter(known_to(viewer, at=at))
    return Coverage(objects=held.count(), read=held.filter(read).count(), faults=open_faults().count())


def _joined(ranges: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Ranges that touch as one: hundreds of batches are a few conditions."""
    found: list[tuple[str, str]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _held() -> QuerySet[Recording]:
    return Recording.objects.exclude(pk__in=gone().values("recording"))


def _newest() -> FixityRun | None:
    return FixityRun.objects.order_by("-at", "-id").first()
