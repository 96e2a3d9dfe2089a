"""The verdicts of a pack over many recordings: each kind of rule about recordings, said over columns.

`assess` takes one subject and tells why; what is here tells verdicts alone, chunk by chunk. Each kind's own file says what it means;
a test holds both to the same answers. Called where a whole agency is judged again, counted, or asked what another pack would change.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liuhen.engines.rules.columns import (
    DARK,
    FACTS,
    UNKNOWN_TIME,
    YES,
    Columns,
    Marks,
    Truths,
    after,
    all_hold_of,
    chosen,
    codes_of,
    in_micros,
    is_one_of,
    latest_term,
    length_of,
    mask_of,
    meets,
    time_of,
    truths,
)  # fmt: skip
from liuhen.engines.rules.facts import FactPath
from liuhen.engines.rules.kinds.deadline import Deadline, Relief
from liuhen.engines.rules.kinds.keeping_period import KeepingPeriod
from liuhen.engines.rules.kinds.prohibition import Prohibition
from liuhen.engines.rules.kinds.required import Required
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.engines.rules.verdicts import Verdict
from liuhen.kernel.months import Period

SILENT = np.int8(-1)
CODES: Mapping[Verdict, np.int8] = {
    Verdict.MET: np.int8(0), Verdict.EXEMPT: np.int8(1), Verdict.PENDING: np.int8(2), Verdict.UNKNOWN: np.int8(3),
    Verdict.BREACHED: np.int8(4),
}  # fmt: skip
_MET, _EXEMPT, _PENDING, _UNKNOWN, _BREACHED = CODES.values()
# A rule that binds fewer rows than one in so many is judged on those rows alone.
_FEW = 4


def verdicts(rulebook: Rulebook, columns: Columns, *, now: datetime) -> dict[str, Marks]:
    """For each rule about recordings the code of its verdict on each row; `SILENT` where it has nothing to say."""
    rules, moment = rulebook.by_subject["recording"], in_micros(now)
    found = {key_of(rule): np.empty(columns.size, np.int8) for rule in rules}
    begun, settled = 0, dict[Any, np.int8]()
    for chunk in columns.chunks():
        told = chunk.with_type_flags(rulebook.type_flags).narrow()
        for rule in rules:
            found[key_of(rule)][begun : begun + chunk.size] = _told(rule, told, moment, settled)
        begun += chunk.size
    return found


def _told(rule: Rule, columns: Columns, now: int, settled: dict[Any, np.int8]) -> Marks | np.int8:
    """A rule whose facts are the same in every row is judged once, and never again while they stay so."""
    names = rule_names(rule)
    values = []
    for name in names:
        value = columns.only_value(name)
        if value is None:
            return _judged(rule, columns, now)
        values.append(value)
    key = (key_of(rule), *values)
    if key not in settled:
        settled[key] = _judged(rule, columns.rows(np.zeros(1, np.intp), names), now)[0]
    return settled[key]


def rule_names(rule: Rule) -> tuple[str, ...]:
    """The facts of a recording that a rule looks at."""
    return tuple(path.name for path in rule.looks_at if path.subject == "recording")


def key_of(rule: Rule) -> str:
    """A rule's name among those of several packs."""
    return f"{rule.pack.key}/{rule.id}"


def _judged(rule: Rule, columns: Columns, now: int) -> Marks:
    if not rule.when:
        return _verdicts(rule.judge, columns, now)
    applies = all_hold_of(rule.when, columns)
    otherwise: Marks
    binding, count, otherwise = columns.shared((_judged, rule.when), lambda: _bound(applies))
    if count == columns.size:
        return _verdicts(rule.judge, columns, now)
    found = otherwise
    if count * _FEW < columns.size:  # Few rows: only those are looked at.
        if count:
            found, places = otherwise.copy(), np.flatnonzero(binding)
            found[places] = _verdicts(rule.judge, columns.rows(places, rule_names(rule)), now)
    else:
        found = chosen(binding, _verdicts(rule.judge, columns, now), otherwise)
    return found


def _bound(applies: Marks) -> tuple[Truths, int, Marks]:
    """Where a rule binds, how often, and what is said elsewhere: nothing, or that it cannot be told."""
    binding = applies == YES
    return binding, int(np.count_nonzero(binding)), chosen(applies == DARK, _UNKNOWN, SILENT)


@singledispatch
def _verdicts(kind: Any, columns: Columns, now: int) -> Marks:
    """The verdicts of one kind of rule over columns; each kind about recordings has its own below."""
    raise NotImplementedError(type(kind).__name__)


