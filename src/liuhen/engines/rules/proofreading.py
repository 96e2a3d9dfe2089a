"""Holds a pack against the regulation's own text: is each cited place there, and does each number of a rule stand in it.

24h is looked for as 24小时 or 二十四小时, 6m as 六个月 or 半年, 2 as 2名, 两台, 双人. Pure; told to the jurist by the
page and by `pack text --check`. What rests on an agency setting is not the regulation's number and is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import NamedTuple

from liuhen.engines.rules.packs import Pack, Rule
from liuhen.engines.rules.text import Statute, number_or_none
from liuhen.kernel.errors import Malformed
from liuhen.kernel.months import Period

_HAN = "零〇一二两三四五六七八九十百千"
_UNITS = {
    "个工作日": "工作日", "工作日": "工作日", "小时": "小时", "分钟": "分钟", "秒": "秒", "个月": "个月", "月": "个月",
    "年": "年", "日": "日", "天": "日", "周": "周",
}  # fmt: skip
# The time in which files must come in is the number of the deadline's own article; a duty to record only repeats it.
_REPEATED = frozenset({"files_within"})
_COUNTED = ("名", "人", "台", "部", "份", "张", "次", "倍", "个人")
_FRACTION = re.compile(rf"([{_HAN}\d]+)分之([{_HAN}\d]+)|(\d+)\s?[%％]")
_NUMBER = re.compile(
    rf"(?<![第（(])(?P<number>\d+|[{_HAN}]+|半|双)\s?(?P<unit>{'|'.join((*_UNITS, *_COUNTED))})?(?![)）])"
)
_SAID = re.compile(
    rf"(?<![第（(])(?P<number>\d+|[{_HAN}]+|半|双)\s?(?P<unit>{'|'.join((*_UNITS, *_COUNTED))})"
)


class Number(NamedTuple):
    """A value and its unit: (24, 小时), (6, 个月), (2, “”) for a count; of 三分之一 the unit is “/3”."""

    value: int
    unit: str

    def __str__(self) -> str:
        return f"{self.value} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing that does not fit: the rule, what of it, the article, and what to do."""

    rule: str
    what: str
    article: str
    told: str

    def __str__(self) -> str:
        return f"{self.article}（{self.rule}）：{self.told}"


def proofread(pack: Pack, statute: Statute) -> tuple[Slip, ...]:
    """Every cited place and every number of `pack`, held against the text. Give the pack with its own defaults."""
    slips = list(_places(pack, statute))
    for rule in pack.rules:
        slips += _rule_slips(pack, rule, statute)
    return tuple(slips)


def _places(pack: Pack, statute: Statute) -> Iterator[Slip]:
    for clause in pack.clauses:
        if statute.passage(clause.article) is None:
            told = f"条款 {clause.id} 引“{clause.article}”，附上的文本中没有，请核对条号或者文本"
            yield Slip("条款表", clause.id, clause.article, told)


def _rule_slips(pack: Pack, rule: Rule, statute: Statute) -> Iterator[Slip]:
    places = dict.fromkeys(pack.articles[c] for c in _clauses_of(rule) if c in pack.articles)
    passages = [found for place in places if (found := statute.passage(place))]
    if not passages:
        return  # The places themselves are told above.
    there = set().union(*(numbers_in(passage.text) for passage in passages))
    own = _of_settings(pack, rule)
    deadlines = _deadlines(pack, statute)
    articles = "、".join(dict.fromkeys(passage.printed for passage in passages))
    for number, key in dict.fromkeys(_claimed(rule)):
        if number not in there | own and not (key in _REPEATED and number in deadlines):
            where = f"参数 {key}" if key else "我们的话"
            told = f"规则写作“{number}”（{where}），{articles}中没有这个数，请核对规则或者文本"
            yield Slip(rule.id, str(number), articles, told)


def _deadlines(pack: Pack, statute: Statute) -> set[Number]:
    """The numbers of the articles in which the pack's deadlines stand."""
    cited = (rule.cite for rule in pack.rules if rule.kind == "deadline")
    return {n for cite in cited if (found := statute.passage(cite)) for n in numbers_in(found.text)}


