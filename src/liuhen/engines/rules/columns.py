"""The same rules over many recordings at once: a pack's values compiled to expressions over columns.

One pack, two ways to judge. `assess` takes one subject and tells why; what is here takes a million recordings as columns and
tells verdicts alone (`keeping_columns` the keeping periods), a chunk that fits the processor's cache at a time. A test holds both to the same answers.
Called where a whole agency is judged again, counted, or asked what another pack would change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liuhen.engines.rules.conditions import Condition, When
from liuhen.engines.rules.facts import SCHEMA, FactPath, RecordingFacts
from liuhen.engines.rules.kinds.deadline import Deadline, Relief
from liuhen.engines.rules.kinds.keeping_period import KeepingPeriod
from liuhen.engines.rules.kinds.prohibition import Prohibition
from liuhen.engines.rules.kinds.required import Required
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.engines.rules.verdicts import Verdict
from liuhen.kernel.clock import aware
from liuhen.kernel.months import Period

Numbers = NDArray[np.int64]
Marks = NDArray[np.int8]
Truths = NDArray[np.bool_]

CHUNK = 1 << 15
UNKNOWN_TIME = np.iinfo(np.int64).min
SILENT = np.int8(-1)
CODES: Mapping[Verdict, np.int8] = {
    Verdict.MET: np.int8(0), Verdict.EXEMPT: np.int8(1), Verdict.PENDING: np.int8(2), Verdict.UNKNOWN: np.int8(3),
    Verdict.BREACHED: np.int8(4),
}  # fmt: skip
_MET, _EXEMPT, _PENDING, _UNKNOWN, _BREACHED = CODES.values()
_YES, _NO, _DARK = np.int8(1), np.int8(0), np.int8(-1)
_CLOCK = np.array([_BREACHED, _BREACHED, _MET, _PENDING], np.int8)
_WHERE_NOT = np.array([SILENT, _MET, _UNKNOWN], np.int8)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_BEIJING = 8 * 3_600_000_000
_FACTS = {fact.name: SCHEMA[f"recording.{fact.name}"] for fact in fields(RecordingFacts)}
# Texts of no closed vocabulary that rules compare: activity types, as codes given by the columns themselves.
_OPEN = "activity_type"


def in_micros(moment: datetime) -> int:
    """A moment as the columns hold it: microseconds since 1970, UTC."""
    return (aware(moment) - _EPOCH) // _MICRO


@dataclass(frozen=True, slots=True)
class Columns:
    """Facts of many recordings, one array a fact; a fact that is not given is not known of any.

    Times are microseconds with `UNKNOWN_TIME`; flags and words are small codes with -1 for not known; sets are bit masks over
    their vocabulary with -1 for not known. `types` are the activity types behind the codes of `activity_type`.
    """

    size: int
    arrays: Mapping[str, NDArray[Any]]
    types: tuple[str, ...] = ()
    _known: dict[str, Truths] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, rows: Sequence[RecordingFacts]) -> "Columns":
        """From facts one by one: for small numbers, and to hold both ways to each other."""
        types = tuple(sorted({row.activity_type for row in rows if row.activity_type is not None}))
        arrays = {name: _array(name, [getattr(row, name) for row in rows], types) for name in _FACTS}
        return cls(len(rows), arrays, types)

    def chunks(self, size: int = CHUNK) -> Iterator["Columns"]:
        """The same in pieces; views, nothing is copied."""
        for begun in range(0, self.size, size):
            end = min(begun + size, self.size)
            yield Columns(end - begun, {n: a[begun:end] for n, a in self.arrays.items()}, self.types)

    def column(self, name: str) -> NDArray[Any]:
        """One fact; all unknown where it is not given."""
        found = self.arrays.get(name)
        if found is not None:
            return found
        if _FACTS[name].type == "time":
            return np.full(self.size, UNKNOWN_TIME, np.int64)
        return np.full(self.size, -1, np.int64 if _FACTS[name].type == "set" else np.int16)

    def is_known(self, name: str) -> Truths:
        """Where a fact is known; worked out once a chunk, because many rules ask."""
        known = self._known.get(name)
        if known is None:
            found = self.column(name)
            known = self._known[name] = _truths(
                found != UNKNOWN_TIME if _FACTS[name].type == "time" else found >= 0
            )
        return known

    def is_any_known(self, name: str) -> bool:
        """Whether a fact is known of any row here."""
        return name in self.arrays and bool(self.is_known(name).any())

    def with_type_flags(self, flags: Mapping[str, frozenset[str]]) -> "Columns":
        """The flags a recording has by the very type of its activity, as for one subject."""
        own = np.array([_mask("flags", flags.get(name, frozenset())) for name in self.types] + [0], np.int64)
        if not own.any():
            return self
        held, types = self.column("flags"), self.column(_OPEN)
        joined = np.where(held >= 0, held | own[types], held)
        return Columns(self.size, {**self.arrays, "flags": joined}, self.types)


def _array(name: str, values: Sequence[Any], types: tuple[str, ...]) -> NDArray[Any]:
    fact = _FACTS[name]
    if fact.type == "time":
        return np.array([UNKNOWN_TIME if v is None else in_micros(v) for v in values], np.int64)
    if fact.type == "set" and not fact.words:  # Of an open set rules ask only whether it is empty.
        return np.array([-1 if v is None else int(bool(v)) for v in values], np.int64)
    if fact.type == "set":
        return np.array([-1 if v is None else _mask(name, v) for v in values], np.int64)
    if fact.type == "flag":
        return np.array([-1 if v is None else int(v) for v in values], np.int16)
    words = {word: code for code, word in enumerate(types if name == _OPEN else fact.words)}
    return np.array([-1 if v is None else words.get(v, len(words)) for v in values], np.int16)


def _mask(name: str, words: frozenset[str]) -> int:
    return sum(1 << code for code, word in enumerate(_FACTS[name].words) if word in words)


# -- verdicts -----------------------------------------------------------------------------------------------------


def verdicts(rulebook: Rulebook, columns: Columns, *, now: datetime) -> dict[str, Marks]:
    """For each rule about recordings the code of its verdict on each row; `SILENT` where it has nothing to say."""
    rules, moment = rulebook.by_subject["recording"], in_micros(now)
    found = {key_of(rule): np.empty(columns.size, np.int8) for rule in rules}
    begun = 0
    for chunk in columns.chunks():
        told = chunk.with_type_flags(rulebook.type_flags)
        for rule in rules:
            found[key_of(rule)][begun : begun + chunk.size] = _judged(rule, told, moment)
        begun += chunk.size
    return found


def key_of(rule: Rule) -> str:
    """A rule's name among those of several packs."""
    return f"{rule.pack.key}/{rule.id}"