@_verdicts.register
def _deadline(kind: Deadline, columns: Columns, now: int) -> Marks:
    found = _within(kind.since, kind.until, kind.within, columns, now)
    start = time_of(kind.since, columns)
    if kind.since.subject != "recording":  # What has not happened yet elsewhere starts no clock.
        done = columns.column(kind.until.name)
        found = chosen((start == UNKNOWN_TIME) & (done == UNKNOWN_TIME), _PENDING, found)
    open_to_relief = (found != _MET) & (start != UNKNOWN_TIME)
    for relief in kind.relief:
        if not open_to_relief.any():
            break
        applies = open_to_relief & (all_hold_of(relief.when, columns) == YES)
        places = np.flatnonzero(applies)
        if len(places):
            found[places] = _relieved(kind, relief, columns, places, now)
        open_to_relief &= ~applies
    return found


def _relieved(kind: Deadline, relief: Relief, columns: Columns, places: NDArray[np.intp], now: int) -> Marks:
    until = relief.until or kind.until
    some = columns.rows(places, (relief.since.name, until.name))
    return _within(relief.since, until, relief.within or kind.within, some, now)


def _within(since: FactPath, until: FactPath, term: Period, columns: Columns, now: int) -> Marks:
    """One run of a clock: not begun 无法判定; done in time 符合; still running 未到期; else 不符合."""
    start, done = time_of(since, columns), time_of(until, columns)
    end = start + length_of(term) if not term.months else after(start, term)
    late = done > end
    found: Marks
    if until.subject == "recording" and columns.are_all_known(until.name):
        found = late.view(np.int8) * _BREACHED
    else:
        not_done = done == UNKNOWN_TIME
        late |= not_done & (now > end)
        found = late.view(np.int8) * _BREACHED + (not_done & ~late).view(np.int8) * _PENDING
    if since.subject != "recording" or not columns.are_all_known(since.name):
        found = chosen(start == UNKNOWN_TIME, _UNKNOWN, found)
    return found


@_verdicts.register
def _keeping_period(kind: KeepingPeriod, columns: Columns, now: int) -> Marks:
    if not columns.is_any_known("disposed_at"):
        return np.full(columns.size, _MET, np.int8)
    gone = columns.is_known("disposed_at")
    if kind.forever or any(term.keep is None for term in kind.term):
        return gone.view(np.int8) * _BREACHED
    found = np.zeros(columns.size, np.int8)
    places = columns.shared(_keeping_period, lambda: np.flatnonzero(gone))
    some = columns.rows(places, [path.name for path in kind.reads])
    until = latest_term(kind, some)
    sooner = np.where(some.column("disposed_at") < until, _BREACHED, _MET)
    found[places] = np.where(until == UNKNOWN_TIME, _UNKNOWN, sooner)
    return found


@_verdicts.register
def _prohibition(kind: Prohibition, columns: Columns, now: int) -> Marks:
    held = columns.column(kind.found.name)
    if FACTS[kind.found.name].type == "set":
        present = meets(held, mask_of(kind.found.name, kind.acts))
    else:
        present = is_one_of(held, codes_of(kind.found, kind.acts, columns))
    found: Marks = present.view(np.int8) * (_UNKNOWN if kind.suspected else _BREACHED)
    if kind.unless and present.any():
        found = chosen(present & (all_hold_of(kind.unless, columns) == YES), _EXEMPT, found)
    if not columns.are_all_known(kind.found.name):
        found = chosen(columns.is_known(kind.found.name), found, _UNKNOWN)
    return found


@_verdicts.register
def _required(kind: Required, columns: Columns, now: int) -> Marks:
    held = columns.column(kind.found.name)
    given = columns.column(kind.given.name) if kind.given else None
    always = mask_of(kind.found.name, frozenset(line.code for line in kind.line if not line.only))
    lacks = truths((held & always) != always)
    needs = np.full(columns.size, any(not line.only for line in kind.line), np.bool_)
    for line in (line for line in kind.line if line.only):
        wanted = _is_given(kind, line.only, given, columns)
        needs |= wanted
        lacks |= wanted & ~meets(held, mask_of(kind.found.name, frozenset((line.code,))))
    found = chosen(needs, _MET, SILENT)
    if lacks.any():
        found = chosen(lacks, _lacking(kind, columns, now), found)
    dark = held < 0 if given is None else (held < 0) | (given < 0)
    return chosen(dark, _UNKNOWN, found)


def _is_given(kind: Required, only: str, given: NDArray[Any] | None, columns: Columns) -> Truths:
    if kind.given is None or given is None:
        return np.zeros(columns.size, np.bool_)
    if FACTS[kind.given.name].type == "set":
        return meets(given, mask_of(kind.given.name, frozenset((only,))))
    return is_one_of(given, codes_of(kind.given, frozenset((only,)), columns))


def _lacking(kind: Required, columns: Columns, now: int) -> Marks | np.int8:
    if kind.by is None:
        return _BREACHED
    by = time_of(kind.by, columns)
    if kind.within == Period(seconds=0):
        return chosen(by == UNKNOWN_TIME, _PENDING, _BREACHED)
    return chosen((by == UNKNOWN_TIME) | (now <= after(by, kind.within)), _PENDING, _BREACHED)
