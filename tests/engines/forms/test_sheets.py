"""Tables as files: what was put in is read back, and no cell is ever a formula."""

import csv
import io
import zipfile
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from liuhen.engines.forms.sheet_reading import read_sheet
from liuhen.engines.forms.sheets import csv_of, guarded, unguarded, xlsx_of

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a"]
ROWS = [
    ["清河", 3, 1.5, None, 'a"b,c', "<&>", "\x00\x0b\ud800"],
    [*HOSTILE[:7]],
    [*HOSTILE[7:], -5, "", True],
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_begins_as_a_formula_is_text(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert guarded(-5) == "-5"


def test_csv_gives_back_what_was_put_in() -> None:
    content = csv_of(["甲", "乙"], [["=1", "二"], [None, 7]])
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig")))) == [
        ["甲", "乙"],
        ["'=1", "二"],
        ["", "7"],
    ]


def test_workbook_gives_back_what_was_put_in_and_has_no_formula() -> None:
    content = xlsx_of(["甲"], ROWS)
    assert content == xlsx_of(["甲"], ROWS)
    file = zipfile.ZipFile(io.BytesIO(content))
    for name in file.namelist():
        ET.fromstring(file.read(name))  # noqa: S314  our own bytes
    sheet = ET.fromstring(file.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    assert not list(sheet.iter(f"{_MAIN}f"))
    found = [["".join(cell.itertext()) for cell in row] for row in sheet.iter(f"{_MAIN}row")]
    assert found[0] == ["甲"]
    assert found[1] == ["清河", "3", "1.5", "", 'a"b,c', "<&>", "\ufffd\ufffd\ufffd"]
    assert found[3] == ["'＝1", "'＋1", "'－1", "'＠a", "-5", "", "True"]
    kinds = [cell.get("t") for cell in next(row for row in sheet.iter(f"{_MAIN}row") if row.get("r") == "2")]
    assert kinds[:3] == ["inlineStr", None, None]


@pytest.mark.parametrize("make", [csv_of, xlsx_of])
def test_what_the_house_exports_it_can_read_again(make: Callable[..., bytes]) -> None:
    """An office exports its list, adds a row, and brings it back: every cell says the same, where it stood."""
    heads, rows = [f"第{n}列" for n in range(30)], [["－01", 7, None, "'x", *("字" * n for n in range(26))]]
    head, first = read_sheet(make(heads, rows))
    assert head.cells == tuple(heads)
    assert first.cells == tuple("" if cell is None else str(cell) for cell in rows[0])
    assert not first.faults


@pytest.mark.parametrize("text", [*HOSTILE, "'", "'x", "清河"])
def test_guard_of_a_cell_is_taken_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text