def _judged(rule: Rule, columns: Columns, now: int) -> Marks:
    if not rule.when:
        return _verdicts(rule.judge, columns, now)
    applies = all_hold_of(rule.when, columns)
    # By the three answers, in the order of their codes 0, 1, -1: silent, the kind's own verdict, not to be said.
    found: Marks = _WHERE_NOT[applies]
    binding = applies == _YES
    if binding.any():
        np.copyto(found, _verdicts(rule.judge, columns, now), where=binding)
    return found


@singledispatch
def _verdicts(kind: Any, columns: Columns, now: int) -> Marks:
    """The verdicts of one kind of rule over columns; each kind about recordings has its own below."""
    raise NotImplementedError(type(kind).__name__)


@_verdicts.register
def _deadline(kind: Deadline, columns: Columns, now: int) -> Marks:
    start, done = _time(kind.since, columns), columns.column(kind.until.name)
    found = _within(start, done, kind.within, now)
    if kind.since.subject != "recording":  # What has not happened yet elsewhere starts no clock.
        found = np.where((start == UNKNOWN_TIME) & (done == UNKNOWN_TIME), _PENDING, found)
    open_to_relief = found != _MET
    for relief in kind.relief:
        if not open_to_relief.any():
            break
        applies = (all_hold_of(relief.when, columns) == _YES) & open_to_relief & (start != UNKNOWN_TIME)
        if applies.any():
            found = np.where(applies, _relieved(kind, relief, columns, now), found)
        open_to_relief &= ~applies
    return found


