"""A table as a file people open in an office program: CSV and XLSX, made so that no cell is ever a formula.

Every cell is written as a text or a plain number. A text that begins as a formula would gets an apostrophe before it, in
both forms of the sign, because a CSV has no types and some programs read a text cell again when it is edited.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MADE = (1980, 1, 1, 0, 0, 0)  # The same bytes for the same rows.


def csv_of(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with the mark office programs look for, every cell quoted."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(heads)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def xlsx_of(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """One sheet; numbers are numbers, everything else is a text cell."""
    lines = [_row(1, heads), *(_row(number, row) for number, row in enumerate(rows, start=2))]
    sheet = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in (*_PARTS.items(), ("xl/worksheets/sheet1.xml", sheet)):
            file.writestr(zipfile.ZipInfo(name, _MADE), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def guarded(cell: object) -> str:
    """A cell as text that no program takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULAS) and not isinstance(cell, int | float) else text


def unguarded(text: str) -> str:
    """What stood in the cell before `guarded`: an apostrophe before a sign is ours, and no program shows one that is not."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULAS) else text


def _row(number: int, cells: Sequence[object]) -> str:
    told = (_cell(cell, f"{_column(place)}{number}") for place, cell in enumerate(cells, start=1))
    return f'<row r="{number}">{"".join(told)}</row>'


def _column(place: int) -> str:
    """1 -> A, 27 -> AA."""
    before, last = divmod(place - 1, 26)
    return (_column(before) if before else "") + chr(65 + last)


def _cell(cell: object, at: str) -> str:
    """A cell says where it is: some programs, and every strict reader, want to be told."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f'<c r="{at}"><v>{cell}</v></c>'
    text = escape(_NOT_IN_XML.sub("\ufffd", guarded(cell)))
    return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


_PARTS = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_LINKS}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="台账" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_LINKS}"><Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
