"""Judgements explain themselves; packs in force together bind at their strictest."""

from datetime import datetime
from pathlib import Path

import pytest

from liuhen.engines.rules import approver_chain, assess, combine_packs, load_pack
from liuhen.engines.rules.approvals import papers_asked
from liuhen.engines.rules.duties import Duty
from liuhen.engines.rules.facts import (
    SCHEMA,
    ActivityFacts,
    ExemptionFacts,
    FactPath,
    Facts,
    InterruptionFacts,
    RecordingFacts,
    plain_fact,
)
from liuhen.engines.rules.kinds.start_stop import StartStop
from liuhen.engines.rules.packs import Rulebook
from liuhen.engines.rules.verdicts import Told, Verdict
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import from_text
from liuhen.kernel.errors import Malformed
from liuhen.kernel.spans import Span

PACKS = Path(__file__).parents[3] / "rulepacks"


def at(text: str) -> datetime:
    return from_text(f"2025-{text}:00+08:00")


def book(*keys: str) -> Rulebook:
    return combine_packs([load_pack(PACKS / key) for key in keys])


def test_late_recording_is_told_with_times_article_and_remedy() -> None:
    facts = Facts(recording=RecordingFacts(ended_at=at("05-06T16:00"), stored_at=at("05-08T08:30")))
    late = assess(book("subdistrict"), facts=facts, now=at("05-08T09:00"))[0]
    assert late.verdict is Verdict.BREACHED
    assert late.reason == (
        "记录完成的时间为 2025-05-06 16:00，存入系统或者指定存储设备的时间为 2025-05-08 08:30，"
        "超过 24小时，迟 16 小时 30 分（第二十一条）。"
    )
    assert "补登返回时间" in late.mend
    assert (late.rule_id, late.kind, late.pack) == ("store-within-24h", "deadline", "subdistrict@1")
    assert str(late.cite) == "《行政执法全过程记录办法（街道办事处）》第二十一条"
    assert late.says.startswith("音像记录完成后")
    assert late.facts_used["recording.stored_at"] == at("05-08T08:30")
    assert late.facts_used["recording.returned_at"] is None
    assert late.turns_at is None


def test_open_deadline_says_when_it_turns_and_then_has_turned() -> None:
    facts, rulebook = Facts(recording=RecordingFacts(ended_at=at("05-06T16:00"))), book("subdistrict")
    open_one = assess(rulebook, facts=facts, now=at("05-07T16:00"))[0]
    assert (open_one.verdict, open_one.turns_at) == (Verdict.PENDING, at("05-07T16:00"))
    assert assess(rulebook, facts=facts, now=at("05-07T16:01"))[0].verdict is Verdict.BREACHED


def test_same_facts_give_the_same_judgements() -> None:
    facts = Facts(recording=RecordingFacts(ended_at=at("05-06T16:00"), flags=frozenset({"mass"})))
    first, second = book("nandagang"), book("nandagang")
    assert assess(first, facts=facts, now=at("05-07T16:00")) == assess(
        second, facts=facts, now=at("05-07T16:00")
    )


def test_unknown_condition_leaves_the_rule_undecided_and_names_the_fact() -> None:
    judged = assess(book("nandagang"), facts=Facts(recording=RecordingFacts()), now=at("05-07T16:00"))
    evidence = next(j for j in judged if j.rule_id == "keep-evidence")
    assert evidence.verdict is Verdict.UNKNOWN
    assert "不知道“已标为证据”" in evidence.reason
    assert evidence.mend == "请补登“已标为证据”的情况。"


def test_rulebook_needs_at_least_one_pack_and_each_only_once() -> None:
    with pytest.raises(Malformed, match="不能为空"):
        combine_packs([])
    pack = load_pack(PACKS / "tonghua")
    with pytest.raises(Malformed, match="tonghua、tonghua"):
        combine_packs([pack, pack])


