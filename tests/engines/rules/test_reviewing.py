"""The review of a pack: how each clause is carried, and what is well formed and still wrong."""

from pathlib import Path

import pytest
from tests.engines.rules.conftest import HEAD, RULE, Write

from liuhen.engines.rules import load_pack, review
from liuhen.engines.rules.kinds import KINDS
from liuhen.engines.rules.reviewing import WHEN_SILENT

PACKS = Path(__file__).parents[3] / "rulepacks"
SHIPPED = ("baimiaozi", "fuzhou", "nandagang", "subdistrict", "tonghua")
TYPE = '[[activity_type]]\ncode = "visit"\nlabel = "走访"\nclause = "DEM-1"\nduty = "mandatory"\n'


@pytest.mark.parametrize("key", SHIPPED)
def test_shipped_pack_has_neither_hole_nor_problem(key: str) -> None:
    found = review(load_pack(PACKS / key))
    assert [str(problem) for problem in found.problems] == []
    assert found.holes == ()
    assert found.pack.head.title in found.summary()
    assert len(found.rules_told()) == len(found.pack.rules)


def test_silent_parameters_are_told_with_what_then_happens(write: Write) -> None:
    silent = review(write()).silent
    assert "keeping_period：没有期限，一律不得销毁" in silent
    assert "对外提供：机关负责人批准" in silent
    assert "不予记录：不设审批" in silent
    assert set(WHEN_SILENT) == set(KINDS)
    fuzhou = review(load_pack(PACKS / "fuzhou")).silent
    assert fuzhou == (
        "objection：说明后继续记录，不核对",
        "sequence：按系统的环节办理，不另核对",
        "中断记录的书面说明：不设审批",
        "上级机关调阅：保管人登记",
    )


def test_clause_nobody_carries_is_a_hole(write: Write) -> None:
    found = review(write())
    assert [hole.clause for hole in found.holes] == ["DEM-1"]
    assert [str(p) for p in found.problems] == [
        "demo，条款“DEM-1”：没有规则承载，也没有列为计划或者不编码。请编入规则，写明承载的对象，或者说明理由。"
    ]
    assert found.summary() == "示范办法：共 2 款，已承载 1，待承载 0，不编码 0，遗漏 1。"


def test_clause_that_is_planned_or_reasoned_away_is_no_hole(write: Write) -> None:
    planned = HEAD.replace('says = "应当记录"', 'says = "应当记录"\nplanned = ["form recording-note"]')
    found = review(write(head=planned))
    assert (found.count("planned"), found.clauses[0].planned) == (1, ("form recording-note",))
    reasoned = RULE + '[[not_encoded]]\nclause = "DEM-1"\nreason = "目的，不产生义务"\n'
    found = review(write(reasoned))
    assert [(c.how, c.by) for c in found.clauses if c.clause == "DEM-1"] == [
        ("not_encoded", ("目的，不产生义务",))
    ]


def test_clause_is_carried_by_what_the_product_has(write: Write) -> None:
    found = review(write(head=_carried_by("permission recording.play")))
    assert [(c.how, c.by) for c in found.clauses] == [
        ("carried", ("permission recording.play",)),
        ("carried", ("rule store",)),
    ]


def test_reading_explains_a_clause_and_does_not_carry_it(write: Write) -> None:
    reading = '[[reading]]\nid = "C-01"\nclause = "DEM-1"\nhow = "从严"\nwhy = "不明"\n'
    assert [hole.clause for hole in review(write(RULE + reading)).holes] == ["DEM-1"]


def test_rule_on_facts_no_room_fills_leaves_its_clause_planned(write: Write) -> None:
    rule = RULE_HEAD + 'kind = "prohibition"\nfound = "recording.acts"\nacts = ["published"]\n'
    found = review(write(RULE + rule))
    assert (found.clauses[0].how, found.clauses[0].planned) == ("planned", ("rule x",))


def test_guidance_carries_its_clause_by_its_own_name(write: Write) -> None:
    found = review(write(RULE + RULE_HEAD + 'kind = "guidance"\nat = ["activity"]\n'))
    assert (found.clauses[0].how, found.clauses[0].by) == ("carried", ("guidance x",))


def test_clause_that_is_carried_and_still_reasoned_away_is_a_problem(write: Write) -> None:
    reasoned = RULE + '[[not_encoded]]\nclause = "DEM-2"\nreason = "目的"\n'
    assert "已由 rule store 承载，却仍列为不编码" in _told(write(reasoned))


EXISTING = {"permission": frozenset({"recording.play", "recording.list"}), "form": frozenset({"statement"})}


