"""The regulation's own text: what is printed is kept, what is misprinted is kept and told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engines.rules.printed import TOWN

from liuhen.engines.rules.manuscripts import read_manuscript
from liuhen.engines.rules.splitting import split_text
from liuhen.engines.rules.text import Statute, told_row
from liuhen.kernel.errors import Malformed


@pytest.fixture(scope="module")
def town() -> Statute:
    return of(TOWN)


def of(text: str) -> Statute:
    return split_text(read_manuscript(text.encode()))


def told(statute: Statute) -> str:
    return "\n".join(map(str, statute.oddities))


def test_title_printed_over_three_lines_is_one(town: Statute) -> None:
    assert town.title == "青石镇人民政府巡查记录管理规定(试行)"
    assert town.preface == ("附件 2", "2026年3月1日 镇长办公会议通过")
    assert "标题：印成 3 行" in told(town)


def test_headings_carry_their_articles(town: Statute) -> None:
    assert [(h.cite, h.title) for h in town.headings] == [
        ("第一章", "总则"),
        ("第四章#1", "保存和交接的办法"),
        ("第四章#2", "附则"),
    ]
    assert [town.heading_of(a) for a in town.articles][3:] == [
        *["第四章 保存和交接的办法"] * 3, "第四章 附则",
    ]  # fmt: skip
    assert town.count("章") == 3
    assert "之前缺第二章、第三章" in told(town)
    assert "第四章印了不止一次" in told(town)
    assert "标题被排版拆成两行" in told(town)


def test_number_printed_twice_and_one_that_is_none_keep_their_print(town: Statute) -> None:
    assert [(a.cite, a.number) for a in town.articles] == [
        ("第一条", 1), ("第二条#1", 2), ("第二条#2", 2), ("第四条", 4), ("第五地条", 5), ("第七条", 7), ("第八条", 8),
    ]  # fmt: skip
    assert "“五地”不是数字，按次序作为第五条" in told(town)
    assert "第二条印了不止一次" in told(town)
    assert "之前缺第三条" in told(town)
    assert "之前缺第六条" in told(town)
    assert town.article("第二条") is None
    assert town.article("第二条#2") is town.articles[2]


def test_items_and_sub_items_stand_in_their_paragraph(town: Statute) -> None:
    fourth = town.article("第四条")
    assert fourth is not None
    first, second = fourth.paragraphs
    assert [(i.printed, i.number) for i in first.items] == [("（一）", 1), ("（二）", 2), ("（三）", 3)]
    assert [s.text for s in first.items[1].items] == ["原件由档案室收；", "复制件由举报人自留；"]
    assert second.text == "上列以外的，保存六个月。"
    assert town.items == 5
    assert "复制件由举报人自留" in fourth.text


def test_sentence_broken_by_the_page_is_joined_and_told(town: Statute) -> None:
    article = town.article("第二条#1")
    assert article is not None
    assert [p.text for p in article.paragraphs] == [
        "巡查应当录像。",
        "巡查时须有两名以上人员，每三人至少一台设备。",
    ]
    assert "第二条：一句话被排版拆成两行" in told(town)
    assert "“- 3 -”是页码" in told(town)


def test_reference_at_the_head_of_a_line_is_no_article() -> None:
    statute = of("第一条 甲。\n第二条规定的除外。\n第二条本法乙。\n第三条、第四条丙。\n")
    assert [a.printed for a in statute.articles] == ["第一条", "第二条"]
    assert [p.text for p in statute.articles[0].paragraphs] == ["甲。", "第二条规定的除外。"]


def test_annex_with_its_table(town: Statute) -> None:
    (annex,) = town.annexes
    assert (annex.printed, annex.title, annex.lines) == ("附件", "青石镇巡查事项清单", ())
    assert annex.head == ("序号", "事项", "地点")
    assert annex.rows == (("1", "河道", "沿河道路"), ("2", "", "桥下"))
    assert told_row(annex.head, annex.rows[1]) == "序号：2；地点：桥下"
    assert told_row(("甲",), ("1", "余")) == "甲：1；余"


@pytest.mark.parametrize(
    ("label", "cited"),
    [
        ("第四条", []),
        ("第四条第二款", ["上列以外的，保存六个月。"]),
        ("第四条（二）", ["（二）举报人送来的，其中：", "1、原件由档案室收；", "2、复制件由举报人自留；"]),
        ("第四条（二）2、", ["2、复制件由举报人自留；"]),
        ("第四条 第二款", ["上列以外的，保存六个月。"]),
        ("第二条#1第二款", ["巡查时须有两名以上人员，每三人至少一台设备。"]),
        ("附件 青石镇巡查事项清单 序号2", ["序号：2；地点：桥下"]),
        ("附件", []),
    ],
)
def test_citation_marks_what_it_means(town: Statute, label: str, cited: list[str]) -> None:
    passage = town.passage(label)
    assert passage is not None
    marked = [line.text for line in passage.lines if line.cited]
    assert [text for text in marked if text] == cited or label == "第四条（二）"
    assert not passage.note


def test_item_is_marked_with_what_stands_in_it(town: Statute) -> None:
    passage = town.passage("第四条（二）")
    assert passage is not None
    assert [(line.depth, line.cited) for line in passage.lines] == [
        (0, False), (1, False), (1, True), (2, True), (2, True), (1, False), (0, False),
    ]  # fmt: skip
    assert passage.heading == "第四章 保存和交接的办法"


def test_paragraph_that_is_not_printed_is_told_with_the_whole_article(town: Statute) -> None:
    passage = town.passage("第一条第三款")
    assert passage is not None
    assert "没有这样分款" in passage.note
    assert [line.cited for line in passage.lines] == [False]


@pytest.mark.parametrize("label", ["第九十条", "第二条", "总则", "第三十条第二款", "附件甲序号x序号"])
def test_place_that_is_not_there_is_not_guessed(town: Statute, label: str) -> None:
    bare = of("第一条 甲。")
    assert bare.passage("附件 序号1") is None
    if label.startswith("附件"):
        assert bare.passage(label) is None
    else:
        assert town.passage(label) is None


def test_contents_page_is_not_read_as_headings() -> None:
    statute = of(
        "河道办法\n目　录\n第一章 总则……1\n第一节 范围…1\n第二章 附则…2\n第一章 总则\n第一节 范围\n第一条 甲。\n第二章 附则\n第二条 乙。"
    )
    assert [(h.printed, h.title) for h in statute.headings] == [
        ("第一章", "总则"), ("第一节", "范围"), ("第二章", "附则"),
    ]  # fmt: skip
    assert statute.heading_of(statute.articles[0]) == "第一章 总则　第一节 范围"
    assert statute.title == "河道办法"
    assert "目录 3 行未计入" in told(statute)


def test_sections_count_anew_in_each_chapter_and_parts_above_them() -> None:
    statute = of(
        "第一编 通则\n第一章 总则\n第一节 甲\n第一条 一。\n第二章 分则\n第一节 乙\n第二条 二。\n第二编 分则\n第一章 丙\n第三条 三。"
    )
    assert not statute.oddities
    assert [h.cite for h in statute.headings].count("第一节") == 2
    assert statute.heading_of(statute.articles[2]) == "第二编 分则　第一章 丙"


def test_heading_that_is_no_number_or_out_of_turn_is_told() -> None:
    statute = of(
        "第二章 甲\n第一条 一。\n第一章 乙\n第二条 二。\n第十地章 丙\n第三条 三。\n第三章的规定照办。\n第八章规定如下\n第一 章的事"
    )
    said = told(statute)
    assert "首章不是第一章" in said
    assert "排在第二章之后，次序颠倒" in said
    assert "第十地章：不是数字" in said
    assert len(statute.headings) == 3
    assert "第三章的规定照办。" in statute.articles[2].text


def test_words_that_only_look_like_a_heading_are_none() -> None:
    """No number stands there, and no gap before a title: it is a line of the article, and no chapter."""
    statute = of("某办法\n第一条 记录时须注明\n第三方章程\n第二条 附则从略。")
    assert statute.headings == ()
    assert [article.printed for article in statute.articles] == ["第一条", "第二条"]


def test_article_of_an_article_counts_on() -> None:
    statute = of("第三条 一。\n第三条之一 二。\n第三条之二 三。\n第四条 四。\n第十条\n五。\n第二条 六。")
    assert [a.cite for a in statute.articles][:4] == ["第三条", "第三条之一", "第三条之二", "第四条"]
    assert [line.text for line in statute.passage("第三条之二").lines] == ["三。"]  # type: ignore[union-attr]
    said = told(statute)
    assert "首条不是第一条" in said
    assert "第五条、第六条、第七条、第八条、第九条" in said
    assert "次序颠倒" in said
    assert "印了不止一次" not in said
    assert statute.articles[4].text == "五。"


def test_long_gap_is_told_in_short() -> None:
    assert "等" in told(of("第一条 甲。\n第二十条 乙。"))


def test_items_that_skip_or_begin_again_are_told() -> None:
    statute = of("第一条 有：\n（一）甲；\n（三）乙；\n（一）丙。\n①一；\n②二。\n③三：")
    said = told(statute)
    assert "项号“（三）”前面不是“二”" in said
    assert "项号“（一）”重新从一开始" in said
    assert [s.printed for s in statute.articles[0].paragraphs[0].items[2].items] == ["①", "②", "③"]


def test_numbered_lines_right_under_an_article_are_its_items() -> None:
    statute = of("第一条 有：\n1．甲；\n2. 乙。\n3.5 米以内的除外。")
    assert [i.printed for i in statute.articles[0].paragraphs[0].items] == ["1．", "2."]
    assert statute.articles[0].paragraphs[1].text == "3.5 米以内的除外。"


def test_list_without_punctuation_ends_where_a_plain_line_begins() -> None:
    statute = of("第一条 有下列情形\n（一）河道\n（二）桥梁\n以上情形报告镇长。")
    paragraphs = statute.articles[0].paragraphs
    assert [i.text for i in paragraphs[0].items] == ["河道", "桥梁"]
    assert paragraphs[1].text == "以上情形报告镇长。"


def test_latin_words_broken_over_lines_keep_their_gap() -> None:
    assert of("第一条 用 GB\nT 标准。").articles[0].text == "用 GB T 标准。"
    assert of("第一条 用 GB\n（标准）。").articles[0].text == "用 GB（标准）。"


def test_text_between_heading_and_article_is_kept_and_told() -> None:
    statute = of("第一章 总则\n本章说明几句话。\n第一条 甲。")
    assert "没有条号" in told(statute)
    assert statute.preface == ("本章说明几句话。",)
    assert statute.headings[0].title == "总则"
    assert of("第一章\n总则\n第一条 甲。").headings[0].title == "总则"
    assert "没有条号：“" + "很" * 20 + "…”" in told(of("第一章 总则\n" + "很" * 41 + "\n第一条 甲。"))


def test_table_without_the_word_annex_is_one() -> None:
    statute = of("序\t名\n第一条 甲。\n1\t河\n1\t河\n2\t桥")
    assert [(a.printed, a.head, a.rows) for a in statute.annexes] == [("附件", ("1", "河"), (("2", "桥"),))]
    assert statute.preface == ("序　名",)
    assert "表格之前没有“附件”字样" in told(statute)


def test_annex_of_lines_and_one_without_any() -> None:
    statute = of("第一条 甲。\n附件1：流程\n先查。\n再记。\n附件2 样式\n附则另定。")
    assert [(a.printed, a.title, a.lines) for a in statute.annexes] == [
        ("附件1", "流程", ("先查。", "再记。")),
        ("附件2", "样式", ("附则另定。",)),
    ]
    assert statute.passage("附件 流程").lines[1].text == "再记。"  # type: ignore[union-attr]
    assert [a.title for a in of("第一条 甲。\n附件：空表").annexes] == ["空表"]
    assert of("第一条 甲。\n附件所列照办。").annexes == ()


def test_long_or_finished_first_lines_are_no_title() -> None:
    assert of("各镇：\n现印发如下。\n第一条 甲。").title == "各镇："
    assert of("一\n二\n三\n四\n五\n第一条 甲。").preface == ("五",)
    assert of("第一条 甲。").title == ""
    assert of("长" * 61 + "\n第一条 甲。").title == ""


def test_text_without_articles_is_refused_with_a_way_out() -> None:
    with pytest.raises(Malformed, match="没有找到“第一条”") as refused:
        of("一、甲\n二、乙条\n第三地 条\n某某某某条 丙")
    assert "自动编号" in refused.value.do


@given(st.text(alphabet="第一二十条章节（）1、。 \n附件甲", max_size=80))
def test_any_text_is_split_or_refused(text: str) -> None:
    try:
        statute = of("第一条 始。\n" + text)
    except Malformed:
        return
    printed = "".join(a.text for a in statute.articles)
    assert "始。" in printed
    for article in statute.articles:
        assert statute.passage(article.cite) is not None


def test_oddity_names_its_place_and_only_what_is_missing() -> None:
    said = [str(one) for one in of("某规定\n第二章 总则\n第三条 甲。\n第六条 乙。\n第六条 丙。").oddities]
    assert said == [
        "第二章 总则：首章不是第一章", "第三条：首条不是第一条", "第六条：之前缺第四条、第五条",
        "第六条：第六条印了不止一次，引用时以“#1”“#2”区别先后",
    ]  # fmt: skip


def test_article_whose_number_cannot_be_read_counts_on_from_the_one_before() -> None:
    statute = of("第一条 一。\n第二条 二。\n第二地条 三。\n第四条 四。")
    assert [article.number for article in statute.articles] == [1, 2, 3, 4]


def test_two_chapters_of_one_number_are_told_apart_where_there_are_two_and_no_more() -> None:
    statute = of("第一章 甲\n第一条 一。\n第一章 乙\n第二条 二。\n第二章 丙\n第三条 三。")
    assert [heading.cite for heading in statute.headings] == ["第一章#1", "第一章#2", "第二章"]


def test_one_letter_before_a_chinese_word_keeps_its_gap() -> None:
    assert of("第一条 用 GB\nT 标准。").articles[0].text.endswith("GB T 标准。")
    assert of("第一条 用 GB\nT级标准。").articles[0].text.endswith("GB T级标准。")


def test_title_over_lines_and_annexes_in_a_row_keep_their_words() -> None:
    statute = of("某镇\n巡查办法\n第一条 甲。\n第二条 乙。\n附件一\n清单甲\n河道\n附件二\n清单乙\n桥下")
    assert statute.title == "某镇巡查办法"
    assert [(annex.printed, annex.title, annex.lines) for annex in statute.annexes] == [
        ("附件一", "清单甲", ("河道",)), ("附件二", "清单乙", ("桥下",)),
    ]  # fmt: skip


def test_title_of_an_annex_over_two_lines_is_closed_up() -> None:
    (annex,) = of("第一条 甲。\n附件\n青石镇巡查\n事项清单\n序号\t事项\n1\t河道").annexes
    assert annex.title == "青石镇巡查事项清单"


def test_misprinted_number_is_an_article_only_while_it_is_short() -> None:
    assert [a.printed for a in of("第一条 甲。\n第二三地四条 乙。\n第三条 丙。").articles] == [
        "第一条",
        "第二三地四条",
        "第三条",
    ]
    assert [a.printed for a in of("第一条 甲。\n第二三地四五条 乙。\n第三条 丙。").articles] == [
        "第一条",
        "第三条",
    ]


def test_misprint_of_a_heading_without_a_gap_is_a_line_of_the_article() -> None:
    statute = of("第一条 甲\n第方章程\n第二条 乙。")
    assert (statute.headings, len(statute.articles)) == ((), 2)


def test_one_item_is_cited_and_what_stands_in_it_but_not_its_neighbour() -> None:
    statute = of("第一条 有下列情形：\n（一）甲，其中：\n1、子；\n2、丑；\n（二）乙。")
    told = statute.passage("第一条（一）")
    assert told
    assert [(line.text[-2:], line.cited) for line in told.lines if line.text[:1] in "（12"] == [
        ("中：", True), ("子；", True), ("丑；", True), ("乙。", False),
    ]  # fmt: skip
