"""Reading the journal: the trail of a thing, its proof, and the verification that names what is wrong, where."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet

from liuhen.apps.journal.keys import twins
from liuhen.apps.journal.lines import commitment, field_digests
from liuhen.apps.journal.models import About, Checkpoint, Head, Job, Line, Recorded
from liuhen.engines.ledger import Log
from liuhen.engines.ledger.note import open_note
from liuhen.kernel.canonical import canonical
from liuhen.kernel.errors import Tampered

_TOLD_ONE_BY_ONE = 1000
_AT_ONCE = 500  # rows compared with their lines in one query


@dataclass(frozen=True, slots=True)
class Fault:
    """What verification found: where (a line, a row and field, an object, the log) and what is wrong there."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}：{self.what}"


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One line as the trail of a thing shows it; names are put in by the room that knows them."""

    number: int
    at: datetime
    verb: str
    actor_kind: str
    actor: UUID
    origin: str
    sealed: bool


def trail(things: Iterable[UUID], *, most: int = 100) -> list[TrailEntry]:
    """The newest lines about any of `things`, newest first."""
    numbers = About.objects.filter(thing__in=list(things)).values("line_id").distinct()
    return _entries_of(Line.objects.filter(number__in=numbers).order_by("-number")[:most])


def trail_by(actor: UUID, *, most: int = 10) -> list[TrailEntry]:
    """The newest lines one person wrote, newest first. What was refused him is none of his acts: that it has a line tells that the thing is
    there.
    """
    rows = Line.objects.filter(actor=actor).exclude(verb="permission.refused")
    return _entries_of(rows.order_by("-number")[:most])


def _entries_of(lines: Iterable[Line]) -> list[TrailEntry]:
    sealed = sealed_size()
    return [
        TrailEntry(
            number=line.number,
            at=line.at,
            verb=line.verb,
            actor_kind=line.actor_kind,
            actor=line.actor,
            origin=json.loads(line.body)["actor"]["origin"],
            sealed=line.number <= sealed,
        )
        for line in lines
    ]


def first_line(thing: UUID) -> int | None:
    """The number under which a thing came into the house."""
    return About.objects.filter(thing=thing).order_by("line_id").values_list("line_id", flat=True).first()


def line_of(thing: UUID, *, verb: str) -> int | None:
    """The number of the first line about a thing that says `verb`."""
    found = About.objects.filter(thing=thing, line__verb=verb).order_by("line_id")
    return found.values_list("line_id", flat=True).first()


def was_done(thing: UUID, *, verb: str, by: UUID, since: datetime) -> bool:
    """Whether a line since then says that this person did it to this thing."""
    return About.objects.filter(thing=thing, line__verb=verb, line__actor=by, line__at__gt=since).exists()


def things_of(verb: str, *, by: UUID, since: datetime) -> QuerySet[Any, Any]:
    """For a filter: what this person did it to since then."""
    lines = Line.objects.filter(actor=by, verb=verb, at__gte=since).values("pk")
    return About.objects.filter(line__in=lines).values("thing")


def last_line(thing: UUID) -> int | None:
    """The number of the newest line about a thing."""
    return About.objects.filter(thing=thing).order_by("-line_id").values_list("line_id", flat=True).first()


def last_line_at() -> datetime | None:
    """When the newest line was written: a silent journal is an alarm."""
    return Line.objects.order_by("-number").values_list("at", flat=True).first()


def sealed_size() -> int:
    """How many lines the newest checkpoint covers."""
    return Checkpoint.objects.aggregate(size=Max("size"))["size"] or 0


def checkpoints(*, most: int = 50, before: int | None = None) -> list[Checkpoint]:
    """The newest checkpoints, or the newest of those smaller than `before`."""
    found = Checkpoint.objects.order_by("-size")
    return list((found if before is None else found.filter(size__lt=before))[:most])


def checkpoint(size: int) -> Checkpoint | None:
    return Checkpoint.objects.filter(size=size).first()


def sealed_in(number: int) -> Checkpoint | None:
    """The first checkpoint that covers line `number`."""
    return Checkpoint.objects.filter(size__gte=number).order_by("size").first()


def last_number() -> int:
    """How many lines there are: numbers are dense."""
    return Head.objects.values_list("number", flat=True).first() or 0


def abouts_of(number: int) -> list[tuple[str, UUID]]:
    """What a line is about: kind and id of each thing."""
    return list(About.objects.filter(line=number).values_list("kind", "thing"))


def abouts_among(numbers: Iterable[int]) -> list[tuple[int, str, UUID]]:
    """What each of these lines is about."""
    rows = About.objects.filter(line__in=list(numbers))
    return list(rows.values_list("line_id", "kind", "thing"))


def bodies_of(numbers: Iterable[int]) -> list[tuple[int, str]]:
    """These lines as they were committed to."""
    return list(Line.objects.filter(number__in=list(numbers)).values_list("number", "body"))


def line(number: int) -> Line | None:
    return Line.objects.filter(number=number).first()


def jobs_of(subject: UUID) -> QuerySet[Job]:
    return Job.objects.filter(subject=subject).order_by("run_after")


def is_work_due(subjects: Iterable[UUID], *, kinds: Iterable[str], at: datetime) -> bool:
    """Whether work of these kinds on one of these things is due or under way, or is to be tried again; clocks that wait for later do not count."""
    due = Q(state=Job.State.RUNNING) | Q(state=Job.State.WAITING) & (Q(run_after__lte=at) | Q(attempts__gt=0))
    return Job.objects.filter(due, subject__in=list(subjects), kind__in=list(kinds)).exists()


def verify_log(log: Log) -> Iterator[Fault]:
    """The signed checkpoint against the tiles, every line against its entry, dense numbers, no tail cut off."""
    try:
        latest = log.latest()
        log.check(latest)
    except Tampered as error:
        yield Fault("日志检查点", str(error))
        return
    yield from _differences(log, latest.size)
    with snapshot():  # After the checkpoint was read: the office goes on writing, and no line may be sealed that is not seen here.
        yield from _kept_checkpoints(log)
        yield from _lines(log, latest.size)


@contextmanager
def snapshot() -> Iterator[None]:
    """Reads inside see the database as it is now, however the office goes on writing; nobody waits for it.

    Inside an act or a test's transaction there is one view already.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # Django's own would lock the writers out.
            try:
                yield
            finally:
                cursor.execute("COMMIT")


