"""环节：how a case goes on from stage to stage, and what stands in the way.

The order of stages is the same everywhere; what must be done before one is entered is the law's: its rules say which stage they guard.
Nobody moves a case into 归档: that happens when the archive accepts its volume.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from liuhen.apps.casework.facts import facts_of_activity, facts_of_case, facts_of_documents, papers_of_case
from liuhen.apps.casework.models import (
    Activity,
    Case,
    CaseHandover,
    ContentEntry,
    HandoverSignature,
    StageChange,
)
from liuhen.apps.casework.receiving import is_real_name
from liuhen.apps.casework.recusing import check_not_recused
from liuhen.apps.documents.models import Document
from liuhen.apps.documents.queries import documents_about
from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.registry.permission import allow
from liuhen.engines.rules.conditions import all_hold
from liuhen.engines.rules.facts import ActivityFacts, Facts
from liuhen.engines.rules.guarding import in_the_way, overtaken
from liuhen.engines.rules.judging import Judgement
from liuhen.engines.rules.kinds.prohibition import Prohibition
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

REAL_NAME = "real_name_not_started"
_NOTICE, _TWICE = "supplement-notice", "second_supplement_notice"
_NEXT: dict[str, tuple[str, ...]] = {
    Case.Stage.INTAKE: (Case.Stage.INVESTIGATION, Case.Stage.NOT_STARTED, Case.Stage.TRANSFERRED),
    Case.Stage.INVESTIGATION: (Case.Stage.REVIEW, Case.Stage.TRANSFERRED),
    Case.Stage.REVIEW: (Case.Stage.SERVICE, Case.Stage.INVESTIGATION, Case.Stage.TRANSFERRED),
    Case.Stage.SERVICE: (Case.Stage.CONCLUDED, Case.Stage.TRANSFERRED),
}
_TOLD = 3
_TO_ANOTHER_ORGAN = (CaseHandover.Point.EXTERNAL, CaseHandover.Point.TRANSFER)


def next_stages(case: Case) -> tuple[str, ...]:
    """The stages a case may go to from where it is."""
    return _NEXT.get(case.stage, ())


class Obstacle(NamedTuple):
    """What stands in the way of a stage, and the case, activity or document it is about."""

    judgement: Judgement
    thing: UUID
    kind: str


def obstacles(
    case: Case, *, to: str, law: Rulebook | None, at: datetime, occurred: Sequence[str] = ()
) -> list[Obstacle]:
    """What the law in force wants done before the case enters `to`, thing by thing; nothing where none is in force.

    An activity whose gap a finished statement accounts for does not hold the case up: its finding stands, the case goes on; not while
    the procedure of an interruption is open, which a statement that nobody approved would go around. Going back needs nothing.
    """
    if law is None or to not in _forward(case):
        return []
    told = facts_of_case(case)
    named = {REAL_NAME} if to == Case.Stage.NOT_STARTED and is_real_name(case) else set[str]()
    told = replace(told, occurred=(told.occurred or frozenset()) | frozenset(occurred) | named)
    things = [(case.pk, case.kind(), Facts(case=told)), *_beside(case, law)]
    return [
        Obstacle(judgement, thing, kind)
        for thing, kind, facts in things
        for judgement in in_the_way(law, to=to, facts=facts, now=at)
    ]


def move_case(
    case: Case, *, by: Actor, to: str, note: str, law: Rulebook | None, at: datetime, real_name: bool = False
) -> Case:
    """Go on to the next stage. `real_name`: a complaint that is not started was made under a real name; where its intake says so, nobody
    can say otherwise.

    Raises `Refused`, naming article and way out, where the order of stages or a rule that guards the stage does not allow it.
    """
    allow(by, "case.write", on=case, at=at)
    check_not_recused(case, by)
    _check_order(case, to)
    _check_handed_over(case, to)
    named = to == Case.Stage.NOT_STARTED and (real_name or is_real_name(case))
    occurred = (REAL_NAME,) if named else ()
    _check_guards(case, to, obstacles(case, to=to, law=law, at=at, occurred=occurred))
    with act("case.stage-changed", by=by, at=at, agency=case.agency_id) as line:
        change = StageChange(case=case, before=case.stage, after=to, note=note, at=at, by=by.id)
        change.save(force_insert=True)
        for code in occurred:
            entry = ContentEntry(
                case=case, code=code, answer=ContentEntry.Answer.OCCURRED, note="", at=at, by=by.id
            )
            entry.save(force_insert=True)
            line.about(entry)
        case.stage = to
        if to == Case.Stage.CONCLUDED:
            case.concluded_at = at
        case.save(update_fields=["stage", "concluded_at"])
        line.about(change)
        line.about(case)
        line.schedule("case.judge", case)
    return case


def enter_archived(case: Case, line: Pen, *, by: Actor, note: str, at: datetime) -> None:
    """归档, within the act by which the archive accepted the volume of a concluded case; one that was archived before stays so."""
    if case.stage != Case.Stage.CONCLUDED:
        return
    change = StageChange(case=case, before=case.stage, after=Case.Stage.ARCHIVED, note=note, at=at, by=by.id)
    change.save(force_insert=True)
    case.stage, case.archived_at = Case.Stage.ARCHIVED, at
    case.save(update_fields=["stage", "archived_at"])
    line.about(change)
    line.about(case)
    line.schedule("case.judge", case)


def check_step(case: Case, *, step: str, law: Rulebook | None) -> None:
    """审查决定的次序：raises `Refused` where a step is taken before one that must come first, naming the article."""
    missing = overtaken(law, case=facts_of_case(case), step=step) if law and step else None
    if missing is not None and law is not None:
        rule, need = missing
        raise Refused(
            f"“{need.label}”还没有办理，不能先办这一步", cite=law.cite(need.clause or rule.clause),
            do=f"请先完成“{need.label}”；已在别处办理的，在执法事项的办案内容中登记。",
        )  # fmt: skip


def check_told_once(case: Case, paper: Document, *, law: Rulebook | None) -> None:
    """一次性告知补正。Raises `Refused` for a second notice where the law in force forbids one, naming the article and the first."""
    first = next((row for row in papers_of_case(case) if row.form == paper.form == _NOTICE), None)
    if law is None or first is None:
        return
    told = facts_of_case(case)
    facts = Facts(case=replace(told, occurred=(told.occurred or frozenset()) | {_TWICE}))
    for rule in law.by_subject["case"]:
        judge = rule.judge
        if isinstance(judge, Prohibition) and _TWICE in judge.acts and all_hold(rule.when, facts):
            raise Refused(
                f"需要补正的应当一次性告知全部内容，已在 {first.number} 中告知过", cite=rule.citation,
                do="请核对先前的告知书；确需改正的，对它另立新版。确已另行告知第二次的，在办案内容中如实登记。",
            )  # fmt: skip


def _beside(case: Case, law: Rulebook) -> list[tuple[UUID, str, Facts]]:
    """The activities and documents of a case as the rules see them, but for activities a finished statement accounts for."""
    activities = list(Activity.objects.filter(case=case).order_by("planned_at", "pk"))
    stated = {
        row.subject
        for row in documents_about([one.pk for one in activities])
        if row.finalised_at and row.form == "statement"
    }
    papers = papers_of_case(case)
    told = [(one.pk, facts_of_activity(one)) for one in activities]
    return [
        *((key, Activity.kind(), Facts(activity=one)) for key, one in told if key not in stated or _is_open(one, law)),
        *((row.pk, Document.kind(), Facts(document=one)) for row, one in zip(papers, facts_of_documents(papers), strict=True) if one),
    ]  # fmt: skip


def _is_open(activity: ActivityFacts, law: Rulebook) -> bool:
    """Whether an interruption that could not be ended still lacks its report, signatures or approval."""
    kind, stops = law.interruption, activity.interruptions or ()
    return kind is not None and any(
        stop.resumed is False and kind.accepts(stop.cause) and kind.lacking(stop) for stop in stops
    )


def _forward(case: Case) -> tuple[str, ...]:
    order = list(Case.Stage)
    return tuple(
        stage
        for stage in next_stages(case)
        if order.index(Case.Stage(stage)) > order.index(Case.Stage(case.stage))
    )


def _check_order(case: Case, to: str) -> None:
    allowed = next_stages(case)
    if to not in allowed:
        way = "、".join(Case.Stage(s).label for s in allowed) or "无后续环节"
        filed = (
            "归档由档案机构接收案卷时办理：请立卷、封卷、移交。" if case.stage == Case.Stage.CONCLUDED else ""
        )
        raise Refused(
            f"执法事项 {case.number} 处于“{case.get_stage_display()}”，不能转入“{Case.Stage(to).label}”",
            do=filed or f"下一环节可为：{way}。",
        )


def is_taken_over(case: Case) -> bool:
    """Whether another organ has signed for a list of the case."""
    taken = HandoverSignature.objects.filter(
        side=HandoverSignature.Side.RECEIVER, refused="", handover__case=case
    )
    return taken.filter(handover__point__in=_TO_ANOTHER_ORGAN).exclude(handover__outside="").exists()


def _check_handed_over(case: Case, to: str) -> None:
    """移送：the other organ has signed for the list before the case counts as its own."""
    if to == Case.Stage.TRANSFERRED and not is_taken_over(case):
        raise Refused(
            f"{case.number} 还没有由接收机关签收，不能转入“移送”",
            do="请写移送函，制作“与法院、检察院等外单位”的交接清单（列明材料和摘要），由接收机关的人签收之后再转入。",
        )


def _check_guards(case: Case, to: str, found: list[Obstacle]) -> None:
    if not found:
        return
    told = [f"{one.judgement.finding.told}（{one.judgement.cite.article}）" for one in found[:_TOLD]]
    more = f"等 {len(found)} 项" if len(found) > _TOLD else ""
    raise Refused(
        f"转入“{Case.Stage(to).label}”之前还有 {len(found)} 项没有办妥：{'；'.join(told)}{more}", cite=found[0].judgement.cite,
        do="请按执法事项页面“转入下一环节之前”所列逐项办理；已在别处记录的，登记办案内容并写明所在。",
    )  # fmt: skip