def numbers_in(text: str) -> set[Number]:
    """Every number of a text, in figures or Chinese, with its unit; and each once more as a bare count."""
    found: set[Number] = set()
    for match in _FRACTION.finditer(text):
        found.add(_fraction(match))
    for match in _NUMBER.finditer(text):
        found |= _meant(match["number"], match["unit"] or "")
    return found


def _fraction(match: re.Match[str]) -> Number:
    if match[3]:
        return Number(int(match[3]), "%")
    whole, part = number_or_none(match[1]) or 0, number_or_none(match[2]) or 0
    return Number(part, "%" if whole == 100 else f"/{whole}")


def _meant(figures: str, unit: str) -> set[Number]:
    """两年 is two years and twenty-four months; 半年 six months; 一周 seven days; 二十四小时 stays hours."""
    half = figures == "半"
    value = {"半": 0, "双": 2}.get(figures, number_or_none(figures))
    if value is None:
        return set()
    unit = _UNITS.get(unit, "")
    found = {Number(value, ""), Number(value, unit)} if not half else set()
    if unit == "年":
        found.add(Number(6 if half else 12 * value, "个月"))
    if unit == "周":
        found.add(Number(7 * value, "日"))
    return found


def _claimed(rule: Rule) -> Iterator[tuple[Number, str]]:
    """The numbers a rule states and the key they stand under: its parameters where they are not the kind's own defaults,

    and, under no key, its words.
    """
    for value, name in _values(rule.judge, ""):
        number = _of_period(value) if isinstance(value, Period) else Number(int(str(value)), "")
        if number.value > 1 or number.unit:  # A bare one says only that there is something.
            yield number, name
    for match in _SAID.finditer(_words(rule)):
        for number in _meant(match["number"], match["unit"]):
            if number.unit or (not _UNITS.get(match["unit"]) and number.value > 1):
                yield number, ""
    for match in _FRACTION.finditer(_words(rule)):
        yield _fraction(match), ""


def _words(rule: Rule) -> str:
    reliefs = getattr(rule.judge, "relief", ())
    return "\n".join((rule.says, *(relief.says for relief in reliefs)))


def _values(value: object, name: str) -> Iterator[tuple[object, str]]:
    """Periods and counts at any depth, with the key they stand under; what equals the kind's default was not stated."""
    if isinstance(value, Period) or (isinstance(value, int) and not isinstance(value, bool)):
        yield value, name
    elif isinstance(value, tuple):
        for item in value:
            yield from _values(item, name)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            part = getattr(value, field.name)
            if not field.metadata.get("given") and part != field.default:
                yield from _values(part, field.name)


def _of_period(period: Period) -> Number:
    if period.months:
        return Number(period.months, "个月")
    if period.days:
        return Number(period.days, "日")
    for length, unit in ((3600, "小时"), (60, "分钟")):
        if period.seconds and period.seconds % length == 0:
            return Number(period.seconds // length, unit)
    return Number(period.seconds, "秒" if period.seconds else "")


def _clauses_of(rule: Rule) -> Iterator[str]:
    """The clauses a rule and its parts rest on."""
    yield rule.clause
    yield from rule.also
    yield from _nested(rule.judge)


def _nested(value: object) -> Iterator[str]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nested(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            part = getattr(value, field.name)
            if field.name == "clause" and part:
                yield part
            elif not field.metadata.get("given"):
                yield from _nested(part)


def _of_settings(pack: Pack, rule: Rule) -> set[Number]:
    """What the office set itself where the regulation is silent."""
    defaults = [s.default for s in pack.settings if s.key in rule.settings and s.default is not None]
    return {number for text in defaults if (number := _of_text(text)) is not None}


def _of_text(text: str) -> Number | None:
    if text.isdecimal():
        return Number(int(text), "")
    try:
        return _of_period(Period.parse(text))
    except Malformed:
        return None
