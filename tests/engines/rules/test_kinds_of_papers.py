"""The kinds that speak about papers, registers, prohibitions and advice, where two regulations meet and at their edges."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.engines.rules.conftest import RULE, Write

from liuhen.engines.rules import combine_packs
from liuhen.engines.rules.conditions import Condition
from liuhen.engines.rules.facts import FactPath, Facts, RecordingFacts
from liuhen.engines.rules.kinds import Kind
from liuhen.engines.rules.kinds.device_count import DeviceCount
from liuhen.engines.rules.kinds.guidance import Guidance
from liuhen.engines.rules.kinds.lines import Need
from liuhen.engines.rules.kinds.prohibition import Prohibition
from liuhen.engines.rules.kinds.required import Required
from liuhen.engines.rules.kinds.same_times import SameTimes
from liuhen.engines.rules.kinds.sequence import Sequence
from liuhen.engines.rules.kinds.signatures import Signatures
from liuhen.engines.rules.office_facts import CaseFacts, DeviceFacts, DocumentFacts
from liuhen.engines.rules.verdicts import Finding, Verdict
from liuhen.kernel.months import Period
from liuhen.kernel.spans import Span

NOON = datetime(2025, 5, 6, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
A, B = Need(code="a", label="甲"), Need(code="b", label="乙")
ONLY = Need(code="c", label="丙", only="hearing")
FIELDS = FactPath("document", "fields")
DONE = FactPath("document", "finalised_at")


def judged(kind: Kind, facts: Facts, *, now: datetime = NOON) -> Finding:
    finding = kind.judge(facts, now=now)
    assert finding is not None
    return finding


def paper(**facts: object) -> Facts:
    return Facts(document=DocumentFacts(**facts))  # type: ignore[arg-type]


def test_list_is_open_before_its_moment_and_broken_after_its_time() -> None:
    rule = Required(found=FIELDS, line=(A, B), by=DONE, within=Period(seconds=86_400))
    assert judged(rule, paper(fields=frozenset("a"))).verdict is Verdict.PENDING
    waiting = judged(rule, paper(fields=frozenset("a"), finalised_at=NOON), now=NOON + DAY)
    assert (waiting.verdict, waiting.turns_at) == (Verdict.PENDING, NOON + DAY)
    assert "应于 2025-05-07 12:00 前补齐：乙" in str(waiting.told)
    late = judged(
        rule, paper(fields=frozenset("a"), finalised_at=NOON), now=NOON + DAY + timedelta(seconds=1)
    )
    assert late.verdict is Verdict.BREACHED
    assert str(late.told) == "定稿的时间为 2025-05-06 12:00，仍缺：乙"


def test_list_without_a_moment_is_due_at_once() -> None:
    rule = Required(found=FIELDS, line=(A,))
    assert judged(rule, paper(fields=frozenset())).verdict is Verdict.BREACHED
    assert judged(rule, paper(fields=frozenset("a"))).verdict is Verdict.MET
    at_once = Required(found=FIELDS, line=(A,), by=DONE)
    assert judged(at_once, paper(fields=frozenset(), finalised_at=NOON)).verdict is Verdict.BREACHED


def test_conditional_line_counts_only_where_it_is_given() -> None:
    rule = Required(
        found=FactPath("case", "documents"), line=(ONLY,), given=FactPath("case", "occurred"), by=None
    )
    assert rule.judge(Facts(case=CaseFacts(documents=frozenset(), occurred=frozenset())), now=NOON) is None
    held = Facts(case=CaseFacts(documents=frozenset(), occurred=frozenset({"hearing"})))
    assert judged(rule, held).verdict is Verdict.BREACHED
    unknown = judged(rule, Facts(case=CaseFacts(documents=frozenset())))
    assert (unknown.verdict, "采用的方式" in str(unknown.told)) == (Verdict.UNKNOWN, True)
    unknown = judged(rule, Facts(case=CaseFacts(occurred=frozenset())))
    assert "已有的文书" in str(unknown.told)
    assert "已填写的各项" in str(judged(Required(found=FIELDS, line=(A,)), paper()).told)


def test_lists_of_two_regulations_join_within_the_shorter_time() -> None:
    one = Required(found=FIELDS, line=(A,), by=DONE, within=Period(days=2))
    other = Required(found=FIELDS, line=(B,), by=DONE, within=Period(seconds=3600))
    both = one.combine(other)
    assert {line.code for line in both.line} == {"a", "b"}
    assert both.within == Period(seconds=3600) == other.combine(one).within
    assert one.slot == other.slot
    assert set(map(str, one.reads)) == {"document.fields", "document.finalised_at"}


def test_signatures_are_asked_of_everyone_and_refusals_answered_as_the_stricter_law_says() -> None:
    one = Signatures(who=("party",), officers=1)
    other = Signatures(who=("party", "witness"), officers=2, refusal="two_officers", marks=True)
    both = one.combine(other)
    assert both == Signatures(who=("party", "witness"), officers=2, refusal="two_officers", marks=True)
    assert other.combine(one) == both
    assert one.judge(Facts(), now=NOON) is None
    assert one.subject == "document"
    assert {path.name for path in both.reads} >= {"straddled", "corrections_marked"}
    assert "filmed" in {path.name for path in Signatures(refusal="filmed").reads}


@pytest.mark.parametrize(
    ("rule", "facts", "lacks"),
    [
        (Signatures(who=("party",)), {"signed": {"party"}}, ""),
        (Signatures(who=("party",)), {"signed": set(), "refused": {"party"}}, "拒签情况的注明"),
        (Signatures(who=("party",)), {"signed": set(), "refused": {"party"}, "refusal_noted": True}, ""),
        (Signatures(who=("party",)), {"signed": {"party"}, "refused": {"party"}}, ""),
        (
            Signatures(who=("party",), refusal="never"),
            {"signed": set(), "refused": {"party"}, "refusal_noted": True},
            "当事人签名",
        ),
        (
            Signatures(who=("recipient",), refusal="filmed"),
            {"signed": set(), "refused": {"recipient"}, "refusal_noted": True},
            "拒签时的音像记录",
        ),
        (Signatures(officers=2), {"signed": set(), "officer_signatures": 1}, "2 名执法人员签名"),
        (Signatures(officers=2), {"signed": set(), "officer_signatures": 2}, ""),
        (
            Signatures(who=("party",), officers=1),
            {"signed": set(), "officer_signatures": 0},
            "当事人签名、1 名执法人员签名",
        ),
        (Signatures(marks=True), {"signed": set(), "pages": 2}, "骑缝印记"),
        (Signatures(marks=True), {"signed": set(), "pages": 1}, ""),
        (Signatures(marks=True), {"signed": set()}, ""),
        (Signatures(marks=True), {"signed": set(), "corrections": 3, "corrections_marked": 1}, "2 处改动"),
        (Signatures(marks=True), {"signed": set(), "corrections": 3, "corrections_marked": 3}, ""),
    ],
)
def test_what_a_finished_document_lacks_is_named(
    rule: Signatures, facts: dict[str, object], lacks: str
) -> None:
    given = {name: frozenset(v) if isinstance(v, set) else v for name, v in facts.items()}
    finding = judged(rule, paper(**given, finalised_at=NOON))
    assert finding.verdict is (Verdict.BREACHED if lacks else Verdict.MET)
    assert lacks in str(finding.told)
    assert not lacks or lacks in finding.mend


def test_signatures_nobody_entered_are_not_known() -> None:
    assert judged(Signatures(who=("party",)), paper()).verdict is Verdict.UNKNOWN
    assert judged(Signatures(officers=1), paper(signed=frozenset())).verdict is Verdict.UNKNOWN
    assert judged(Signatures(who=("party",)), paper(signed=frozenset())).verdict is Verdict.PENDING


STEPS = FactPath("case", "steps")
DECIDED = FactPath("case", "decided_at")


def case(**facts: object) -> Facts:
    return Facts(case=CaseFacts(**facts))  # type: ignore[arg-type]


def test_steps_follow_one_another() -> None:
    rule = Sequence(done=STEPS, step=(A, B), by=DECIDED)
    assert judged(rule, case(steps=("a", "b"))).verdict is Verdict.MET
    assert judged(rule, case(steps=("a", "b", "a", "b"))).verdict is Verdict.MET
    overtaken = judged(rule, case(steps=("b", "a")))
    assert (overtaken.verdict, str(overtaken.told)) == (
        Verdict.BREACHED,
        "“甲”应在“乙”之前办理，却没有先办",
    )
    assert judged(rule, case(steps=("a",))).verdict is Verdict.PENDING
    assert judged(rule, case(steps=("a",))).mend == "下一步：乙。"
    left_out = judged(rule, case(steps=("a",), decided_at=NOON))
    assert (left_out.verdict, "没有办理：乙" in str(left_out.told)) == (Verdict.BREACHED, True)
    assert judged(rule, case()).verdict is Verdict.UNKNOWN


def test_conditional_step_is_asked_only_where_it_is_given() -> None:
    rule = Sequence(done=STEPS, step=(A, ONLY), by=DECIDED, given=FactPath("case", "occurred"))
    assert judged(rule, case(steps=("a",), occurred=frozenset())).verdict is Verdict.MET
    heard = judged(rule, case(steps=("a",), occurred=frozenset({"hearing"}), decided_at=NOON))
    assert heard.verdict is Verdict.BREACHED
    assert "采用的方式" in str(judged(rule, case(steps=("a",))).told)
    assert "已办的各步" in str(judged(rule, case(occurred=frozenset())).told)
    assert {str(p) for p in rule.reads} == {"case.steps", "case.decided_at", "case.occurred"}


def test_steps_of_two_regulations_join_the_first_law_first() -> None:
    one, other = Sequence(done=STEPS, step=(A,), by=DECIDED), Sequence(done=STEPS, step=(A, B), by=DECIDED)
    assert one.combine(other).step == (A, B)
    assert (one.subject, one.slot) == ("case", other.slot)


ACTS = FactPath("device", "acts")


def test_what_is_forbidden_is_named_in_chinese_and_an_exception_needs_both_laws() -> None:
    unless = (Condition(FactPath("device", "loan_approved"), equals=True),)
    strict = Prohibition(found=ACTS, acts=frozenset({"lent"}))
    mild = Prohibition(found=ACTS, acts=frozenset({"private_use"}), unless=unless)
    lent = Facts(device=DeviceFacts(acts=frozenset({"lent"}), loan_approved=True))
    assert str(judged(strict, lent).told) == "有所列情形：外借"
    assert judged(mild, lent).verdict is Verdict.MET
    both = strict.combine(mild)
    assert (both.acts, both.unless) == (frozenset({"lent", "private_use"}), ())
    assert mild.combine(mild).unless == unless
    private = Facts(device=DeviceFacts(acts=frozenset({"private_use"}), loan_approved=True))
    assert judged(mild, private).verdict is Verdict.EXEMPT
    refused = Facts(device=DeviceFacts(acts=frozenset({"private_use"})))
    assert judged(mild, refused).verdict is Verdict.BREACHED
    assert judged(strict, Facts(device=DeviceFacts())).verdict is Verdict.UNKNOWN
    assert strict.slot == mild.slot
    assert [str(path) for path in mild.reads] == ["device.acts", "device.loan_approved"]


def test_doubt_is_never_a_breach() -> None:
    doubt = Prohibition(
        found=FactPath("recording", "signs"), acts=frozenset({"gap"}), suspected=True, mend="请核对。"
    )
    found = judged(doubt, Facts(recording=RecordingFacts(signs=frozenset({"gap", "truncated"}))))
    assert (found.verdict, str(found.told), found.mend) == (
        Verdict.UNKNOWN,
        "发现疑点：画面中断，尚待核实",
        "请核对。",
    )


def test_word_is_forbidden_like_a_member_of_a_set() -> None:
    rule = Prohibition(found=FactPath("case", "category"), acts=frozenset({"charging"}))
    assert judged(rule, case(category="charging")).verdict is Verdict.BREACHED
    assert judged(rule, case(category="penalty")).verdict is Verdict.MET


def test_smaller_tolerance_of_two_binds() -> None:
    paths = (FactPath("document", n) for n in ("stated", "recorded", "times_explained"))
    one, other, explained = paths
    wide = SameTimes(one=one, other=other, explained=explained)
    narrow = SameTimes(one=one, other=other, explained=explained, tolerance=Period(seconds=5))
    assert wide.combine(narrow).tolerance == Period(seconds=5) == narrow.combine(wide).tolerance
    assert (wide.subject, wide.slot) == ("document", narrow.slot)
    assert "文书记载的起止时间" in str(judged(wide, paper()).told)


def test_the_end_that_differs_is_named() -> None:
    rule = SameTimes(
        one=FactPath("document", "stated"), other=FactPath("document", "recorded"), explained=FactPath("document", "times_explained")
    )  # fmt: skip
    hour = timedelta(hours=1)
    found = judged(
        rule,
        paper(stated=Span(NOON, NOON + 2 * hour), recorded=Span(NOON, NOON + hour), times_explained=False),
    )
    assert (
        found.verdict,
        "结束相差 1 小时" in str(found.told),
        "开始" in str(found.told).split("：")[1],
    ) == (Verdict.BREACHED, True, False)


def test_guidance_says_nothing_of_facts_and_is_shown_wherever_either_law_shows_it() -> None:
    one, other = Guidance(at=frozenset({"rules"})), Guidance(at=frozenset({"activity"}))
    assert one.judge(Facts(), now=NOON) is None
    assert one.combine(other).at == {"rules", "activity"}
    assert (one.subject, one.slot, one.reads) == ("guidance", (one.at,), ())


def test_devices_of_a_unit_are_counted_against_its_officers() -> None:
    rate = DeviceCount(
        counted=FactPath("unit", "devices"), of=FactPath("unit", "officers"), minimum=1, per_officers=3
    )
    assert rate.subject == "unit"
    assert [str(path) for path in rate.reads] == ["unit.officers", "unit.devices"]


def test_rule_on_facts_no_room_fills_is_judged_only_when_asked_for(write: Write) -> None:
    rule = (
        '[[rule]]\nid = "show"\nkind = "prohibition"\nclause = "DEM-1"\ncite = "第一条"\nsays = "不得公开"\n'
        'found = "recording.acts"\nacts = ["published"]\n'
    )
    pack = write(RULE + rule)
    assert [str(p) for r in pack.rules for p in r.unfilled] == ["recording.acts"]
    asked = [combine_packs([pack], unfilled=unfilled).by_subject["recording"] for unfilled in (False, True)]
    assert [[r.id for r in rules if r.kind == "prohibition"] for rules in asked] == [[], ["show"]]
