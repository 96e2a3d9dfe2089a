"""Sealing: lines become entries of the Merkle log, and a checkpoint is signed over them.

The journal's number is durable before the tree follows; a crash between leaves lines unsealed, and the next round
takes them. What no longer fits what was signed is reported (`Tampered`) and never signed over.
"""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Max

from liuhen.apps.journal.halts import STOPPED_DO, Forked, RolledBack, standing_halt
from liuhen.apps.journal.lines import commitment
from liuhen.apps.journal.models import Checkpoint, Line
from liuhen.engines.ledger import Log
from liuhen.kernel.errors import Tampered

_ROUND = 10_000


def seal(log: Log, *, at: datetime) -> int:
    """Extend the log by all lines not yet in it; return how many were added. Nothing is signed while a halt stands."""
    if standing_halt() is not None:
        raise Tampered("封存已停止，尚未恢复", do=STOPPED_DO)
    added = 0
    while True:
        before = log.latest()
        check_not_rolled_back(log)
        entries = _entries(before.size, _ROUND)
        if not entries:
            _keep(log, at)
            return added
        log.extend(entries, again=partial(_entries, before.size, len(entries)))
        _keep(log, at)
        added += len(entries)


def check_not_rolled_back(log: Log) -> None:
    """Raise `Tampered` where the journal is not the one whose lines were sealed, or the log not the one whose checkpoints are kept.

    Counting is not enough: an older copy that went on being written soon has as many lines, but the last sealed one
    is another. Each line has a salt of its own, so no two histories agree on it.
    """
    _check_kept(log)
    sealed, held = log.latest().size, Line.objects.aggregate(last=Max("number"))["last"] or 0
    if held < sealed:
        raise RolledBack(
            f"台账只到第 {held} 行，日志已封存 {sealed} 行：数据库被换成了旧的副本", do=STOPPED_DO
        )
    if not sealed:
        return
    last = Line.objects.filter(number=sealed).first()
    if last is None or commitment(last.body, last.salt) != next(log.entries(sealed - 1, sealed)):
        raise RolledBack(
            f"台账第 {sealed} 行与已封存的不同：数据库被换成了旧的副本，或者这一行被改过", do=STOPPED_DO
        )


def _check_kept(log: Log) -> None:
    """The newest checkpoint the database keeps is the log's newest, or an earlier one of the same log."""
    kept, latest = Checkpoint.objects.order_by("-size").first(), log.latest()
    if kept is None:
        return
    if kept.size > latest.size:
        raise RolledBack(
            f"日志目录只到 {latest.size} 条，登记的检查点已到 {kept.size} 条：日志目录被换成了旧的副本",
            do=STOPPED_DO,
        )
    if log.stored_root(kept.size).hex() != kept.root:
        raise Forked(
            f"日志目录的前 {kept.size} 条与登记的检查点不同：日志目录被换成了别的内容", do=STOPPED_DO
        )


def _entries(sealed: int, most: int) -> list[bytes]:
    """The commitments of the next lines, each computed from the line as the database gives it now."""
    lines = Line.objects.filter(number__gt=sealed).order_by("number")[:most]
    return [_entry(line, sealed + offset + 1) for offset, line in enumerate(lines)]


def _entry(line: Line, expected: int) -> bytes:
    """The commitment, computed again from the stored body."""
    found = commitment(line.body, line.salt)
    if line.number != expected:
        raise Tampered(f"台账缺第 {expected} 行，拒绝封存")
    if found.hex() != line.leaf:
        raise Tampered(f"台账第 {line.number} 行的内容与其摘要不符，拒绝封存")
    return found


def _keep(log: Log, at: datetime) -> None:
    latest = log.latest()
    if latest.size:
        with transaction.atomic():
            if not Checkpoint.objects.filter(size=latest.size).exists():
                Checkpoint.objects.create(size=latest.size, root=latest.root.hex(), note=log.note(), at=at)
