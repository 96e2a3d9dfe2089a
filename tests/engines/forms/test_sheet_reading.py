"""Tables filled in elsewhere: what a row says, and what is refused before it is read."""

import io
import zipfile

import pytest

from liuhen.engines.forms import sheet_reading as sheets
from liuhen.engines.forms.sheet_reading import SheetRow, read_sheet
from liuhen.kernel.errors import Malformed

HEAD = '<worksheet xmlns="x"><sheetData>'


def workbook(sheet: str, shared: str | None = None, name: str = "xl/worksheets/sheet1.xml") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, sheet)
        if shared is not None:
            archive.writestr("xl/sharedStrings.xml", shared)
    return held.getvalue()


def cells(*rows: str, more: str = "") -> bytes:
    told = "".join(f"<row>{row}</row>" for row in rows)
    return workbook(
        f"{HEAD}{told}</sheetData>{more}</worksheet>",
        "<sst><si><t>编号</t><rPh><t>bian</t></rPh></si><si><r><t>序</t></r><r><t>号</t></r></si></sst>",
    )


def test_cells_of_every_kind_stand_at_their_place() -> None:
    content = cells(
        '<c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c>',
        '<c r="A2" t="inlineStr"><is><t>执记 - 01</t></is></c><c r="B2"><v>7000001</v></c><c r="C2" t="s"><v>99</v></c>',
        '<c r="A4"><v></v></c>',
    )
    assert read_sheet(content) == (
        SheetRow(1, ("编号", "", "序号"), ()),
        SheetRow(2, ("执记 - 01", "7000001"), ()),
    )


def test_cells_that_do_not_say_where_they_are_stand_side_by_side() -> None:
    """Optional in the format, and left out by some programs; a row may say its number, and the next counts on."""
    rows = "".join(
        f"<row{at}><c><v>1</v></c><c r='D{n}'><v>2</v></c><c><v>3</v></c></row>"
        for at, n in (("", 1), (" r='5'", 5), ("", 6))
    )
    found = read_sheet(workbook(f"{HEAD}{rows}</sheetData></worksheet>"))
    assert [(row.number, row.cells) for row in found] == [(n, ("1", "", "", "2", "3")) for n in (1, 5, 6)]


def test_formula_merged_cell_error_and_rounded_number_are_faults_of_their_rows() -> None:
    content = cells(
        '<c r="A1"><f>B1</f><v>1</v></c>', '<c r="A2" t="e"><v>#N/A</v></c>', '<c r="AA3"><v>7.0E+15</v></c>',
        more='<mergeCells><mergeCell ref="A3:B4"/></mergeCells>',
    )  # fmt: skip
    told = {row.number: "".join(row.faults) for row in read_sheet(content)}
    assert "第 1 列是公式" in told[1]
    assert "#N/A" in told[2]
    assert "第 27 列的数字过长" in told[3]
    assert "合并" in told[3]
    assert "合并" in told[4]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_comma_separated_table_is_read_in_both_encodings(encoding: str) -> None:
    rows = read_sheet('编号,序号\r\n执记-01,"7,1"\r\n\r\n'.encode(encoding))
    assert [row.cells for row in rows] == [("编号", "序号"), ("执记-01", "7,1")]


def test_too_long_a_cell_and_too_many_columns_are_faults() -> None:
    wide, long = read_sheet(f"{',' * 70}\n{'长' * 1001}".encode())
    assert wide.faults
    assert len(wide.cells) == 60
    assert (len(long.cells[0]), len(long.faults)) == (1000, 1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"x" * (sheets.LARGEST + 1), "超过 4 MB"),
        (b"\xd0\xcf\x11\xe0old", "旧版"),
        (b"", "没有内容"),
        (b"\xff\xfe\xff\xff", "编码"),
        (b"a\0b", "不是表格"),
        (b'"a', "引号"),
        (b"PKbroken", "损坏"),
        (b"a\n" * (sheets.MOST_ROWS + 2), "超过 10000 行"),
        (workbook("<x/>", name="word/document.xml"), "没有工作表"),
        (workbook("<open>"), "损坏"),
        (workbook('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), "实体"),
        (workbook('<worksheet><c r="1A"><v>1</v></c></worksheet>'), "认不出"),
    ],
)
def test_file_that_is_no_table_is_refused_in_words(content: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=says) as caught:
        read_sheet(content)
    assert caught.value.do


def test_workbook_that_unfolds_too_far_is_not_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_EXPANDED", 10)
    with pytest.raises(Malformed, match="过大"):
        read_sheet(workbook(f"{HEAD}</sheetData></worksheet>"))
