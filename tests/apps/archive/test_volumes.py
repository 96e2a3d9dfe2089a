"""案卷：办结之后立卷，文字和音像同卷，另一人检查移交，档案机构清点接收；少一样不能封卷，少一页退回；归档只由接收而来。"""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.casework.test_case_papers import finished
from tests.apps.steps import HOUR, last_line, opened_case, planned, received, refused
from tests.cast import LONG_AGO, Cast, as_actor
from tests.conftest import unlocked

from liuhen.apps.archive import catalogue, volumes
from liuhen.apps.archive.actions import number_recording
from liuhen.apps.archive.facts import with_filing
from liuhen.apps.archive.holders import breaks_of
from liuhen.apps.archive.metadata import ELEMENTS, missing_of, values_of
from liuhen.apps.archive.models import PropertyReport, Volume, VolumeEntry
from liuhen.apps.archive.properties import FORMAT, examine
from liuhen.apps.casework import handing
from liuhen.apps.casework.actions import enter_contents, link_recording, open_case
from liuhen.apps.casework.facts import facts_of_case
from liuhen.apps.casework.models import Case
from liuhen.apps.casework.stages import move_case
from liuhen.apps.documents.models import Content, Document
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.models import Inspection, Recording
from liuhen.apps.oversight.subjects import facts_of
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer
from liuhen.engines.ledger.policy import NOBODY
from liuhen.engines.rules import assess, combine_packs, load_pack
from liuhen.engines.rules.facts import Facts
from liuhen.engines.rules.filing import asked_of_volume, before_closing, filing_due
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.canonical import canonical
from liuhen.kernel.digests import digest_of
from liuhen.server.paths import data_folder
from liuhen.server.works import works

DAY = timedelta(days=1)


def law_of(pack: str) -> Rulebook:
    return combine_packs([load_pack(data_folder("rulepacks") / pack)])


class Filing:
    """A concluded case with its papers and one recording, its people, and the steps of its volume."""

    def __init__(self, cast: Cast, office: Office, noon: datetime) -> None:
        self.cast, self.office, self.noon = cast, office, noon
        self.he = self._person("何", "010020", "archive_clerk")
        self.case = self._case()
        self.activity = planned(cast, cast.li, cast.wang, at=noon - 3 * HOUR, case=self.case)
        self.papers = [
            finished(cast, office, self.case, name, at=noon - HOUR) for name in ("evidence-list", "decision")
        ]
        self.recording = self.linked(b"clip")
        for stage in ("investigation", "review", "service", "concluded"):
            move_case(self.case, by=as_actor(cast.li), to=stage, note="", law=None, at=noon)

    def _case(self) -> Case:
        li, wang = self.cast.li, self.cast.wang
        return open_case(
            self.cast.team, by=as_actor(li), category="penalty", start_mode="ex_officio", cause="占道经营", party="钱某", officer=li,
            second_officer=wang, at=self.noon - 3 * HOUR,
        )  # fmt: skip

    def _person(self, name: str, number: str, role: str) -> Officer:
        unit = self.cast.chen.unit
        officer = registry.add_officer(unit, by=OPERATOR, person=registry.Person(name, number), at=LONG_AGO)
        registry.appoint(officer, by=OPERATOR, role=role, unit=unit, since=LONG_AGO, at=LONG_AGO)
        return officer

    def linked(self, content: bytes, **more: Any) -> Recording:
        row = received(self.cast, self.office, content, at=self.noon - 2 * HOUR)
        evidence.note_verified(row, by=SYSTEM, vault=self.office.vault, at=self.noon)
        found = Inspection(
            at=self.noon,
            program="test",
            sandbox="none",
            facts={"format": "mp4", "kind": "video"},
            findings=[],
        )
        believed = evidence.Believed("video", self.noon - 2 * HOUR, self.noon - HOUR, "name")
        evidence.note_inspection(row, by=SYSTEM, inspection=found, believed=believed, at=self.noon)
        link_recording(
            self.activity, by=as_actor(self.cast.li), recording=row, reasons=[], at=self.noon, **more
        )
        return row

    def opened(self, law: Rulebook | None = None) -> Volume:
        li = self.cast.li
        made = volumes.open_volume(
            self.case, by=as_actor(li), officer=li, law=law or self.cast.law, at=self.noon
        )
        return volumes.volumes().get(pk=made.pk)

    def fresh(self) -> Volume:
        return volumes.volumes().get(case=self.case)

    def entered(self, **told: Any) -> VolumeEntry:
        return volumes.enter(self.fresh(), VolumeEntry(**told), by=as_actor(self.cast.li), at=self.noon)

    def closed(self, law: Rulebook | None = None, *, hours: int = 1) -> Any:
        li, at = self.cast.li, self.noon + hours * HOUR
        step = volumes.close_volume(
            self.fresh(), by=as_actor(li), officer=li, law=law or self.cast.law, note="", at=at
        )
        works(self.office)["volume.examine"](step.pk)
        return step

    def submitted(self, who: Officer | None = None, *, hours: int = 2) -> Any:
        zhang, at = who or self.cast.zhang, self.noon + hours * HOUR
        return volumes.submit_volume(self.fresh(), by=as_actor(zhang), officer=zhang, note="", at=at)

    def accepted(
        self, who: Officer | None = None, *, hours: int = 3, shelf: str = "一库 3 架 2 盒", **counted: int
    ) -> Any:
        he, at = who or self.he, self.noon + hours * HOUR
        listed = volumes.steps_of(self.fresh())[-1].counts | counted
        step = volumes.accept_volume(
            self.fresh(), by=as_actor(he), officer=he, counted=listed, shelf=shelf, note="", at=at
        )
        works(self.office)["volume.examine"](step.pk)
        return step

    def verdicts(self, law: Rulebook, now: datetime) -> dict[str, str]:
        case = Case.objects.get(pk=self.case.pk)
        told = with_filing(facts_of_case(case), case)
        return {one.rule_id: one.verdict.value for one in assess(law, facts=Facts(case=told), now=now)}