def _differences(log: Log, size: int) -> Iterator[Fault]:
    """Entries and tiles read whole: only then does the signature answer for every line."""
    try:
        for found in log.differences(0, size):
            yield Fault("日志" if found.level else f"台账第 {found.position + 1} 行", str(found))
    except Tampered as error:
        yield Fault("日志", str(error))


def _kept_checkpoints(log: Log) -> Iterator[Fault]:
    seconds = twins()
    for kept in Checkpoint.objects.order_by("size"):
        try:
            signed = log.opened(kept.note)
            named = next((one for one in reversed(seconds) if one.line <= kept.size), None)
            if named is not None and named.key is not None:
                open_note(kept.note, named.key)
            if (signed.size, signed.root.hex()) != (kept.size, kept.root):
                yield Fault(f"检查点 {kept.size}", "登记的与签发的不符")
            elif log.root(kept.size) != signed.root:
                yield Fault(f"检查点 {kept.size}", "与日志现在的内容不符，日志曾被改写")
        except Tampered as error:
            yield Fault(f"检查点 {kept.size}", str(error))


def _lines(log: Log, sealed: int) -> Iterator[Fault]:
    entries = _entries(log, sealed)
    expected = 1
    for found in Line.objects.order_by("number").prefetch_related("abouts").iterator(chunk_size=2000):
        yield from _missing(expected, found.number)
        for _ in range(expected, min(found.number, sealed + 1)):
            next(entries, None)
        entry = next(entries, None) if found.number <= sealed else None
        yield from _line(found, entry, is_sealed=found.number <= sealed)
        expected = found.number + 1
    head = Head.objects.values_list("number", flat=True).first() or 0
    yield from _missing(expected, max(sealed, head) + 1)
    if head < expected - 1:
        yield Fault("台账计数", f"记到第 {head} 行，实有第 {expected - 1} 行")


def _missing(expected: int, found: int) -> Iterator[Fault]:
    """Each missing line by its number; a long gap, which one forged number can tear, is told as one."""
    if found - expected > _TOLD_ONE_BY_ONE:
        yield Fault(f"台账第 {expected} 至 {found - 1} 行", "缺失")
        return
    for number in range(expected, found):
        yield Fault(f"台账第 {number} 行", "缺失")


def _entries(log: Log, sealed: int) -> Iterator[bytes]:
    try:
        yield from log.entries(0, sealed)
    except Tampered:
        return


