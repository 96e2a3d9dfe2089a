"""The agency's file: every usual encoding and Word without its looks; what is broken or hostile is refused in words."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engines.rules.printed import BODY, TOWN, docx, paragraph, table

from liuhen.engines.rules import manuscripts
from liuhen.engines.rules.manuscripts import read_manuscript
from liuhen.engines.rules.splitting import split_text
from liuhen.kernel.errors import Malformed

SHORT = "第一条 甲“乙”。\n第二条 丙。"


def refused(content: bytes, says: str) -> Malformed:
    with pytest.raises(Malformed, match=says) as told:
        read_manuscript(content)
    assert told.value.do
    return told.value


def named(value: object) -> str:
    """Bytes are no name of a test."""
    return value if isinstance(value, str) else "file"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encoding_does_not_matter(encoding: str) -> None:
    assert split_text(read_manuscript(TOWN.encode(encoding))) == split_text(read_manuscript(TOWN.encode()))


def test_big_endian_mark_is_read() -> None:
    assert read_manuscript(b"\xfe\xff" + SHORT.encode("utf-16-be")) == ("第一条 甲“乙”。", "第二条 丙。")


def test_windows_lines_and_kinds_of_space() -> None:
    assert read_manuscript("第一条\u3000\u00a0甲。\r\n\r\n\ufeff第二条\u2003乙。\f".encode()) == (
        "第一条 甲。",
        "第二条 乙。",
    )


def test_markdown_loses_its_marks_and_keeps_its_words() -> None:
    text = "# 办法\n<!-- INFO\nEND -->\n## 第一章 总则\n**第一条** 甲：\n- （一）乙；\n* 1、丙；\n- 丁。\n"
    assert read_manuscript(text.encode())[:2] == ("办法", "<!-- INFO")
    assert read_manuscript(text.replace("INFO\nEND", "END").encode()) == (
        "办法", "第一章 总则", "第一条 甲：", "（一）乙；", "1、丙；", "- 丁。",
    )  # fmt: skip


def test_tables_of_markdown_and_of_tabs_are_rows() -> None:
    text = "第一条 甲\n| 序号 | 事项 |\n|---|:---|\n| 1 | 河道 |\n2\t桥下\n| 不成表"
    assert read_manuscript(text.encode()) == (
        "第一条 甲", ("序号", "事项"), ("1", "河道"), ("2", "桥下"), "| 不成表",
    )  # fmt: skip


def test_cell_of_several_words_is_one_cell() -> None:
    assert read_manuscript("第一条 甲\n序号\t巡 查 事 项\n1\t河 道".encode())[1:] == (
        ("序号", "巡 查 事 项"),
        ("1", "河 道"),
    )


def test_text_without_any_article_is_still_text() -> None:
    assert read_manuscript("只有一句话".encode()) == ("只有一句话",)


UNREADABLE = [
    (b"", "没有文字"),
    (b"\xd0\xcf\x11\xe0" + b"x" * 50, "旧版 Word"),
    (b"%PDF-1.7", "PDF"),
    (b"{\\rtf1", "RTF"),
    (b"\xff\xfe\x00", "编码无法识别"),
    (b"\xff\xff\xff", "编码无法识别"),
    (b"PK\x03\x04broken", "已损坏"),
    (b"x" * (manuscripts.LARGEST + 1), "超过 5 MB"),
    (("字" * 20_001).encode(), "超过 20000 字|20000"),
    (b"a\n" * 60_001, "60000 行"),
]


@pytest.mark.parametrize(("content", "says"), UNREADABLE, ids=named)
def test_file_that_cannot_be_read_says_why_and_what_to_do(content: bytes, says: str) -> None:
    refused(content, says)


# ── Word ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_word_paragraphs_breaks_and_tables() -> None:
    body = (
        paragraph("办法")
        + "<w:p><w:r><w:t>第一条</w:t><w:tab/><w:t>甲</w:t><w:br/><w:t>乙。</w:t></w:r></w:p>"
        + table([["序号", "事项"], ["1", "河道"]])
        + paragraph(" ")
    )
    assert read_manuscript(docx(body)) == ("办法", "第一条 甲", "乙。", ("序号", "事项"), ("1", "河道"))


def test_word_cell_of_several_paragraphs_is_one_cell() -> None:
    body = (
        paragraph("第一条") + f"<w:tbl><w:tr><w:tc>{paragraph('甲')}{paragraph('乙')}</w:tc></w:tr></w:tbl>"
    )
    assert read_manuscript(docx(body)) == ("第一条", ("甲 乙",))


def test_word_says_nothing_that_was_deleted_or_is_drawn_twice() -> None:
    body = (
        "<w:p><w:r><w:t>第一条 甲</w:t></w:r><w:del><w:r><w:delText>旧</w:delText><w:t>旧</w:t></w:r></w:del>"
        "<w:ins><w:r><w:t>新</w:t></w:r></w:ins><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
        "<w:tc/><w:tr/>"
    )
    assert read_manuscript(docx(body)) == ("第一条 甲新",)


def level(number: int, text: str, *, style: str = "chineseCounting", more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>{more}<w:lvlText w:val="{text}"/>'
        "<w:pStyle/></w:lvl>"
    )


def test_numbers_that_word_counts_are_read() -> None:
    numbering = (
        '<w:abstractNum w:abstractNumId="7">'
        + level(0, "第%1章")
        + level(1, "第%2条", more='<w:lvlRestart w:val="0"/>')
        + level(2, "（%3）")
        + level(3, "%3.%4", style="decimal")
        + '</w:abstractNum><w:abstractNum w:abstractNumId="8">'
        + level(0, "•", style="bullet")
        + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
        + '<w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num><w:start w:val="9"/>'
    )
    body = (
        paragraph("总则", list_="1")
        + paragraph("甲：", list_="1", level=1)
        + paragraph("乙；", list_="1", level=2)
        + paragraph("细一", list_="1", level=3)
        + paragraph("附则", list_="1")
        + paragraph("丙：", list_="1", level=1)
        + paragraph("丁。", list_="1", level=2)
        + paragraph("点", list_="2")
        + paragraph("野", list_="x")
    )
    assert read_manuscript(docx(body, numbering=numbering)) == (
        "第一章 总则", "第一条 甲：", "（一） 乙；", "一.1 细一", "第二章 附则", "第二条 丙：", "（一） 丁。", "点", "野",
    )  # fmt: skip


def test_level_counted_before_its_upper_one_begins_at_its_start() -> None:
    numbering = (
        f'<w:abstractNum w:abstractNumId="7">{level(0, "第%1章")}{level(1, "%1-%2", style="decimal")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
    )
    assert read_manuscript(docx(paragraph("甲", list_="1", level=1), numbering=numbering)) == ("一-1 甲",)


HOSTILE = [
    (docx("<w:p>"), "已损坏"),
    (docx("", extra={"../evil": b""}), "指向别处"),
    (docx("", extra={"/etc/passwd": b""}), "指向别处"),
    (docx("<w:p>" * 200 + "</w:p>" * 200), "嵌套过深"),
    (docx("", extra={f"p{n}": b"" for n in range(2001)}), "未予读取"),
    (docx("", extra={"big": b"\0" * (41 << 20)}), "未予读取"),
]


@pytest.mark.parametrize(("content", "says"), HOSTILE, ids=named)
def test_hostile_word_file_is_refused_before_it_is_unpacked(content: bytes, says: str) -> None:
    refused(content, says)


def test_archive_that_is_no_word_file_is_told() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "x")
    fault = refused(out.getvalue(), "不是 .docx")
    assert fault.do == "请附 .docx、.txt 或 .md。"


def test_link_inside_the_archive_is_refused() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("word/document.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    fault = refused(out.getvalue(), "指向别处")
    assert fault.do == "请用 Word 或 WPS 重新保存后再附。"


def test_entities_are_never_expanded() -> None:
    bomb = (
        '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        f'<w:document xmlns:w="{BODY}"><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>'
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", bomb)
    refused(out.getvalue(), "实体声明")


def test_numbers_too_large_to_be_meant_count_from_nothing() -> None:
    numbering = '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="9999999"><w:numFmt w:val="none"/></w:lvl></w:abstractNum>'
    assert read_manuscript(docx(paragraph("甲", list_="1"), numbering=numbering)) == ("甲",)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for given_ in (content, b"PK" + content):
        try:
            lines = read_manuscript(given_)
        except Malformed as error:
            assert error.do
        else:
            assert all(lines)


def test_cell_of_several_paragraphs_is_one_line() -> None:
    cell = f"<w:tc>{paragraph('河')}{paragraph('道')}</w:tc><w:tc>{paragraph('沿河')}</w:tc>"
    body = paragraph("第一条 甲。") + f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>"
    assert read_manuscript(docx(body))[-1] == ("河 道", "沿河")
