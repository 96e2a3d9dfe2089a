"""Halts 停止封存: what does not fit what was signed stops the sealing, with a line, until a person has set it right.

Everything else goes on: acts are written, receipts are given. Only no checkpoint is signed, so that no second history is.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef

from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import About, Checkpoint, Halt
from liuhen.engines.ledger import Log
from liuhen.engines.ledger.checkpoint import Checkpoint as Signed
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.errors import Refused, Tampered

STOPPED_DO = "请按运行手册“回滚处置”一节处理，并通知见证单位。"


class RolledBack(Tampered):
    """The house holds less than was signed: an older copy was put back."""


class Forked(Tampered):
    """Two histories stand under the name of this log."""


def standing_halt() -> Halt | None:
    """The newest halt that nobody has lifted."""
    lifted = About.objects.filter(thing=OuterRef("pk"), line__verb="log.resumed")
    return Halt.objects.filter(~Exists(lifted)).order_by("-at").first()


def halt(error: Tampered, *, at: datetime, log: Log, note: str = "", witness: str = "") -> Halt:
    """Stop the sealing, once: a second reason while it is stopped adds nothing."""
    standing = standing_halt()
    if standing is not None:
        return standing
    with act("log.halted", by=SYSTEM, at=at) as line:
        newest = Checkpoint.objects.order_by("-size").first()
        found = Halt.objects.create(
            why=_why(error), size=newest.size if newest else 0, root=newest.root if newest else "", note=note,
            witness=witness, at=at,
        )  # fmt: skip
        line.about(found, why=found.why, size=found.size, root=found.root, log=log.origin)
    return found


def lift_halt(log: Log, *, by: Actor, at: datetime) -> Halt:
    """Let the sealing go on, after a person has put the right copy back. Raises what still does not fit.

    A contrary checkpoint that a witness brought must by now be a part of this log: else it is another history.
    """
    standing = standing_halt()
    if standing is None:
        raise Refused("封存没有停止，无须恢复")
    if standing.note:
        check_holds(log, log.opened(standing.note))
    with act("log.resumed", by=by, at=at) as line:
        line.about(standing)
    return standing


def check_holds(log: Log, contrary: Signed) -> None:
    """Raise where a checkpoint that this log signed is not the beginning of what it holds now."""
    if log.latest().size < contrary.size:
        raise RolledBack(
            f"见证单位持有本日志大小为 {contrary.size} 的检查点，这里只到 {log.latest().size}", do=STOPPED_DO
        )
    if log.stored_root(contrary.size) != contrary.root:
        raise Forked(f"前 {contrary.size} 条与见证单位持有的检查点不同", do=STOPPED_DO)


def _why(error: Tampered) -> str:
    kinds = ((RolledBack, Halt.Why.ROLLBACK), (Forked, Halt.Why.FORK))
    return next((why for kind, why in kinds if isinstance(error, kind)), Halt.Why.ALTERED)