def _line(found: Line, entry: bytes | None, *, is_sealed: bool) -> Iterator[Fault]:
    where = f"台账第 {found.number} 行"
    computed = commitment(found.body, found.salt)
    if is_sealed and entry is None:
        yield Fault(where, "日志中没有这一条")
    elif is_sealed and entry != computed:
        yield Fault(where, "内容已改变，与封存的日志不符")
    elif computed.hex() != found.leaf:
        yield Fault(where, "内容与其摘要不符")
    yield from (Fault(where, f"“{column}”栏与正文不符") for column in _columns_that_differ(found))


def _columns_that_differ(found: Line) -> list[str]:
    """Columns and the table of what a line is about are for searching; what counts is the body."""
    try:
        body = json.loads(found.body)
        about = {(row["kind"], UUID(row["id"])) for row in body["about"]}
        told = {
            "number": body["number"], "at": body["at"], "verb": body["verb"], "agency": body["agency"],
            "actor_kind": body["actor"]["kind"], "actor": body["actor"]["id"],
        }  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return ["body"]
    wrong = [name for name, value in told.items() if canonical(getattr(found, name)) != canonical(value)]
    return wrong if about == {(row.kind, row.thing) for row in found.abouts.all()} else [*wrong, "about"]


def verify_rows(models: Iterable[type[Recorded]]) -> Iterator[Fault]:
    """Each row against the newest line about it: changed fields by name, rows no line knows, rows that are gone."""
    with snapshot():
        yield from _rows(models)


def faults_of_row(row: Recorded, number: int | None) -> Iterator[Fault]:
    """One row against the line `number`, which should be the newest about it."""
    yield from _row(row, number, _lines_numbered([number]))


def _rows(models: Iterable[type[Recorded]]) -> Iterator[Fault]:
    for model in models:
        newest = {
            told["thing"]: told["last"]
            for told in About.objects.filter(kind=model.kind()).values("thing").annotate(last=Max("line_id"))
        }
        rows: QuerySet[Recorded] = QuerySet(model)
        left = rows.order_by("pk").iterator(chunk_size=_AT_ONCE)
        while batch := list(islice(left, _AT_ONCE)):
            numbers = {row.pk: newest.pop(row.pk, None) for row in batch}
            lines = _lines_numbered(numbers.values())
            for row in batch:
                yield from _row(row, numbers[row.pk], lines)
        for thing, number in newest.items():
            yield Fault(f"{model.kind()} {thing}", f"台账第 {number} 行登记过，现已不在")


def _lines_numbered(numbers: Iterable[int | None]) -> dict[int, tuple[str, str]]:
    held = Line.objects.filter(number__in={number for number in numbers if number is not None})
    return {number: (body, salt) for number, body, salt in held.values_list("number", "body", "salt")}


def _row(row: Recorded, number: int | None, lines: dict[int, tuple[str, str]]) -> Iterator[Fault]:
    where = f"{row.kind()} {row.pk}"
    about = _about(row, lines.get(number) if number is not None else None)
    if about is None:
        yield Fault(where, "没有任何台账记录，来历不明")
        return
    fields, salt = about
    found = field_digests(row.recorded_fields(), salt)
    for name in sorted(fields.keys() | found.keys()):
        if fields.get(name) != found.get(name):
            yield Fault(where, f"字段“{name}”与台账第 {number} 行登记的不符")


def _about(row: Recorded, held: tuple[str, str] | None) -> tuple[dict[str, Any], str] | None:
    if held is None:
        return None
    body, salt = held
    try:
        for about in json.loads(body)["about"]:
            if about["kind"] == row.kind() and about["id"] == str(row.pk):
                return about["fields"], salt
    except (ValueError, KeyError, TypeError):
        return {}, salt  # A line that cannot be read is named by `verify_log`; here nothing fits it.
    return None


def first_checkpoint_over(number: int) -> Checkpoint | None:
    """The oldest checkpoint that was signed over line `number`: it did not exist when that line was written."""
    return Checkpoint.objects.filter(size__gte=number).order_by("size").first()


def first_line_about(kind: str, thing: UUID) -> int:
    """The number of the line by which a thing came to be."""
    return int(
        About.objects.filter(kind=kind, thing=thing).order_by("line_id").values_list("line_id", flat=True)[0]
    )


def failed_jobs() -> QuerySet[Job]:
    """Work that was tried as often as it may be and given up."""
    return Job.objects.filter(state=Job.State.FAILED)