@pytest.fixture
def filing(cast: Cast, office: Office, noon: datetime) -> Filing:
    return Filing(cast, office, noon)


@pytest.mark.clause("SUB-26", "FZH-20.b")
def test_volume_goes_from_the_team_to_the_archive_and_only_that_archives_the_case(filing: Filing) -> None:
    volume = filing.opened()
    assert (volume.number, volumes.state_of(volume), last_line().verb) == (
        "BMZ-案卷-20261116-0001",
        "open",
        "volume.opened",
    )
    assert volume.due_at == filing.noon + 30 * DAY  # SUB-26
    filing.entered(sort="sheet", title="现场勘验图（手绘）", pages=2)
    step = filing.closed()
    assert step.counts == {
        "document": 2,
        "sheet": 1,
        "recording": 1,
        "disc": 0,
        "pages": step.counts["pages"],
    }
    rows = catalogue.items_of(volume, 1)
    assert [row.sort for row in rows] == ["document", "document", "sheet", "recording"]
    assert rows[0].title.endswith("决定书")  # What was decided lies on top.
    pages = [(row.first_page, row.last_page) for row in rows if row.first_page]
    assert pages[0][0] == 1 and all(
        late[0] == (early[1] or 0) + 1 for early, late in itertools.pairwise(pages)
    )
    assert (rows[-1].first_page, rows[-1].sha256) == (None, filing.recording.sha256)
    filing.submitted()
    assert filing.verdicts(law_of("fuzhou"), filing.noon + DAY)["hand-over-volume"] == "符合"
    filing.accepted()
    case = Case.objects.get(pk=filing.case.pk)
    assert (case.stage, case.archived_at) == ("archived", filing.noon + 3 * HOUR)
    assert filing.verdicts(filing.cast.law, filing.noon + DAY)["file-within-30-days"] == "符合"
    assert [step.step for step in volumes.steps_of(filing.fresh())] == ["closed", "submitted", "accepted"]
    assert {row.moment for row in PropertyReport.objects.all()} == {"before", "after"}


@pytest.mark.clause("FZH-20.b")
def test_returned_volume_shows_its_reason_and_new_term_and_comes_back(filing: Filing) -> None:
    filing.opened()
    filing.closed()
    filing.submitted()
    he, due = filing.he, filing.noon + 5 * DAY
    refused(
        lambda: volumes.return_volume(
            filing.fresh(), by=as_actor(he), officer=he, reason="", due_at=due, at=filing.noon
        ),
        says="理由",
    )
    volumes.return_volume(
        filing.fresh(), by=as_actor(he), officer=he, reason="缺第 3 页", due_at=due, at=filing.noon + 3 * HOUR
    )
    row = filing.fresh()
    assert (volumes.state_of(row), volumes.due_of(row), volumes.steps_of(row)[-1].note) == (
        "returned",
        due,
        "缺第 3 页",
    )
    assert filing.verdicts(law_of("fuzhou"), filing.noon + 4 * DAY)["hand-over-volume"] == "未到期"
    assert filing.verdicts(law_of("fuzhou"), filing.noon + 6 * DAY)["hand-over-volume"] == "不符合"
    filing.entered(sort="sheet", title="补第 3 页", pages=1)
    assert filing.closed(hours=4).edition == 2
    assert len(catalogue.items_of(row, 1)) == 3  # What was closed first stays as it was written.
    filing.submitted(hours=5)
    filing.accepted(hours=6)
    assert volumes.state_of(filing.fresh()) == "accepted"


