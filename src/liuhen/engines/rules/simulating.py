"""What another rulebook would change: verdicts that turn and keeping periods that move, subject by subject.

Pure comparing of two rulebooks on the same facts at the same moment. Which facts, and who may adopt what, is decided
above; `shortened_classes` answers for facts nobody has yet, so that no adoption shortens the future unseen.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from liuhen.engines.rules.conditions import Condition, When
from liuhen.engines.rules.facts import KEEP_CLASSES, SCHEMA, Facts, RecordingFacts
from liuhen.engines.rules.judging import Judgement, assess
from liuhen.engines.rules.keeping import Keeping, keep_until
from liuhen.engines.rules.kinds.keeping_period import Rank, longer
from liuhen.engines.rules.packs import Rulebook
from liuhen.engines.rules.verdicts import Verdict
from liuhen.kernel.citations import Citation
from liuhen.kernel.clock import BEIJING

_TERMS: tuple[Rank, ...] = ("until", "long_term", "permanent")
_GRAVITY = (Verdict.BREACHED, Verdict.UNKNOWN, Verdict.PENDING, Verdict.EXEMPT, Verdict.MET)


@dataclass(frozen=True, slots=True)
class Promise:
    """The longest term a recording was given so far; it binds whatever the facts say now."""

    rank: Rank
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to be judged both ways. `key` is the caller's; `promised` what was already given to a recording."""

    key: str
    facts: Facts
    promised: Promise | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A verdict that changes; None where no rule asks. `why` is the reason under the rulebook that would come."""

    before: Verdict | None
    after: Verdict | None
    cite: Citation
    says: str
    why: str


@dataclass(frozen=True, slots=True)
class Shift:
    """A keeping period that moves. `is_shortened` where a promised term would end sooner or be lost."""

    before: Keeping | None
    after: Keeping | None
    promised: Promise | None
    is_shortened: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that changes for one subject."""

    subject: Subject
    turns: tuple[Turn, ...]
    shift: Shift | None


@dataclass(frozen=True, slots=True)
class Shortened:
    """A class of recordings that would be kept less long: what it is, and its reasons before and after."""

    told: str
    before: str
    after: str


def compare(
    before: Rulebook | None, after: Rulebook | None, *, subjects: Iterable[Subject], now: datetime
) -> Iterator[Outcome]:
    """The subjects for which something changes. None for a rulebook: nothing is in force then."""
    for subject in subjects:
        turns = tuple(_turns(_judged(before, subject, now), _judged(after, subject, now)))
        shift = _shift(before, after, subject)
        if turns or shift:
            yield Outcome(subject, turns, shift)


def ends_sooner(term: Promise, other: Promise) -> bool:
    """Whether `other` ends before `term`, or leaves open what `term` had settled."""
    if term.rank not in _TERMS:
        return False
    if other.rank not in _TERMS:
        return True
    if term.until is None or other.until is None:
        return _TERMS.index(other.rank) < _TERMS.index(term.rank)
    return other.until < term.until


def shortened_classes(before: Rulebook | None, after: Rulebook | None) -> tuple[Shortened, ...]:
    """Which classes of recordings would be kept less long, whether there are any now or not.

    Every condition of every keeping rule of both sides is tried on made-up facts, in a closed case and without one.
    """
    found: dict[str, Shortened] = {}
    if before is None:
        return ()
    for facts in _probes(before, after):
        old = keep_until(before, recording=facts)
        new = keep_until(after, recording=facts) if after else None
        if ends_sooner(_promise(old), _promise(new)):
            told = _told_class(old)
            found.setdefault(told, Shortened(told, _length(old), _length(new)))
    return tuple(found.values())


# ── verdicts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _judged(law: Rulebook | None, subject: Subject, now: datetime) -> tuple[Judgement, ...]:
    return assess(law, facts=subject.facts, now=now) if law else ()


def _turns(before: tuple[Judgement, ...], after: tuple[Judgement, ...]) -> Iterator[Turn]:
    """Rules are paired by their id within one regulation; across regulations by what they are about."""
    shared = {j.rule.pack.key for j in before} & {j.rule.pack.key for j in after}
    old, new = _by_matter(before, shared), _by_matter(after, shared)
    for matter in dict.fromkeys((*new, *old)):
        a, b = old.get(matter), new.get(matter)
        if (a and a.verdict) != (b and b.verdict):
            yield _turn(a, b)