@pytest.mark.parametrize(
    ("carrier", "problem"),
    [
        ("permission recording.play", ""),
        ("test tests/x.py::test_y", ""),
        ("permission recording.plays", "没有“recording.plays”这一权限。您要写的是不是“recording.play”？"),
        ("form zzz", "没有“zzz”这一文书格式。还没有做的，请列在 planned。"),
        ("paper statement", "“paper statement”应写作“种类 名称”"),
        ("form", "“form”应写作“种类 名称”"),
    ],
)
def test_carrier_must_exist_where_it_can_be_looked_up(write: Write, carrier: str, problem: str) -> None:
    told = [str(p) for p in review(write(head=_carried_by(carrier)), existing=EXISTING).problems]
    assert (problem in told[0]) if problem else told == []


def test_planned_carrier_need_not_exist_but_names_a_known_sort(write: Write) -> None:
    planned = HEAD.replace('says = "应当记录"', 'says = "应当记录"\nplanned = ["form later", "paper later"]')
    told = [str(p) for p in review(write(head=planned), existing=EXISTING).problems]
    assert len(told) == 1
    assert "paper later" in told[0]


def _carried_by(carrier: str) -> str:
    return HEAD.replace('says = "应当记录"', f'says = "应当记录"\ncarrier = ["{carrier}"]')


def test_clause_with_a_foreign_prefix_is_a_problem(write: Write) -> None:
    told = _told(write(head=HEAD.replace("DEM-1", "XXX-1")))
    assert "编号应以 DEM- 开头" in told
    assert "None" not in told  # Every problem says where it is.


def test_citation_that_differs_from_the_article_is_a_problem(write: Write) -> None:
    assert "cite 写作“第三条”，条款表里是“第二条”" in _told(write(RULE.replace("第二条", "第三条")))


def test_activity_type_without_a_rule_of_its_duty_is_a_problem(write: Write) -> None:
    assert "强度为“应当记录”，却没有这一强度的 must_record 规则" in _told(write(RULE + TYPE))


def test_setting_nobody_uses_or_nobody_understands_is_a_problem(write: Write) -> None:
    setting = '[[agency_setting]]\nkey = "hours"\nlabel = "期限"\nclause = "DEM-2"\nwhy = "及时"\ndefault = "soon"\n'
    told = _told(write(RULE + setting))
    assert "没有规则用到它" in told
    assert "期限“soon”应写作" in told
    assert "没有规则用到它" in _told(write(RULE + setting.replace('"soon"', '"30"')))
    assert "None" not in told


CHAIN = 'kind = "approver_chain"\npurpose = "disclosure"\n'
RULE_HEAD = '[[rule]]\nid = "x"\nclause = "DEM-1"\ncite = "第一条"\nsays = "示范"\n'


WORDS = [
    ('kind = "may_skip"\nchain = "exemption"\nground = []\n', "没有事项为“exemption”的审批次序"),
    (
        'kind = "may_skip"\nground = [{ code = "tired", label = "累", clause = "DEM-1" }]\n',
        "没有“tired”这一情形",
    ),
    ('kind = "interruption"\ncause = [{ code = "tired", label = "累" }]\n', "没有“tired”这一原因"),
    ('kind = "approver_chain"\npurpose = "lunch"\n', "没有“lunch”这一事项"),
    (
        CHAIN + 'step = [{ role = "cook", title = "厨师", act = "批准", clause = "DEM-1" }]\n',
        "没有“cook”这一角色",
    ),
    (
        CHAIN
        + 'step = [{ role = "unit_head", title = "队长", act = "批准", clause = "DEM-1", unless = "hungry" }]\n',
        "没有“hungry”这一情形",
    ),
    (
        CHAIN
        + 'step = [{ role = "unit_head", title = "队长", act = "批准", clause = "DEM-1", seat = "sofa" }]\n',
        "没有“sofa”这一任职之处",
    ),
    (CHAIN + 'papers = "thirsty"\n', "没有“thirsty”这一情形"),
]


@pytest.mark.parametrize(("rule", "told"), WORDS)
def test_word_that_does_not_exist_is_a_problem(write: Write, rule: str, told: str) -> None:
    assert told in _told(write(RULE_HEAD + rule))


def test_rule_shown_tells_what_the_office_set() -> None:
    told = review(load_pack(PACKS / "tonghua")).rules_told()
    line = next(line for line in told if "export-timely" in line)
    assert line.startswith("第十四条　")
    assert "本机关设定：export-within" in line


def _told(pack: object) -> str:
    return "\n".join(str(problem) for problem in review(pack).problems)  # type: ignore[arg-type]
