"""How long each of many recordings is kept: `keep_until` over columns, for a whole agency at once.

The longest of all terms that apply binds, over every pack in force; where a fact is not known the answer is 未定, never a date.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liuhen.engines.rules.columns import (
    UNKNOWN_TIME,
    Columns,
    Marks,
    Numbers,
    Truths,
    all_hold_of,
    latest_term,
)
from liuhen.engines.rules.kinds.keeping_period import RANKS, Rank
from liuhen.engines.rules.packs import Rulebook


class Kept(NamedTuple):
    """How long each recording is kept: the rank as its place in `RANKS`, and until when where that is 定期.

    `ground` tells which reason binds: the place of its rule, then those of the floor; -1 where there is none.
    """

    rank: Marks
    until: Numbers
    ground: NDArray[np.int16]


_RANK: Mapping[Rank, np.int8] = {rank: np.int8(place) for place, rank in enumerate(RANKS)}


def keepings(rulebook: Rulebook, columns: Columns) -> Kept:
    """`keep_until` over columns."""
    kept = _nothing(columns.size)
    begun = 0
    for chunk in columns.chunks():
        part = slice(begun, begun + chunk.size)
        own = Kept(kept.rank[part], kept.until[part], kept.ground[part])
        _fill(own, rulebook, chunk.with_type_flags(rulebook.type_flags).narrow())
        begun += chunk.size
    return kept


def _nothing(size: int) -> Kept:
    return Kept(
        np.full(size, -1, np.int8), np.full(size, UNKNOWN_TIME, np.int64), np.full(size, -1, np.int16)
    )


def _fill(kept: Kept, rulebook: Rulebook, columns: Columns) -> None:
    rules = rulebook.rules_of("keeping_period")
    for ground, rule in enumerate(rules):
        applies = all_hold_of(rule.when, columns)
        if not applies.any():
            continue
        own_rank, own_until = _term(rule.judge, columns)
        dark = applies == -1
        own_rank = np.where(dark, _RANK["undecided"], own_rank)
        _lengthen(kept, own_rank, np.where(dark, UNKNOWN_TIME, own_until), applies != 0, ground)
    for ground, (applies_too, rank, until) in enumerate(_floor(columns), start=len(rules)):
        if applies_too.any():
            _lengthen(kept, np.full(columns.size, rank, np.int8), until, applies_too, ground)
    np.copyto(kept.rank, _RANK["undecided"], where=kept.rank < 0)


def _term(kind: Any, columns: Columns) -> tuple[Marks, Numbers]:
    nothing = np.full(columns.size, UNKNOWN_TIME, np.int64)
    if kind.forever:
        return np.full(columns.size, _RANK[kind.forever], np.int8), nothing
    if any(term.keep is None for term in kind.term):
        return np.full(columns.size, _RANK["undecided"], np.int8), nothing
    until = latest_term(kind, columns)
    return np.where(until == UNKNOWN_TIME, _RANK["undecided"], _RANK["until"]), until


def _lengthen(kept: Kept, rank: Marks, until: Numbers, applies: Truths, ground: int) -> None:
    """The longer term binds; of equal ones the first."""
    wins = applies & ((rank > kept.rank) | ((rank == kept.rank) & (until > kept.until)))
    np.copyto(kept.rank, rank, where=wins)
    np.copyto(kept.until, until, where=wins)
    np.copyto(kept.ground, np.int16(ground), where=wins)


def _floor(columns: Columns) -> Iterator[tuple[Truths, np.int8, Numbers]]:
    """What holds in every pack, as in `keeping`."""
    nothing = np.full(columns.size, UNKNOWN_TIME, np.int64)
    closed = columns.column("case_closed_at")
    yield columns.column("holds") > 0, _RANK["held"], nothing
    yield columns.column("quarantined") == 1, _RANK["held"], nothing
    yield (columns.column("in_case") == 1) & (closed == UNKNOWN_TIME), _RANK["undecided"], nothing
    yield columns.column("keep_undecided") == 1, _RANK["undecided"], nothing
    for name in ("case_closed_at", "keep_decided_until", "special_keep_until"):
        moment = columns.column(name)
        yield moment != UNKNOWN_TIME, _RANK["until"], moment
