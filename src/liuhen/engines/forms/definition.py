"""A form as read from its file. Reading is strict: an unknown key, a missing one or a wrong kind is told with its place."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from liuhen.kernel.clock import BEIJING, shown
from liuhen.kernel.errors import Malformed

_DIVIDER = "+++"
Kind = Literal["text", "long", "moment", "choice", "table"]
About = Literal["case", "activity", "interruption", "recording", "document"]
Stage = Literal["", "intake", "investigation", "review", "service"]
Writer = Literal["", "legal"]
_MOST_TEXT = 20_000
_LAYOUT = """#import "/common.typ": official, table-of-fields, signatures
#show: official
#table-of-fields()
#signatures()
"""
EVENT = "begun", "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer of a choice: the code that is kept and the words people read."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One thing to fill in. `source` says where a first value comes from; `limit` is in characters.

    A choice has `options`; a table has `columns`, and its value is one line a row with cells parted by tabs. `tells` are
    the items, in the words of the law, that a filled field answers for; without any it answers for its own name.
    """

    name: str
    label: str
    kind: Kind = "text"
    required: bool = True
    source: str = ""
    hint: str = ""
    limit: int = 200
    options: tuple[Choice, ...] = ()
    columns: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()

    def rows(self, value: str) -> list[list[str]]:
        """The rows of a table, each as wide as its columns."""
        width = len(self.columns)
        lines = [line.split("\t") for line in value.splitlines() if line.strip()]
        return [[cell.strip() for cell in (line + [""] * width)[:width]] for line in lines]

    def shown(self, value: str) -> str:
        """What stands on paper: a choice in words, a moment as people read it, anything else as it was written."""
        if self.kind == "choice":
            return next((one.label for one in self.options if one.code == value), value)
        moment = moment_of(value) if self.kind == "moment" else None
        return shown(moment) if moment else value


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureSlot:
    """Who signs: the role, its label on paper, and how many at least."""

    role: str
    label: str
    least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One document form (文书格式).

    A form that records an event has two moments, `begun` and `ended`, between which the event took place. Of a case,
    a finished document proves that the contents `records` were written down and that what `shows` names occurred;
    `step` is the step of the decision it is. `writer` is who alone writes it, where that is not whoever handles the matter.
    """

    id: str
    version: str
    title: str
    family: str
    says: str
    about: tuple[About, ...]
    stage: Stage = ""
    records: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    step: str = ""
    writer: Writer = ""
    field: tuple[FormField, ...]
    signature: tuple[SignatureSlot, ...]
    template: str
    folder: Path

    @property
    def records_event(self) -> bool:
        """Whether it says from when to when something took place."""
        return set(EVENT) <= {f.name for f in self.field if f.kind == "moment"}

    def items(self, values: Mapping[str, str]) -> frozenset[str]:
        """What the filled fields answer for, in the words of the law; the version of the form is always told."""
        filled = (f for f in self.field if values.get(f.name, "").strip())
        return frozenset({"format_version"}.union(*((f.tells or (f.name,)) for f in filled)))


def moment_of(text: str) -> datetime | None:
    """A moment as a form holds it; without an offset it is meant as 北京时间. None where it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=BEIJING)


def load_forms(folder: Path) -> dict[str, Form]:
    """Every form of a folder by id."""
    found = [_read_once(path, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.form"))]
    return {form.id: form for form in found}


@lru_cache(maxsize=512)
def _read_once(path: Path, _changed: int) -> Form:
    """A form is read again only when its file is another: pages ask for all of them."""
    return load_form(path)


def load_form(path: Path) -> Form:
    """Raises `Malformed`, naming file and key."""
    head, divider, template = path.read_text("utf-8").removeprefix(_DIVIDER).partition(f"\n{_DIVIDER}\n")
    if divider and not template.strip():
        raise Malformed(f"文书格式 {path.name} 在一行 {_DIVIDER} 之后应有模板；用通用版式的，不写这一行")
    try:
        table = tomllib.loads(head)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"文书格式 {path.name} 的开头不是 TOML：{error}") from error
    lists = {
        "field": _each(FormField, table.pop("field", None), path),
        "signature": _each(SignatureSlot, table.pop("signature", None), path),
    }
    form: Form = _made(
        Form, {**table, **lists}, path.name, given={"template": template or _LAYOUT, "folder": path.parent}
    )
    if form.id != path.stem:
        raise Malformed(f"文书格式 {path.name} 的 id 为“{form.id}”，应与文件名相同")
    names = [f.name for f in form.field]
    if len(set(names)) != len(names):
        raise Malformed(f"文书格式 {path.name} 有重名的 field")
    for one in form.field:
        if (one.kind == "choice") is not bool(one.options) or (one.kind == "table") is not bool(one.columns):
            raise Malformed(
                f"文书格式 {path.name} 的“{one.name}”：choice 要有 options，table 要有 columns，其他都不要"
            )
    return form


def _each(shape: type[Any], rows: Any, path: Path) -> tuple[Any, ...]:
    if not isinstance(rows, list) or not rows:
        raise Malformed(
            f"文书格式 {path.name} 至少要有一个 [[{'field' if shape is FormField else 'signature'}]]"
        )
    return tuple(_made(shape, row, f"{path.name} 第 {number} 项") for number, row in enumerate(rows, start=1))


def _made(
    shape: type[Any], table: Mapping[str, Any], where: str, *, given: Mapping[str, Any] | None = None
) -> Any:
    told = given or {}
    known = {f.name: f for f in fields(shape) if f.name not in told}
    for key in table:
        if key not in known:
            raise Malformed(f"{where} 有不认识的键“{key}”", do=f"可用的键：{'、'.join(known)}。")
    made = {}
    for name, spec in known.items():
        if name not in table:
            if spec.default is MISSING:
                raise Malformed(f"{where} 缺少“{name}”")
            continue
        value = _options(table[name], where) if name == "options" else table[name]
        made[name] = tuple(value) if isinstance(value, list) else value
        if not _fits(spec.type, made[name], least=0 if name == "least" else 1):
            raise Malformed(
                f"{where} 的“{name}”不是{_KINDS.get(str(spec.type), '合用的值')}：{table[name]!r}"
            )
    return shape(**made, **told)


def _options(rows: Any, where: str) -> Any:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return rows
    return [_made(Choice, row, f"{where} 的选项") for row in rows]


_KINDS = {"<class 'str'>": "文字", "<class 'int'>": "整数", "<class 'bool'>": "是否"}


def _fits(kind: Any, value: Any, *, least: int) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _MOST_TEXT
    if kind in (str, bool) or kind in (FormField, SignatureSlot, Choice):
        return isinstance(value, kind)
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(get_args(kind)[0], one, least=least) for one in value)
    return value in get_args(kind)
