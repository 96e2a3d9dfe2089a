"""封卷之前：等封卷、等光盘的规则按“现在就封”来判断；迟延不拦封卷；期限取最短的。"""

from datetime import UTC, datetime, timedelta

import pytest

from liuhen.engines.rules import combine_packs, load_pack
from liuhen.engines.rules.facts import Facts, RecordingFacts
from liuhen.engines.rules.filing import asked_of_volume, before_closing, filing_due
from liuhen.engines.rules.office_facts import CaseFacts, DocumentFacts
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.spans import Span
from liuhen.server.paths import data_folder

NOW = datetime(2026, 5, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def law(*names: str) -> Rulebook:
    return combine_packs([load_pack(data_folder("rulepacks") / name) for name in names])


def asked(book: Rulebook, *facts: Facts) -> list[str]:
    return [one.rule_id for one in before_closing(book, facts=facts, now=NOW)]


def test_case_that_waits_for_its_closing_is_judged_as_though_it_had_come() -> None:
    late = CaseFacts(
        concluded_at=NOW - 90 * DAY, documents=frozenset(), occurred=frozenset(), volume=frozenset({"text"})
    )
    assert asked(law("fuzhou"), Facts(case=late)) == [
        "filed-together"
    ]  # That it is late keeps nobody from closing.
    whole = CaseFacts(documents=frozenset(), occurred=frozenset(), volume=frozenset({"text", "recordings"}))
    assert asked(law("fuzhou"), Facts(case=whole)) == []


@pytest.mark.parametrize(("disc_at", "told"), [(None, ["evidence-on-disc"]), (NOW - DAY, [])])
def test_evidence_must_be_on_its_disc_a_moment_before(disc_at: datetime | None, told: list[str]) -> None:
    recording = RecordingFacts(
        is_evidence=True, disc_at=disc_at, flags=frozenset(), activity_type="dispatch_response"
    )
    assert asked(law("nandagang"), Facts(recording=recording)) == told


def test_times_of_a_paper_that_differ_are_told() -> None:
    stated, recorded = Span(NOW - DAY, NOW), Span(NOW - DAY + timedelta(minutes=5), NOW)
    paper = DocumentFacts(form="interview", stated=stated, recorded=recorded, times_explained=False)
    assert asked(law("fuzhou"), Facts(document=paper)) == ["times-agree"]


def test_term_is_the_shortest_and_what_a_volume_holds_the_union() -> None:
    assert filing_due(law("subdistrict", "tonghua"), concluded_at=NOW) == NOW + 30 * DAY
    assert filing_due(law("tonghua"), concluded_at=NOW) is None
    assert asked_of_volume(law("fuzhou", "nandagang")) == {"text", "recordings", "handover_chain"}
