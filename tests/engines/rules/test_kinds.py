"""What the cases of the law do not reach: how kinds combine, and the corners of single kinds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from liuhen.engines.rules.conditions import Condition
from liuhen.engines.rules.duties import ActivityType, Duty, strongest
from liuhen.engines.rules.facts import (
    ActivityFacts,
    ApprovalFacts,
    CaseFacts,
    ExemptionFacts,
    FactPath,
    Facts,
    InterruptionFacts,
    RecordingFacts,
)
from liuhen.engines.rules.kinds.announcement import Announcement, Objection
from liuhen.engines.rules.kinds.approver_chain import ApproverChain, Step
from liuhen.engines.rules.kinds.deadline import Deadline, Relief
from liuhen.engines.rules.kinds.device_count import DeviceCount
from liuhen.engines.rules.kinds.interruption import Cause, Interruption
from liuhen.engines.rules.kinds.keeping_period import Counted, KeepingPeriod, Term, longer
from liuhen.engines.rules.kinds.lines import ContentChecklist, Line, PreUseCheck
from liuhen.engines.rules.kinds.may_skip import Ground, MaySkip, Standing
from liuhen.engines.rules.kinds.must_record import MustRecord
from liuhen.engines.rules.kinds.start_stop import LaterStop, StartStop
from liuhen.engines.rules.verdicts import Finding, Verdict, gravest, met, unknown
from liuhen.kernel.citations import Citation
from liuhen.kernel.months import Period
from liuhen.kernel.spans import Span

T = datetime(2025, 3, 1, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAY = Period(seconds=24 * 3600)
ENDED, STORED = FactPath("recording", "ended_at"), FactPath("recording", "stored_at")
REMOTE = (Condition(FactPath("recording", "remote_duty"), equals=True),)


def verdict(finding: Finding | None) -> Verdict | None:
    return finding.verdict if finding else None


def test_shorter_deadline_binds_and_only_shared_reliefs_help() -> None:
    relief = Relief(clause="A", when=REMOTE, says="边远", since=FactPath("recording", "returned_at"))
    mild = Deadline(since=ENDED, until=STORED, within=Period(days=2), relief=(relief,))
    strict = Deadline(since=ENDED, until=STORED, within=DAY)
    assert mild.combine(strict) == strict.combine(mild) == strict
    assert mild.slot == strict.slot
    eased = Deadline(since=ENDED, until=STORED, within=DAY, relief=(relief,))
    assert mild.combine(eased).relief == (relief,)


def test_deadline_from_something_that_has_not_happened_is_open() -> None:
    rule = Deadline(since=FactPath("case", "concluded_at"), until=FactPath("case", "archived_at"), within=DAY)
    assert verdict(rule.judge(Facts(case=CaseFacts()), now=T)) is Verdict.PENDING
    assert verdict(rule.judge(Facts(case=CaseFacts(archived_at=T)), now=T)) is Verdict.UNKNOWN


def test_duties_unite_to_the_strongest() -> None:
    assert strongest((Duty.ASK, Duty.MANDATORY)) is Duty.MANDATORY
    assert strongest(()) is Duty.NONE
    assert Duty.ASK.label == "根据实际记录，不录须说明"
    visit = ActivityType(code="visit", label="走访", clause="A", duty=Duty.ASK)
    check = ActivityType(code="check", label="检查", clause="A", duty=Duty.MANDATORY)
    one = MustRecord(duty=Duty.ASK, files_within=DAY, types=(visit,))
    other = MustRecord(duty=Duty.MANDATORY, files_within=DAY, types=(visit, check))
    assert one.combine(other).duty is Duty.MANDATORY
    assert one.combine(other).types == (visit, check)
    assert one.slot != other.slot
    assert FactPath("activity", "type") in one.reads


def test_rules_about_activities_say_nothing_without_an_activity() -> None:
    for rule in (
        MustRecord(duty=Duty.ASK, files_within=DAY),
        MaySkip(ground=()),
        StartStop(start=(FactPath("activity", "arrived_at"),), stop=FactPath("activity", "ended_at")),
        Interruption(cause=()),
    ):
        assert rule.judge(Facts(), now=T) is None


def test_recordings_not_yet_counted_leave_the_duty_undecided() -> None:
    visit = ActivityType(code="visit", label="走访", clause="A", duty=Duty.MANDATORY)
    rule = MustRecord(duty=Duty.MANDATORY, files_within=DAY, types=(visit,))
    assert verdict(rule.judge(Facts(activity=ActivityFacts(type="visit")), now=T)) is Verdict.UNKNOWN
    running = ActivityFacts(type="visit", recorded=())
    assert verdict(rule.judge(Facts(activity=running), now=T)) is Verdict.PENDING


def test_type_that_neither_this_law_nor_another_knows_leaves_the_duty_undecided() -> None:
    visit = ActivityType(code="visit", label="走访", clause="A", duty=Duty.MANDATORY)
    rule = MustRecord(duty=Duty.MANDATORY, files_within=DAY, types=(visit,)).beside(frozenset({"patrol"}))
    for code, found in (("patrol", None), ("stroll", Verdict.UNKNOWN)):
        told = Facts(activity=ActivityFacts(type=code, recorded=()))
        assert verdict(rule.judge(told, now=T)) is found


def test_larger_number_of_devices_binds() -> None:
    two = DeviceCount(counted=FactPath("activity", "cameras"), minimum=2, from_officers=2)
    ratio = DeviceCount(
        counted=FactPath("activity", "cameras"), minimum=1, per_officers=3, reason_suffices=True
    )
    both = two.combine(ratio)
    assert (both.minimum, both.from_officers, both.per_officers, both.reason_suffices) == (2, 1, 3, False)
    assert (both.needed(1), both.needed(7)) == (2, 3)
    assert two.slot == ratio.slot
    unrecorded = Facts(activity=ActivityFacts(officers=3, cameras=0, recorded=()))
    assert two.judge(unrecorded, now=T) is None


def test_lists_join_line_by_line() -> None:
    battery, clock = Line(code="battery", label="电池"), Line(code="clock", label="时间")
    check = PreUseCheck(line=(battery,), clock_limit_seconds=60).combine(
        PreUseCheck(line=(clock, battery), clock_limit_seconds=30)
    )
    assert ({line.code for line in check.line}, check.clock_limit_seconds) == ({"battery", "clock"}, 30)
    content = ContentChecklist(line=(battery,)).combine(ContentChecklist(line=(clock,)))
    assert len(content.line) == 2
    assert check.slot == content.slot == ()
    assert ContentChecklist(line=(battery,)).judge(Facts(activity=ActivityFacts(recorded=())), now=T) is None


def test_prescribed_wording_wins_and_the_wider_occasion() -> None:
    free = Announcement(wording="您好", before=frozenset({"penalty"}))
    fixed = Announcement(wording="为保护您", wording_fixed=True)
    for both in (free.combine(fixed), fixed.combine(free)):
        assert (both.wording, both.before) == ("为保护您", frozenset())
    more = free.combine(Announcement(wording="同志", before=frozenset({"questioning"})))
    assert more.before == {"penalty", "questioning"}
    assert free.slot == fixed.slot
    assert fixed.judge(Facts(activity=ActivityFacts(recorded=())), now=T) is None
    assert fixed.judge(Facts(activity=ActivityFacts()), now=T) is None
    assert verdict(free.judge(Facts(activity=ActivityFacts()), now=T)) is Verdict.UNKNOWN


def test_stricter_answer_to_an_objection_binds() -> None:
    may, must = (
        Objection(explain_required=False, advice="可以"),
        Objection(explain_required=True, advice="应当"),
    )
    assert may.combine(must).explain_required
    assert may.slot == must.slot
    nobody = Facts(activity=ActivityFacts(objected=False))
    assert must.judge(nobody, now=T) is None
    unsaid = Facts(activity=ActivityFacts(objected=True, stopped_on_objection=False))
    assert verdict(must.judge(unsaid, now=T)) is Verdict.UNKNOWN
    assert verdict(may.judge(unsaid, now=T)) is Verdict.MET


def test_longest_keeping_binds() -> None:
    half_year = KeepingPeriod(label="半年", term=(Counted(since=ENDED, keep=Period(months=6)),))
    two_years = KeepingPeriod(label="两年", term=(Counted(since=ENDED, keep=Period(months=24)),))
    forever = KeepingPeriod(label="永久", forever="permanent")
    facts = Facts(recording=RecordingFacts(ended_at=T))
    assert half_year.combine(two_years).until(facts).until == two_years.until(facts).until
    assert half_year.combine(forever) == forever.combine(half_year) == forever
    assert half_year.slot != forever.slot
    assert ENDED in half_year.reads


def test_longer_of_two_terms_is_the_one_of_higher_rank_then_the_later() -> None:
    early, late = Term("until", T, "甲"), Term("until", T + HOUR, "乙")
    never, held = Term("permanent", None, "丙"), Term("held", None, "丁")
    assert longer(early, late) == longer(late, early) == late
    assert longer(late, never) == longer(never, late) == never
    assert longer(held, Term("held", None, "戊")) == held


def test_disposal_before_the_start_is_known_cannot_be_judged() -> None:
    rule = KeepingPeriod(label="半年", term=(Counted(since=ENDED, keep=Period(months=6)),))
    gone = Facts(recording=RecordingFacts(disposed_at=T))
    assert verdict(rule.judge(gone, now=T)) is Verdict.UNKNOWN


def test_chains_join_without_asking_one_person_twice() -> None:
    head = Step(role="unit_head", title="队长", act="审核", clause="A")
    leader = Step(role="leader_in_charge", title="分管领导", act="批准", clause="B")
    one = ApproverChain(purpose="exemption", step=(head,), register=("事由",))
    other = ApproverChain(purpose="exemption", step=(head, leader), register=("事由", "时间"))
    both = one.combine(other)
    assert (both.step, both.register) == ((head, leader), ("事由", "时间"))
    assert one.slot == other.slot
    assert (
        replace(one, papers="judicial").combine(other).papers
        == one.combine(replace(other, papers="judicial")).papers
        == "judicial"
    )
    elsewhere = Facts(approval=ApprovalFacts(purpose="disclosure"))
    assert both.judge(elsewhere, now=T) is None
    silent = Facts(approval=ApprovalFacts(purpose="exemption"))
    assert verdict(both.judge(silent, now=T)) is Verdict.UNKNOWN
    extra = ApprovalFacts(purpose="exemption", approved=("unit_head", "leader_in_charge", "agency_head"))
    assert verdict(both.judge(Facts(approval=extra), now=T)) is Verdict.MET


def test_only_causes_and_grounds_both_laws_know_remain() -> None:
    battery, weather = Cause(code="battery", label="电量"), Cause(code="weather", label="天气")
    one = Interruption(cause=(battery, weather), measures=("甲",), signatures=1, roles=("unit_head",))
    other = Interruption(cause=(battery,), signatures=2, roles=("unit_head", "agency_head"))
    both = one.combine(other)
    assert (both.cause, both.measures, both.signatures) == ((battery,), (), 2)
    assert both.roles == ("unit_head", "agency_head")
    assert one.slot == ()
    urgent, secret = (Ground(code=c, label=c, clause="A") for c in ("emergency", "privacy"))
    skip = MaySkip(ground=(urgent, secret), roles=("unit_head",)).combine(
        MaySkip(ground=(urgent,), document="工作记录", basis=True, roles=("agency_head",))
    )
    assert (skip.ground, skip.document, skip.basis) == ((urgent,), "工作记录", True)
    assert skip.roles == ("unit_head", "agency_head")
    assert skip.slot == ()


def test_claim_without_a_chosen_ground_stays_open() -> None:
    skip = MaySkip(ground=())
    claim = ActivityFacts(exemption=ExemptionFacts())
    assert skip.standing(claim) is Standing.OPEN
    assert skip.standing(ActivityFacts()) is Standing.NONE


def test_claim_lacks_its_document_only_where_one_is_asked_for() -> None:
    told = ExemptionFacts(code="x", reason="r", basis="b")
    assert MaySkip(ground=(), document="工作记录").lacking(told) == ("工作记录",)
    assert MaySkip(ground=(), document="工作记录").lacking(replace(told, document_at=T)) == ()
    assert MaySkip(ground=()).lacking(told) == ()


def test_report_in_the_last_minute_is_in_time_and_a_cause_without_words_is_told_as_entered() -> None:
    span = Span(T, T + HOUR)
    rule = Interruption(
        cause=(Cause(code="battery", label="电量"),), report_to="队长", report_within=Period(seconds=600)
    )
    for late, found in ((0, False), (1, True)):
        stop = InterruptionFacts(
            span=span, cause="battery", resumed=False, statement_at=T + HOUR, signatures=1,
            reported_at=T + timedelta(seconds=600 + late),
        )  # fmt: skip
        told = rule.judge(Facts(activity=ActivityFacts(interruptions=(stop,))), now=T)
        assert ("超时" in str(told and told.told)) == found
    strange = InterruptionFacts(span=span, cause="owl", resumed=False)
    told = rule.judge(Facts(activity=ActivityFacts(interruptions=(strange,))), now=T)
    assert "owl" in str(told and told.told)


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ({"resumed": None, "voice_explained": True}, False),
        ({"resumed": True, "voice_explained": True}, True),
        ({"resumed": True, "voice_explained": None}, False),
        ({"resumed": True, "voice_explained": False}, False),
        ({"resumed": True, "voice_explained": False, "statement_at": T, "signatures": 1}, True),
        ({"resumed": False, "voice_explained": True}, False),
        ({"resumed": False, "statement_at": T, "signatures": 1}, True),
        ({"resumed": True, "voice_explained": True, "fault_confirmed": False}, False),
    ],
)
def test_stretch_is_explained_by_what_was_spoken_or_else_by_the_paper(
    told: dict[str, Any], holds: bool
) -> None:
    rule = Interruption(cause=(Cause(code="battery", label="电量"),))
    assert rule.explains(InterruptionFacts(span=Span(T, T + HOUR), cause="battery", **told)) is holds


def test_resuming_alone_explains_where_nothing_need_be_spoken() -> None:
    rule = Interruption(cause=(Cause(code="battery", label="电量"),), voice=False)
    assert rule.explains(InterruptionFacts(span=Span(T, T + HOUR), cause="battery", resumed=True))


def test_rejected_statement_breaks_the_rule() -> None:
    stop = InterruptionFacts(span=Span(T, T + HOUR), cause="battery", resumed=False, rejected=True)
    rule = Interruption(cause=(Cause(code="battery", label="电量"),))
    assert (
        verdict(rule.judge(Facts(activity=ActivityFacts(interruptions=(stop,))), now=T)) is Verdict.BREACHED
    )
    assert not rule.explains(stop)


def test_windows_of_two_laws_unite() -> None:
    arrived, started = FactPath("activity", "arrived_at"), FactPath("activity", "started_at")
    later = LaterStop(clause="A", when=REMOTE, says="带回", stop=FactPath("activity", "case_area_entry_at"))
    one = StartStop(start=(arrived,), stop=FactPath("activity", "ended_at"))
    other = StartStop(
        start=(arrived, started),
        stop=FactPath("activity", "ended_at"),
        later_stop=(later,),
        split_tolerance=Period(),
    )
    both = one.combine(other)
    assert (both.start, both.later_stop) == ((arrived, started), (later,))
    assert (both.edge_tolerance.seconds, both.split_tolerance.seconds) == (60, 0)
    assert one.slot == ()
    assert FactPath("activity", "case_area_entry_at") in both.reads


VISIT = ActivityType(code="visit", label="走访", clause="A", duty=Duty.MANDATORY_FULL)
WHOLE = StartStop(
    start=(FactPath("activity", "arrived_at"),),
    stop=FactPath("activity", "ended_at"),
    duties=(MustRecord(duty=Duty.MANDATORY_FULL, files_within=DAY, types=(VISIT,)),),
)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"type": "visit"}, Verdict.UNKNOWN),
        (
            {"type": "visit", "arrived_at": T, "ended_at": T - HOUR, "recorded": (Span(T, T + HOUR),)},
            Verdict.UNKNOWN,
        ),
        ({"type": "else", "arrived_at": T, "ended_at": T + HOUR, "recorded": (Span(T, T + HOUR),)}, None),
        ({"type": "visit", "arrived_at": T, "ended_at": T + HOUR, "recorded": ()}, None),
        (
            {
                "type": "visit",
                "arrived_at": T,
                "ended_at": T + HOUR,
                "recorded": (Span(T, T + 9 * MINUTE),),
                "declared": True,
            },
            Verdict.PENDING,
        ),
    ],
)
def test_whole_process_is_judged_only_where_it_can_be(
    facts: dict[str, object], expected: Verdict | None
) -> None:
    activity = ActivityFacts(**facts)  # type: ignore[arg-type]
    assert verdict(WHOLE.judge(Facts(activity=activity), now=T + 2 * HOUR)) is expected


def test_admitted_exemption_excuses_the_whole_process() -> None:
    skip = MaySkip(ground=(Ground(code="emergency", label="紧急", clause="A"),))
    rule = StartStop(start=WHOLE.start, stop=WHOLE.stop, duties=WHOLE.duties, skip=skip)
    claim = ExemptionFacts(code="emergency", reason="疏散")
    activity = ActivityFacts(
        type="visit", arrived_at=T, ended_at=T + HOUR, recorded=(Span(T, T + MINUTE),), exemption=claim
    )
    assert verdict(rule.judge(Facts(activity=activity), now=T + HOUR)) is Verdict.EXEMPT


def test_gravest_finding_answers_for_several() -> None:
    assert verdict(gravest([met("好"), unknown("不明")])) is Verdict.UNKNOWN
    assert gravest([]) is None


def test_number_condition_counts() -> None:
    several = Condition(FactPath("activity", "officers"), at_least=2)
    assert several.holds(Facts(activity=ActivityFacts(officers=2))) is True
    assert several.holds(Facts(activity=ActivityFacts(officers=1))) is False
    assert several.holds(Facts()) is None


def test_duty_by_its_situation_cites_its_own_article_and_not_that_of_the_type() -> None:
    item = Citation("办法", "附件 序号3", "X-A.3")
    listed = MustRecord(
        duty=Duty.MANDATORY,
        files_within=DAY,
        types=(ActivityType(code="check", label="检查", clause="X-A.3", duty=Duty.MANDATORY),),
        cites=(("check", item),),
    )
    upgraded = replace(
        listed, upgrade=(Condition(FactPath("activity", "flags"), has_any=frozenset({"obstruction"})),)
    )
    facts = Facts(activity=ActivityFacts(type="check", flags=frozenset({"obstruction"}), recorded=None))
    found = [rule.judge(facts, now=T) for rule in (listed, upgraded)]
    assert [one.cite if one else "" for one in found] == [item, None]


def test_what_is_not_known_is_said_with_what_to_do_about_it() -> None:
    """没有登记的，说明缺什么、怎样补；不说符合，也不说不符合。"""
    recorded = ActivityFacts(type="visit", recorded=(Span(T, T + HOUR),))
    listed = ContentChecklist(line=(Line(code="a", label="现场环境"),)).judge(Facts(activity=recorded), now=T)
    told = Announcement(wording="", before=frozenset({"charging"})).judge(Facts(activity=recorded), now=T)
    assert listed and told
    assert (str(listed.told), listed.mend) == ("不知道摄录内容清单的办理情况", "请逐项标记。")
    assert (str(told.told), told.mend) == ("不知道活动中是否实施了须先告知的行为", "请登记实施的行为。")


def test_deadline_that_waits_says_for_what() -> None:
    rule = Deadline(since=FactPath("case", "concluded_at"), until=FactPath("case", "archived_at"), within=DAY)
    waiting = rule.judge(Facts(case=CaseFacts()), now=T)
    assert waiting
    assert "尚未发生" in str(waiting.told)
    assert "None" not in str(waiting.told)


def test_act_of_a_single_moment_is_not_ended_before_it_began() -> None:
    facts = ActivityFacts(
        type="visit", arrived_at=T, ended_at=T, recorded=(Span(T, T + HOUR),), declared=True
    )
    found = WHOLE.judge(Facts(activity=facts), now=T + 2 * HOUR)
    assert found
    assert "早于开始" not in str(found.told)


_VISITS = MustRecord(duty=Duty.MANDATORY_FULL, files_within=DAY, types=(VISIT,))
_BATTERY = Interruption(cause=(Cause(code="battery", label="电量"),))
_HALF_YEAR = KeepingPeriod(label="半年", term=(Counted(since=ENDED, keep=Period(months=6)),))
_GAP = Span(T, T + HOUR)


@pytest.mark.parametrize(
    ("rule", "facts", "told", "mend"),
    [
        (Objection(explain_required=True, advice=""), Facts(activity=ActivityFacts(objected=True, stopped_on_objection=False)),
         "当事人提出异议，未登记说明情况和是否停录", "请补登异议的处理情况。"),
        (_BATTERY, Facts(activity=ActivityFacts(interruptions=(InterruptionFacts(span=_GAP, cause="battery"),))),
         "2025-03-01 17:00 至 18:00（1 小时） 因电量不足中断，未登记是否恢复", "请登记恢复情况。"),
        (_BATTERY, Facts(activity=ActivityFacts(interruptions=(InterruptionFacts(span=_GAP, cause="battery", resumed=False, rejected=True),))),
         "2025-03-01 17:00 至 18:00（1 小时） 因电量不足无法继续记录，书面说明被退回", "请补正后重新提交。"),
        (_HALF_YEAR, Facts(recording=RecordingFacts(disposed_at=T)),
         "半年：记录完成的时间未到或者不明，期限不起算；已于 2025-03-01 17:00 销毁，不能核对", "请补登起算的时间。"),
        (_VISITS, Facts(activity=ActivityFacts(type="visit")), "尚不知道有没有音像记录", "请核对入库情况。"),
        (_VISITS, Facts(activity=ActivityFacts(type="visit", recorded=())), "活动尚未结束，应当记录", ""),
        (WHOLE, Facts(activity=ActivityFacts(type="visit", arrived_at=T, ended_at=T - HOUR, recorded=(_GAP,))),
         "现场执法活动结束的时间早于开始的时间 2025-03-01 17:00", "请核对起止时间。"),
        (WHOLE, Facts(activity=ActivityFacts(type="visit", arrived_at=T, ended_at=T + HOUR, recorded=(Span(T, T + MINUTE),), declared=True)),
         "应录 2025-03-01 17:00 至 18:00（1 小时），尚缺 2025-03-01 17:01 至 18:00（59 分），文件应于 2025-03-02 18:00 前入库", ""),
    ],
)  # fmt: skip
def test_what_no_case_of_the_law_says_is_said_whole(rule: Any, facts: Facts, told: str, mend: str) -> None:
    found = rule.judge(facts, now=T + HOUR)
    assert (str(found.told), found.mend) == (told, mend)


def test_gap_between_two_files_is_measured_by_its_own_tolerance_and_not_by_that_of_the_ends() -> None:
    rule = replace(WHOLE, edge_tolerance=Period(seconds=60), split_tolerance=Period(seconds=5))
    window = Span(T, T + HOUR)
    for gap, told in ((5, 0), (6, 1), (59, 1)):
        middle = T + 30 * MINUTE
        covered = (Span(T, middle), Span(middle + timedelta(seconds=gap), T + HOUR))
        assert len(rule.uncovered(window, covered)) == told, gap
    for late, told in ((60, 0), (61, 1)):
        assert len(rule.uncovered(window, (Span(T + timedelta(seconds=late), T + HOUR),))) == told


def test_relief_gives_its_own_term_where_it_names_one() -> None:
    relief = Relief(
        clause="A",
        when=REMOTE,
        says="边远",
        since=FactPath("recording", "returned_at"),
        within=Period(seconds=2 * 3600),
    )
    rule = Deadline(since=ENDED, until=STORED, within=DAY, relief=(relief,))
    for hours, expected in ((2, Verdict.MET), (3, Verdict.BREACHED)):
        facts = RecordingFacts(
            ended_at=T, returned_at=T + 48 * HOUR, stored_at=T + (48 + hours) * HOUR, remote_duty=True
        )
        assert verdict(rule.judge(Facts(recording=facts), now=T + 72 * HOUR)) is expected
    lent = replace(rule, relief=(replace(relief, within=None),))
    facts = RecordingFacts(ended_at=T, returned_at=T + 48 * HOUR, stored_at=T + 71 * HOUR, remote_duty=True)
    assert verdict(lent.judge(Facts(recording=facts), now=T + 72 * HOUR)) is Verdict.MET


def test_file_is_due_until_the_last_second_of_its_term() -> None:
    waiting = ActivityFacts(type="visit", recorded=(), arrived_at=T, ended_at=T)
    at = T + timedelta(hours=24)
    assert verdict(_VISITS.judge(Facts(activity=waiting), now=at)) is Verdict.PENDING
    assert verdict(_VISITS.judge(Facts(activity=waiting), now=at + timedelta(seconds=1))) is Verdict.BREACHED


def test_everything_that_a_claim_lacks_is_told_in_one_sentence() -> None:
    skip = MaySkip(
        ground=(Ground(code="emergency", label="紧急", clause="A"),), document="工作记录", within=DAY
    )
    claim = ActivityFacts(type="visit", recorded=(), ended_at=T, exemption=ExemptionFacts(code="emergency"))
    found = skip.judge(Facts(activity=claim), now=T + HOUR)
    assert found
    assert found.mend.startswith("请补齐：")
    assert found.mend.count("、") == len(skip.lacking(ExemptionFacts(code="emergency"))) - 1
    assert "XX" not in found.mend
