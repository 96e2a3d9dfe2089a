"""The right rail of every detail page, the same everywhere: findings, deadlines, proof and trail.

Each page says how its own findings are mended; everything else is made here, once.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from liuhen.apps.journal import queries as journal
from liuhen.apps.journal.models import Line
from liuhen.apps.journal.queries import TrailEntry
from liuhen.apps.oversight.models import Finding as FindingRow
from liuhen.apps.oversight.reasons import told_facts
from liuhen.apps.oversight.rounds import Confirmation, confirmed_by
from liuhen.apps.registry import queries as registry
from liuhen.engines.rules.kinds.deadline import Deadline as DeadlineKind
from liuhen.engines.rules.kinds.keeping_period import KeepingPeriod
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.interfaces.api.behind import told_of
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import (
    Action,
    Cite,
    Deadline,
    Done,
    Fact,
    Finding,
    Guided,
    Proof,
    Rail,
    State,
    Tone,
    TrailStep,
    Turns,
)
from liuhen.interfaces.api.words import (
    GRAVITY,
    RULE_TITLES,
    fact_of,
    said,
    verb_tone,
    verb_words,
    verdict,
)
from liuhen.kernel.clock import shown

_TRAIL = 100
SOON = timedelta(hours=24)
Mends = Callable[[FindingRow], list[Action]]
_DONE_BY = {
    "recording.stored_at": "按时入库", "recording.linked_at": "按时关联", "recording.numbered_at": "按时编号存档", "recording.second_stored_at": "同步存入执法信息系统",
    "inspection.answered_at": "按期答复整改", "unit.inspected_at": "按期督察", "unit.trained_at": "按期培训",
    "case.archived_at": "按时归档", "case.concluded_at": "按时办结",
}  # fmt: skip
_SEALED = State(label="已封存", tone="proven")
_UNSEALED = State(label="待封存", tone="plain", reason="几秒之内封进下一个检查点")


def nothing(_finding: FindingRow) -> list[Action]:
    return []


# ── 合规结论 ────────────────────────────────────────────────


def cite_of_finding(row: FindingRow) -> Cite:
    return Cite(regulation=row.regulation, article=row.article, clause=row.clause)


def rule_of(row: FindingRow, law: Rulebook | None) -> Rule | None:
    """The rule behind a finding, where the law in force still has it."""
    return next((r for r in law.rules_of(row.rule_kind) if r.id == row.rule), None) if law else None


def asks_for(row: FindingRow, law: Rulebook | None) -> str:
    """What a deadline waits for: the path of the fact, empty for other rules."""
    rule = rule_of(row, law)
    return str(rule.judge.until) if rule is not None and isinstance(rule.judge, DeadlineKind) else ""


def title_of(row: FindingRow, law: Rulebook | None) -> str:
    """What the finding is about, in few words: a deadline is named by what must be done."""
    rule = rule_of(row, law)
    if rule is not None and isinstance(rule.judge, DeadlineKind):
        return _DONE_BY.get(str(rule.judge.until), RULE_TITLES["deadline"])
    if rule is not None and isinstance(rule.judge, KeepingPeriod):
        return f"保存：{rule.judge.label}"
    return RULE_TITLES.get(row.rule_kind, "合规")


def finding_shown(
    asking: Asking, row: FindingRow, *, law: Rulebook | None, mends: Mends = nothing, confirmation: Confirmation | None = None
) -> Finding:  # fmt: skip
    """A finding with everything ui.md asks of a red mark: article, what it asks, facts, when it turns, how to mend it."""
    told = told_facts(row, viewer=asking.by, at=asking.at)
    facts: list[Fact] = [fact_of(path, value) for path, value in told.items()]
    open_ = row.verdict in ("不符合", "未到期", "无法判定")
    because = said(row.reason, beside=row.article) + (said(row.mend) if open_ else "")
    return Finding(
        id=str(row.pk),
        title=title_of(row, law),
        verdict=verdict(row.verdict),
        cite=cite_of_finding(row),
        asks=row.asks,
        because=because,
        facts=facts,
        turns=Turns(at=row.turns_at, says="届时仍未办妥的，转为不符合。") if row.turns_at else None,
        mends=mends(row) if open_ else [],
        judged_at=row.judged_at,
        pack=row.pack,
        confirmed=confirmed_words(row, confirmation),
    )


def confirmed_words(row: FindingRow, confirmation: Confirmation | None) -> str | None:
    """That a later round judged it again and found the same, with the law it did so under."""
    if confirmation is None or not confirmation.covers(row.judged_at):
        return None
    return f"{shown(confirmation.finished_at)} 依 {confirmation.packs} 全面重判，未变（台账第 {confirmation.line} 号）"


def guidance_for(law: Rulebook | None, *, at: str) -> list[Guided]:
    """What the regulations in force advise on one of the pages (`guidance.PLACES`)."""
    rules = law.guidance(at=at) if law else ()
    return [
        Guided(
            says=f"{rule.says}。",
            cite=Cite(
                regulation=rule.citation.regulation,
                article=rule.citation.article,
                clause=rule.citation.clause,
            ),
        )
        for rule in rules
        if rule.says
    ]


def tone_of_deadline(due_at: datetime, at: datetime) -> Tone:
    return "breach" if due_at < at else "due" if due_at - at <= SOON else "plain"


def deadline_of(
    row: FindingRow, *, law: Rulebook | None, at: datetime, to: str | None = None
) -> Deadline | None:
    """The clock behind a finding that is not due yet."""
    if row.turns_at is None or row.verdict != "未到期":
        return None
    return Deadline(
        label=title_of(row, law), due_at=row.turns_at, tone=tone_of_deadline(row.turns_at, at),
        cite=cite_of_finding(row), to=to,
    )  # fmt: skip


def gravest(rows: Iterable[FindingRow]) -> FindingRow | None:
    """What must be answered first."""
    return max(rows, key=lambda row: GRAVITY.get(row.verdict, -1), default=None)


# ── 存证 ───────────────────────────────────────────────────


def proof_of_line(line: Line, *, sealed: int) -> Proof:
    is_sealed = line.number <= sealed
    return Proof(
        journal_number=line.number, what=verb_words(line.verb), at=line.at, sealed=is_sealed,
        state=_SEALED if is_sealed else _UNSEALED,
    )  # fmt: skip


def proof_about(thing: UUID) -> Proof | None:
    """The newest line about a thing: what an act answers with."""
    number = journal.last_line(thing)
    line = journal.line(number) if number else None
    return proof_of_line(line, sealed=journal.sealed_size()) if line else None


def done(said_: str, *, about: UUID, to: str | None = None) -> Done:
    """The answer of an act: what was done, and its proof."""
    return Done(said=said_, to=to, proof=proof_about(about))


# ── 轨迹 ───────────────────────────────────────────────────


def trail_of(entries: Iterable[TrailEntry], *, notes: dict[int, str] | None = None) -> list[TrailStep]:
    entries = list(entries)
    names = registry.names_of(entry.actor for entry in entries if entry.actor_kind == "officer")
    return [
        TrailStep(
            at=entry.at,
            who=who(entry, names),
            what=verb_words(entry.verb),
            note=(notes or {}).get(entry.number),
            tone=verb_tone(entry.verb),
            journal_number=entry.number,
        )
        for entry in entries
    ]


def who(entry: TrailEntry, names: dict[UUID, str]) -> str:
    if entry.actor_kind == "officer":
        return names.get(entry.actor, "未登记的人员")
    if entry.actor_kind == "station":
        return entry.origin.rpartition(" ")[0] or "采集站"
    return {"system": "系统", "operator": "本机终端"}.get(entry.actor_kind, entry.origin)


def rail(
    asking: Asking,
    *,
    findings: Iterable[FindingRow],
    law: Rulebook | None,
    things: Iterable[UUID],
    mends: Mends = nothing,
    deadlines: Iterable[Deadline] = (),
    guidance: str = "",
) -> Rail:
    """The whole rail of a page about `things` (the thing itself and what belongs to it).

    `guidance` names the page whose advice is shown (`guidance.PLACES`); empty where the thing is done with.
    """
    rows = list(findings) if asking.can("finding.view") else []
    confirmation = confirmed_by(asking.officer.agency_id) if rows else None
    clocks = [clock for row in rows if (clock := deadline_of(row, law=law, at=asking.at))]
    entries = told_of(asking, journal.trail(things, most=2 * _TRAIL), most=_TRAIL)
    return Rail(
        guidance=guidance_for(law, at=guidance) if guidance else [],
        findings=_told_apart(
            [finding_shown(asking, row, law=law, mends=mends, confirmation=confirmation) for row in rows]
        ),
        deadlines=sorted([*clocks, *deadlines], key=lambda clock: clock.due_at),
        proofs=_proofs(entries),
        trail=trail_of(entries),
    )


def _told_apart(found: list[Finding]) -> list[Finding]:
    """Findings of one thing that would bear one name are told apart by their article."""
    held = Counter(one.title for one in found)
    return [
        one.model_copy(update={"title": f"{one.title} · {one.cite.article}"}) if held[one.title] > 1 else one
        for one in found
    ]


def _proofs(entries: list[TrailEntry]) -> list[Proof]:
    """The newest two lines and the first: how it came in, and how it stands."""
    if not entries:
        return []
    chosen = {entry.number: entry for entry in (*entries[:2], entries[-1])}
    return [
        Proof(
            journal_number=entry.number, what=verb_words(entry.verb), at=entry.at, sealed=entry.sealed,
            state=_SEALED if entry.sealed else _UNSEALED,
        )
        for entry in chosen.values()
    ]  # fmt: skip
