"""A filled form: its values and signatures, and what it still lacks before it may be finalised."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from liuhen.engines.forms.definition import EVENT, Form, FormField, moment_of
from liuhen.kernel.spans import Span


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature: in which role, by whom, when, and the strokes as an SVG path (empty for a typed name)."""

    role: str
    name: str
    at: datetime
    image: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """Somebody refused to sign, or could not: in which role, who, why, noted by whom and when."""

    role: str
    name: str
    reason: str
    noted_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark on the paper itself: at a correction (what was changed), or over the edges of all pages (`says` is empty)."""

    says: str
    name: str
    at: datetime
    image: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A form with what was entered. `number` is the document's, `agency` its issuer, `clause` what it rests on."""

    form: Form
    number: str
    agency: str
    made_at: datetime
    values: Mapping[str, str]
    signatures: Sequence[Signed]
    clause: str = ""
    declined: Sequence[Declined] = ()
    marks: Sequence[Marked] = ()


def lacking(
    form: Form, values: Mapping[str, str], signatures: Sequence[Signed], *, least: Mapping[str, int],
    declined: Collection[str] = (),
) -> list[str]:  # fmt: skip
    """What is missing, in plain words; empty when it may be finalised.

    `least` raises the number of signatures of a role above the form's own, where the regulation in force asks for more.
    In place of a role in `declined` stands a note of its refusal.
    """
    told = [f"“{f.label}”不是一个时间" for f in form.field if _is_no_moment(f.kind, values.get(f.name, ""))]
    if not told and _is_turned(values):
        told.append("结束时间早于开始时间")
    told += [f"未填写“{f.label}”" for f in form.field if f.required and not values.get(f.name, "").strip()]
    told += [f"“{f.label}”超过 {f.limit} 字" for f in form.field if len(values.get(f.name, "")) > f.limit]
    told += [f"“{f.label}”不是所列的选项" for f in form.field if _is_no_choice(f, values.get(f.name, ""))]
    for slot in form.signature:
        needed = max(slot.least, least.get(slot.role, 0))
        have = len({s.name for s in signatures if s.role == slot.role})
        if have < needed and slot.role not in declined:
            told.append(f"需 {needed} 名{slot.label}签名，现有 {have} 名")
    return told


def _is_no_choice(field: FormField, text: str) -> bool:
    return bool(field.options and text) and text not in {one.code for one in field.options}


def _is_no_moment(kind: str, text: str) -> bool:
    return kind == "moment" and bool(text.strip()) and moment_of(text) is None


def stated_in(values: Mapping[str, str]) -> Span | None:
    """From when to when the recorded event took place, as the document says; None where it does not say both."""
    begun, ended = _event(values)
    return Span(begun, ended) if begun and ended and begun <= ended else None


def _event(values: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    begun, ended = (moment_of(values.get(name, "")) for name in EVENT)
    return begun, ended


def _is_turned(values: Mapping[str, str]) -> bool:
    begun, ended = _event(values)
    return begun is not None and ended is not None and begun > ended
