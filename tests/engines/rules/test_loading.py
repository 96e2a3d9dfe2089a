"""A slip in a pack is told with its file, its entry, its key and what was probably meant."""

from pathlib import Path

import pytest
from tests.engines.rules.conftest import HEAD, RULE, Write

from liuhen.engines.rules import load_pack
from liuhen.engines.rules.kinds import KINDS
from liuhen.engines.rules.kinds.deadline import Deadline
from liuhen.kernel.errors import Malformed
from liuhen.kernel.months import Period

SLIPS = [
    # （改成什么，消息里必须说出什么）
    (('within = "24h"', 'witin = "24h"'), ["规则“store”", "不认识的键“witin”", "您要写的是不是“within”"]),
    (('within = "24h"', ""), ["缺少必填的键“within”", "可用的有", "relief"]),
    (('within = "24h"', "within = 24"), ["键“within”", "24h"]),
    (('"deadline"', '"deadlin"'), ["没有“deadlin”这一种规则", "您要写的是不是“deadline”"]),
    (('kind = "deadline"\n', ""), ["没有写是哪一种规则", "请写 kind"]),
    (
        ("recording.ended_at", "recording.endet_at"),
        ["没有“recording.endet_at”这一事实", "recording.ended_at"],
    ),
    (("recording.ended_at", "recordin.ended_at"), ["您要写的是不是“recording.ended_at”"]),
    (('since = "recording.ended_at"', "since = 3"), ["没有“3”这一事实"]),
    (('cite = "第二条"\n', ""), ["缺少必填的键“cite”"]),
    (('says = "24 小时内入库"', "says = 24"), ["键“says”", "应是文字"]),
    (('clause = "DEM-2"', 'clause = "DEM-3"'), ["条款“DEM-3”不在本规则包的条款表里"]),
    (('id = "store"', 'id = "store"\nalso = "DEM-1"'), ["键“also”", "应是一个列表"]),
    (('id = "store"', 'id = "store"\nalso = ["DEM-9"]'), ["DEM-9"]),
    (('id = "store"', 'id = "store"\nrelief = [3]'), ["第 1 项", "应是一个表"]),
    (('id = "store"', 'id = "store"\nwhen = 3'), ["条件应是事实路径或者表"]),
    (('id = "store"', 'id = "store"\nwhen = "recording.kind"'), ["类型是 text，这里要的是 flag"]),
    (('id = "store"', 'id = "store"\nwhen = { fact = "recording.kind" }'), ["恰好有一项检验"]),
    (('id = "store"', 'id = "store"\nwhen = { equals = true }'), ["恰好有一项检验"]),
    (
        ('id = "store"', 'id = "store"\nwhen = { fct = "recording.kind" }'),
        ["不认识的键“fct”", "您要写的是不是“fact”"],
    ),
    (
        ('id = "store"', 'id = "store"\nwhen = { fact = "recording.kind", equals = "onscene" }'),
        ["没有“onscene”这个值", "您要写的是不是“on_scene”"],
    ),
    (
        ('id = "store"', 'id = "store"\nwhen = { fact = "recording.flags", has_any = ["mas"] }'),
        ["没有“mas”这个值", "您要写的是不是“mass”"],
    ),
    (
        ('id = "store"', 'id = "store"\nwhen = { fact = "recording.flags", one_of = ["mass"] }'),
        ["类型是 set，这里要的是 text"],
    ),
    (
        ('id = "store"', 'id = "store"\nwhen = { fact = "recording.kind", equals = true }'),
        ["类型是 text，这里要的是 flag"],
    ),
    (
        ('id = "store"', 'id = "store"\nwhen = { fact = "recording.ended_at", present = "yes" }'),
        ["应是true 或者 false"],
    ),
    (('within = "24h"', 'within = { setting = "hours" }'), ["键“within”", "没有“hours”这一本机关设定"]),
]


@pytest.mark.parametrize(("slip", "told"), SLIPS, ids=lambda value: str(value)[:60])
def test_slip_in_a_rule_is_told_with_what_was_meant(
    write: Write, slip: tuple[str, str], told: list[str]
) -> None:
    assert write().rules[0].id == "store"
    with pytest.raises(Malformed) as error:
        write(RULE.replace(*slip))
    for part in ("demo/pack.toml", *told):
        assert part in str(error.value)


HEADS = [
    (HEAD.replace('"township"', '"town"'), ["[pack]", "不能是“town”", "您要写的是不是“township”"]),
    (HEAD.replace("[pack]", "[pak]"), ["不认识的键“pak”", "您要写的是不是“pack”"]),
    (HEAD.replace('id = "DEM-2"', 'id = "DEM-1"'), ["条款“DEM-1”", "id 重复"]),
    (HEAD.replace('says = "应当记录"', 'says = "应当记录'), ["不是合格的 TOML"]),
    (HEAD.replace("[[clause]]", "[clause]", 1).replace("[[clause]]", "[x]"), ["不认识的键“x”"]),
    (HEAD.split("[[clause]]", maxsplit=1)[0] + "[clause]\nid = 'DEM-1'\n", ["应写成 [[clause]]"]),
    ("clause = [3]\n" + HEAD.split("[[clause]]", maxsplit=1)[0], ["应写成 [[clause]]"]),
    (HEAD + "\n[terms]\nunit = 3\n", ["[terms]", "词 = 文字"]),
    ("terms = 3\n" + HEAD, ["[terms]"]),
    (HEAD.split("[[clause]]", maxsplit=1)[0].replace("[pack]", "[terms]"), ["[pack]", "应是一个表"]),
]


