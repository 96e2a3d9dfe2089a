"""A regulation's own text as it is printed: headings, articles, paragraphs (款), items （一）, sub-items 1、, annexes.

What the printer got wrong stays as printed and is told as an `Oddity`. `split_text` makes a `Statute` from the lines of a
file; `Statute.passage` finds what a clause cites. The text is the agency's: nothing of it ships with the packs.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from liuhen.engines.rules.manuscripts import Row
from liuhen.kernel.errors import Malformed
from liuhen.kernel.numerals import to_number

Level = Literal["编", "分编", "章", "节"]

_FIGURES = "零〇一二三四五六七八九十百千两0-9０-９"
_LABEL = re.compile(
    rf"(?P<article>第[^#（(]+?条(?:之[{_FIGURES}]+)?(?:#\d+)?)"
    rf"(?:第(?P<paragraph>[{_FIGURES}]+)款)?"
    rf"(?:[（(](?P<item>[{_FIGURES}]+)[）)])?"
    r"(?:(?P<sub>\d{1,2})[、.．]?)?"
)
_ANNEX = re.compile(r"附件\s*(?P<title>.*?)(?:\s*序号\s*(?P<row>\d+))?")


@dataclass(frozen=True, slots=True)
class Item:
    """项 or 目: its mark as printed, the number it means, its text."""

    printed: str
    number: int
    text: str
    items: tuple["Item", ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """款: its text and the items that follow it."""

    text: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """条. `printed` as it stands; `cite` names it without doubt (第八条#2 for the second of two).

    `number` is the one meant: of a number that is no number (第十地条) the one its place asks for.
    """

    printed: str
    cite: str
    number: int
    paragraphs: tuple[Paragraph, ...]
    headings: tuple[int, ...]

    @property
    def text(self) -> str:
        """All of it, line by line."""
        return "\n".join(line.text for line in _lines(self, lambda *_: False))


@dataclass(frozen=True, slots=True)
class Heading:
    """编, 章 or 节 as printed, with its title."""

    printed: str
    cite: str
    number: int
    level: Level
    title: str


@dataclass(frozen=True, slots=True)
class Annex:
    """附件: a table with its head, or lines of text, or both."""

    printed: str
    title: str
    head: Row
    rows: tuple[Row, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Oddity:
    """What the printed text does against its own counting, or what a page's layout broke; kept, and told."""

    where: str
    told: str

    def __str__(self) -> str:
        return f"{self.where}：{self.told}"


@dataclass(frozen=True, slots=True)
class PassageLine:
    """One line of a passage; `depth` 0 for a paragraph, 1 and 2 for items; `cited` where the citation means this one."""

    text: str
    depth: int
    cited: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """An article with what is cited in it marked. `note` where the print has no such paragraph or item."""

    printed: str
    heading: str
    lines: tuple[PassageLine, ...]
    note: str = ""

    @property
    def text(self) -> str:
        """The whole article in one string: what the numbers of a rule are looked for in."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Statute:
    """The whole text."""

    title: str
    preface: tuple[str, ...]
    headings: tuple[Heading, ...]
    articles: tuple[Article, ...]
    annexes: tuple[Annex, ...]
    oddities: tuple[Oddity, ...]

    @property
    def items(self) -> int:
        """How many items and sub-items its articles have."""
        return sum(1 for a in self.articles for p in a.paragraphs for _ in _walked(p.items))

    def count(self, level: Level) -> int:
        return sum(heading.level == level for heading in self.headings)

    def heading_of(self, article: Article) -> str:
        """第二章 某章 第一节 某节."""
        found = (self.headings[index] for index in article.headings)
        return "　".join(f"{heading.printed} {heading.title}".strip() for heading in found)

    def article(self, cite: str) -> Article | None:
        """第八条#2, 第二十一条; None where there is none, or where two have the number and none is named."""
        bare = cite.replace(" ", "")
        exact = [a for a in self.articles if a.cite == bare]
        return exact[0] if exact else None

    def passage(self, label: str) -> Passage | None:
        """What a clause's printed place means: 第十四条（二）2、, 第八条#1第二款, 附件 … 序号5. None where it is not there."""
        if label.startswith("附件"):
            return self._of_annex(label)
        found = _LABEL.fullmatch(label.replace(" ", ""))
        article = self.article(found["article"]) if found else None
        if found is None or article is None:
            return None
        wanted = [_number(found[part]) for part in ("paragraph", "item", "sub")]
        return self._marked(article, *wanted)

    def _marked(self, article: Article, paragraph: int, item: int, sub: int) -> Passage:
        def means(p: int, i: int, s: int) -> bool:
            inside = (p == paragraph or not paragraph) and (i == item or not item) and (s == sub or not sub)
            return inside and bool(paragraph or item or sub)

        lines = tuple(_lines(article, means))
        note = ""
        if (paragraph or item) and not any(line.cited for line in lines):
            note = "印刷文本中没有这样分款分项，以下是全条。"
        return Passage(article.printed, self.heading_of(article), lines, note)

    def _of_annex(self, label: str) -> Passage | None:
        found = _ANNEX.fullmatch(label)
        annexes = [a for a in self.annexes if a.rows or a.lines]
        named = [a for a in annexes if found and found["title"] and found["title"].strip() in a.title]
        annex = next(iter(named or annexes), None)
        if annex is None or found is None:
            return None
        row = found["row"]
        lines = [PassageLine(text, 0, cited=False) for text in annex.lines]
        lines += [
            PassageLine(told_row(annex.head, cells), 0, cited=bool(row) and cells[0] == row)
            for cells in annex.rows
        ]
        return Passage(annex.printed, annex.title, tuple(lines))


def told_row(head: Row, cells: Row) -> str:
    """A row of a table as a sentence: each cell under its heading; what is empty is left out."""
    named = zip((*head, *[""] * len(cells)), cells, strict=False)
    return "；".join(f"{name}：{cell}" if name else cell for name, cell in named if cell)


def _number(text: str | None) -> int:
    return number_or_none(text) or 0 if text else 0


def number_or_none(text: str) -> int | None:
    """A printed number; None where it is none (十地)."""
    try:
        return to_number(text)
    except Malformed:
        return None


def _walked(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _walked(item.items)


def _lines(article: Article, means: Callable[[int, int, int], bool]) -> Iterator[PassageLine]:
    """Line by line; `means` says of a paragraph, item and sub-item number whether the citation is of that."""
    for p, paragraph in enumerate(article.paragraphs, 1):
        yield PassageLine(paragraph.text, 0, means(p, 0, 0))
        for item in paragraph.items:
            yield PassageLine(f"{item.printed}{item.text}", 1, means(p, item.number, 0))
            for sub in item.items:
                yield PassageLine(f"{sub.printed}{sub.text}", 2, means(p, item.number, sub.number))