def _turn(before: Judgement | None, after: Judgement | None) -> Turn:
    told = after or before
    assert told is not None  # noqa: S101  a matter has a judgement on one side at least
    why = after.reason if after else f"《{told.cite.regulation}》{told.cite.article}不再据以判断。"
    return Turn(before and before.verdict, after and after.verdict, told.cite, told.says, why)


def _by_matter(judgements: tuple[Judgement, ...], shared: set[str]) -> dict[object, Judgement]:
    """The gravest judgement of each matter."""
    found: dict[object, Judgement] = {}
    for judgement in judgements:
        rule = judgement.rule
        matter: object = (rule.kind, *rule.judge.slot)
        if rule.pack.key in shared:
            matter = (rule.pack.key, rule.id)
        held = found.get(matter)
        if held is None or _GRAVITY.index(judgement.verdict) < _GRAVITY.index(held.verdict):
            found[matter] = judgement
    return found


# ── keeping ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _shift(before: Rulebook | None, after: Rulebook | None, subject: Subject) -> Shift | None:
    recording = subject.facts.recording
    if recording is None:
        return None
    old = keep_until(before, recording=recording) if before else None
    new = keep_until(after, recording=recording) if after else None
    bound = subject.promised or (_promise(old) if old else None)
    is_shortened = bound is not None and ends_sooner(bound, _promise(new))
    if _bound(old) == _bound(new) and not is_shortened:
        return None
    return Shift(old, new, subject.promised, is_shortened)


def _promise(keeping: Keeping | None) -> Promise:
    """The longest term that is settled. What is undecided or held suspends a term and is none."""
    settled = [g.term for g in keeping.grounds if g.term.rank in _TERMS] if keeping else []
    if not settled:
        return Promise("undecided", None)
    term = reduce(longer, settled)
    return Promise(term.rank, term.until)


def _bound(keeping: Keeping | None) -> tuple[Rank, datetime | None] | None:
    return (keeping.rank, keeping.until) if keeping else None


def _told_class(keeping: Keeping) -> str:
    """The class as its rule names it: the binding reason without its dates."""
    return keeping.grounds[0].term.reason.partition("：")[0]


def _length(keeping: Keeping | None) -> str:
    if keeping is None:
        return "没有制度规定"
    article = f"（{keeping.cite.article}）" if keeping.cite else ""
    return f"{keeping.grounds[0].term.reason}{article}"


# ── made-up facts ──────────────────────────────────────────────────────────────────────────────────────────────────

_THEN = datetime(2024, 1, 1, 12, tzinfo=BEIJING)
_LATER = _THEN + timedelta(days=90)
_PLAIN = RecordingFacts(
    kind="on_scene", form="video", started_at=_THEN, ended_at=_THEN, stored_at=_THEN, linked_at=_THEN,
    activity_type="other", activity_ended_at=_THEN, flags=frozenset(), is_evidence=False, case_category="other",
    in_case=False, holds=frozenset(),
)  # fmt: skip


def _probes(before: Rulebook, after: Rulebook | None) -> Iterator[RecordingFacts]:
    rules = [rule for law in (before, after) if law for rule in law.rules_of("keeping_period")]
    changes: list[Mapping[str, Any]] = [{}]
    changes += [change for rule in rules for change in _satisfying(rule.when)]
    for change in changes:
        for case in ({}, {"in_case": True, "case_closed_at": _LATER}):
            for keep_class in KEEP_CLASSES:
                yield replace(_PLAIN, **{"keep_class": keep_class, **case, **change})


def _satisfying(when: When) -> Iterator[dict[str, Any]]:
    """Facts under which every condition holds, one set of facts for each word that would do."""
    told: list[dict[str, Any]] = [{}]
    for condition in (c for c in when if c.fact.subject == "recording"):
        told = [{**one, condition.fact.name: value} for one in told for value in _values(condition)]
    yield from told


def _values(condition: Condition) -> Iterator[Any]:
    if condition.equals is not None:
        yield condition.equals
    elif condition.one_of is not None:
        yield from sorted(condition.one_of)
    elif condition.has_any is not None:
        yield from (frozenset({word}) for word in sorted(condition.has_any))
    elif condition.not_empty is not None:
        yield frozenset({"x"}) if condition.not_empty else frozenset()
    else:
        yield None if condition.present is False else _some(condition)


def _some(condition: Condition) -> Any:
    """Any known value of the fact's type: moments lie after the recording, as decisions do."""
    kinds = {"time": _LATER, "flag": True, "number": 1, "set": frozenset(), "text": "other"}
    return kinds.get(SCHEMA[str(condition.fact)].type)