@pytest.mark.parametrize(("head", "told"), HEADS, ids=range(10))
def test_slip_in_the_pack_is_told_with_its_place(write: Write, head: str, told: list[str]) -> None:
    with pytest.raises(Malformed) as error:
        write("", head=head)
    for part in ("demo/pack.toml", *told):
        assert part in str(error.value)


def test_folder_without_pack_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"没有 pack\.toml"):
        load_pack(tmp_path)
    (tmp_path / "other.toml").write_text("", encoding="utf-8")
    with pytest.raises(Malformed, match=r"没有 pack\.toml"):
        load_pack(tmp_path)


def test_head_of_the_pack_may_not_stand_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "more.toml").write_text(RULE, encoding="utf-8")
    assert [rule.id for rule in load_pack(tmp_path).rules] == ["store"]
    (tmp_path / "more.toml").write_text('[pack]\nkey = "other"\n', encoding="utf-8")
    with pytest.raises(Malformed, match=r"more\.toml：不认识的键“pack”"):
        load_pack(tmp_path)


def test_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_bytes(HEAD.encode("gb18030"))
    with pytest.raises(Malformed, match="UTF-8"):
        load_pack(tmp_path)


SETTING = """
[[agency_setting]]
key = "hours"
label = "期限"
clause = "DEM-2"
why = "条文只说及时"
default = "24h"
"""


def test_office_value_takes_the_place_of_the_default(write: Write) -> None:
    body = SETTING + RULE.replace('within = "24h"', 'within = { setting = "hours" }')
    by_default, by_office = write(body).rules[0], write(body, settings={"hours": "48h"}).rules[0]
    assert isinstance(by_default.judge, Deadline)
    assert isinstance(by_office.judge, Deadline)
    assert by_default.judge.within == Period(seconds=24 * 3600)
    assert by_office.judge.within == Period(seconds=48 * 3600)
    assert by_office.settings == ("hours",)


def test_setting_without_value_leaves_a_required_key_missing(write: Write) -> None:
    body = SETTING.replace('default = "24h"\n', "") + RULE.replace("24h", "x").replace(
        '"x"', '{ setting = "hours" }'
    )
    with pytest.raises(Malformed, match="缺少必填的键“within”"):
        write(body)


def test_office_value_for_an_unknown_setting_is_refused(write: Write) -> None:
    with pytest.raises(Malformed, match="没有“hour”这一本机关设定") as error:
        write(SETTING + RULE, settings={"hour": "48h"})
    assert "您要写的是不是“hours”" in str(error.value)


APPROVER = SETTING.replace(
    'default = "24h"', 'default = "unit_head"\nchoices = ["unit_head", "agency_head"]'
) + (
    '[[rule]]\nid = "view"\nkind = "approver_chain"\nclause = "DEM-1"\ncite = "第一条"\nsays = "调阅"\n'
    'purpose = "view_own_unit"\nstep = [{ role = { setting = "hours" }, act = "批准", clause = "DEM-1" }]\n'
    '[terms]\nagency_head = "镇长"\n'
)


def test_office_chooses_the_approver_the_text_does_not_name(write: Write) -> None:
    by_default, by_office = write(APPROVER), write(APPROVER, settings={"hours": "agency_head"})
    assert [s.title for s in by_default.rules[0].judge.step] == ["部门负责人"]  # type: ignore[attr-defined]
    assert [s.title for s in by_office.rules[0].judge.step] == ["镇长"]  # type: ignore[attr-defined]
    with pytest.raises(Malformed, match="本机关设定“hours”：不能是“cook”"):
        write(APPROVER, settings={"hours": "cook"})


def test_number_setting_becomes_a_number(write: Write) -> None:
    body = SETTING.replace("24h", "30") + (
        '[[rule]]\nid = "check"\nkind = "pre_use_check"\nclause = "DEM-1"\ncite = "第一条"\nsays = "检查"\n'
        'clock_limit_seconds = { setting = "hours" }\nline = [{ code = "clock", label = "时间" }]\n'
    )
    assert write(body).rules[0].judge.clock_limit_seconds == 30  # type: ignore[attr-defined]


def test_condition_on_a_number_and_on_presence_is_read(write: Write) -> None:
    when = 'when = [{ fact = "activity.officers", at_least = 2 }, { fact = "recording.ended_at", present = true }]'
    first, second = write(RULE.replace('id = "store"', f'id = "store"\n{when}')).rules[0].when
    assert (first.at_least, second.present) == (2, True)


def test_every_kind_is_described_and_promises_the_same() -> None:
    for name, kind in KINDS.items():
        assert kind.__doc__, name
        assert {"subject", "slot", "reads", "judge", "combine"} <= set(dir(kind)), name
