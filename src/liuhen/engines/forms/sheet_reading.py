"""A table that an office filled in elsewhere, as rows of text: XLSX (its first sheet) or CSV in UTF-8 or GB18030.

The file is foreign: size, parts, what they expand to and the number of rows are limited before anything is read, and XML
with a DTD is refused. Nothing is guessed at: a formula, a merged cell or a number that the program rounded is told as the
fault of its row. Used by imports; knows no columns.
"""

import csv
import io
import re
import zipfile
from typing import NamedTuple
from xml.parsers import expat

from liuhen.engines.forms.sheets import unguarded
from liuhen.kernel.archives import FAULTS, count_listed, part_of
from liuhen.kernel.errors import Malformed

LARGEST, MOST_ROWS = 4 * 1024 * 1024, 10_000
_EXPANDED, _PARTS, _COLUMNS, _LONGEST = 64 * 1024 * 1024, 500, 60, 1000
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")


class SheetRow(NamedTuple):
    """One row: its number as the office sees it, its cells, and what is wrong with it."""

    number: int
    cells: tuple[str, ...]
    faults: tuple[str, ...]


def read_sheet(content: bytes) -> tuple[SheetRow, ...]:
    """The rows that are not blank. Raises `Malformed` for a file that cannot be read, or has too many rows."""
    if len(content) > LARGEST:
        raise Malformed("文件超过 4 MB", do="请去掉图片和多余的工作表，或者分成几个文件。")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Malformed("这是旧版 Excel 文件（.xls）", do="请另存为 .xlsx 或者 .csv。")
    rows = _of_workbook(content) if content.startswith(b"PK") else _of_csv(content)
    found = tuple(row for row in rows if any(row.cells) or row.faults)
    if not found:
        raise Malformed("表里没有内容", do="请核对是否选对了文件；内容要在第一张工作表里。")
    if len(found) > MOST_ROWS + 1:
        raise Malformed(f"超过 {MOST_ROWS} 行", do="请分成几个文件。")
    return found


def _of_csv(content: bytes) -> list[SheetRow]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Malformed("文字编码无法识别", do="请另存为 UTF-8 编码的 .csv，或者 .xlsx。")
    if "\0" in text:
        raise Malformed("这不是表格文件", do="请选 .xlsx 或者 .csv 文件。")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise Malformed(f".csv 文件的引号不配对：{error}", do="请用表格软件重新保存后再选。") from error
    return [_row(number, cells, ()) for number, cells in enumerate(rows, start=1)]


def _row(number: int, cells: list[str], faults: tuple[str, ...]) -> SheetRow:
    told = tuple(unguarded(" ".join(cell.split())) for cell in cells[:_COLUMNS])
    if len(cells) > _COLUMNS or any(len(cell) > _LONGEST for cell in told):
        faults = (*faults, f"超过 {_COLUMNS} 列，或者一格超过 {_LONGEST} 字")
    return SheetRow(number, tuple(cell[:_LONGEST] for cell in told), faults)


def _of_workbook(content: bytes) -> list[SheetRow]:
    _check_size(count_listed(content))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _check_size(len(parts), sum(part.file_size for part in parts))
            sheets = sorted(n for n in archive.namelist() if re.fullmatch(r"xl/worksheets/[\w.-]+\.xml", n))
            if not sheets:
                raise Malformed("压缩包里没有工作表，不是 .xlsx 文件", do="请选 .xlsx 或者 .csv 文件。")
            shared = _Shared()
            if "xl/sharedStrings.xml" in archive.namelist():
                _walk(part_of(archive, "xl/sharedStrings.xml"), shared)
            sheet = _Sheet(shared.texts)
            _walk(part_of(archive, min(sheets, key=lambda name: (len(name), name))), sheet)
    except (*FAULTS, expat.ExpatError) as error:
        raise Malformed(
            f"表格文件已损坏，或者设了密码：{error}", do="请用表格软件打开核对，重新保存后再选。"
        ) from error
    return sheet.rows()


def _check_size(count: int, expanded: int = 0) -> None:
    if count > _PARTS or expanded > _EXPANDED:
        raise Malformed("表格展开后过大，未予读取", do="请去掉图片和多余的工作表。")