def test_nobody_checks_or_receives_his_own_volume_and_strangers_do_nothing(filing: Filing) -> None:
    cast, noon = filing.cast, filing.noon
    refused(
        lambda: volumes.open_volume(filing.case, by=as_actor(cast.sun), officer=cast.sun, law=None, at=noon),
        says="权限",
    )
    filing.opened()
    refused(filing.opened, says="已经立卷")
    refused(filing.submitted, says="不在这一步")
    filing.closed()
    refused(filing.closed, says="已经封卷")
    refused(lambda: filing.entered(sort="sheet", title="x", pages=1), says="已经封卷")
    refused(lambda: filing.submitted(cast.li), says="权限")
    filing.submitted()
    registry.appoint(
        cast.zhang, by=OPERATOR, role="archive_clerk", unit=cast.team, since=LONG_AGO, at=LONG_AGO
    )
    refused(lambda: filing.accepted(cast.zhang), says="不能自己接收")
    refused(lambda: filing.accepted(pages=1), says="总页数应为")
    refused(lambda: filing.accepted(shelf=" "), says="存放位置")
    filing.accepted()
    refused(filing.accepted, says="不在这一步")


def test_chief_who_closed_it_himself_does_not_check_it(filing: Filing) -> None:
    zhang = filing.cast.zhang
    filing.opened()
    volumes.close_volume(filing.fresh(), by=as_actor(zhang), officer=zhang, law=None, note="", at=filing.noon)
    refused(filing.submitted, says="立卷人不能自己检查")
    registry.appoint(
        filing.cast.wang, by=OPERATOR, role="deputy_head", unit=filing.cast.team, since=LONG_AGO, at=LONG_AGO
    )
    refused(lambda: filing.submitted(filing.cast.wang), says="四性检测还没有做完")


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"sort": "sheet", "title": " ", "pages": 1}, "名称和页数"),
        ({"sort": "sheet", "title": "图", "pages": 0}, "名称和页数"),
        ({"sort": "remark", "code": "text", "says": ""}, "说明是空的"),
    ],
)
def test_empty_entries_are_refused(filing: Filing, entry: dict[str, Any], says: str) -> None:
    filing.opened()
    refused(lambda: filing.entered(**entry), says=says)


@pytest.mark.clause("FZH-16.p3")
def test_volume_with_one_kind_alone_is_not_closed_unless_a_remark_says_why(filing: Filing) -> None:
    law = law_of("fuzhou")
    number_recording(filing.recording, by=as_actor(filing.he), at=filing.noon)
    other = filing.linked(b"second")  # This one has no number yet.
    filing.opened(law)
    refused(lambda: filing.closed(law), says="音像记录信息（第十六条第三款）")
    number_recording(other, by=as_actor(filing.he), at=filing.noon)
    assert "filed-together" not in {
        one.rule_id for one in volumes.obstacles(filing.fresh(), law=law, at=filing.noon)
    }
    assert asked_of_volume(law) == {"text", "recordings"}