def test_two_packs_together_ask_for_the_stricter_of_each() -> None:
    both = book("nandagang", "tonghua")
    assert both.grounds == ()  # 通化没有免予记录的情形。
    assert both.interruption is not None
    assert {c.code for c in both.interruption.cause} == {
        "device_fault", "damage", "weather", "battery", "storage", "other_objective",
    }  # fmt: skip
    assert (both.interruption.report_to, both.interruption.roles) == ("部门负责人", ("unit_head",))
    assert {line.code for line in both.checklist} >= {"evidence", "work", "scene"}
    assert len({line.code for line in both.check_lines}) == 6
    assert [step.title for step in approver_chain(both, purpose="view_own_unit")] == ["部门领导"]
    floor = approver_chain(combine_packs([load_pack(PACKS / "subdistrict")]), purpose="superior_visit")
    assert [(step.role, step.act, step.clause) for step in floor] == [("custodian", "登记", "")]
    stay = ActivityFacts(type="case_area_stay", flags=frozenset())
    assert both.duty_of(stay) is Duty.MANDATORY_FULL
    judged = assess(both, facts=Facts(activity=stay), now=at("05-07T16:00"))
    assert {j.pack for j in judged if j.kind == "must_record"} == {"nandagang@1"}


def test_rulebook_offers_the_office_its_own_words() -> None:
    fuzhou, police = book("fuzhou"), book("nandagang")
    assert fuzhou.term("leader_in_charge") == "委分管领导"
    assert fuzhou.term("nothing") == "nothing"
    assert fuzhou.announcement is not None
    assert fuzhou.announcement.wording == "为保护您的合法权益，监督我们的执法行为，本次执法全程录音录像"
    assert fuzhou.announcement.wording_fixed
    assert police.announcement is None
    assert police.cite("NDG-36.p3a").article == "第三十六条第三款"
    assert police.cite("XXX-1").article == "XXX-1"
    annex = [t for t in fuzhou.activity_types if t.clause.startswith("FZH-A.")]
    assert [t.clause for t in annex] == [f"FZH-A.{n}" for n in range(1, 14)]
    assert annex[4].record_class_label == "约谈类"
    assert len(fuzhou.grounds) == 6
    assert [line.clause for line in book("baimiaozi").checklist] == [""] * 5
    assert police.duty_of(ActivityFacts(type="nothing-we-know", flags=frozenset())) is None
    assert (
        police.duty_of(ActivityFacts(type="other_method", flags=frozenset({"obstruction"})))
        is Duty.MANDATORY_FULL
    )


def test_chain_changes_with_the_circumstances() -> None:
    tonghua = book("tonghua")
    assert [s.role for s in approver_chain(tonghua, purpose="disclosure")] == ["agency_head"]
    roles = [
        s.role for s in approver_chain(tonghua, purpose="disclosure", circumstances=["judicial", "sensitive"])
    ]
    assert roles == ["legal_reviewer", "agency_head", "superior_agency"]
    asked = [
        papers_asked(tonghua, purpose="disclosure", circumstances=told)
        for told in ({"judicial"}, {"sensitive"}, set())
    ]
    assert asked == [True, False, False]
    assert not papers_asked(book("subdistrict"), purpose="disclosure", circumstances={"judicial"})
    assert approver_chain(tonghua, purpose="exemption") == ()
    # 街道的文本没有写对外提供由谁批准：底线是机关负责人，绝不是不经批准。
    assert [s.role for s in approver_chain(book("subdistrict"), purpose="disclosure")] == ["agency_head"]
    with pytest.raises(Malformed, match="没有“lunch”这一审批事项"):
        approver_chain(tonghua, purpose="lunch")


def test_fact_path_reads_its_fact_and_tells_its_meaning() -> None:
    path = FactPath("recording", "ended_at")
    assert path.of(Facts()) is None
    assert path.of(Facts(recording=RecordingFacts(ended_at=at("05-06T16:00")))) == at("05-06T16:00")
    assert (str(path), path.says) == ("recording.ended_at", "记录完成的时间")


def test_schema_knows_every_fact_with_type_and_meaning() -> None:
    assert SCHEMA["activity.recorded"].type == "spans"
    assert SCHEMA["activity.exemption"].type == "exemption"
    assert SCHEMA["activity.interruptions"].type == "interruptions"
    assert SCHEMA["approval.approved"].type == "list"
    assert all(fact.says for fact in SCHEMA.values())


def test_told_shows_times_lengths_and_lists_as_people_write_them() -> None:
    span = Span(at("05-06T16:00"), at("05-06T16:06"))
    assert str(Told("{}", (Span(at("05-06T23:50"), at("05-07T00:10")),))).startswith(
        "2025-05-06 23:50 至 2025-05-07 00:10"
    )
    told = Told("{}，{}，{}", (span, ("甲", "乙"), 3))
    assert str(told) == "2025-05-06 16:00 至 16:06（6 分），甲、乙，3"


