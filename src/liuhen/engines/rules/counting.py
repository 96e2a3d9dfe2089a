"""How a text counts: headings told apart, and what goes against the count (a number twice, missing, out of turn).

Used by `splitting`; the words of every `Oddity` about numbers are here.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from liuhen.engines.rules.text import Heading, Level, Oddity
from liuhen.kernel.numerals import to_chinese


class Counted(Protocol):
    """An item while it is being read."""

    @property
    def printed(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def parts(self) -> "Sequence[Counted]": ...


def deeper(path: dict[Level, int], level: Level, index: int) -> dict[Level, int]:
    order: tuple[Level, ...] = ("编", "分编", "章", "节")
    kept = {name: at for name, at in path.items() if order.index(name) < order.index(level)}
    return {**kept, level: index}


def told_apart(headings: Sequence[Heading]) -> Iterator[Heading]:
    """第五章#2 for the second 第五章; sections count anew in each chapter."""
    keys = [(*_above(headings, i), heading.printed) for i, heading in enumerate(headings)]
    total, seen = Counter(keys), Counter[tuple[object, ...]]()
    for key, heading in zip(keys, headings, strict=True):
        seen[key] += 1
        twin = f"#{seen[key]}" if total[key] > 1 else ""
        yield Heading(heading.printed, heading.printed + twin, heading.number, heading.level, heading.title)


def _above(headings: Sequence[Heading], index: int) -> tuple[int, ...]:
    """The indexes of the headings a heading stands under."""
    path: dict[Level, int] = {}
    for at, heading in enumerate(headings[: index + 1]):
        path = deeper(path, heading.level, at)
    return tuple(path.values())[:-1]


def heading_oddities(headings: Sequence[Heading]) -> Iterator[Oddity]:
    last: dict[tuple[object, ...], int] = {}
    for index, heading in enumerate(headings):
        under = (*_above(headings, index), heading.level)
        if not heading.number:
            yield Oddity(heading.printed, "不是数字，照印")
            continue
        yield from step(f"{heading.printed} {heading.title}", last.get(under), heading.number, heading.level)
        last[under] = heading.number


def step(where: str, last: int | None, number: int, unit: str, *, is_same: bool = False) -> Iterator[Oddity]:
    """What is odd about `number` after `last`; 第三条之一 may repeat the 三."""
    if last is None:
        if number != 1:
            yield Oddity(where, f"首{unit}不是第一{unit}")
    elif number == last and not is_same:
        yield Oddity(where, f"第{to_chinese(number)}{unit}印了不止一次，引用时以“#1”“#2”区别先后")
    elif number < last:
        yield Oddity(where, f"排在第{to_chinese(last)}{unit}之后，次序颠倒")
    elif number > last + 1:
        missing = "、".join(f"第{to_chinese(n)}{unit}" for n in range(last + 1, min(number, last + 6)))
        yield Oddity(where, f"之前缺{missing}{'等' if number > last + 6 else ''}")


def item_oddities(article: str, parts: Sequence["Counted"]) -> Iterator[Oddity]:
    last = 0
    for part in parts:
        if part.number != last + 1:
            yield Oddity(article, f"项号“{part.printed}”前面不是“{to_chinese(part.number - 1)}”" if part.number > 1
                         else f"项号“{part.printed}”重新从一开始")  # fmt: skip
        last = part.number
        yield from item_oddities(f"{article}{part.printed}", part.parts)
