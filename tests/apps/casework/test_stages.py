"""环节的关口：每个制度、每个环节，先被拒绝并说明条款和办法，办妥之后通过。"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from tests.apps.casework.test_case_papers import finished
from tests.apps.steps import HOUR, opened_case, planned, refused
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions, facts
from liuhen.apps.casework.models import Activity, Case, Interruption
from liuhen.apps.casework.stages import check_step, check_told_once, move_case, next_stages, obstacles
from liuhen.apps.documents.models import Document
from liuhen.engines.rules import combine_packs, load_pack
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.office import Office
from liuhen.kernel.errors import Refused
from liuhen.server.paths import data_folder


def law_of(pack: str) -> Rulebook:
    return combine_packs([load_pack(data_folder("rulepacks") / pack)])


@dataclass(frozen=True)
class Gate:
    """A stage that is refused, what the refusal says, and what is entered so that it is not."""

    pack: str
    start: str
    before: tuple[str, ...]
    to: str
    says: str
    article: str
    entered: dict[str, str] = field(default_factory=dict)


def _written(*codes: str) -> dict[str, str]:
    return dict.fromkeys(codes, "recorded")


_INVESTIGATED = _written(
    "officers_shown", "questioning", "inspection", "evidence", "sampling", "testing", "preservation", "measures", "rights",
    "hearing", "other_investigation",
)  # fmt: skip
_STEPS = _written("step.proposal", "step.intended", "step.legal_review", "step.approval")
GATES = [
    Gate("subdistrict", "ex_officio", (), "investigation", "执法事项来源", "第六条", _written("source", "reason")),
    Gate("subdistrict", "on_application", (), "investigation", "受理", "第六条", _written("application", "supplement", "acceptance")),
    Gate("subdistrict", "ex_officio", ("investigation",), "review", "抽样取证", "第七条", _INVESTIGATED),
    Gate("subdistrict", "ex_officio", ("investigation", "review"), "service", "法制审核", "第八条", _STEPS | _written("other_decision")),
    Gate("subdistrict", "ex_officio", ("investigation", "review", "service"), "concluded", "送达", "第九条",
         _written("service", "performance", "other_execution")),
    Gate("nandagang", "on_application", (), "investigation", "申请登记", "第八条", _written("registration", "decision", "receipt")),
    Gate("nandagang", "on_complaint", (), "investigation", "处理决定", "第九条", _written("disposition")),
    Gate("nandagang", "on_complaint", (), "not_started", "告知记录", "第九条", _written("disposition", "told", "written")),
    Gate("nandagang", "ex_officio", ("investigation",), "review", "权利告知", "第十七条", _written("rights_notice")),
]  # fmt: skip


def _at_stage(cast: Cast, gate: Gate, noon: datetime) -> Case:
    case = actions.open_case(
        cast.team, by=as_actor(cast.li), category="penalty", start_mode=gate.start, cause="占道经营", officer=cast.li,
        second_officer=cast.wang, at=noon,
    )  # fmt: skip
    for stage in gate.before:
        move_case(case, by=as_actor(cast.li), to=stage, note="", law=None, at=noon)
    return case


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: f"{gate.pack}-{gate.start}-{gate.to}")
def test_a_stage_is_refused_with_its_article_then_mended_then_entered(
    cast: Cast, gate: Gate, noon: datetime
) -> None:
    case, law, by = _at_stage(cast, gate, noon), law_of(gate.pack), as_actor(cast.li)

    def move() -> Case:
        return move_case(case, by=by, to=gate.to, note="", law=law, real_name=True, at=noon + HOUR)

    error = refused(move, says=gate.says)
    assert error.cite is not None
    assert error.cite.article.startswith(gate.article)
    assert "登记办案内容" in error.do
    assert case.stage == (gate.before or ("intake",))[-1]
    actions.enter_contents(case, by=by, answers=gate.entered, note="见纸质案卷第 3 页", at=noon + HOUR)
    assert move().stage == gate.to


def test_an_anonymous_complaint_needs_no_notice(cast: Cast, noon: datetime) -> None:
    gate = next(gate for gate in GATES if gate.to == "not_started")
    case, by = _at_stage(cast, gate, noon), as_actor(cast.li)
    actions.enter_contents(case, by=by, answers=_written("disposition"), note="见登记簿", at=noon)
    assert obstacles(case, to="not_started", law=law_of("nandagang"), at=noon) == []
    move_case(case, by=by, to="not_started", note="不属本机关管辖", law=law_of("nandagang"), at=noon)
    assert "real_name_not_started" not in (facts.facts_of_case(case).occurred or ())


@pytest.mark.parametrize("pack", ["nandagang", "subdistrict", "baimiaozi", "tonghua", "fuzhou"])
def test_an_activity_without_its_recording_holds_the_decision_up_until_it_is_accounted_for(
    cast: Cast, office: Office, pack: str, noon: datetime
) -> None:
    law, by = law_of(pack), as_actor(cast.li)
    kind = next(kind.code for kind in law.activity_types if kind.duty.strength >= 3)
    case = opened_case(cast, at=noon)
    move_case(case, by=by, to="investigation", note="", law=None, at=noon)
    actions.enter_contents(
        case, by=by, answers=_INVESTIGATED | _written("rights_notice"), note="见纸质案卷", at=noon
    )
    activity = planned(cast, cast.li, cast.wang, at=noon, case=case)
    type(activity).objects.filter(pk=activity.pk).update(activity_type=kind)
    activity.refresh_from_db()
    (running,) = obstacles(case, to="review", law=law, at=noon + HOUR)
    assert (running.thing, running.kind) == (activity.pk, Activity.kind())
    actions.note_activity(
        activity,
        by=by,
        at=noon + HOUR,
        arrived_at=noon,
        started_at=noon,
        ended_at=noon + HOUR,
        left_at=noon + HOUR,
    )
    later = noon + timedelta(days=3)
    missing = [one.judgement.verdict.value for one in obstacles(case, to="review", law=law, at=later)]
    assert "不符合" in missing
    refused(lambda: move_case(case, by=by, to="review", note="", law=law, at=later), says="音像记录")
    finished(cast, office, activity, "statement", at=later)
    assert move_case(case, by=by, to="review", note="", law=law, at=later).stage == "review"


def test_going_back_and_an_office_without_a_law_are_not_held_up(cast: Cast, noon: datetime) -> None:
    case, by = _at_stage(cast, GATES[3], noon), as_actor(cast.li)
    assert obstacles(case, to="investigation", law=law_of("subdistrict"), at=noon) == []
    assert obstacles(case, to="service", law=None, at=noon) == []
    assert next_stages(case) == ("service", "investigation", "transferred")
    assert (
        move_case(
            case, by=by, to="investigation", note="退回补充调查", law=law_of("subdistrict"), at=noon
        ).stage
        == "investigation"
    )


@pytest.mark.clause("SUB-8", "SUB-8.3")
def test_a_step_of_the_decision_is_not_taken_before_those_that_come_first(
    cast: Cast, office: Office, noon: datetime
) -> None:
    case, law, by = opened_case(cast, at=noon), law_of("subdistrict"), as_actor(cast.li)
    check_step(case, step="proposal", law=law)
    with pytest.raises(Refused, match="拟办决定") as caught:
        finished(cast, office, case, "proposal", at=noon)
        check_step(case, step="legal_review", law=law)
    assert caught.value.cite is not None
    assert caught.value.cite.article == "第八条（二）"
    actions.enter_contents(
        case, by=by, answers=_written("step.intended"), note="见纸质案卷第 9 页", at=noon + HOUR
    )
    check_step(case, step="legal_review", law=law)
    actions.enter_contents(case, by=by, answers={"major": "occurred"}, note="", at=noon + HOUR)
    finished(cast, office, case, "legal-review", at=noon + 2 * HOUR)
    with pytest.raises(Refused, match="集体讨论"):
        check_step(case, step="approval", law=law)
    check_step(case, step="", law=law)
    check_step(case, step="approval", law=None)
    assert facts.facts_of_case(case).steps == ("proposal", "intended", "legal_review")
    assert Document.objects.count() == 2


@pytest.mark.clause("NDG-8bis.e")
def test_what_an_application_lacks_is_told_once_and_a_second_notice_is_not_issued(
    cast: Cast, office: Office, noon: datetime
) -> None:
    law = law_of("nandagang")
    started, applied = (
        opened_case(cast, at=noon),
        _at_stage(cast, Gate("nandagang", "on_application", (), "", "", ""), noon),
    )
    for case in (started, applied):
        first = finished(cast, office, case, "supplement-notice", at=noon)
        again = Document(form="supplement-notice")
        if case == applied:
            told = refused(lambda: check_told_once(applied, again, law=law), says=f"已在 {first.number}")  # noqa: B023
            assert told.cite is not None
            assert told.cite.article == "第八条#2"
        check_told_once(started, again, law=law)  # 依职权的不在其内
        check_told_once(case, again, law=law_of("tonghua"))
        check_told_once(case, again, law=None)
        check_told_once(case, Document(form="acceptance"), law=law)
    finished(
        cast, office, applied, "supplement-notice", at=noon + HOUR
    )  # 已经发出去的照实成立，制度就此作出结论
    assert "second_supplement_notice" in (facts.facts_of_case(applied).occurred or ())


@pytest.mark.clause("BMZ-9.b")
def test_a_statement_that_nobody_approved_does_not_go_around_an_open_interruption(
    cast: Cast, office: Office, noon: datetime
) -> None:
    law, by = law_of("baimiaozi"), as_actor(cast.li)
    case = opened_case(cast, at=noon)
    move_case(case, by=by, to="investigation", note="", law=None, at=noon)
    activity = planned(cast, cast.li, cast.wang, at=noon, case=case)
    type(activity).objects.filter(pk=activity.pk).update(
        activity_type="daily_inspection", arrived_at=noon, started_at=noon, ended_at=noon + HOUR
    )
    activity.refresh_from_db()
    stop = Interruption.objects.create(
        activity=activity, start=noon, end=noon + HOUR, cause="technical", resumed=False, entered_at=noon, entered_by=cast.li.pk,
    )  # fmt: skip
    later = noon + timedelta(days=9)
    finished(cast, office, activity, "statement", at=noon + HOUR)
    refused(lambda: move_case(case, by=by, to="review", note="", law=law, at=later), says="第九条")
    stop.resumed = True
    stop.save(update_fields=["resumed"])
    assert move_case(case, by=by, to="review", note="", law=law, at=later).stage == "review"
