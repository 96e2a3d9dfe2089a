"""What a Word body says, from its elements: paragraphs, table rows, and the numbers Word itself counts.

Fed by `manuscripts`; knows no files and no XML parser. Deleted text, alternates drawn twice and notes are left out.
"""

from dataclasses import dataclass, field

from liuhen.kernel.numerals import to_chinese

_CHINESE = frozenset(
    {"chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting",
     "taiwaneseCountingThousand", "ideographDigital"}
)  # fmt: skip
_SKIPPED = frozenset({"Fallback", "del", "moveFrom", "instrText", "delText"})


@dataclass(slots=True)
class _Level:
    start: int = 1
    style: str = "decimal"
    text: str = ""
    restarts: bool = True


@dataclass(slots=True)
class Numbering:
    """The lists of the document: which picture (第%1条) and which figures each level has."""

    levels: dict[tuple[str, int], _Level] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    _list: str = ""
    _level: int = 0
    _number: str = ""

    def start(self, name: str, told: dict[str, str]) -> None:
        value = told.get("val", "")
        if name == "abstractNum":
            self._list = told.get("abstractNumId", "")
        elif name == "num":
            self._number = told.get("numId", "")
        elif name == "abstractNumId":
            self.lists[self._number] = value
        elif name == "lvl":
            self._level = _int(told.get("ilvl", "0"))
            self.levels[self._list, self._level] = _Level()
        elif (level := self.levels.get((self._list, self._level))) is not None:
            if name == "start":
                level.start = _int(value)
            elif name == "numFmt":
                level.style = value
            elif name == "lvlText":
                level.text = value
            elif name == "lvlRestart":
                level.restarts = value != "0"

    def end(self, name: str) -> None:
        """Nothing is due at the end of an element."""

    def text(self, piece: str) -> None:
        """A numbering part has no text of its own."""

    def label(self, number: str, level: int, counts: dict[tuple[str, int], int]) -> str:
        """The next number of a list as it stands before the paragraph; empty where the list has no figures."""
        list_ = self.lists.get(number, "")
        found = self.levels.get((list_, level))
        if found is None or found.style in ("bullet", "none"):
            return ""
        counts[list_, level] = counts.get((list_, level), found.start - 1) + 1
        for deeper in [key for key in counts if key[0] == list_ and key[1] > level]:
            if self.levels[deeper].restarts:
                del counts[deeper]
        label = found.text
        for upper in range(level + 1):
            shape = self.levels.get((list_, upper), found)
            told = counts.get((list_, upper), shape.start)
            label = label.replace(f"%{upper + 1}", _figure(told, shape.style))
        return label


@dataclass(slots=True)
class WordBody:
    """The lines of the body as they are read: a text for a paragraph, a tuple of cells for a row of a table."""

    numbering: Numbering
    lines: list[str | tuple[str, ...]] = field(default_factory=list)
    _counts: dict[tuple[str, int], int] = field(default_factory=dict)
    _rows: list[list[str]] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _level: int = 0
    _list: str = ""
    _skipping: int = 0
    _in_text: bool = False

    def start(self, name: str, told: dict[str, str]) -> None:
        if self._skipping or name in _SKIPPED:
            self._skipping += 1
        elif name == "p":
            self._pieces, self._level, self._list = [], 0, ""
        elif name == "ilvl":
            self._level = _int(told.get("val", "0"))
        elif name == "numId":
            self._list = told.get("val", "")
        elif name == "tr":
            self._rows.append([])
        elif name == "tc" and self._rows:
            self._rows[-1].append("")
        elif name in ("tab", "br", "cr"):
            self._pieces.append(" " if name == "tab" else "\n")
        self._in_text = name == "t"

    def end(self, name: str) -> None:
        self._in_text = False
        if self._skipping:
            self._skipping -= 1
        elif name == "p":
            self._paragraph()
        elif name == "tr" and self._rows:
            self.lines.append(tuple(self._rows.pop()))

    def text(self, piece: str) -> None:
        if self._in_text and not self._skipping:
            self._pieces.append(piece)

    def _paragraph(self) -> None:
        text = "".join(self._pieces)
        self._pieces = []
        if self._list and text.strip():
            label = self.numbering.label(self._list, self._level, self._counts)
            text = f"{label} {text}" if label else text
        if self._rows and self._rows[-1]:
            cell = self._rows[-1]
            cell[-1] = f"{cell[-1]} {text}".strip().replace("\n", " ")
        else:
            self.lines += text.split("\n")


def _figure(number: int, style: str) -> str:
    return to_chinese(number) if style in _CHINESE and 0 <= number <= 9999 else str(number)


def _int(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0
