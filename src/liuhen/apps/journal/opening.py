"""Opening lines for a stranger: rows as their newest lines tell them, lines with their salts, and proofs under one signed checkpoint.

Called by the rooms that let something out of the house. What does not fit its line is `Tampered` and never leaves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max

from liuhen.apps.journal.lines import commitment
from liuhen.apps.journal.models import About, Checkpoint, Line, Recorded, TimeToken
from liuhen.apps.journal.queries import faults_of_row
from liuhen.engines.dossier.contents import OpenedLine, RecordRow, TimeStamp
from liuhen.engines.ledger import Log
from liuhen.engines.ledger.policy import NOBODY_TEXT, WitnessPolicy
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Tampered, Unavailable

_TRIED = 200  # how many checkpoints are looked through for one that the witnesses have cosigned


@dataclass(frozen=True, slots=True)
class Point:
    """A checkpoint to prove under: the signed note with every cosignature kept under it."""

    size: int
    note: str


def told_rows(rows: Iterable[Recorded], *, withheld: Sequence[str] = ()) -> list[RecordRow]:
    """Each row with the line that answers for it, once. Raises `Tampered` where one does not fit its line.

    Of the columns `withheld` names (as `kind.column`) only the digest goes out.
    """
    found: dict[tuple[str, UUID], RecordRow] = {}
    for row in rows:
        kind, number = row.kind(), _newest(row)
        fault = next(iter(faults_of_row(row, number)), None)
        if fault is not None or number is None:
            raise Tampered(f"不能交出：{fault}", do="请先运行 liuhen verify 查明。")
        fields = row.recorded_fields()
        kept = tuple(name for name in fields if f"{kind}.{name}" in withheld)
        found[kind, row.pk] = RecordRow(kind, row.pk, number, fields, kept)
    return list(found.values())


def lines_about(things: Iterable[UUID]) -> set[int]:
    """The numbers of every line about any of these."""
    return set(About.objects.filter(thing__in=list(things)).values_list("line", flat=True))


def policy_line(policy: str) -> int:
    """The line under which this policy was set; 0 where none was ever set."""
    last = Line.objects.filter(verb="witness.policy-changed").order_by("-number").first()
    if last is None and policy == NOBODY_TEXT:
        return 0
    if last is None or f'"sha256":"{digest_of(policy.encode()).sha256}"' not in last.body:
        raise Unavailable(
            "见证策略刚刚改过，还没有写入台账", do="请稍后再试；服务重新启动后即会写入。", retry_seconds=60
        )
    return last.number


def provable_point(log: Log, policy: WitnessPolicy, *, covers: int) -> Point:
    """The newest checkpoint over line `covers`: where the policy asks for witnesses, one that enough of them cosigned themselves.

    Raises `Unavailable` while there is none: what is not witnessed yet is not let out as if it were.
    """
    for kept in Checkpoint.objects.filter(size__gte=covers).order_by("-size")[:_TRIED]:
        signed = list(kept.cosignatures.order_by("at"))
        if policy.satisfied_by(one.key for one in signed):
            log.check(log.opened(kept.note))
            return Point(kept.size, kept.note + "".join(one.line for one in signed))
    if not Checkpoint.objects.filter(size__gte=covers).exists():
        raise Unavailable("台账还没有封存到这一行", do="几秒之后即会封存，届时自动再试。", retry_seconds=10)
    raise Unavailable(
        "见证单位还没有会签到这一行",
        do="会签之后自动再试；长时间没有会签的，请查看“存证”页上各见证单位的情况。",
        retry_seconds=60,
    )


def opened_lines(numbers: Iterable[int], *, log: Log, point: Point) -> list[OpenedLine]:
    """These lines with salt and proof. Raises `Tampered` where a line is not what was sealed."""
    found = []
    for line in Line.objects.filter(number__in=set(numbers)).order_by("number"):
        entry = commitment(line.body, line.salt)
        if next(log.entries(line.number - 1, line.number)) != entry:
            raise Tampered(
                f"台账第 {line.number} 行与封存的日志不符，不能交出", do="请先运行 liuhen verify 查明。"
            )
        proof = tuple(log.inclusion(line.number - 1, point.size))
        found.append(OpenedLine(line.number, line.salt, line.body, entry.hex(), proof))
    return found


def stamps_under(point: Point, *, log: Log) -> list[TimeStamp]:
    """The newest token of each authority over this checkpoint or an earlier one."""
    found = []
    newest = (
        TimeToken.objects.filter(checkpoint__lte=point.size)
        .values("authority")
        .annotate(size=Max("checkpoint"))
    )
    for told in newest.order_by("authority"):
        row = TimeToken.objects.select_related("checkpoint").get(
            authority=told["authority"], checkpoint=told["size"]
        )
        proof = tuple(log.consistency(told["size"], point.size))
        found.append(TimeStamp(bytes(row.token), row.checkpoint.note, proof, row.authority))
    return found


def _newest(row: Recorded) -> int | None:
    abouts = About.objects.filter(kind=row.kind(), thing=row.pk).order_by("-line_id")
    return abouts.values_list("line_id", flat=True).first()
