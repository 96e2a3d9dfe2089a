"""From a TOML table to a frozen value, strictly: the value's own fields are the allowed keys.

A key that is unknown, missing or of the wrong type, or a fact that does not exist, is `Malformed` with the file, the
entry, the key, what was probably meant and what is allowed. Used by the loader alone; knows no rule.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import get_close_matches
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from liuhen.engines.rules.conditions import Condition, When
from liuhen.engines.rules.facts import SCHEMA, FactPath
from liuhen.kernel.errors import Malformed
from liuhen.kernel.months import Period

T = TypeVar("T")

_TYPE_NAMES = {str: "文字", bool: "true 或者 false", int: "整数"}
_TESTS = {
    "equals": None,
    "one_of": "text",
    "has_any": "set",
    "at_least": "number",
    "not_empty": "set",
    "present": None,
}


class Place(str):
    """Where in the pack we are: the file and the entry, as the message says it."""

    __slots__ = ()

    def inside(self, entry: str) -> "Place":
        return Place(f"{self}，{entry}")

    def reject(self, why: str, *, do: str) -> NoReturn:
        raise Malformed(f"{self}：{why}", do=do)


def one_of_these(word: str, allowed: Iterable[str]) -> str:
    """What was probably meant, and everything that is allowed."""
    choices = sorted(allowed)
    near = get_close_matches(word, choices, n=1, cutoff=0.5)
    guess = f"您要写的是不是“{near[0]}”？" if near else ""
    return f"{guess}可用的有：{'、'.join(choices)}。"


def decode(shape: type[T], table: object, place: Place) -> T:
    """`table` as a `shape`, or `Malformed`."""
    if not isinstance(table, dict):
        place.reject(f"应是一个表，看到的是“{table}”", do="请写成 { 键 = 值 } 或者 [[…]]。")
    wanted = {f.name: f for f in fields(shape) if not f.metadata.get("given")}  # type: ignore[arg-type]
    check_keys(table, wanted, place)
    hints = get_type_hints(shape)
    values = {}
    for name, field in wanted.items():
        if name in table:
            values[name] = _value(hints[name], table[name], place.inside(f"键“{name}”"))
        elif _is_required(field):
            place.reject(f"缺少必填的键“{name}”", do=f"请补上。可用的有：{'、'.join(sorted(wanted))}。")
    return shape(**values)


def check_keys(table: Mapping[str, object], allowed: Iterable[str], place: Place) -> None:
    """Refuse the first key that is not allowed."""
    names = set(allowed)
    for key in table:
        if key not in names:
            place.reject(f"不认识的键“{key}”", do=one_of_these(key, names))


def _is_required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _value(hint: Any, value: object, place: Place) -> Any:  # noqa: PLR0911  one line a type
    if hint == When:
        return _when(value, place)
    if hint is FactPath:
        return path(value, place)
    if hint is Period:
        return _period(value, place)
    if hint in _TYPE_NAMES:
        return _plain(hint, value, place)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(_word(value, [str(member.value) for member in hint], place))
    if isinstance(hint, type) and is_dataclass(hint):
        return decode(hint, value, place)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _word(value, args, place)
    if origin in (UnionType, Union):
        inner = next(a for a in args if a is not NoneType)
        return _value(inner, value, place)
    return _many(origin, args[0], value, place)


def _many(origin: Any, inner: Any, value: object, place: Place) -> Any:
    if not isinstance(value, list):
        place.reject(f"应是一个列表，看到的是“{value}”", do="请写成 [ … ]，或者 [[…]] 的多个表。")
    return origin(_value(inner, item, place.inside(f"第 {n} 项")) for n, item in enumerate(value, 1))


def _plain(hint: type, value: object, place: Place) -> object:
    if type(value) is not hint:
        place.reject(f"应是{_TYPE_NAMES[hint]}，看到的是“{value}”", do="请改正它的类型。")
    return value


def _word(value: object, allowed: Iterable[str], place: Place) -> str:
    words = tuple(allowed)
    if value not in words:
        place.reject(f"不能是“{value}”", do=one_of_these(str(value), words))
    return str(value)


def _period(value: object, place: Place) -> Period:
    try:
        return Period.parse(str(value))
    except Malformed as error:
        place.reject(error.why, do="请改成数字加单位。")


def path(value: object, place: Place) -> FactPath:
    """The fact a pack names, held against the schema."""
    if value not in SCHEMA:
        subject = str(value).partition(".")[0] + "."
        near = [p for p in SCHEMA if p.startswith(subject)] or list(SCHEMA)
        place.reject(f"没有“{value}”这一事实", do=one_of_these(str(value), near))
    subject, _, name = str(value).partition(".")
    return FactPath(subject, name)


def _when(value: object, place: Place) -> When:
    items = value if isinstance(value, list) else [value]
    return tuple(_condition(item, place) for item in items)


def _condition(value: object, place: Place) -> Condition:
    if isinstance(value, str):
        fact = path(value, place)
        _fits("flag", fact, place)
        return Condition(fact, equals=True)
    if not isinstance(value, dict):
        place.reject(f"条件应是事实路径或者表，看到的是“{value}”", do='请写成 "recording.is_evidence" 这样。')
    check_keys(value, {"fact", *_TESTS}, place)
    tests = [name for name in _TESTS if name in value]
    if "fact" not in value or len(tests) != 1:
        place.reject("条件须有 fact，并且恰好有一项检验", do=f"检验可用：{'、'.join(_TESTS)}。")
    return _tested(path(value["fact"], place), tests[0], value[tests[0]], place)


def _tested(fact: FactPath, test: str, wanted: Any, place: Place) -> Condition:
    if needed := _TESTS[test]:
        _fits(needed, fact, place)
    if test in ("one_of", "has_any"):
        words = _value(frozenset[str], wanted, place)
        for word in words:
            _known_word(word, fact, place)
        return Condition(fact, one_of=words) if test == "one_of" else Condition(fact, has_any=words)
    if test == "at_least":
        return Condition(fact, at_least=_plain(int, wanted, place))  # type: ignore[arg-type]
    if test in ("not_empty", "present"):
        answer = bool(_plain(bool, wanted, place))
        return Condition(fact, present=answer) if test == "present" else Condition(fact, not_empty=answer)
    if isinstance(wanted, bool):
        _fits("flag", fact, place)
    else:
        _fits("text", fact, place)
        _known_word(wanted, fact, place)
    return Condition(fact, equals=wanted)


def _fits(needed: str, fact: FactPath, place: Place) -> None:
    found = SCHEMA[str(fact)].type
    if found != needed:
        place.reject(f"“{fact}”的类型是 {found}，这里要的是 {needed}", do="请改用合适的检验或者事实。")


def _known_word(word: object, fact: FactPath, place: Place) -> None:
    words = SCHEMA[str(fact)].words
    if words and word not in words:
        place.reject(f"“{fact}”没有“{word}”这个值", do=one_of_these(str(word), words))
