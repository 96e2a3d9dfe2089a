"""How long each of many recordings is kept: `keep_until` over columns, for a whole agency at once.

The longest of all terms that apply binds, over every pack in force; where a fact is not known the answer is 未定, never a date.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

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
    """How long each recording is kept: the rank as its place in `RANKS`, and until when where that is 定期."""

    rank: Marks
    until: Numbers


_RANK: Mapping[Rank, np.int8] = {rank: np.int8(place) for place, rank in enumerate(RANKS)}


def keepings(rulebook: Rulebook, columns: Columns) -> Kept:
    """`keep_until` over columns."""
    kept = Kept(np.empty(columns.size, np.int8), np.empty(columns.size, np.int64))
    begun = 0
    for chunk in columns.chunks():
        rank, until = _kept(rulebook, chunk.with_type_flags(rulebook.type_flags))
        kept.rank[begun : begun + chunk.size], kept.until[begun : begun + chunk.size] = rank, until
        begun += chunk.size
    return kept


def _kept(rulebook: Rulebook, columns: Columns) -> Kept:
    rank = np.full(columns.size, -1, np.int8)
    until = np.full(columns.size, UNKNOWN_TIME, np.int64)
    for rule in rulebook.rules_of("keeping_period"):
        applies = all_hold_of(rule.when, columns)
        if (applies == 0).all():
            continue
        own_rank, own_until = _term(rule.judge, columns)
        dark = applies == -1
        own_rank = np.where(dark, _RANK["undecided"], own_rank)
        rank, until = _longer(rank, until, own_rank, np.where(dark, UNKNOWN_TIME, own_until), applies != 0)
    for applies_too, floor_rank, floor_until in _floor(columns):
        if applies_too.any():
            rank, until = _longer(
                rank, until, np.full(columns.size, floor_rank, np.int8), floor_until, applies_too
            )
    undecided = rank < 0
    return Kept(np.where(undecided, _RANK["undecided"], rank), np.where(undecided, UNKNOWN_TIME, until))


def _term(kind: Any, columns: Columns) -> tuple[Marks, Numbers]:
    nothing = np.full(columns.size, UNKNOWN_TIME, np.int64)
    if kind.forever:
        return np.full(columns.size, _RANK[kind.forever], np.int8), nothing
    if any(term.keep is None for term in kind.term):
        return np.full(columns.size, _RANK["undecided"], np.int8), nothing
    until = latest_term(kind, columns)
    return np.where(until == UNKNOWN_TIME, _RANK["undecided"], _RANK["until"]), until


def _longer(
    rank: Marks, until: Numbers, own_rank: Marks, own_until: Numbers, applies: Truths
) -> tuple[Marks, Numbers]:
    wins = applies & ((own_rank > rank) | ((own_rank == rank) & (own_until > until)))
    return np.where(wins, own_rank, rank), np.where(wins, own_until, until)


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