def test_activity_in_which_nothing_is_known_is_never_called_lawful_or_unlawful() -> None:
    for key in ("nandagang", "tonghua", "baimiaozi", "fuzhou", "subdistrict"):
        judged = assess(book(key), facts=Facts(activity=ActivityFacts()), now=at("05-07T16:00"))
        assert {j.verdict for j in judged} == {Verdict.UNKNOWN}, key


def test_claim_that_was_refused_and_one_still_open_are_told_apart() -> None:
    def said(**claim: object) -> Verdict:
        exemption = ExemptionFacts(code="emergency", reason="疏散", basis="预案", **claim)  # type: ignore[arg-type]
        facts = ActivityFacts(type="daily_inspection", recorded=(), exemption=exemption)
        judged = assess(book("fuzhou"), facts=Facts(activity=facts), now=at("05-07T16:00"))
        return next(j.verdict for j in judged if j.kind == "may_skip")

    assert said() is Verdict.PENDING
    assert said(rejected=True) is Verdict.BREACHED


def test_facts_used_are_ready_to_be_stored() -> None:
    stop = InterruptionFacts(span=Span(at("05-06T16:00"), at("05-06T16:06")), cause="battery")
    facts = ActivityFacts(
        type="daily_inspection", flags=frozenset({"mass", "complex"}), recorded=(), interruptions=(stop,),
        exemption=ExemptionFacts(code="emergency", approved=("unit_head",)),
    )  # fmt: skip
    judged = assess(book("fuzhou"), facts=Facts(activity=facts), now=at("05-07T16:00"))
    used = next(j for j in judged if j.kind == "must_record").facts_used
    assert used["activity.exemption"]["approved"] == ["unit_head"]
    assert used["activity.interruptions"][0]["span"] == [at("05-06T16:00"), at("05-06T16:06")]
    police = assess(book("nandagang"), facts=Facts(activity=facts), now=at("05-07T16:00"))
    assert next(j for j in police if j.rule_id == "record-major").facts_used["activity.flags"] == [
        "complex",
        "mass",
    ]
    assert canonical(used)
    seen = next(j for j in judged if j.kind == "must_record").seen
    assert seen["recording.ended_at"] is None  # Nothing is known of a subject that is not given.


def test_interruption_without_word_of_resumption_is_undecided() -> None:
    stop = InterruptionFacts(span=Span(at("05-06T16:00"), at("05-06T16:06")), cause="battery")
    facts = Facts(activity=ActivityFacts(interruptions=(stop,)))
    judged = next(
        j for j in assess(book("tonghua"), facts=facts, now=at("05-07T16:00")) if j.kind == "interruption"
    )
    assert judged.verdict is Verdict.UNKNOWN
    assert "未登记是否恢复" in judged.reason


def test_every_rule_names_facts_that_exist_and_keeps_to_its_subject() -> None:
    for pack in book("nandagang", "tonghua", "baimiaozi", "fuzhou", "subdistrict").packs:
        for rule in pack.rules:
            assert rule.judge.reads or rule.kind == "guidance", rule.id
            assert {str(path) for path in rule.judge.reads} <= set(SCHEMA)
            assert rule.judge.subject in {path.subject for path in rule.judge.reads} | {"guidance"}


def test_fact_that_json_knows_already_stays_as_it_is() -> None:
    assert plain_fact(1.5) == 1.5


def test_types_that_stand_for_a_flag_in_several_laws_bring_all_of_them() -> None:
    both = book("nandagang", "subdistrict", "baimiaozi", "tonghua", "fuzhou")
    for pack in both.packs:
        for kind in pack.activity_types:
            assert frozenset(kind.flags) <= both.type_flags.get(kind.code, frozenset()), kind.code


def test_whole_process_knows_the_interruption_that_explains_a_gap() -> None:
    for pack in book("nandagang", "tonghua").packs:
        kinds = [rule.judge for rule in pack.rules]
        whole = [kind for kind in kinds if isinstance(kind, StartStop)]
        assert whole
        assert all(kind.interruption in kinds for kind in whole)


def test_rule_names_the_file_it_stands_in() -> None:
    for pack in book("fuzhou").packs:
        assert all(rule.file.endswith(".toml") or ".toml" in rule.file for rule in pack.rules)
