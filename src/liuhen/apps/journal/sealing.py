"""Sealing: lines become entries of the Merkle log, and a checkpoint is signed over them.

The journal's number is durable before the tree follows; a crash between leaves lines unsealed, and the next round
takes them. What no longer fits what was signed is reported (`Tampered`) and never signed over.
"""

from datetime import datetime

from django.db import transaction

from liuhen.apps.journal.lines import commitment
from liuhen.apps.journal.models import Checkpoint, Line
from liuhen.engines.ledger import Log
from liuhen.kernel.errors import Tampered

_ROUND = 10_000


def seal(log: Log, *, at: datetime) -> int:
    """Extend the log by all lines not yet in it; return how many were added."""
    added = 0
    while True:
        before = log.latest()
        lines = list(Line.objects.filter(number__gt=before.size).order_by("number")[:_ROUND])
        if not lines:
            check_not_rolled_back(log)
            _keep(log, at)
            return added
        log.extend([_entry(line, before.size + offset + 1) for offset, line in enumerate(lines)])
        _keep(log, at)
        added += len(lines)


def check_not_rolled_back(log: Log) -> None:
    """Raise `Tampered` where the log has signed more than the journal still holds: an older copy was put back."""
    sealed, held = log.latest().size, Line.objects.count()
    if held < sealed:
        raise Tampered(
            f"台账只有 {held} 行，日志已封存 {sealed} 行：数据库被换成了旧的副本",
            do="已停止封存。请按运行手册“回滚处置”一节恢复，并通知见证单位。",
        )


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
