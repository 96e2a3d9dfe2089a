"""From the lines of a file to a `Statute`: which line opens a chapter, an article, an item, an annex, and which goes on.

A line with no number goes on with the sentence before it where that has no end; else it is a paragraph of its own.
Numbers are kept as printed and what does not count right is told. Nothing is dropped without a word.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from liuhen.engines.rules.counting import deeper, heading_oddities, item_oddities, step, told_apart
from liuhen.engines.rules.manuscripts import Line
from liuhen.engines.rules.text import (
    Annex,
    Article,
    Heading,
    Item,
    Level,
    Oddity,
    Paragraph,
    Statute,
    number_or_none,
)
from liuhen.kernel.errors import Malformed
from liuhen.kernel.numerals import to_chinese

_FIGURES = "零〇一二三四五六七八九十百千两0-9０-９"
_HEADING = re.compile(
    r"第\s?(?P<number>[^\s第条款项]{1,6}?)\s?(?P<level>分编|编|章|节)(?P<gap>\s*)(?P<title>.{0,60})"
)
_ARTICLE = re.compile(
    rf"第\s?(?P<number>[^\s第章节款项，。]{{1,10}}?)\s?条(?P<of>之[{_FIGURES}]+)?(?P<gap>\s*)(?P<text>.*)",
    re.DOTALL,
)
_ITEM = re.compile(rf"(?P<mark>[（(]\s?(?P<number>[{_FIGURES}]{{1,5}})\s?[）)])\s*(?P<text>.*)")
_SUB = re.compile(
    r"(?P<mark>(?P<number>\d{1,2})\s?[、.．])(?!\d)\s*(?P<text>.*)|(?P<ring>[①-⑳])\s*(?P<rest>.*)"
)
_ANNEX = re.compile(
    r"附\s?(?:件|表|录)\s?(?P<number>[0-9０-９一二三四五六七八九十]{0,3})\s?(?P<colon>[:：]?)\s*(?P<title>.{0,60})"
)
_REFERENCE = re.compile(r"第|规定|的|、|和|至|及|或|所|中|与|以")
_PAGE = re.compile(r"[-—－–]\s?\d{1,4}\s?[-—－–]|第\s?\d+\s?页(?:\s?共\s?\d+\s?页)?")
_DATED = re.compile(r"\d|（?\(?(?:本|自)?\d{4}年|目\s?录$|目\s?次$")
_END = re.compile(r"[。；：！？…;:.!?—][”’》）)]*$")  # A bracket or a quotation mark alone ends no sentence.
_HAN_GAP = re.compile(r"(?<=[\u3400-\u9fff（）()、])\s+(?=[\u3400-\u9fff（）()、])")


def split_text(lines: Sequence[Line]) -> Statute:
    """The text of a regulation. Raises `Malformed` where no article is found."""
    reader = _Reader()
    for line in lines:
        reader.read(line)
    return reader.statute()


@dataclass(slots=True)
class _Part:
    """A paragraph or item while it is being read."""

    text: str
    printed: str = ""
    number: int = 0
    parts: list["_Part"] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return _END.search(self.text) is not None


@dataclass(slots=True)
class _Open:
    """An article while it is being read; `token` is its number as printed."""

    printed: str
    token: str
    headings: tuple[int, ...]
    of: str = ""
    parts: list[_Part] = field(default_factory=list)


@dataclass(slots=True)
class _Sheet:
    """An annex while it is being read."""

    printed: str
    title: str
    rows: list[tuple[str, ...]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def tabulate(self, cells: tuple[str, ...]) -> None:
        """A row. What little stands between the title and the first row is the rest of the title."""
        if not self.rows and len(self.lines) <= 2 and not any(_END.search(line) for line in self.lines):
            self.title += "".join(map(_closed_up, self.lines))
            self.lines.clear()
        self.rows.append(cells)


class _Reader:
    """Takes the lines one by one; knows what is open."""

    def __init__(self) -> None:
        self._preface: list[str] = []
        self._headings: list[Heading] = []
        self._articles: list[_Open] = []
        self._annexes: list[_Sheet] = []
        self._oddities: list[Oddity] = []
        self._path: dict[Level, int] = {}
        self._fresh_heading = False

    def read(self, line: Line) -> None:
        if isinstance(line, tuple):
            self._row(line)
        elif _PAGE.fullmatch(line):
            self._odd(self._where(), f"“{line}”是页码，未计入条文")
        elif self._annexes:
            self._annexed(line)
        elif not self._opens(line):
            self._goes_on(line)

    def statute(self) -> Statute:
        if not self._articles:
            raise Malformed(
                "没有找到“第一条”这样的条文",
                do="请核对文件；条号若是 Word 自动编号而读不出的，请先转成普通文字再附。",
            )
        title, preface = self._title()
        headings = tuple(told_apart(self._headings))
        return Statute(
            title=title,
            preface=preface,
            headings=headings,
            articles=tuple(self._numbered()),
            annexes=tuple(_annexes(self._annexes)),
            oddities=(*self._oddities, *heading_oddities(headings), *self._article_oddities()),
        )

    # ── what a line opens ──────────────────────────────────────────────────────────────────────────────────────

    def _opens(self, line: str) -> bool:
        return (
            self._opens_heading(line)
            or self._opens_article(line)
            or (bool(self._articles) and (self._opens_annex(line) or self._opens_item(line)))
        )

    def _opens_heading(self, line: str) -> bool:
        found = _HEADING.fullmatch(line)
        if found is None or (found["title"] and (line.endswith(tuple("。；：，、")) or not _titled(found))):
            return False
        number = number_or_none(found["number"])
        level = cast("Level", found["level"])
        if number is None and not found["gap"]:
            return False
        printed = f"第{found['number']}{level}"
        self._headings.append(Heading(printed, printed, number or 0, level, _closed_up(found["title"])))
        self._path = deeper(self._path, level, len(self._headings) - 1)
        self._fresh_heading = True
        return True

    def _opens_article(self, line: str) -> bool:
        found = _ARTICLE.fullmatch(line)
        if found is None or not self._is_article(found):
            return False
        if not self._articles:
            self._drop_contents()
        of = found["of"] or ""
        printed = f"第{found['number']}条{of}"
        article = _Open(printed, found["number"], tuple(self._path.values()), of)
        article.parts.append(_Part(found["text"].strip()))
        self._articles.append(article)
        self._fresh_heading = False
        return True

    def _is_article(self, found: re.Match[str]) -> bool:
        number, text = number_or_none(found["number"]), found["text"]
        if (
            number is None
        ):  # 第十地条: a misprint only where it stands like a number, apart and with a figure in it.
            return (
                bool(found["gap"])
                and len(found["number"]) <= 4
                and number_or_none(found["number"][0]) is not None
            )
        if found["gap"] or not text:
            return True
        last = next((n for a in reversed(self._articles) if (n := number_or_none(a.token))), 0)
        return number == last + 1 and not _REFERENCE.match(text)

    def _opens_annex(self, line: str) -> bool:
        found = _ANNEX.fullmatch(line)
        if (
            found is None
            or line.endswith("。")
            or not (found["colon"] or found["number"] or not found["title"])
        ):
            return False
        self._annexes.append(_Sheet(f"附件{found['number']}", _closed_up(found["title"])))
        return True

    def _opens_item(self, line: str) -> bool:
        parts = self._articles[-1].parts
        found = _ITEM.fullmatch(line)
        if found is not None:
            parts[-1].parts.append(_Part(found["text"], found["mark"], number_or_none(found["number"]) or 0))
            return True
        found = _SUB.fullmatch(line)
        if found is None:
            return False
        above = (
            parts[-1].parts[-1] if parts[-1].parts and parts[-1].parts[-1].printed[0] in "（(" else parts[-1]
        )
        if found["ring"]:
            above.parts.append(_Part(found["rest"], found["ring"], ord(found["ring"]) - ord("①") + 1))
        else:
            above.parts.append(_Part(found["text"], found["mark"], int(found["number"])))
        return True

    # ── what goes on ───────────────────────────────────────────────────────────────────────────────────────────

    def _goes_on(self, line: str) -> None:
        if self._fresh_heading:
            self._lengthen_heading(line)
        elif not self._articles:
            self._preface.append(line)
        else:
            self._lengthen_article(self._articles[-1], line)

    def _lengthen_heading(self, line: str) -> None:
        last = self._headings[-1]
        if line.endswith("。") or len(line) > 40:
            self._odd(last.printed, f"标题之后、条文之前有一段没有条号：“{_short(line)}”")
            self._preface.append(line)
            return
        title = last.title + _closed_up(line)
        self._headings[-1] = Heading(last.printed, last.cite, last.number, last.level, title)
        if last.title:
            self._odd(last.printed, "标题被排版拆成两行，已接合")

    def _lengthen_article(self, article: _Open, line: str) -> None:
        last, siblings = _last_of(article.parts)
        if not last.text:
            last.text = line
        elif last.ended or _unpunctuated(last, siblings):
            article.parts.append(_Part(line))
        else:
            gap = " " if last.text[-1].isascii() and line[0].isascii() and line[0].isalnum() else ""
            last.text += gap + line
            self._odd(
                article.printed, f"一句话被排版拆成两行，已接合：“…{last.text[-len(line) - 6 :][:12]}…”"
            )

    def _row(self, cells: tuple[str, ...]) -> None:
        if not self._annexes and self._articles:
            self._annexes.append(_Sheet("附件", ""))
            self._odd("附件", "表格之前没有“附件”字样，作为附件收录")
        if self._annexes:
            self._annexes[-1].tabulate(cells)
        else:
            self._preface.append("　".join(filter(None, cells)))

    def _annexed(self, line: str) -> None:
        if self._opens_annex(line):
            return
        sheet = self._annexes[-1]
        if not sheet.title and not sheet.rows and not sheet.lines:
            sheet.title = _closed_up(line)
        else:
            sheet.lines.append(line)

    # ── the whole ──────────────────────────────────────────────────────────────────────────────────────────────

    def _title(self) -> tuple[str, tuple[str, ...]]:
        lines = [line for line in self._preface if not _ANNEX.fullmatch(line)]
        whole: list[str] = []
        for line in lines:
            if _DATED.match(line) or re.search(r"。$|\u3000", line) or len(line) > 60 or len(whole) == 4:
                break
            whole.append(_closed_up(line))
        if len(whole) > 1:
            self._odd("标题", f"印成 {len(whole)} 行，已接合")
        rest = [line for line in self._preface if _closed_up(line) not in whole]
        return "".join(whole), tuple(rest)

    def _drop_contents(self) -> None:
        """A table of contents prints the headings once before the text: the first run goes."""
        if not self._headings:
            return
        first = _bare_title(self._headings[0])
        again = [i for i, h in enumerate(self._headings) if i and _bare_title(h) == first]
        if again:
            cut = again[-1]
            del self._headings[:cut]
            self._path = {level: index - cut for level, index in self._path.items() if index >= cut}
            self._odd("目录", f"文首的目录 {cut} 行未计入")

    def _numbered(self) -> Iterator[Article]:
        printed = Counter(article.printed for article in self._articles)
        seen: Counter[str] = Counter()
        expected = 1
        for article in self._articles:
            seen[article.printed] += 1
            number = number_or_none(article.token) or expected
            expected = number + 1
            twin = f"#{seen[article.printed]}" if printed[article.printed] > 1 else ""
            paragraphs = tuple(Paragraph(p.text, _items(p.parts)) for p in article.parts)
            yield Article(article.printed, article.printed + twin, number, paragraphs, article.headings)

    def _article_oddities(self) -> Iterator[Oddity]:
        last: int | None = None
        for article in self._articles:
            number = number_or_none(article.token)
            if number is None:
                number = (last or 0) + 1
                yield Oddity(
                    article.printed,
                    f"“{article.token}”不是数字，按次序作为第{to_chinese(number)}条，引用时照印",
                )
            else:
                yield from step(article.printed, last, number, "条", is_same=bool(article.of))
            last = number
            for part in article.parts:
                yield from item_oddities(article.printed, part.parts)

    def _where(self) -> str:
        return self._articles[-1].printed if self._articles else "文首"

    def _odd(self, where: str, told: str) -> None:
        self._oddities.append(Oddity(where, told))


def _titled(found: re.Match[str]) -> bool:
    """第一章总则 is a heading, 第一章的规定适用于… is not."""
    return bool(found["gap"]) or not _REFERENCE.match(found["title"])


def _closed_up(title: str) -> str:
    """总 则 -> 总则: spaces between Chinese characters of a title are the printer's."""
    return _HAN_GAP.sub("", title.strip())


