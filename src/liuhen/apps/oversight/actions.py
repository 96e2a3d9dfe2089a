"""Keeping what the rules find. A judgement that says nothing new changes nothing and writes no line.

A finding names the pack and version under which it was judged. A later version that says the same of the same facts, in
the same words, leaves it as it is: that it was looked at again stands in the lines of the round (`rounds.confirmed_by`).
A finding that turns by itself (未到期) is judged again at that moment: a job stands ready, nothing is scanned.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.journal.models import Recorded
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry.models import Unit
from liuhen.apps.registry.permission import Place
from liuhen.engines.rules.judging import Judgement
from liuhen.kernel.actors import Actor
from liuhen.kernel.canonical import plain

_COMPARED = (
    "verdict", "asks", "reason", "mend", "turns_at", "rule_kind", "clause", "regulation", "article", "facts",
)  # fmt: skip
_WITHDRAWN = "不适用"
Group = tuple[str, str]


def group_of(pack: str, rule: str) -> Group:
    """What one finding is about, whatever the version of its pack (`key@version`): the pack's key and the rule."""
    return pack.partition("@")[0], rule


def keep_findings(
    subject: Recorded, *, by: Actor, unit: Unit, place: Place, judgements: Iterable[Judgement], at: datetime
) -> int:
    """Store the judgements on one subject; return how many findings changed. Rules no longer asked are withdrawn."""
    told = list(judgements)
    held = Finding.objects.filter(subject=subject.pk)
    _, changed, withdrawn = compared(subject, unit, list(held), told, at)
    if not changed and not withdrawn:
        return 0
    with act("finding.judged", by=by, at=at, agency=place.agency) as line:
        # Read again behind the lock: a round may have judged the same a moment ago.
        return settle(line, subject, list(held.select_for_update()), told, unit=unit, at=at)


def settle(
    line: Pen,
    subject: Recorded,
    held: Sequence[Finding],
    judgements: Iterable[Judgement],
    *,
    unit: Unit,
    at: datetime,
) -> int:
    """The same inside an act that judges many subjects at once; `held` are the subject's present findings."""
    fresh, changed, withdrawn = compared(subject, unit, held, judgements, at)
    if changed or withdrawn:
        _settle(line, held, changed, withdrawn, at)
        _judge_again(line, subject, fresh, at)
    return len(changed) + len(withdrawn)


def compared(
    subject: Recorded, unit: Unit, held: Sequence[Finding], judgements: Iterable[Judgement], at: datetime
) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """The findings as they would be, those of them that say something new, and those no rule asks for any more."""
    known = _present(held)
    fresh = {group_of(f.pack, f.rule): f for f in (_row(subject, unit, j, at) for j in judgements)}
    changed = [f for group, f in fresh.items() if group not in known or _differs(known[group], f)]
    withdrawn = [f for group, f in known.items() if group not in fresh and f.verdict != _WITHDRAWN]
    return list(fresh.values()), changed, withdrawn


def _present(held: Sequence[Finding]) -> dict[Group, Finding]:
    """The one finding of each rule that speaks now, else the last that did."""
    ordered = sorted(held, key=lambda f: (f.verdict != _WITHDRAWN, f.judged_at))
    return {group_of(f.pack, f.rule): f for f in ordered}


def _settle(
    line: Pen, held: Sequence[Finding], changed: Iterable[Finding], withdrawn: Iterable[Finding], at: datetime
) -> None:
    known, named = _present(held), {(f.pack, f.rule): f for f in held}
    for finding in withdrawn:
        _withdraw(line, finding, at)
    for finding in changed:
        present, twin = (
            known.get(group_of(finding.pack, finding.rule)),
            named.get((finding.pack, finding.rule)),
        )
        if present is not None and twin is not None and twin is not present:
            # This version spoke before, another after it, each in a row of its own: so it was kept once.
            if present.verdict != _WITHDRAWN:
                _withdraw(line, present, at)
            present = twin
        _store(line, present, finding)


def _withdraw(line: Pen, finding: Finding, at: datetime) -> None:
    finding.verdict, finding.turns_at, finding.judged_at = _WITHDRAWN, None, at
    finding.reason, finding.mend = "依现有事实，此条不再适用。", ""
    finding.save(update_fields=["verdict", "turns_at", "judged_at", "reason", "mend"])
    line.about(finding)


def _store(line: Pen, held: Finding | None, fresh: Finding) -> None:
    if held is None:
        fresh.save(force_insert=True)
        line.about(fresh)
        return
    for name in (*_COMPARED, "pack", "judged_at"):
        setattr(held, name, getattr(fresh, name))
    held.save()
    line.about(held)


def _judge_again(line: Pen, subject: Recorded, findings: Iterable[Finding], at: datetime) -> None:
    turns = [f.turns_at for f in findings if f.turns_at is not None and f.turns_at > at]
    if turns:
        kind = subject.kind().rpartition(".")[2]
        line.schedule(f"{kind}.judge", subject, after=min(turns) - at + timedelta(seconds=1))


def _row(subject: Recorded, unit: Unit, judgement: Judgement, at: datetime) -> Finding:
    cite = judgement.cite
    return Finding(
        agency_id=unit.agency_id, unit=unit, subject_kind=subject.kind(), subject=subject.pk, rule=judgement.rule_id,
        rule_kind=judgement.kind, pack=judgement.pack, clause=cite.clause, regulation=cite.regulation,
        article=cite.article, verdict=judgement.verdict.value, asks=judgement.says, reason=judgement.reason,
        mend=judgement.mend, turns_at=judgement.turns_at, facts=plain(judgement.facts_used), judged_at=at,
    )  # fmt: skip


def _differs(held: Finding, fresh: Finding) -> bool:
    return any(getattr(held, name) != getattr(fresh, name) for name in _COMPARED)
