"""A regulation's file as lines and table rows: txt or md in the usual encodings, docx without its looks.

The file is foreign: its size, its parts, what they expand to and how deep they nest are limited before anything is read,
and XML with a DTD is refused, so that no entity is ever expanded. Used by the agency's import alone; knows no articles.
"""

import re
import stat
import zipfile
from io import BytesIO
from xml.parsers import expat

from liuhen.engines.rules.word import Numbering, WordBody
from liuhen.kernel.archives import FAULTS, count_listed, part_of
from liuhen.kernel.errors import Malformed

Row = tuple[str, ...]
Line = str | Row

LARGEST = 5 * 1024 * 1024
_EXPANDED, _PARTS, _DEPTH = 40 * 1024 * 1024, 2000, 100
_LINES, _LONGEST = 60_000, 20_000
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_STRANGERS = (
    (b"\xd0\xcf\x11\xe0", "旧版 Word 文件（.doc）", "请在 Word 或 WPS 中另存为 .docx 后再附。"),
    (b"%PDF", "PDF 文件", "请附 .docx、.txt 或 .md；只有 PDF 的，请先另存为文本并核对。"),
    (b"{\\rtf", "RTF 文件", "请在 Word 或 WPS 中另存为 .docx 后再附。"),
)
_COMMENT = re.compile(r"<!--.*?-->")
_MARKS = re.compile(r"\*\*|__|^#{1,6}\s+|^>\s+|^[-*•·]\s+(?=[（(①-⑳]|\d+\s?[、.．])")
_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?")
_SPACES = re.compile(r"[ \u00a0\u2002-\u200a\u202f\u3000\ufeff\u200b]+")


def read_manuscript(content: bytes) -> tuple[Line, ...]:
    """The lines of a file, blank ones left out. Raises `Malformed` for what cannot be read; nothing is guessed at."""
    if len(content) > LARGEST:
        raise Malformed("文件超过 5 MB，不像一部制度的文本", do="请去掉图片后再附，或者分开保存。")
    for start, name, do in _STRANGERS:
        if content.startswith(start):
            raise Malformed(f"这是{name}，读不出条文", do=do)
    lines = _of_word(content) if content.startswith(b"PK") else _of_text(_decoded(content))
    if not lines:
        raise Malformed("文件里没有文字", do="请核对是否选对了文件。")
    if len(lines) > _LINES or any(len(cell) > _LONGEST for line in lines for cell in _cells(line)):
        raise Malformed(f"文件超过 {_LINES} 行，或者有一行超过 {_LONGEST} 字", do="请核对是否选对了文件。")
    return tuple(lines)


def plain(text: str) -> str:
    """Runs of the many kinds of space as one, none at the ends; control characters left out."""
    kept = "".join(c for c in text if c >= " " or c == "\t")
    return _SPACES.sub(" ", kept).strip(" ")


def _cells(line: Line) -> Row:
    return (line,) if isinstance(line, str) else line


def _decoded(content: bytes) -> str:
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _readable(_try(content, encoding))
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        text = _try(content, encoding)
        if (
            text is not None and "条" in text
        ):  # Bytes of one encoding may be legal in another; then no 条 is in them.
            return text
    return _readable(_try(content, "utf-8"))


def _try(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeError:
        return None


def _readable(text: str | None) -> str:
    if text is not None:
        return text
    raise Malformed("文字编码无法识别", do="请另存为 UTF-8 编码的文本后再附；UTF-16 和 GB18030 也可以。")


def _of_text(text: str) -> list[Line]:
    lines: list[Line] = []
    for raw in re.split(r"\r\n|[\r\n\f\v\x85\u2028\u2029]", _COMMENT.sub("", text)):
        line = plain(raw)
        if "\t" in line.strip("\t"):
            lines.append(tuple(plain(cell) for cell in raw.split("\t")))
        elif line.startswith("|") and line.count("|") > 2:
            if not _RULE.fullmatch(line):
                lines.append(tuple(plain(cell) for cell in line.strip("|").split("|")))
        elif bare := plain(_MARKS.sub("", line.strip("\t"))):
            lines.append(bare)
    return lines


def _of_word(content: bytes) -> list[Line]:
    numbering, body = Numbering(), None
    _check_count(count_listed(content))
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check(archive.infolist())
            names = set(archive.namelist())
            if "word/document.xml" not in names:
                raise Malformed("压缩包里没有 Word 正文，不是 .docx 文件", do="请附 .docx、.txt 或 .md。")
            if "word/numbering.xml" in names:
                _walk(part_of(archive, "word/numbering.xml"), numbering)
            body = WordBody(numbering)
            _walk(part_of(archive, "word/document.xml"), body)
    except (*FAULTS, expat.ExpatError) as error:
        raise Malformed(
            f".docx 文件已损坏，或者设了密码：{error}", do="请用 Word 或 WPS 打开核对，重新保存后再附。"
        ) from error
    return [_clean(line) for line in body.lines if any(plain(cell) for cell in _cells(line))]


def _clean(line: Line) -> Line:
    return (
        plain(line.replace("\t", " "))
        if isinstance(line, str)
        else tuple(plain(c.replace("\t", " ")) for c in line)
    )


def _check_count(count: int, expanded: int = 0) -> None:
    if count > _PARTS or expanded > _EXPANDED:
        raise Malformed(
            f".docx 展开后超过 {_EXPANDED >> 20} MB 或 {_PARTS} 个部分，未予读取",
            do="请去掉图片和附件后再附。",
        )


def _check(parts: list[zipfile.ZipInfo]) -> None:
    """Before anything is unpacked: how large, and none that points elsewhere."""
    _check_count(len(parts), sum(part.file_size for part in parts))
    for part in parts:
        where = part.filename.replace("\\", "/")
        if where.startswith("/") or ".." in where.split("/") or stat.S_ISLNK(part.external_attr >> 16):
            raise Malformed(".docx 里有指向别处的路径，未予读取", do="请用 Word 或 WPS 重新保存后再附。")


def _walk(xml: bytes, told: "Numbering | WordBody") -> None:
    """Feed one part to its reader. Only names without their namespace count; a DTD ends the reading."""
    parser, depth = expat.ParserCreate(namespace_separator=" "), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEPTH:
            raise Malformed(".docx 的嵌套过深，未予读取", do="请用 Word 或 WPS 重新保存后再附。")
        told.start(_bare(name), {_bare(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        told.end(_bare(name))

    def refuse(*_: object) -> None:
        raise Malformed(".docx 里有自定义的实体声明，未予读取", do="请用 Word 或 WPS 重新保存后再附。")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = told.text
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(xml, True)  # noqa: FBT003  expat's own signature: this is the last piece


def _bare(name: str) -> str:
    return name.rpartition(" ")[2]
