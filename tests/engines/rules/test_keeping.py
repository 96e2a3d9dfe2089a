"""How long a recording is kept: the longest of all reasons, and never an early date out of ignorance."""

from datetime import datetime
from pathlib import Path

import pytest
from tests.engines.rules.conftest import Write

from liuhen.engines.rules import combine_packs, keep_until, load_pack
from liuhen.engines.rules.facts import RecordingFacts
from liuhen.kernel.clock import from_text

PACKS = Path(__file__).parents[3] / "rulepacks"
ENDED = from_text("2025-01-15T09:00:00+08:00")
PLAIN = {
    "kind": "on_scene",
    "ended_at": ENDED,
    "is_evidence": False,
    "flags": frozenset(),
    "holds": frozenset(),
}


def at(text: str) -> datetime:
    return from_text(f"{text}T09:00:00+08:00")


def recording(**more: object) -> RecordingFacts:
    return RecordingFacts(**{**PLAIN, **more})  # type: ignore[arg-type]


POLICE = combine_packs([load_pack(PACKS / "nandagang")])


def test_ordinary_recording_runs_out_on_the_day_the_law_says() -> None:
    keeping = keep_until(POLICE, recording=recording())
    assert (keeping.rank, keeping.label, keeping.until) == ("until", "定期", at("2025-07-15"))
    assert (
        keeping.reason
        == "现场执法视音频资料：记录完成的时间起 6个月（第三十六条），保存至 2025-07-15 09:00。"
    )
    assert keeping.cite is not None
    assert not keeping.may_be_disposed(at("2025-07-14"))
    assert keeping.may_be_disposed(at("2025-07-15"))


@pytest.mark.parametrize(
    ("more", "rank", "reason"),
    [
        ({"is_evidence": True}, "permanent", "作为案件证据使用（第三十六条（一））。"),
        (
            {"is_evidence": None},
            "undecided",
            "不知道“已标为证据”，不能确定是否应“作为行政、刑事案件证据使用的，永久保存”",
        ),
        ({"holds": frozenset({"诉讼 2 号"})}, "held", "有未终结的复议、诉讼、信访事项"),
        ({"quarantined": True}, "held", "完整性核验异常，已冻结。"),
        ({"in_case": True}, "undecided", "所属案件尚未办结。"),
        ({"keep_undecided": True}, "undecided", "保存期限尚待负责人决定。"),
    ],
)
def test_reason_to_wait_leaves_no_date(more: dict[str, object], rank: str, reason: str) -> None:
    keeping = keep_until(POLICE, recording=recording(**more))
    assert (keeping.rank, keeping.until) == (rank, None)
    assert keeping.reason.startswith(reason)
    assert not keeping.may_be_disposed(at("2099-01-01"))


def test_case_closed_later_than_the_term_keeps_its_recordings() -> None:
    keeping = keep_until(POLICE, recording=recording(in_case=True, case_closed_at=at("2025-12-01")))
    assert keeping.until == at("2025-12-01")
    assert "办结" in keeping.reason


def test_two_packs_keep_as_long_as_the_longer_asks() -> None:
    both = combine_packs([load_pack(PACKS / "nandagang"), load_pack(PACKS / "fuzhou")])
    keeping = keep_until(both, recording=recording())
    assert keeping.until == at("2027-01-15")
    assert len(keeping.grounds) == 2
    assert keeping.cite is not None
    assert keeping.cite.clause == "FZH-19"


def test_hold_is_kept_even_where_the_regulation_is_silent() -> None:
    fuzhou = combine_packs([load_pack(PACKS / "fuzhou")])
    keeping = keep_until(fuzhou, recording=recording(holds=frozenset({"信访 7 号"})))
    assert (keeping.rank, keeping.cite) == ("held", None)
    assert keeping.reason == "有未终结的事项：信访 7 号。"


def test_pack_without_any_term_decides_nothing(write: Write) -> None:
    keeping = keep_until(combine_packs([write()]), recording=recording())
    assert (keeping.rank, keeping.until) == ("undecided", None)
    assert "没有列明" in keeping.reason
