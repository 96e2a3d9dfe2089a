"""The chain from facts to verdict, told to somebody who was not there."""

from datetime import datetime

from tests.laws.cases import rulebook

from liuhen.engines.rules import assess
from liuhen.engines.rules.explaining import Explanation, explain
from liuhen.engines.rules.facts import (
    ActivityFacts,
    ExemptionFacts,
    Facts,
    InterruptionFacts,
    RecordingFacts,
)
from liuhen.engines.rules.office_facts import DeviceFacts
from liuhen.kernel.spans import Span


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2025-05-{text}:00+08:00")


def told(pack: str, rule: str, *, now: str = "08T09:00", **facts: object) -> Explanation:
    judged = assess(rulebook(pack), facts=Facts(**facts), now=at(now))  # type: ignore[arg-type]
    return explain(next(j for j in judged if j.rule_id == rule))


def test_late_recording_is_explained_from_article_to_mending() -> None:
    recording = RecordingFacts(ended_at=at("06T16:00"), stored_at=at("08T08:30"), remote_duty=False)
    assert told("subdistrict", "store-within-24h", recording=recording).lines == (
        "条文：《行政执法全过程记录办法（街道办事处）》第二十一条（规则 store-within-24h，subdistrict@1）",
        "要求：音像记录完成后 24 小时内存入信息系统或者指定的存储设备。",
        "事实：记录完成的时间：2025-05-06 16:00",
        "事实：存入系统或者指定存储设备的时间：2025-05-08 08:30",
        "事实：主张因连续、异地、偏远等情形不能按时移交：否",
        "事实：不能按时移交的情形：不知道",
        "事实：返回单位的时间：不知道",
        (
            "宽限和免除：连续、异地、边远、水上或者交通不便地区执法来不及的，返回单位后 24 小时内存入——不成立"
            "（主张因连续、异地、偏远等情形不能按时移交、不能按时移交的情形）"
        ),
        (
            "结论：不符合。记录完成的时间为 2025-05-06 16:00，存入系统或者指定存储设备的时间为 2025-05-08 08:30，"
            "超过 24小时，迟 16 小时 30 分（第二十一条）。"
        ),
        "怎样补救：请立即存入；如当时连续、异地或者在边远地区执法，请补登返回时间，否则请提交情况说明。",
    )


def test_open_deadline_says_when_it_turns_and_a_kept_one_needs_nothing() -> None:
    recording = RecordingFacts(ended_at=at("06T16:00"))
    lines = told("subdistrict", "store-within-24h", now="07T09:00", recording=recording)
    assert lines.turns == "何时转变：2025-05-07 16:00 之后按不符合处理。"
    claimed = RecordingFacts(
        ended_at=at("06T16:00"), stored_at=at("07T18:00"), remote_duty=True, delay_reason="remote",
        returned_at=at("07T12:00"),
    )  # fmt: skip
    lines = told("subdistrict", "store-within-24h", recording=claimed)
    assert lines.tried[0].endswith("——成立")
    assert "怎样补救" not in "".join(lines.lines)


def test_activity_is_explained_with_its_exemption_and_its_interruptions() -> None:
    stop = InterruptionFacts(span=Span(at("06T10:10"), at("06T10:20")), cause="battery")
    activity = ActivityFacts(
        type="daily_inspection", flags=frozenset({"mass"}), arrived_at=at("06T10:00"), ended_at=at("06T11:00"),
        recorded=(), declared=False, interruptions=(stop,),
        exemption=ExemptionFacts(code="emergency", reason="人员落水"),
    )  # fmt: skip
    lines = told("fuzhou", "record-listed", activity=activity)
    assert lines.tried == (
        "免予记录的主张——手续未齐",
        "中断 2025-05-06 10:10 至 10:20（10 分） 的说明——不成立",
    )
    assert "各设备已记录的时段：没有" in lines.facts
    assert "登记的记录中断：2025-05-06 10:10 至 10:20（10 分）" in lines.facts
    assert "不予记录的主张：人员落水" in lines.facts
    assert "活动类型代码，见规则包的 activity_type：daily_inspection" in lines.facts
    bare = ActivityFacts(type="case_handling", recorded=(), exemption=ExemptionFacts(code="emergency"))
    lines = told("baimiaozi", "record-everything", activity=bare)
    assert lines.tried == ("本规定没有免予记录的情形",)
    assert "不予记录的主张：已主张，未写原因" in lines.facts


def test_prohibition_is_explained_with_the_exception_that_was_tried() -> None:
    device = DeviceFacts(acts=frozenset({"lent"}), loan_approved=False)
    lines = told("fuzhou", "no-lending", device=device)
    assert lines.tried == ("外借或者转作他用经过批准——不成立",)
    assert "已经查实的、对设备所作的行为：外借" in lines.facts