@pytest.mark.clause("NDG-27")
def test_break_in_the_chain_of_handovers_is_listed_and_resolved_or_explained(filing: Filing) -> None:
    cast, noon, law = filing.cast, filing.noon, law_of("nandagang")
    finished(cast, filing.office, filing.case, "legal-review", at=noon)
    filing.opened(law)
    assert [("法制审核人员 陈" in one) for one in breaks_of(filing.case)] == [True]
    refused(lambda: filing.closed(law), says="完整的交接记录（第二十七条）")
    thing = [handing.Thing("goods", "案卷一册")]
    row = handing.prepare_handover(
        filing.case, by=as_actor(cast.li), point="to_legal", giver=cast.li, receiver=cast.chen, outside="", things=thing, note="", at=noon
    )  # fmt: skip
    assert "还没有签名" in breaks_of(filing.case)[0]
    for who in (cast.li, cast.chen):
        handing.sign_handover(row, by=as_actor(who), officer=who, seen=handing.seen_of(row), at=noon)
    assert breaks_of(filing.case) == [f"交接 {row.number} 之后，案卷还没有从 陈 交回承办人"]
    filing.entered(sort="remark", code="handover_chain", says="交回时双方当面清点，未制作清单")
    assert not any(
        one.rule_id == "handovers-clear"
        for one in volumes.obstacles(filing.fresh(), law=law, at=noon)
        if "交接" in one.reason
    )
    assert "handover_chain" in (with_filing(facts_of_case(filing.case), filing.case).volume or ())


@pytest.mark.clause("NDG-36.p3b")
def test_evidence_that_is_on_no_disc_keeps_the_volume_open(filing: Filing) -> None:
    law = law_of("nandagang")
    assert not [one for one in _of_recording(filing, law) if one == "evidence-on-disc"]
    filing.linked(b"evidence", is_evidence=True)
    filing.opened(law)
    error = refused(lambda: filing.closed(law), says="刻成光盘|尚未完成|还有")
    told = {
        one.rule_id: one.cite.clause for one in volumes.obstacles(filing.fresh(), law=law, at=filing.noon)
    }
    assert told["evidence-on-disc"] == "NDG-36.p3b"
    assert error.do


def _of_recording(filing: Filing, law: Rulebook) -> list[str]:
    (told,) = facts_of("recording", [filing.recording], lines=(), at=filing.noon)
    return [one.rule_id for one in before_closing(law, facts=[told], now=filing.noon)]


@pytest.mark.clause("NDG-3.p2", "BMZ-3.p2", "FZH-4.1")
def test_paper_of_a_family_that_the_case_needs_must_be_in_the_volume(filing: Filing) -> None:
    by, noon = as_actor(filing.cast.li), filing.noon
    enter_contents(filing.case, by=by, answers={"served": "occurred"}, note="", at=noon)
    filing.opened()

    def missing(pack: str) -> list[str]:
        found = volumes.obstacles(filing.fresh(), law=law_of(pack), at=noon)
        return [one.cite.clause for one in found if "送达回证" in one.reason]

    asked = {"nandagang": "NDG-3.p2", "baimiaozi": "BMZ-3.p2", "fuzhou": "FZH-4.1"}
    assert {pack: missing(pack) for pack in asked} == {pack: [clause] for pack, clause in asked.items()}
    for pack in asked:
        refused(lambda pack=pack: filing.closed(law_of(pack)), says="没有办妥")
    finished(filing.cast, filing.office, filing.case, "service-receipt", at=noon)
    assert [missing(pack) for pack in asked] == [[], [], []]


@pytest.mark.clause("FZH-16.p3b")
def test_times_of_paper_and_film_that_differ_keep_it_open_until_explained(filing: Filing) -> None:
    law, noon = law_of("fuzhou"), filing.noon
    paper = finished(filing.cast, filing.office, filing.activity, "inspection-record", at=noon)
    with unlocked():
        told = {
            "begun": (noon - 2 * HOUR + timedelta(minutes=5)).isoformat(),
            "ended": (noon - HOUR).isoformat(),
        }
        Document.objects.filter(pk=paper.pk).update(values=paper.values | told)
    filing.opened(law)
    found = {one.rule_id: one.reason for one in volumes.obstacles(filing.fresh(), law=law, at=noon)}
    assert "5 分" in found["times-agree"]
    finished(filing.cast, filing.office, paper, "statement", at=noon)  # type: ignore[arg-type]
    assert "times-agree" not in {one.rule_id for one in volumes.obstacles(filing.fresh(), law=law, at=noon)}


def test_order_is_somebodys_to_give_and_withdrawn_sheets_are_gone(filing: Filing) -> None:
    volume = filing.opened()
    sheet = filing.entered(sort="sheet", title="票据", pages=3)
    first = catalogue.entries_of(volume)
    filing.entered(sort="order", order=[str(one.thing) for one in reversed(first)])
    assert [one.thing for one in catalogue.entries_of(filing.fresh())] == [
        one.thing for one in reversed(first)
    ]
    filing.entered(sort="withdrawn", withdraws=sheet)
    assert "票据" not in {one.title for one in catalogue.entries_of(filing.fresh())}


