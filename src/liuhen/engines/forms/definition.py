"""A form as read from its file. Reading is strict: an unknown key, a missing one or a wrong kind is told with its place."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from liuhen.kernel.clock import BEIJING
from liuhen.kernel.errors import Malformed

_DIVIDER = "+++"
Kind = Literal["text", "long", "moment"]
_MOST_TEXT = 20_000
EVENT = "begun", "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One thing to fill in. `source` says where a first value comes from; `limit` is in characters."""

    name: str
    label: str
    kind: Kind = "text"
    required: bool = True
    source: str = ""
    hint: str = ""
    limit: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureSlot:
    """Who signs: the role, its label on paper, and how many at least."""

    role: str
    label: str
    least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One document form (文书格式).

    A form that records an event has two moments, `begun` and `ended`, between which the event took place.
    """

    id: str
    version: str
    title: str
    family: str
    says: str
    field: tuple[FormField, ...]
    signature: tuple[SignatureSlot, ...]
    template: str
    folder: Path

    @property
    def records_event(self) -> bool:
        """Whether it says from when to when something took place."""
        return set(EVENT) <= {f.name for f in self.field if f.kind == "moment"}


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
    if not divider or not template.strip():
        raise Malformed(f"文书格式 {path.name} 应为一段 TOML、一行 {_DIVIDER}、一段模板")
    try:
        table = tomllib.loads(head)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"文书格式 {path.name} 的开头不是 TOML：{error}") from error
    lists = {
        "field": _each(FormField, table.pop("field", None), path),
        "signature": _each(SignatureSlot, table.pop("signature", None), path),
    }
    form: Form = _made(
        Form, {**table, **lists}, path.name, given={"template": template, "folder": path.parent}
    )
    if form.id != path.stem:
        raise Malformed(f"文书格式 {path.name} 的 id 为“{form.id}”，应与文件名相同")
    names = [f.name for f in form.field]
    if len(set(names)) != len(names):
        raise Malformed(f"文书格式 {path.name} 有重名的 field")
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
    for name, spec in known.items():
        if name not in table and spec.default is MISSING:
            raise Malformed(f"{where} 缺少“{name}”")
        if name in table and not _fits(spec.type, table[name], least=0 if name == "least" else 1):
            raise Malformed(
                f"{where} 的“{name}”不是{_KINDS.get(str(spec.type), '合用的值')}：{table[name]!r}"
            )
    return shape(**table, **told)


_KINDS = {"<class 'str'>": "文字", "<class 'int'>": "整数", "<class 'bool'>": "是否"}


def _fits(kind: Any, value: Any, *, least: int) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _MOST_TEXT
    if kind in (str, bool):
        return isinstance(value, kind)
    return (
        value in get_args(kind)
        if get_args(kind) and get_args(kind)[-1] is not Ellipsis
        else isinstance(value, tuple)
    )
