"""The clause lists of the packs, held against the register of clauses of the regulations where that lies beside."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from liuhen.engines.rules import load_pack, review
from liuhen.engines.rules.manuscripts import read_manuscript
from liuhen.engines.rules.proofreading import proofread
from liuhen.engines.rules.splitting import split_text
from liuhen.engines.rules.text import Statute

ROOT = Path(__file__).parents[3]
REGISTER = Path(os.environ.get("LIUHEN_REFERENCE", ROOT.parent / "shared")) / "clauses"
PACKS = ("nandagang", "subdistrict", "baimiaozi", "tonghua", "fuzhou")


@pytest.mark.reference
@pytest.mark.parametrize("key", PACKS)
def test_pack_lists_every_clause_of_its_regulation(key: str) -> None:
    file = REGISTER / f"{key}.yaml"
    if not file.exists():
        pytest.skip(f"参照资料不在 {REGISTER}（由 LIUHEN_REFERENCE 指定）")
    register = yaml.safe_load(file.read_text(encoding="utf-8"))
    found = review(load_pack(ROOT / "rulepacks" / key))
    assert [c.clause for c in found.clauses] == [clause["id"] for clause in register["clauses"]]
    assert found.pack.head.title == register["regulation"]["title"]
    assert found.pack.head.agency_type == register["regulation"]["agency_type"]
    counts = [found.count(how) for how in ("carried", "planned", "not_encoded", "hole")]
    assert sum(counts) == len(register["clauses"])


@pytest.mark.reference
def test_annex_of_fuzhou_is_carried_cell_by_cell() -> None:
    file = REGISTER / "fuzhou.yaml"
    if not file.exists():
        pytest.skip(f"参照资料不在 {REGISTER}（由 LIUHEN_REFERENCE 指定）")
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))["annex"]
    types = {t.clause: t for t in load_pack(ROOT / "rulepacks" / "fuzhou").activity_types}
    for row in rows:
        kind = types[row["clause"]]
        assert (kind.label, kind.category, kind.place_label) == (
            row["matter_zh"],
            row["category_zh"],
            row["place_zh"],
        )
        assert (kind.recorder, kind.process_label) == (row["recorder_zh"], row["process_zh"])
        assert (kind.start_label, kind.end_label) == (row["start_zh"], row["end_zh"])
        assert (kind.record_class, kind.record_class_label) == (row["record_class"], row["record_class_zh"])


# ── the regulations' own text ──────────────────────────────────────────────────────────────────────────────────────


def _original(name: str) -> Statute:
    file = REGISTER.parent / name
    if not file.exists():
        pytest.skip(f"参照资料不在 {REGISTER.parent}（由 LIUHEN_REFERENCE 指定）")
    return split_text(read_manuscript(file.read_bytes()))


def _plain(text: str) -> str:
    return re.sub(r"\s|。$", "", text).replace("(", "（").replace(")", "）")


def _registered(key: str) -> dict[str, Any]:
    file = REGISTER / f"{key}.yaml"
    if not file.exists():
        pytest.skip(f"参照资料不在 {REGISTER}（由 LIUHEN_REFERENCE 指定）")
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


@pytest.mark.reference
@pytest.mark.parametrize("key", PACKS)
def test_original_text_splits_into_the_articles_chapters_and_items_registered(key: str) -> None:
    register = _registered(key)
    head = register["regulation"]
    statute = _original(f"seeds/{head['source_file']}")
    keys = [name for name in head["article_keys"] if name != "annex"]
    assert len(statute.articles) == head["articles_count"]
    assert [str(a.number) for a in statute.articles] == [name.partition("-")[0] for name in keys]
    chapters = [c for c in head["chapters"] if c.startswith("第")]
    assert [f"{h.printed} {h.title}" for h in statute.headings] == [c.partition(" (")[0] for c in chapters]
    firsts = [
        next(n for n, a in enumerate(statute.articles) if at in a.headings) for at in range(len(chapters))
    ]
    printed = [re.split(r"[-,;)]", c.partition("(")[2])[0] for c in chapters]
    assert [keys[n].partition("-")[0] for n in firsts] == printed
    ids = [clause["id"].removeprefix(head["id_prefix"] + "-") for clause in register["clauses"]]
    items = {i for i in ids if re.fullmatch(r"\d+(bis)?(\.\d+)+", i)}
    found = {
        ".".join((name.replace("-", ""), *map(str, path)))
        for name, article in zip(keys, statute.articles, strict=True)
        for paragraph in article.paragraphs
        for item in paragraph.items
        for path in ((item.number,), *((item.number, sub.number) for sub in item.items))
    }
    assert found == items
    if key != "subdistrict":  # Its title adds 街道办事处, which the print does not name.
        assert _plain(statute.title) == _plain(head["title"])


@pytest.mark.reference
def test_misprints_of_the_originals_are_kept_and_told() -> None:
    told = {
        key: "\n".join(map(str, _original(f"seeds/{_registered(key)['regulation']['source_file']}").oddities))
        for key in PACKS
    }
    assert "第八条印了不止一次" in told["nandagang"]
    assert "第五章印了不止一次" in told["nandagang"]
    assert "第十地条：“十地”不是数字" in told["nandagang"]
    assert "之前缺第二十三条" in told["tonghua"]
    assert "第四章：标题被排版拆成两行" in told["tonghua"]
    assert "第十五条：一句话被排版拆成两行" in told["subdistrict"]


@pytest.mark.reference
def test_annex_of_fuzhou_has_its_thirteen_rows_cell_by_cell() -> None:
    register = _registered("fuzhou")
    (annex,) = _original(f"seeds/{register['regulation']['source_file']}").annexes
    assert len(annex.rows) == len(register["annex"]) == 13
    category = ""
    for cells, row in zip(annex.rows, register["annex"], strict=True):
        category = cells[1] or category
        told = (
            row["matter_zh"],
            row["record_item_zh"],
            row["place_zh"],
            row["recorder_zh"],
            row["start_zh"],
            row["process_zh"],
            row["end_zh"],
        )
        assert (cells[0], category) == (str(row["no"]), row["category_zh"])
        assert tuple(map(_plain, cells[2:9])) == tuple(map(_plain, told))


@pytest.mark.reference
@pytest.mark.parametrize("key", PACKS)
def test_every_clause_is_found_in_its_original_and_every_number_of_a_rule_stands_there(key: str) -> None:
    statute = _original(f"seeds/{_registered(key)['regulation']['source_file']}")
    pack = load_pack(ROOT / "rulepacks" / key)
    assert [str(slip) for slip in proofread(pack, statute)] == []
    notes = [c.article for c in pack.clauses if (found := statute.passage(c.article)) and found.note]
    in_one_line = {"subdistrict": ["第二条第二款", "第二条第三款"], "fuzhou": ["第十九条第二款"]}
    assert notes == in_one_line.get(key, [])


LAWS = [
    ("行政处罚法(2021-01-22)", 86, 1, 86, 8, 4), ("行政强制法(2011-06-30)", 71, 1, 71, 7, 6),
    ("行政许可法(2019-04-23)", 83, 1, 83, 8, 6), ("治安管理处罚法(2012-10-26)", 119, 1, 119, 6, 7),
    ("道路交通安全法(2021-04-29)", 124, 1, 124, 8, 7), ("行政复议法(2023-09-01)", 90, 1, 90, 7, 9),
    ("行政诉讼法(2017-06-27)", 103, 1, 103, 10, 5), ("公安机关办理行政案件程序规定(2019-04-27)", 266, 1, 266, 15, 20),
    ("道路交通安全违法行为处理程序规定(2020-04-30)", 83, 1, 83, 8, 4), ("交通警察道路执勤执法工作规范(2018-01-25)", 86, 1, 86, 11, 3),
    ("食品生产经营监督检查管理办法(2021-12-24)", 55, 1, 55, 7, 0), ("上海市城市管理行政执法条例(2018-05-24)", 42, 1, 42, 7, 0),
    ("侵权责任编", 95, 1164, 1258, 10, 0),
]  # fmt: skip


@pytest.mark.reference
@pytest.mark.parametrize(("name", "articles", "first", "last", "chapters", "sections"), LAWS)
def test_published_laws_split_into_their_counts(
    name: str, articles: int, first: int, last: int, chapters: int, sections: int
) -> None:
    statute = _original(f"samples/regulations/{name}.md")
    assert (len(statute.articles), statute.articles[0].number, statute.articles[-1].number) == (
        articles,
        first,
        last,
    )
    assert (statute.count("章"), statute.count("节")) == (chapters, sections)
    assert not [o for o in statute.oddities if "拆成" in o.told and o.where != "标题"]
