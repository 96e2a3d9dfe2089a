"""A pack held against the text: a number that does not stand in its article is told with rule, number and article."""

from pathlib import Path

import pytest
from tests.engines.rules.printed import TOWN

from liuhen.engines.rules import load_pack
from liuhen.engines.rules.manuscripts import read_manuscript
from liuhen.engines.rules.packs import Pack
from liuhen.engines.rules.proofreading import Number, numbers_in, proofread
from liuhen.engines.rules.splitting import split_text
from liuhen.engines.rules.text import Statute

PACK = """\
[pack]
key = "town"
version = "1"
title = "巡查记录管理规定"
issuer = "青石镇"
agency_type = "township"
id_prefix = "QSZ"

[[agency_setting]]
key = "report-within"
label = "报告期限"
clause = "QSZ-2"
why = "条文未写"
default = "3h"

[[agency_setting]]
key = "signatures"
label = "签字人数"
clause = "QSZ-2"
why = "条文未写"
default = "4"

[[agency_setting]]
key = "who"
label = "谁"
clause = "QSZ-2"
why = "条文未写"
default = "unit_head"
choices = ["unit_head"]
"""
CLAUSES = """
[[clause]]
id = "QSZ-2"
kind = "record"
article = "第二条#1第二款"
says = "人和设备"
[[clause]]
id = "QSZ-2bis"
kind = "record"
article = "第二条#2"
says = "抽查"
[[clause]]
id = "QSZ-4"
kind = "record"
article = "第四条第二款"
says = "保存"
[[clause]]
id = "QSZ-5"
kind = "record"
article = "第五地条"
says = "入库"
"""


@pytest.fixture
def town() -> Statute:
    return split_text(read_manuscript(TOWN.encode()))


def pack_of(folder: Path, rules: str, clauses: str = CLAUSES) -> Pack:
    place = folder / "town"
    place.mkdir()
    (place / "pack.toml").write_text(PACK + clauses + rules, encoding="utf-8")
    return load_pack(place)


def told(pack: Pack, statute: Statute) -> list[tuple[str, str]]:
    return [(slip.rule, slip.what) for slip in proofread(pack, statute)]


def deadline(within: str, says: str = "按时入库", more: str = "") -> str:
    return f"""
[[rule]]
id = "store"
kind = "deadline"
clause = "QSZ-5"
cite = "第五地条"
says = "{says}"
since = "recording.ended_at"
until = "recording.stored_at"
within = "{within}"
{more}
"""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("二十四小时内", Number(24, "小时")),
        ("24 小时", Number(24, "小时")),
        ("保存六个月", Number(6, "个月")),
        ("保存半年", Number(6, "个月")),
        ("保存两年", Number(24, "个月")),
        ("2 年", Number(24, "个月")),
        ("三十日内", Number(30, "日")),
        ("一周", Number(7, "日")),
        ("十天", Number(10, "日")),
        ("五个工作日", Number(5, "工作日")),
        ("双人携带", Number(2, "")),
        ("两名", Number(2, "")),
        ("三分之一", Number(1, "/3")),
        ("达到 100%", Number(100, "%")),
        ("百分之三十", Number(30, "%")),
    ],
)
def test_numbers_are_found_however_they_are_printed(text: str, number: Number) -> None:
    assert number in numbers_in(text)


def test_marks_and_ordinals_are_no_numbers() -> None:
    assert not numbers_in("（三）第二款、第5项，十百千")


def test_rule_whose_number_stands_in_its_article_is_right(town: Statute, tmp_path: Path) -> None:
    assert told(pack_of(tmp_path, deadline("24h", "录像 24 小时内入库")), town) == []


def test_wrong_number_is_told_with_rule_number_and_article(town: Statute, tmp_path: Path) -> None:
    (slip,) = proofread(pack_of(tmp_path, deadline("48h")), town)
    assert (slip.rule, slip.what, slip.article) == ("store", "48 小时", "第五地条")
    assert "参数 within" in slip.told
    assert str(slip).startswith("第五地条（store）：规则写作“48 小时”")


def test_wrong_number_in_our_own_words_is_told_too(town: Statute, tmp_path: Path) -> None:
    slips = proofread(pack_of(tmp_path, deadline("24h", "两名人员三十日内入库")), town)
    assert [slip.what for slip in slips] == ["2", "30 日"]
    assert all("我们的话" in slip.told for slip in slips)


@pytest.mark.parametrize(
    ("keep", "slips"),
    [("6m", []), ("183d", ["183 日"]), ("90min", ["90 分钟"]), ("61s", ["61 秒"]), ("0d", [])],
)
def test_keeping_period_is_looked_for_in_its_own_unit(
    town: Statute, tmp_path: Path, keep: str, slips: list[str]
) -> None:
    rule = f"""
[[rule]]
id = "keep"
kind = "keeping_period"
clause = "QSZ-4"
cite = "第四条第二款"
says = "其余的到期再说"
label = "其余"
term = [{{ since = "recording.ended_at", keep = "{keep}" }}]
"""
    assert [what for _, what in told(pack_of(tmp_path, rule), town)] == slips


def test_counts_and_fractions(town: Statute, tmp_path: Path) -> None:
    rule = """
[[rule]]
id = "count"
kind = "device_count"
clause = "QSZ-2"
also = ["QSZ-2bis"]
cite = "第二条#1第二款"
says = "两名以上人员每三人一台，抽查三分之一，不是 50%"
counted = "activity.cameras"
minimum = 1
from_officers = 2
per_officers = 5
"""
    assert told(pack_of(tmp_path, rule), town) == [("count", "5"), ("count", "50 %")]


def test_number_the_office_set_itself_is_not_the_regulations(town: Statute, tmp_path: Path) -> None:
    rule = """
[[rule]]
id = "stop"
kind = "interruption"
clause = "QSZ-2"
cite = "第二条#1第二款"
says = "中断须说明"
cause = [{ code = "weather", label = "天气" }]
statement_within = { setting = "report-within" }
signatures = { setting = "signatures" }
report_to = { setting = "who" }
"""
    assert told(pack_of(tmp_path, rule), town) == []


def test_relief_is_held_against_its_own_clause(town: Statute, tmp_path: Path) -> None:
    relief = (
        'relief = [{ clause = "QSZ-2", when = "recording.remote_duty", says = "三名人员的除外",'
        ' since = "recording.returned_at", within = "9h" }]'
    )
    assert told(pack_of(tmp_path, deadline("24h", more=relief)), town) == [("store", "9 小时")]


def test_duty_to_record_may_repeat_the_deadline_of_another_article(town: Statute, tmp_path: Path) -> None:
    duty = """
[[rule]]
id = "record"
kind = "must_record"
clause = "QSZ-2"
cite = "第二条#1第二款"
says = "巡查要录像"
duty = "mandatory"
files_within = "{}"
"""
    (tmp_path / "a").mkdir()
    assert told(pack_of(tmp_path / "a", duty.format("24h") + deadline("24h")), town) == []
    assert told(pack_of(tmp_path, duty.format("36h") + deadline("24h")), town) == [("record", "36 小时")]


def test_cited_place_that_is_not_in_the_text_is_told(town: Statute, tmp_path: Path) -> None:
    clauses = CLAUSES.replace('article = "第五地条"', 'article = "第五条"')
    pack = pack_of(tmp_path, deadline("48h").replace('cite = "第五地条"', 'cite = "第五条"'), clauses)
    (slip,) = proofread(pack, town)
    assert (slip.rule, slip.what, slip.article) == ("条款表", "QSZ-5", "第五条")