class _Shared:
    """The texts that cells share; a reading aid beside the characters is left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._inside: list[str] = []

    def start(self, name: str, told: dict[str, str]) -> None:
        if name == "si":
            self.texts.append("")
        self._inside.append(name)

    def end(self, name: str) -> None:
        self._inside.pop()

    def text(self, piece: str) -> None:
        if self._inside[-1] == "t" and "rPh" not in self._inside:
            self.texts[-1] += piece


class _Sheet:
    """The cells of one sheet by row and column."""

    def __init__(self, shared: list[str]) -> None:
        self._shared = shared
        self._cells: dict[int, dict[int, str]] = {}
        self._faults: dict[int, list[str]] = {}
        self._at, self._kind, self._name = (0, 0), "n", ""
        self._pieces: list[str] = []

    def start(self, name: str, told: dict[str, str]) -> None:
        self._name = name
        if name == "row":
            self._at = (int(told["r"]) if told.get("r", "").isdecimal() else self._at[0] + 1, 0)
        elif name == "c":  # What does not say where it is stands beside the one before it.
            self._at = _place(told["r"]) if "r" in told else (self._at[0], self._at[1] + 1)
            self._kind, self._pieces = told.get("t", "n"), []
        elif name == "f":
            self._fault(self._at[0], f"第 {self._at[1]} 列是公式，请改成值")
        elif name == "mergeCell":
            first, _, last = told.get("ref", "").partition(":")
            for number in range(_place(first)[0], min(_place(last)[0], MOST_ROWS + 2) + 1):
                self._fault(number, "有合并的单元格，请拆开")

    def text(self, piece: str) -> None:
        if self._name in ("v", "t"):
            self._pieces.append(piece)

    def end(self, name: str) -> None:
        self._name = ""
        if name == "c":
            number, column = self._at
            value = self._value("".join(self._pieces))
            if value and column <= _COLUMNS and number <= MOST_ROWS * 2:
                self._cells.setdefault(number, {})[column] = value

    def rows(self) -> list[SheetRow]:
        found = []
        for number in sorted({*self._cells, *self._faults}):
            cells = self._cells.get(number, {})
            told = [cells.get(column, "") for column in range(1, max(cells, default=0) + 1)]
            found.append(_row(number, told, tuple(dict.fromkeys(self._faults.get(number, ())))))
        return found

    def _value(self, text: str) -> str:
        if self._kind == "s":
            return self._shared[int(text)] if text.isdecimal() and int(text) < len(self._shared) else ""
        if self._kind == "e":
            self._fault(self._at[0], f"第 {self._at[1]} 列是错误值 {text}")
        elif self._kind == "n" and "E" in text.upper():
            self._fault(
                self._at[0], f"第 {self._at[1]} 列的数字过长，已被存成 {text}，请把这一列设为文本重新填写"
            )
        return text

    def _fault(self, number: int, says: str) -> None:
        self._faults.setdefault(number, []).append(says)


def _place(name: str) -> tuple[int, int]:
    """B7 -> row 7, column 2."""
    told = _CELL.fullmatch(name)
    if told is None:
        raise Malformed(f"表格里有认不出的单元格“{name[:20]}”", do="请用表格软件重新保存后再选。")
    column = 0
    for letter in told[1]:
        column = column * 26 + ord(letter) - 64
    return int(told[2]), column


def _walk(xml: bytes, told: "_Shared | _Sheet") -> None:
    """Feed one part to its reader; a DTD ends the reading, so that no entity is ever expanded."""
    parser = expat.ParserCreate(namespace_separator=" ")

    def bare(name: str) -> str:
        return name.rpartition(" ")[2]

    def refuse(*_: object) -> None:
        raise Malformed("表格里有自定义的实体声明，未予读取", do="请用表格软件重新保存后再选。")

    parser.StartElementHandler = lambda name, told_: told.start(
        bare(name), {bare(k): v for k, v in told_.items()}
    )
    parser.EndElementHandler = lambda name: told.end(bare(name))
    parser.CharacterDataHandler = told.text
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(xml, True)  # noqa: FBT003  expat's own signature: this is the last piece
