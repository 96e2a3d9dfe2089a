"""The verdicts of a pack over many recordings: each kind of rule about recordings, said over columns.

`assess` takes one subject and tells why; what is here tells verdicts alone, chunk by chunk. Each kind's own file says what it means;
a test holds both to the same answers. Called where a whole agency is judged again, counted, or asked what another pack would change.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property, singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liuhen.engines.rules.columns import (
    FACTS,
    NO,
    UNKNOWN_TIME,
    YES,
    Columns,
    Marks,
    Truths,
    after,
    all_hold_of,
    bits,
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
from liuhen.engines.rules.conditions import When
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
    rules = rulebook.by_subject["recording"]
    # One array for all rules: the system gives it in large pages, which cost less than as many small ones.
    rows = np.empty((len(rules), columns.size), np.int8)
    begun = 0
    for size, told in by_chunks(rulebook, columns, now=now):
        for row, marks in zip(rows, told, strict=True):
            row[begun : begun + size] = marks
        begun += size
    return {key_of(rule): row for rule, row in zip(rules, rows, strict=True)}


def by_chunks(
    rulebook: Rulebook, columns: Columns, *, now: datetime
) -> Iterator[tuple[int, Iterator[Marks | np.int8]]]:
    """Chunk after chunk: its number of rows, and its codes rule by rule, one alone where a rule says the same of all.

    For counting over millions without keeping a code a row; `verdicts` keeps them.
    """
    moment, settled = in_micros(now), dict[Any, np.int8]()
    for chunk in columns.chunks():
        told = chunk.with_type_flags(rulebook.type_flags).narrow()
        yield told.size, (_told(rule, told, moment, settled) for rule in rulebook.by_subject["recording"])


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
    bound: _Bound = columns.shared((_Bound, rule.when), lambda: _Bound.of(rule.when, columns))
    if bound.count == columns.size:
        return _verdicts(rule.judge, columns, now)
    if isinstance(rule.judge, KeepingPeriod):
        return _with_disposed(rule.judge, columns, bound.met, bound.where)
    if bound.count * _FEW >= columns.size:
        return (_verdicts(rule.judge, columns, now) & bits(bound.where)) | bound.met
    found = bound.met
    if bound.count:  # Few rows: only those are looked at.
        found, places = bound.met.copy(), bound.places
        found[places] = _verdicts(rule.judge, columns.rows(places, rule_names(rule)), now)
    return found


class _Bound:
    """Where rules with one condition bind, how often, and what is said were they all met there.

    Elsewhere nothing is said, or that it cannot be told.
    """

    def __init__(self, applies: Marks) -> None:
        self.where: Truths = applies == YES
        self.count = int(np.count_nonzero(self.where))
        # Yes, no and dark are 1, 0 and -1; less one they are 0, -1 and -2: 符合, `SILENT`, and what becomes 无法判定 by its bits.
        self.met: Marks = (applies - YES) ^ (np.minimum(applies, NO) & (_UNKNOWN ^ np.int8(-2)))

    @classmethod
    def of(cls, when: When, columns: Columns) -> "_Bound":
        return cls(all_hold_of(when, columns))

    @cached_property
    def places(self) -> NDArray[np.intp]:
        return np.flatnonzero(self.where)


@singledispatch
def _verdicts(kind: Any, columns: Columns, now: int) -> Marks:
    """The verdicts of one kind of rule over columns; each kind about recordings has its own below."""
    raise NotImplementedError(type(kind).__name__)


@_verdicts.register
def _deadline(kind: Deadline, columns: Columns, now: int) -> Marks:
    run = _within, kind.since, kind.until, kind.within  # Several regulations ask for the same hours.
    found: Marks = columns.shared(run, lambda: _within(*run[1:], columns, now))
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
            eased, held = _relieved(kind, relief, columns, places, now), found[places]
            stricter = (held == _PENDING) & (
                eased != _MET
            )  # A relief only eases: what still runs is not cut short.
            found = found.copy()
            found[places] = chosen(stricter, held, eased)
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
        found = bits(late) & _BREACHED
    else:
        not_done = done == UNKNOWN_TIME
        late |= not_done & (now > end)
        found = (bits(late) & _BREACHED) | (bits(not_done & ~late) & _PENDING)
    if since.subject != "recording" or not columns.are_all_known(since.name):
        found = chosen(start == UNKNOWN_TIME, _UNKNOWN, found)
    return found


@_verdicts.register
def _kept(kind: KeepingPeriod, columns: Columns, now: int) -> Marks:
    everywhere = np.ones(columns.size, np.bool_)
    return _with_disposed(kind, columns, np.full(columns.size, _MET, np.int8), everywhere)


def _with_disposed(kind: KeepingPeriod, columns: Columns, met: Marks, binding: Truths) -> Marks:
    """What is still there is kept; only the rows that are gone are looked at."""
    if not columns.is_any_known("disposed_at"):
        return met
    gone: NDArray[np.intp] = columns.shared(
        _with_disposed, lambda: np.flatnonzero(columns.is_known("disposed_at"))
    )
    places = gone[binding[gone]]
    if not len(places):
        return met
    found = met.copy()
    found[places] = _disposed(kind, columns.rows(places, [path.name for path in kind.reads]))
    return found


def _disposed(kind: KeepingPeriod, columns: Columns) -> Marks | np.int8:
    if kind.forever or any(term.keep is None for term in kind.term):
        return _BREACHED
    until = latest_term(kind, columns)
    sooner = np.where(columns.column("disposed_at") < until, _BREACHED, _MET)
    return np.where(until == UNKNOWN_TIME, _UNKNOWN, sooner)


@_verdicts.register
def _prohibition(kind: Prohibition, columns: Columns, now: int) -> Marks:
    held = columns.column(kind.found.name)
    if FACTS[kind.found.name].type == "set":
        present = meets(held, mask_of(kind.found.name, kind.acts))
    else:
        present = is_one_of(held, codes_of(kind.found, kind.acts, columns))
    found: Marks = bits(present) & (_UNKNOWN if kind.suspected else _BREACHED)
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
    found: Marks | np.int8 = _MET
    only = tuple(line for line in kind.line if line.only)
    if only:
        needs = np.full(columns.size, len(only) < len(kind.line), np.bool_)
        for line in only:
            wanted = _is_given(kind, line.only, given, columns)
            needs |= wanted
            lacks |= wanted & ~meets(held, mask_of(kind.found.name, frozenset((line.code,))))
        found = chosen(needs, _MET, SILENT)
    told: Marks = chosen(lacks, _lacking(kind, columns, now), found)
    for fact in (kind.found, *((kind.given,) if kind.given else ())):
        if not columns.are_all_known(fact.name):
            told = chosen(columns.is_known(fact.name), told, _UNKNOWN)
    return told


def _is_given(kind: Required, only: str, given: NDArray[Any] | None, columns: Columns) -> Truths:
    if kind.given is None or given is None:
        return np.zeros(columns.size, np.bool_)
    if FACTS[kind.given.name].type == "set":
        return meets(given, mask_of(kind.given.name, frozenset((only,))))
    return is_one_of(given, codes_of(kind.given, frozenset((only,)), columns))


def _lacking(kind: Required, columns: Columns, now: int) -> Marks | np.int8:
    if kind.by is None:
        return _BREACHED
    by, within = kind.by, kind.within
    late: Marks = columns.shared((_lacking, by, within), lambda: _overdue(by, within, columns, now))
    return late


def _overdue(by: FactPath, within: Period, columns: Columns, now: int) -> Marks:
    """What is still lacking a term after a moment; not yet where the moment has not come or the term runs."""
    moments = time_of(by, columns)
    running = moments == UNKNOWN_TIME
    if within != Period(seconds=0):
        running |= now <= after(moments, within)
    return chosen(running, _PENDING, _BREACHED)