def _relieved(kind: Deadline, relief: Relief, columns: Columns, now: int) -> Marks:
    done = _time(relief.until or kind.until, columns)
    return _within(_time(relief.since, columns), done, relief.within or kind.within, now)


def _time(path: FactPath, columns: Columns) -> Numbers:
    """A moment; of another subject nothing is known here."""
    if path.subject == "recording":
        return columns.column(path.name)
    return np.full(columns.size, UNKNOWN_TIME, np.int64)


def _within(start: Numbers, done: Numbers, term: Period, now: int) -> Marks:
    """One run of a clock: not begun 无法判定; done in time 符合; still running 未到期; else 不符合."""
    end = _after(start, term)
    not_done = done == UNKNOWN_TIME
    in_time = np.where(not_done, now, done) <= end
    # Two answers make a place in a small table: in time or not, done or not.
    found: Marks = _CLOCK[in_time.view(np.int8) * np.int8(2) + not_done.view(np.int8)]
    np.copyto(found, _UNKNOWN, where=start == UNKNOWN_TIME)
    return found


@_verdicts.register
def _keeping_period(kind: KeepingPeriod, columns: Columns, now: int) -> Marks:
    if not columns.is_any_known("disposed_at"):
        return np.full(columns.size, _MET, np.int8)
    disposed, gone = columns.column("disposed_at"), columns.is_known("disposed_at")
    if kind.forever or any(term.keep is None for term in kind.term):
        return np.where(gone, _BREACHED, _MET)
    until = latest_term(kind, columns)
    found = np.where(until == UNKNOWN_TIME, _UNKNOWN, np.where(disposed < until, _BREACHED, _MET))
    return np.where(gone, found, _MET)


@_verdicts.register
def _prohibition(kind: Prohibition, columns: Columns, now: int) -> Marks:
    held = columns.column(kind.found.name)
    if _FACTS[kind.found.name].type == "set":
        present = _meets(held, _mask(kind.found.name, kind.acts))
    else:
        present = _is_one_of(held, _codes(kind.found, kind.acts, columns))
    found = np.where(present, _UNKNOWN if kind.suspected else _BREACHED, _MET)
    if kind.unless and present.any():
        found = np.where(present & (all_hold_of(kind.unless, columns) == _YES), _EXEMPT, found)
    return np.where(columns.is_known(kind.found.name), found, _UNKNOWN)


@_verdicts.register
def _required(kind: Required, columns: Columns, now: int) -> Marks:
    held = columns.column(kind.found.name)
    lacks, needs = np.zeros(columns.size, np.bool_), np.zeros(columns.size, np.bool_)
    given = columns.column(kind.given.name) if kind.given else None
    for line in kind.line:
        wanted = _is_given(kind, line.only, given, columns) if line.only else np.ones(columns.size, np.bool_)
        needs |= wanted
        lacks |= wanted & ~_meets(held, _mask(kind.found.name, frozenset((line.code,))))
    found = np.where(lacks, _lacking(kind, columns, now), np.where(needs, _MET, SILENT))
    dark = held < 0 if given is None else (held < 0) | (given < 0)
    return np.where(dark, _UNKNOWN, found)


def _is_given(kind: Required, only: str, given: NDArray[Any] | None, columns: Columns) -> Truths:
    if kind.given is None or given is None:
        return np.zeros(columns.size, np.bool_)
    if _FACTS[kind.given.name].type == "set":
        return _meets(given, _mask(kind.given.name, frozenset((only,))))
    return _is_one_of(given, _codes(kind.given, frozenset((only,)), columns))


def _lacking(kind: Required, columns: Columns, now: int) -> Marks:
    if kind.by is None:
        return np.full(columns.size, _BREACHED, np.int8)
    by = _time(kind.by, columns)
    if kind.within == Period(seconds=0):
        return np.where(by == UNKNOWN_TIME, _PENDING, _BREACHED)
    return np.where((by == UNKNOWN_TIME) | (now <= _after(by, kind.within)), _PENDING, _BREACHED)


