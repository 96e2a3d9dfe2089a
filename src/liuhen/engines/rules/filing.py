"""立卷: by when a case must be filed, and what of it would be wrong were its volume closed now.

The rules that wait for the closing of a volume or for a disc are judged as though it had come; lateness stands in nobody's way. Pure.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from liuhen.engines.rules.facts import Facts
from liuhen.engines.rules.judging import Judgement, assess_by
from liuhen.engines.rules.kinds.deadline import Deadline
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.engines.rules.verdicts import Verdict

_DONE = (Verdict.MET, Verdict.EXEMPT)
_KINDS = ("required", "deadline", "same_times")
_LOOKS_AT = frozenset({
    "case.volume", "case.volume_closed_at", "recording.case_archived_at", "recording.disc_at", "recording.disc_label", "recording.disc_note",
    "document.recorded",
})  # fmt: skip
_MOMENT = timedelta(seconds=1)


def filing_due(rulebook: Rulebook, *, concluded_at: datetime) -> datetime | None:
    """By when a case concluded then must be filed: the shortest of the terms in force; None where none says a number."""
    terms = [
        rule.judge.within.after(concluded_at)
        for rule in rulebook.rules_of("deadline")
        if isinstance(rule.judge, Deadline)
        and (str(rule.judge.since), str(rule.judge.until)) == ("case.concluded_at", "case.archived_at")
    ]
    return min(terms, default=None)


def asked_of_volume(rulebook: Rulebook) -> frozenset[str]:
    """The codes of what a volume must hold, by the laws in force."""
    lists = (rule.judge for rule in rulebook.by_subject["case"] if "case.volume" in rule.fact_names)
    return frozenset(need.code for judge in lists for need in getattr(judge, "line", ()))


def before_closing(rulebook: Rulebook, *, facts: Iterable[Facts], now: datetime) -> tuple[Judgement, ...]:
    """What is neither met nor excused of each case, recording or document, were the volume that holds it closed at `now`."""
    return tuple(
        told
        for one in facts
        for rule in _rules_about(rulebook, one)
        if (told := assess_by(rule, facts=_as_closed(rulebook, one, now), now=now)) is not None
        and told.verdict not in _DONE
    )


def _rules_about(rulebook: Rulebook, facts: Facts) -> tuple[Rule, ...]:
    subjects = [name for name in ("case", "recording", "document") if getattr(facts, name) is not None]
    return tuple(
        rule
        for name in subjects
        for rule in rulebook.by_subject[name]
        if rule.kind in _KINDS and not _LOOKS_AT.isdisjoint(rule.fact_names)
    )


def _as_closed(rulebook: Rulebook, facts: Facts, now: datetime) -> Facts:
    """The moments a closing brings. A deadline ends at its last instant: what must be done by then is wanted a moment before."""
    given = rulebook.with_type_flags(facts)
    if given.case is not None:
        given = replace(given, case=replace(given.case, volume_closed_at=now))
    if given.recording is not None:
        given = replace(given, recording=replace(given.recording, case_archived_at=now - _MOMENT))
    return given
