"""Deriving keeping periods. They follow the facts and only ever grow by themselves (security rule 38)."""

from datetime import UTC, datetime

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.retention.models import KeepingPeriod
from liuhen.engines.rules.keeping import Keeping
from liuhen.kernel.actors import Actor

_FOREVER = datetime.max.replace(tzinfo=UTC)


def derive_keeping(
    recording: Recording, *, by: Actor, keeping: Keeping, packs: str, at: datetime
) -> KeepingPeriod:
    """Store what the pack derives. A term that would end sooner is noted and not applied: that takes two people.

    “未定” and “暂缓” are no terms of their own: when they end, the derived term takes their place.
    """
    held = KeepingPeriod.objects.filter(recording=recording).first()
    fresh = _row(recording, keeping, packs, at)
    if held is not None and _same(held, fresh):
        return held
    with act("keeping.derived", by=by, at=at, agency=recording.agency_id) as line:
        if held is None:
            fresh.save(force_insert=True)
            line.about(fresh)
            return fresh
        if _is_shorter(held, fresh):
            held.shorter_until = fresh.until
        else:
            for name in ("rank", "label", "until", "reason", "regulation", "article", "pack", "derived_at"):
                setattr(held, name, getattr(fresh, name))
            held.shorter_until = None
        held.save()
        line.about(held)
    return held


def _row(recording: Recording, keeping: Keeping, packs: str, at: datetime) -> KeepingPeriod:
    cite = keeping.cite
    return KeepingPeriod(
        recording=recording, rank=keeping.rank, label=keeping.label, until=keeping.until, reason=keeping.reason,
        regulation=cite.regulation if cite else "", article=cite.article if cite else "", pack=packs, derived_at=at,
    )  # fmt: skip


def _same(held: KeepingPeriod, fresh: KeepingPeriod) -> bool:
    if held.shorter_until is not None and held.shorter_until == fresh.until:
        return True
    names = ("rank", "until", "reason", "pack")
    return held.shorter_until is None and all(getattr(held, n) == getattr(fresh, n) for n in names)


def _is_shorter(held: KeepingPeriod, fresh: KeepingPeriod) -> bool:
    if held.rank in ("undecided", "held"):
        return False
    return fresh.rank == "until" and (fresh.until or _FOREVER) < (held.until or _FOREVER)