def test_paper_without_a_page_count_is_named(filing: Filing) -> None:
    with unlocked():
        Content.objects.filter(document=filing.papers[0]).update(pages=None)
    filing.opened()
    refused(filing.closed, says="没有页数")
    assert volumes.unpaged(filing.fresh()) == [filing.papers[0].number]


def test_case_that_goes_on_and_an_empty_one_have_no_volume(
    cast: Cast, office: Office, noon: datetime
) -> None:
    case = opened_case(cast, at=noon)
    refused(
        lambda: volumes.open_volume(case, by=as_actor(cast.li), officer=cast.li, law=None, at=noon),
        says="还没有终结",
    )
    for stage in ("investigation", "review", "service", "concluded"):
        move_case(case, by=as_actor(cast.li), to=stage, note="", law=None, at=noon)
    volume = volumes.open_volume(case, by=as_actor(cast.li), officer=cast.li, law=None, at=noon)
    assert volume.due_at is None
    refused(
        lambda: volumes.close_volume(
            volume, by=as_actor(cast.li), officer=cast.li, law=None, note="", at=noon
        ),
        says="是空的",
    )


# ── 四性检测 ────────────────────────────────────────────────


def results(filing: Filing, step: Any) -> dict[str, str]:
    report = examine(step, vault=filing.office.vault, witnesses=NOBODY, at=filing.noon)
    return {one["code"]: one["result"] for one in report.report["checks"]}


def test_report_is_machine_readable_and_the_same_before_and_after(filing: Filing) -> None:
    filing.opened()
    filing.closed()
    filing.submitted()
    filing.accepted()
    before, after = PropertyReport.objects.order_by("at", "pk")
    assert (before.passed, after.passed) == (True, True)
    assert before.report["format"] == FORMAT
    assert digest_of(canonical(before.report)).sha256 == before.sha256
    same = [[one | {"details": []} for one in row.report["checks"]] for row in (before, after)]
    assert same[0] == same[1]
    assert {one["result"] for one in before.report["checks"]} == {
        "pass",
        "notice",
        "not_checked",
    }  # No backup, no scanner, no witness.


@pytest.mark.parametrize(
    ("code", "harm"),
    [
        ("A1", lambda f: f.office.vault.path(f.recording.digest).unlink()),
        ("A2", lambda f: f.papers[0].printed.delete()),
        ("A3", lambda f: Recording.objects.filter(pk=f.recording.pk).update(source_name="other.mp4")),
        ("A4", lambda f: Recording.objects.filter(pk=f.recording.pk).update(quarantine="不明设备")),
        ("I1", lambda f: finished(f.cast, f.office, f.case, "proposal", at=f.noon)),
        ("I2", lambda f: f.fresh().items.filter(place_in=2).update(first_page=9)),
        ("I3", lambda f: Recording.objects.filter(pk=f.recording.pk).update(source_name="")),
        ("U1", lambda f: Inspection.objects.filter(recording=f.recording).update(facts={})),
        ("U2", lambda f: type(f.papers[0].printed).objects.filter(document=f.papers[0]).update(content=b"x")),
    ],
)
def test_each_check_finds_its_own_harm(filing: Filing, code: str, harm: Callable[[Filing], Any]) -> None:
    filing.opened()
    step = volumes.close_volume(
        filing.fresh(), by=as_actor(filing.cast.li), officer=filing.cast.li, law=None, note="", at=filing.noon
    )
    with unlocked():
        harm(filing)
    found = results(filing, step)
    assert found[code] == "fail"
    refused(filing.submitted, says="没有通过")


def test_metadata_are_the_standards_and_what_lacks_is_named(filing: Filing) -> None:
    told = values_of(filing.recording, filing.case)
    assert set(told) == set(ELEMENTS)
    assert filing.recording.sha256 in told["digest"]
    with unlocked():
        Recording.objects.filter(pk=filing.recording.pk).update(source_name="", started_at=None)
    row = Recording.objects.get(pk=filing.recording.pk)
    assert missing_of(row, filing.case) == ["摄录时间", "计算机文件名"]


def test_term_of_filing_is_the_shortest_and_none_where_no_law_gives_one(noon: datetime) -> None:
    assert filing_due(law_of("subdistrict"), concluded_at=noon) == noon + 30 * DAY
    assert filing_due(law_of("tonghua"), concluded_at=noon) is None
