"""Deriving keeping periods. They follow the facts and by themselves only ever grow (security rule 38)."""

from datetime import datetime
from uuid import UUID

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.retention.models import KeepingPeriod
from liuhen.engines.rules.keeping import RANK_LABELS, Keeping
from liuhen.kernel.actors import Actor

# “未定” and “暂缓” are no terms: they suspend one. What was promised before binds again when they end.
TERMS = ("until", "long_term", "permanent")
_TOLD = ("rank", "label", "until", "reason", "regulation", "article", "pack")
# `pack` names the law it was derived under; a later one that says the same leaves it.
_COMPARED = (*(name for name in _TOLD if name != "pack"), "shorter_until", "promised_rank", "promised_until")


def derive_keeping(
    recording: Recording, *, by: Actor, keeping: Keeping, packs: str, at: datetime
) -> KeepingPeriod:
    """Store what the pack derives. A term that would end sooner than one given before is noted and not applied:

    that takes two people. A derivation that says nothing new writes no line.
    """
    held = KeepingPeriod.objects.filter(recording=recording).first()
    fresh = _fresh(recording.pk, held, keeping, packs, at)
    if held is not None and _is_same(held, fresh):
        return held
    with act("keeping.derived", by=by, at=at, agency=recording.agency_id) as line:
        # Read again behind the lock: what another worker promised a moment ago binds as well.
        held = KeepingPeriod.objects.select_for_update().filter(recording=recording).first()
        fresh = _fresh(recording.pk, held, keeping, packs, at)
        if held is None:
            fresh.save(force_insert=True)
        else:
            fresh.pk = held.pk
            fresh.save(force_update=True)
        line.about(fresh)
    return fresh


def says_nothing_new(held: KeepingPeriod, *, keeping: Keeping, packs: str, at: datetime) -> bool:
    """Whether `derive_keeping` would write nothing beside what is held."""
    return _is_same(held, _fresh(held.recording_id, held, keeping, packs, at))


def _fresh(
    recording: UUID, held: KeepingPeriod | None, keeping: Keeping, packs: str, at: datetime
) -> KeepingPeriod:
    fresh = _row(recording, keeping, packs, at)
    _bind(fresh, held)
    return fresh


def _is_same(held: KeepingPeriod, fresh: KeepingPeriod) -> bool:
    return all(getattr(held, name) == getattr(fresh, name) for name in _COMPARED)


def _row(recording: UUID, keeping: Keeping, packs: str, at: datetime) -> KeepingPeriod:
    cite = keeping.cite
    return KeepingPeriod(
        recording_id=recording, rank=keeping.rank, label=keeping.label, until=keeping.until, reason=keeping.reason,
        regulation=cite.regulation if cite else "", article=cite.article if cite else "", pack=packs, derived_at=at,
    )  # fmt: skip


def _bind(fresh: KeepingPeriod, held: KeepingPeriod | None) -> None:
    """Hold `fresh` to the longest term given before."""
    if held is not None:
        fresh.promised_rank, fresh.promised_until = held.promised_rank, held.promised_until
    if fresh.rank not in TERMS:
        return
    if held is None or not _is_shorter(fresh, held):
        fresh.promised_rank, fresh.promised_until = fresh.rank, fresh.until
        return
    fresh.shorter_until = fresh.until
    if held.rank in TERMS:
        for name in _TOLD:
            setattr(fresh, name, getattr(held, name))
        return
    fresh.rank, fresh.until = held.promised_rank, held.promised_until
    fresh.label = RANK_LABELS[held.promised_rank]  # type: ignore[index]
    fresh.reason, fresh.regulation, fresh.article = "此前已确定的期限，缩短须经两人批准。", "", ""


def _is_shorter(fresh: KeepingPeriod, held: KeepingPeriod) -> bool:
    """Whether the new term ends before the longest one given so far."""
    if held.promised_rank not in TERMS:
        return False
    new, old = TERMS.index(fresh.rank), TERMS.index(held.promised_rank)
    if fresh.until is None or held.promised_until is None:
        return new < old
    return fresh.until < held.promised_until
