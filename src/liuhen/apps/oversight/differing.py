"""Which recordings of a batch the law would say something new about: decided as columns, held beside what is kept.

Called by rounds, so that a row of which nothing new can be said costs no judgement of its own. A row named here is only
a suspect: it goes through the one-row actions, which write what differs. A row left out must be one of which they would write
nothing. Verdicts come from columns; words follow from rule and facts, so equal facts vouch for equal words, and a few rows of each
kind of finding are judged in full: where their words differ (a setting of the office, another wording), no row of that rule is passed over.
A finding of another version of its pack is passed over only where that version had the very same rule.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from liuhen.apps.evidence.models import Recording
from liuhen.apps.oversight.actions import Group, compared, group_of
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry.law import pack_named
from liuhen.apps.retention.actions import TERMS, says_nothing_new
from liuhen.apps.retention.models import KeepingPeriod
from liuhen.engines.rules import assess, keep_until
from liuhen.engines.rules.columns import UNKNOWN_TIME, Columns, Truths, in_micros
from liuhen.engines.rules.facts import Facts, RecordingFacts, plain_fact
from liuhen.engines.rules.judging import assess_by
from liuhen.engines.rules.keeping import shown_end
from liuhen.engines.rules.keeping_columns import keepings
from liuhen.engines.rules.kinds.deadline import Deadline
from liuhen.engines.rules.kinds.keeping_period import RANKS
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.engines.rules.verdict_columns import CODES, SILENT, key_of, verdicts
from liuhen.engines.rules.verdicts import Verdict
from liuhen.kernel.canonical import plain

WITNESSES = 3
_BREACHED = CODES[Verdict.BREACHED]
_STORED = {verdict.value: CODES[verdict] for verdict in Verdict}
_KEPT = (
    "recording", "rank", "until", "label", "reason", "regulation", "article", "shorter_until", "promised_rank",
    "promised_until",
)  # fmt: skip


class Batch(NamedTuple):
    """Rows with their facts, once as values and once as columns."""

    rows: Sequence[Recording]
    told: Sequence[RecordingFacts]
    columns: Columns

    def place_of(self) -> dict[UUID, int]:
        return {row.pk: place for place, row in enumerate(self.rows)}


def differing(
    rows: Sequence[Any], told: Sequence[Facts], *, law: Rulebook, packs: str, at: datetime
) -> list[int]:
    """The places of the rows whose findings or keeping period may say something new at `at`."""
    facts = [known for one in told if (known := law.with_type_flags(one).recording) is not None]
    batch = Batch(rows, facts, Columns.of(facts))
    suspects = _by_findings(batch, law, at)
    suspects |= _by_keeping(batch, law, packs, at, passed_over=~suspects)
    return np.flatnonzero(suspects).tolist()


# ── findings ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _by_findings(batch: Batch, law: Rulebook, at: datetime) -> Truths:
    rules = {_group(rule): rule for rule in law.by_subject["recording"]}
    many = verdicts(law, batch.columns, now=at)
    held = {group: np.full(len(batch.rows), SILENT, np.int8) for group in rules}
    suspects, groups, reasons = _compare(batch, rules, held, at)
    for group, rule in rules.items():
        suspects |= many[key_of(rule)] != held[group]
    for group, rule in rules.items():
        overdue = (many[key_of(rule)] == _BREACHED) & _still_runs(rule, batch.columns) & ~suspects
        for place in np.flatnonzero(overdue).tolist():
            one = assess_by(rule, facts=Facts(recording=batch.told[place]), now=at)
            suspects[place] = one is None or one.reason != reasons[group][place]
    for group in _distrusted(batch, law, groups, suspects, at):
        suspects |= many[key_of(rules[group])] != SILENT
    return suspects


def _compare(
    batch: Batch, rules: dict[Group, Rule], held: dict[Group, Any], at: datetime
) -> tuple[Truths, dict[tuple[str, ...], list[int]], dict[Group, dict[int, str]]]:
    """Fill `held` with the verdicts that are kept; tell whose facts differ, which rows share a kind of finding, and the
    reason that is kept of each.
    """
    suspects, places, fresh = np.zeros(len(batch.rows), np.bool_), batch.place_of(), _Plain(batch.told)
    paths = {group: tuple(map(str, rule.looks_at)) for group, rule in rules.items()}
    groups: dict[tuple[str, ...], list[int]] = {}
    reasons: dict[Group, dict[int, str]] = {group: {} for group in rules}
    is_as_now = _Versions(batch.rows, rules, at)
    found = Finding.objects.filter(subject__in=list(places)).values_list(
        "subject", "pack", "rule", "verdict", "article", "reason", "facts"
    )
    for subject, pack, rule, verdict, article, reason, facts in found:
        if verdict == "不适用":
            continue
        place, group = places[subject], group_of(pack, rule)
        if group not in rules or not is_as_now.of(pack, group):
            suspects[place] = True
            continue
        held[group][place] = _STORED[verdict]
        reasons[group][place] = reason
        groups.setdefault((*group, verdict, article), []).append(place)
        suspects[place] |= facts != fresh.of(place, paths[group])
    return suspects, groups, reasons


def _still_runs(rule: Rule, columns: Columns) -> Truths:
    """Where a clock of the rule still runs: what is overdue is told by how long."""
    runs = np.zeros(columns.size, np.bool_)
    if not isinstance(rule.judge, Deadline):
        return runs
    ends = {rule.judge.until, *(r.until for r in rule.judge.relief if r.until)}
    for path in ends:
        runs |= ~columns.is_known(path.name) if path.subject == "recording" else np.True_
    return runs


def _distrusted(
    batch: Batch, law: Rulebook, groups: dict[tuple[str, ...], list[int]], suspects: Truths, at: datetime
) -> set[Group]:
    """The rules whose findings read otherwise than they are kept, by a few rows of each kind of finding."""
    places = {p for group in groups.values() for p in [p for p in group if not suspects[p]][:WITNESSES]}
    keys = [batch.rows[place].pk for place in places]
    held: dict[UUID, list[Finding]] = {}
    for finding in Finding.objects.filter(subject__in=keys):
        held.setdefault(finding.subject, []).append(finding)
    differ: set[Group] = set()
    for place in places:
        row, facts = batch.rows[place], Facts(recording=batch.told[place])
        _, changed, _ = compared(row, row.unit, held[row.pk], assess(law, facts=facts, now=at), at)
        differ |= {group_of(finding.pack, finding.rule) for finding in changed}
    return differ


def _group(rule: Rule) -> Group:
    return rule.pack.key, rule.id


def _name(rule: Rule) -> str:
    return f"{rule.pack.key}@{rule.pack.version}"


class _Versions:
    """Whether the version a finding names had the same rule as the one in force; asked once a version and rule."""

    def __init__(self, rows: Sequence[Recording], rules: dict[Group, Rule], at: datetime) -> None:
        self._agency, self._rules, self._at = (rows[0].agency_id if rows else None), rules, at
        self._then: dict[str, dict[Group, Rule]] = {}
        self._same: dict[tuple[str, Group], bool] = {}

    def of(self, pack: str, group: Group) -> bool:
        found = self._same.get((pack, group))
        if found is None:
            found = self._same[pack, group] = self._compare(pack, self._rules[group])
        return found

    def _compare(self, pack: str, rule: Rule) -> bool:
        if pack == _name(rule):
            return True
        if pack not in self._then:
            named = pack_named(self._agency, pack, at=self._at) if self._agency else None
            self._then[pack] = {_group(one): one for one in named.rules} if named else {}
        then = self._then[pack].get(_group(rule))
        return then is not None and replace(then, pack=rule.pack, file=rule.file) == rule


class _Plain:
    """Facts as they are kept beside a verdict; each made once a row, because many rules read it."""

    def __init__(self, told: Sequence[RecordingFacts]) -> None:
        self._told = told
        self._made: list[dict[str, Any]] = [{} for _ in told]

    def of(self, place: int, paths: Sequence[str]) -> dict[str, Any]:
        made = self._made[place]
        for path in paths:
            if path not in made:
                subject, _, name = path.partition(".")
                made[path] = (
                    plain(plain_fact(getattr(self._told[place], name))) if subject == "recording" else None
                )
        return {path: made[path] for path in paths}


# ── keeping ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _by_keeping(batch: Batch, law: Rulebook, packs: str, at: datetime, *, passed_over: Truths) -> Truths:
    """Rank, date and ground come from columns; words are told once a ground. What is no settled term is derived in full."""
    kept, places = keepings(law, batch.columns), batch.place_of()
    suspects, unsettled, words = np.ones(len(batch.rows), np.bool_), set(), {}
    for recording, *found in KeepingPeriod.objects.filter(recording__in=list(places)).values_list(*_KEPT):
        place = places[recording]
        rank, until, ground = RANKS[kept.rank[place]], int(kept.until[place]), int(kept.ground[place])
        if rank not in TERMS or found[0] != rank or found[6] is not None:
            unsettled.add(place)
            continue
        if (ground, rank) not in words:
            one = keep_until(law, recording=batch.told[place])
            cite = one.cite
            words[ground, rank] = (
                one.label, one.reason_before_end, cite.regulation if cite else "", cite.article if cite else "",
            )  # fmt: skip
        label, reason, regulation, article = words[ground, rank]
        end = found[1]
        told = (rank, end, label, reason + shown_end(end), regulation, article, None, rank, end)
        suspects[place] = _micros(found[1]) != until or tuple(found) != told
    _derive(batch, law, packs, at, suspects, [place for place in unsettled if passed_over[place]])
    return suspects


def _derive(
    batch: Batch, law: Rulebook, packs: str, at: datetime, suspects: Truths, places: Sequence[int]
) -> None:
    """Those that are no settled term: their reasons name facts, so each is derived and compared in memory."""
    of_place = {batch.rows[place].pk: place for place in places}
    for held in KeepingPeriod.objects.filter(recording__in=list(of_place)):
        place = of_place[held.recording_id]
        keeping = keep_until(law, recording=batch.told[place])
        suspects[place] = not says_nothing_new(held, keeping=keeping, packs=packs, at=at)


def _micros(moment: datetime | None) -> int:
    return UNKNOWN_TIME if moment is None else in_micros(moment)