# -- conditions ---------------------------------------------------------------------------------------------------


def all_hold_of(when: When, columns: Columns) -> Marks:
    """1 where every condition holds, 0 where one fails, -1 where it depends on something unknown."""
    answer = _holds(when[0], columns) if when else np.full(columns.size, _YES, np.int8)
    for condition in when[1:]:
        held = _holds(condition, columns)
        fails = (held == _NO) | (answer == _NO)
        answer = np.minimum(answer, held)
        np.copyto(answer, _NO, where=fails)
    return answer


def _holds(condition: Condition, columns: Columns) -> Marks:
    name = condition.fact.name
    if condition.fact.subject != "recording":  # Nothing is known here of another subject.
        return np.full(columns.size, _DARK if condition.present is None else not condition.present, np.int8)
    known = columns.is_known(name)
    if condition.present is not None:
        return np.equal(known, condition.present).view(np.int8)
    return np.where(known, _is_so(condition, columns, name).view(np.int8), _DARK)


def _is_so(condition: Condition, columns: Columns, name: str) -> Truths:
    held = columns.column(name)
    if condition.one_of is not None:
        return _is_one_of(held, _codes(condition.fact, condition.one_of, columns))
    if condition.has_any is not None:
        return _meets(held, _mask(name, condition.has_any))
    if condition.not_empty is not None:
        return _truths((held != 0) == condition.not_empty)
    assert condition.at_least is None, name  # noqa: S101  no fact of a recording is a number
    if isinstance(condition.equals, bool):
        return _truths(held == int(condition.equals))
    return _is_one_of(held, _codes(condition.fact, frozenset((str(condition.equals),)), columns))


def _is_one_of(held: NDArray[Any], codes: Sequence[int]) -> Truths:
    """Which of the words are among these; a comparison each is cheaper than a search."""
    found = np.zeros(len(held), np.bool_)
    for code in codes:
        found |= held == code
    return found


def _truths(found: Any) -> Truths:
    """What numpy's comparisons give, under its name."""
    return np.asarray(found, np.bool_)


def _meets(sets: NDArray[Any], mask: int) -> Truths:
    """Which of the sets hold any of the words of `mask`."""
    return _truths((sets & mask) != 0)


def _codes(fact: FactPath, words: frozenset[str], columns: Columns) -> list[int]:
    vocabulary = columns.types if fact.name == _OPEN else tuple(_FACTS[fact.name].words)
    return [code for code, word in enumerate(vocabulary) if word in words]


# -- periods ------------------------------------------------------------------------------------------------------


def _after(moments: Numbers, term: Period) -> Numbers:
    """`Period.after` over a column; an unknown moment stays unknown. Months are counted in 北京时间 as it is since 1992."""
    length = (term.days * 86_400 + term.seconds) * 1_000_000
    known = moments != UNKNOWN_TIME
    ended = moments
    if term.months:
        local = np.where(known, moments, 0) + _BEIJING
        days = local.view("datetime64[us]").astype("datetime64[D]")
        months = days.astype("datetime64[M]")
        ended_month = months + term.months
        last = (ended_month + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
        ended_day = np.minimum(
            ended_month.astype("datetime64[D]") + (days - months.astype("datetime64[D]")), last
        )
        of_day = local - days.astype("datetime64[us]").view(np.int64)
        ended = ended_day.astype("datetime64[us]").view(np.int64) + of_day - _BEIJING
    return np.where(known, ended + length, UNKNOWN_TIME)


def latest_term(kind: KeepingPeriod, columns: Columns) -> Numbers:
    """The latest of a class's terms; unknown where one of them has not begun."""
    until = np.full(columns.size, UNKNOWN_TIME, np.int64)
    dark = np.zeros(columns.size, np.bool_)
    for term in kind.term:
        start = _time(term.since, columns)
        dark |= start == UNKNOWN_TIME
        until = np.maximum(until, _after(start, term.keep or Period()))
    return np.where(dark, UNKNOWN_TIME, until)
