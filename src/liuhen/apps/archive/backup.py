"""备份: a run to a folder that counts only after every file of it was read again, drills of restoring, and how long ago the last one was.

Originals, derived copies, the log, the database and the settings go; keys never do: they are kept in two parts by two people (`parts`).
What was disposed of is taken out of the set with the next run.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from liuhen.apps.access.models import Package
from liuhen.apps.archive.backup_set import BackupSet, Entry, Index, check_complete, pieces_of
from liuhen.apps.archive.models import BackupRun, RestoreDrill
from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.evidence.models import Derived, Recording
from liuhen.apps.evidence.queries import gone
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import Line
from liuhen.engines.ledger import Log, Signer
from liuhen.engines.vault import FileVault
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.clock import as_utc_text, now
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Refused, Tampered

WARN, ALARM = timedelta(days=25), timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Sources:
    """What of the house goes into a backup. `snapshot` holds the database, the log and the settings as they stood together."""

    vault: FileVault
    copies: FileVault
    snapshot: Path
    log: Log
    signer: Signer
    public: bytes
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Carrying:
    """Where it goes and who takes it there."""

    folder: Path
    place: str
    carried_by: str


def run_backup(
    sources: Sources, carrying: Carrying, *, by: Actor, clock: Callable[[], datetime]
) -> BackupRun:
    """Back everything up, read it again, and only then enter the run. A run that died is begun anew over what it left.

    Raises `Refused` without a place or a person, `Tampered` where anything read differs from what is registered or was written.
    """
    if not carrying.place.strip() or not carrying.carried_by.strip():
        raise Refused("备份须写明存放处和带去的人", do="请用 --place 和 --carried-by 写明。")
    backup = BackupSet(carrying.folder)
    backup.prepare()
    before = backup.indexes(sources.signer.verifier)
    known = {entry.sha256: entry.sealed for index in before for entry in index.entries}
    entries, added, size = [], 0, 0
    for kind, path, address, file in _files(sources):
        sealed = known.get(address, "")
        if not sealed or not backup.path(address).exists():
            sealed = backup.add(address, pieces_of(file), house=sources.public)
            added, size = added + 1, size + file.stat().st_size
            known[address] = sealed
        entries.append(Entry(kind, path, address, file.stat().st_size, sealed))
    index = _index(sources, entries, at=clock(), before=before)
    check_complete(backup, index, ())
    backup.write_index(index, sources.signer)
    for address in index.destroyed:
        backup.remove(address)
    if backup.indexes(sources.signer.verifier)[-1] != index:
        raise Tampered("备份清单写入之后读出的不同", do="请换用另一份备份介质。")
    return _enter(index, carrying, added=added, size=size, by=by, covers=sources.taken_at, at=clock())


def rehearse(
    sources: Sources, folder: Path, *, key: X25519PrivateKey, sample: int, by: Actor, at: datetime
) -> RestoreDrill:
    """恢复演练: open the database and a sample of originals of the newest run with the two parts of the key, and compare. Kept, good or not."""
    backup = BackupSet(folder)
    found = backup.indexes(sources.signer.verifier)
    if not found:
        raise Refused(f"{folder} 中没有备份", do="请给出备份所在的文件夹。")
    index = found[-1]
    originals = [
        entry for entry in index.entries if entry.kind == "original" and entry.sha256 not in _destroyed()
    ]
    drawn = sorted(originals, key=lambda entry: hashlib.sha256(f"{at}{entry.sha256}".encode()).hexdigest())[
        :sample
    ]
    chosen = [*(entry for entry in index.entries if entry.kind == "database"), *drawn]
    wrong = [trouble for entry in chosen if (trouble := _trouble(backup, entry, key))]
    note = "；".join(wrong) if wrong else "全部取出，摘要与登记一致"
    row = RestoreDrill(
        run=index.number, sampled=len(chosen), good=len(chosen) - len(wrong), note=note, at=at, by=by.id
    )
    with act("backup.rehearsed", by=by, at=at) as line:
        row.save(force_insert=True)
        line.about(row, index=index.digest)
    return row


def note_restored(index: Index, *, by: Actor, at: datetime) -> None:
    """The first line after a restore: from which run, and how far the record went then."""
    with act("backup.restored", by=by, at=at) as line:
        line.note(run=index.number, index=index.digest, size=index.size, root=index.root)


# ── 何时备过 ────────────────────────────────────────────────


def last_run() -> BackupRun | None:
    return BackupRun.objects.order_by("-at", "-id").first()


def runs(*, most: int = 50) -> list[BackupRun]:
    return list(BackupRun.objects.order_by("-at", "-id")[:most])


def drills(*, most: int = 20) -> list[RestoreDrill]:
    return list(RestoreDrill.objects.order_by("-at", "-id")[:most])


def age_of_backup(*, at: datetime) -> timedelta | None:
    """Since when nothing was backed up; since the first line where nothing ever was; None in a house without a line."""
    last = last_run()
    since = last.covers if last else Line.objects.order_by("number").values_list("at", flat=True).first()
    return at - since if since else None


def not_backed_up(viewer: Actor = SYSTEM) -> int:
    """How many recordings no run covers yet, of those the viewer may know of; at most 1001 are counted."""
    last = last_run()
    rows = Recording.objects.filter(known_to(viewer, at=now())).exclude(pk__in=gone().values("recording"))
    return (rows.filter(received_at__gte=last.covers) if last else rows)[:1001].count()


def covering_run(recording: Recording) -> BackupRun | None:
    """The first run that holds this recording."""
    return BackupRun.objects.filter(covers__gt=recording.received_at).order_by("at").first()


# ── 备什么 ──────────────────────────────────────────────────


def _files(sources: Sources) -> Iterator[tuple[str, str, str, Path]]:
    """Kind, path in the home, address and where it lies now: the snapshot first, then every object once."""
    for file in sorted(path for path in sources.snapshot.rglob("*") if path.is_file()):
        name = file.relative_to(sources.snapshot).as_posix()
        kind = "database" if name.endswith((".sqlite3", ".pgdump")) else "file"
        yield kind, name, _digest(file), file
    yield from _objects("original", "vault", sources.vault, _originals())
    yield from _objects("copy", "copies", sources.copies, _copies())


def _objects(
    kind: str, name: str, vault: FileVault, addresses: Iterable[str]
) -> Iterator[tuple[str, str, str, Path]]:
    for address in addresses:
        path = vault.path(Digest(address))
        if not path.exists():
            raise Tampered(f"要备份的 {address[:16]}… 不在库", do="请先运行 liuhen reconcile。")
        yield kind, f"{name}/objects/{address[:2]}/{address[2:4]}/{address}", address, path


def _originals() -> list[str]:
    here = Recording.objects.exclude(pk__in=gone().values("recording"))
    return sorted(set(here.values_list("sha256", flat=True)))


def _copies() -> list[str]:
    away = gone().values("recording")
    dead = {address for one in gone().values_list("copies", flat=True) for address in one}
    made = set(Package.objects.filter(made_at__isnull=False).values_list("sha256", flat=True)) - dead
    return sorted(made | set(Derived.objects.exclude(recording__in=away).values_list("sha256", flat=True)))


def _destroyed() -> set[str]:
    stones = gone().filter(destroyed_at__isnull=False)
    found = {address for one in stones.values_list("copies", flat=True) for address in one}
    return found | set(stones.values_list("sha256", flat=True))


def _index(sources: Sources, entries: list[Entry], *, at: datetime, before: list[Index]) -> Index:
    latest, here = sources.log.latest(), {entry.sha256 for entry in entries}
    told = {address for index in before for address in index.destroyed}
    return Index(
        number=f"备份-{as_utc_text(at)[:19].translate(_PLAIN)}", at=as_utc_text(at), log=sources.log.origin, size=latest.size,
        root=latest.root.hex(), entries=tuple(entries), destroyed=tuple(sorted((told | _destroyed()) - here)),
    )  # fmt: skip


_PLAIN = {ord(letter): None for letter in "-:T"}


def _enter(
    index: Index, carrying: Carrying, *, added: int, size: int, by: Actor, covers: datetime, at: datetime
) -> BackupRun:
    row = BackupRun(
        number=index.number, place=carrying.place.strip(), carried_by=carrying.carried_by.strip(), medium=str(carrying.folder),
        originals=sum(1 for entry in index.entries if entry.kind == "original"), files=len(index.entries), added=added, bytes_added=size,
        index=index.digest, log_size=index.size, log_root=index.root, covers=covers, at=at, by=by.id,
    )  # fmt: skip
    with act("backup.verified", by=by, at=at) as line:
        row.save(force_insert=True)
        line.about(row, index=index.digest)
    return row


def _trouble(backup: BackupSet, entry: Entry, key: X25519PrivateKey) -> str:
    try:
        for _ in backup.open(entry, key):
            pass
    except Tampered as error:
        return error.why
    return ""


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for piece in pieces_of(path):
        digest.update(piece)
    return digest.hexdigest()