def _bare_title(heading: Heading) -> tuple[str, str]:
    return heading.printed, re.sub(r"[.…·\s]*\d*$", "", heading.title)


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:20] + "…"


def _last_of(parts: list[_Part]) -> tuple[_Part, list[_Part]]:
    """The part that was written last, and those beside it."""
    last, siblings = parts[-1], parts
    while last.parts:
        last, siblings = last.parts[-1], last.parts
    return last, siblings


def _unpunctuated(last: _Part, siblings: list[_Part]) -> bool:
    """A list whose items all end without a mark: the line after it is a paragraph, not the rest of the last item."""
    return bool(last.printed) and len(siblings) > 1 and not any(part.ended for part in siblings)


def _items(parts: list[_Part]) -> tuple[Item, ...]:
    return tuple(Item(p.printed, p.number, p.text, _items(p.parts)) for p in parts)


def _annexes(sheets: list[_Sheet]) -> Iterator[Annex]:
    """Lines that only list the annexes to come (附件：清单) are no annex themselves."""
    for number, sheet in enumerate(sheets):
        bare = not sheet.rows and not sheet.lines
        later = sheets[number + 1 :]
        if bare and any(sheet.title in other.title or not other.title for other in later):
            continue
        rows = [row for row in sheet.rows if any(row)]
        head, body = (rows[0], rows[1:]) if rows else ((), [])
        body = [row for row in body if row != head]  # A table over two pages prints its head twice.
        yield Annex(sheet.printed, sheet.title, head, tuple(body), tuple(sheet.lines))
