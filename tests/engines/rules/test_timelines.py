"""The timeline of an activity: what was recorded, what is excused, what is missing, without overlap or remainder."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.rules.conftest import Write

from liuhen.engines.rules import combine_packs, load_pack, timeline
from liuhen.engines.rules.facts import ActivityFacts, ExemptionFacts, InterruptionFacts
from liuhen.engines.rules.timelines import State
from liuhen.kernel.spans import Span, total, union

PACKS = Path(__file__).parents[3] / "rulepacks"
POLICE = combine_packs([load_pack(PACKS / "nandagang")])
FUZHOU = combine_packs([load_pack(PACKS / "fuzhou")])
T = datetime(2025, 3, 1, 9, tzinfo=UTC)
NONE: frozenset[str] = frozenset()


def m(start: int, end: int) -> Span:
    return Span(T + timedelta(minutes=start), T + timedelta(minutes=end))


def activity(**more: object) -> ActivityFacts:
    facts: dict[str, object] = {
        "type": "case_measures", "flags": NONE, "arrived_at": T, "ended_at": m(0, 30).end, **more,
    }  # fmt: skip
    return ActivityFacts(**facts)  # type: ignore[arg-type]


def test_minutes_are_recorded_explained_or_missing() -> None:
    stop = InterruptionFacts(span=m(10, 14), cause="battery", resumed=True, voice_explained=True)
    drawn = timeline(
        POLICE, activity=activity(recorded=(m(0, 10), m(14, 20)), interruptions=(stop,)), now=m(0, 60).end
    )
    assert [(p.span, p.state, p.says) for p in drawn.pieces] == [
        (m(0, 10), State.RECORDED, ""),
        (m(10, 14), State.EXPLAINED, "电量不足"),
        (m(14, 20), State.RECORDED, ""),
        (m(20, 30), State.MISSING, ""),
    ]
    assert drawn.missing_time == timedelta(minutes=10)
    assert not drawn.is_whole
    assert drawn.reason == "应录 2025-03-01 17:00 至 17:30（30 分）。"
    assert drawn.cite is not None
    assert drawn.cite.article == "第十条"


def test_interruption_that_lacks_its_paper_stays_missing_and_says_its_cause() -> None:
    stops = (
        InterruptionFacts(span=m(20, 25), cause="damage", resumed=False),
        InterruptionFacts(span=m(25, 30)),
    )
    drawn = timeline(POLICE, activity=activity(recorded=(m(0, 20),), interruptions=stops), now=m(0, 60).end)
    assert [(p.state, p.says) for p in drawn.pieces[1:]] == [
        (State.MISSING, "设备损坏"),
        (State.MISSING, "未登记原因"),
    ]


def test_open_activity_is_drawn_up_to_now() -> None:
    drawn = timeline(POLICE, activity=activity(ended_at=None, recorded=(m(0, 12),)), now=m(0, 12).end)
    assert drawn.window == m(0, 12)
    assert drawn.is_open
    assert not drawn.is_whole


def test_activity_without_arrival_has_no_window() -> None:
    drawn = timeline(POLICE, activity=activity(arrived_at=None), now=T)
    assert (drawn.window, drawn.pieces) == (None, ())
    assert "缺少到达时间" in drawn.reason


def test_pack_without_start_and_stop_draws_nothing(write: Write) -> None:
    drawn = timeline(combine_packs([write()]), activity=activity(), now=T)
    assert (drawn.window, drawn.cite, drawn.reason) == (None, None, "没有适用的起止规定。")


def test_admitted_exemption_excuses_every_minute() -> None:
    claim = ExemptionFacts(
        code="emergency",
        reason="疏散",
        basis="预案",
        document_at=T,
        approved=("unit_head", "leader_in_charge"),
    )
    excused = activity(type="daily_inspection", recorded=(), exemption=claim)
    drawn = timeline(FUZHOU, activity=excused, now=m(0, 60).end)
    assert [(p.span, p.state) for p in drawn.pieces] == [(m(0, 30), State.EXCEPTED)]
    assert drawn.is_whole


RECEPTION = """
[[activity_type]]
code = "reception"
label = "受理"
clause = "DEM-1"
duty = "mandatory"

[[rule]]
id = "whole"
kind = "start_stop"
clause = "DEM-1"
cite = "第一条"
says = "自到达至结束"
start = ["activity.arrived_at"]
stop = "activity.ended_at"
"""


def test_activity_that_need_not_be_whole_lacks_nothing_once_some_of_it_is_recorded(write: Write) -> None:
    rulebook = combine_packs([write(RECEPTION)])
    none = timeline(rulebook, activity=activity(type="reception", recorded=()), now=m(0, 60).end)
    some = timeline(rulebook, activity=activity(type="reception", recorded=(m(0, 10),)), now=m(0, 60).end)
    assert [(p.span, p.state) for p in none.pieces] == [(m(0, 30), State.MISSING)]
    assert [(p.span, p.state) for p in some.pieces] == [
        (m(0, 10), State.RECORDED),
        (m(10, 30), State.NOT_ASKED),
    ]


def test_seconds_between_two_files_of_one_camera_are_no_gap() -> None:
    second = timedelta(seconds=3)
    files = (Span(T, m(0, 10).end - second), m(10, 30))
    drawn = timeline(POLICE, activity=activity(recorded=files), now=m(0, 60).end)
    assert [p.state for p in drawn.pieces] == [State.RECORDED]
    assert drawn.is_whole


def test_two_laws_excuse_only_what_both_excuse() -> None:
    both = combine_packs([load_pack(PACKS / "nandagang"), load_pack(PACKS / "tonghua")])
    stop = InterruptionFacts(
        span=m(20, 30), cause="damage", resumed=False, statement_at=T, signatures=1, approved=("unit_head",)
    )
    facts = activity(recorded=(m(0, 20),), interruptions=(stop,))
    assert timeline(POLICE, activity=facts, now=m(0, 60).end).is_whole
    assert timeline(both, activity=facts, now=m(0, 60).end).missing == (m(20, 30),)  # 通化还要立即报告。


spans = st.lists(
    st.tuples(st.integers(-20, 50), st.integers(0, 30)).map(lambda p: m(p[0], p[0] + p[1])), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(recorded=spans, stops=spans)
def test_pieces_fill_the_window_exactly_once(recorded: list[Span], stops: list[Span]) -> None:
    interruptions = tuple(InterruptionFacts(span=s, cause="battery", resumed=True) for s in union(stops))
    facts = activity(recorded=union(recorded), interruptions=interruptions)
    drawn = timeline(POLICE, activity=facts, now=m(0, 60).end)
    assert drawn.window is not None
    assert union(p.span for p in drawn.pieces) == (drawn.window,)
    assert sum((p.span.length for p in drawn.pieces), timedelta()) == drawn.window.length
    assert total(drawn.missing) == drawn.missing_time
