"""Fields of the forms: the few kinds there are, and the choices that come from the registry."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from liuhen.apps.registry import queries as registry
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.shapes import FieldValue, FormField, Option
from liuhen.kernel.clock import BEIJING

YES_NO = [Option(value="yes", label="是"), Option(value="no", label="否")]


def text(
    name: str, label: str, *, value: str = "", required: bool = True, hint: str | None = None
) -> FormField:
    return FormField(name=name, label=label, kind="text", value=value, required=required, hint=hint)


def long(
    name: str, label: str, *, value: str = "", required: bool = True, hint: str | None = None
) -> FormField:
    return FormField(name=name, label=label, kind="long", value=value, required=required, hint=hint)


def number(name: str, label: str, *, required: bool = True, hint: str | None = None) -> FormField:
    return FormField(name=name, label=label, kind="number", required=required, hint=hint)


def moment(
    name: str, label: str, *, value: datetime | None = None, required: bool = True, hint: str | None = None
) -> FormField:
    told = value.astimezone(BEIJING).isoformat(timespec="seconds") if value else None
    return FormField(name=name, label=label, kind="moment", value=told, required=required, hint=hint)


def select(
    name: str, label: str, options: Iterable[Option], *, value: str | None = None, required: bool = True, hint: str | None = None
) -> FormField:  # fmt: skip
    return FormField(
        name=name,
        label=label,
        kind="select",
        options=list(options),
        value=value,
        required=required,
        hint=hint,
    )


def many(
    name: str, label: str, options: Iterable[Option], *, value: Iterable[str] = (), required: bool = True, hint: str | None = None
) -> FormField:  # fmt: skip
    chosen: FieldValue = list(value)
    return FormField(
        name=name, label=label, kind="many", options=list(options), value=chosen, required=required, hint=hint
    )


def table(
    name: str, label: str, columns: Iterable[str], *, value: str = "", required: bool = True, hint: str | None = None
) -> FormField:  # fmt: skip
    """Rows of a list; the value is one line a row, cells parted by tabs."""
    return FormField(
        name=name, label=label, kind="table", columns=list(columns), value=value, required=required, hint=hint
    )


def ink(name: str, label: str, *, required: bool = True, hint: str | None = None) -> FormField:
    """A signature drawn on the screen, or a picture of a fingerprint or a seal."""
    return FormField(name=name, label=label, kind="ink", required=required, hint=hint)


def file(name: str, label: str, *, required: bool = True, hint: str | None = None) -> FormField:
    """A file from the client's disk; the value is its bytes in Base64."""
    return FormField(name=name, label=label, kind="file", required=required, hint=hint)


def yes_no(
    name: str, label: str, *, value: bool | None, required: bool = False, hint: str | None = None
) -> FormField:
    told = None if value is None else "yes" if value else "no"
    return select(name, label, YES_NO, value=told, required=required, hint=hint)


def options(words: Mapping[str, str]) -> list[Option]:
    return [Option(value=value, label=label) for value, label in words.items()]


def officers(agency: UUID) -> list[Option]:
    """Everybody on duty in the agency."""
    return [
        Option(value=str(o.id), label=f"{o.name}（{o.number}）", hint=o.unit)
        for o in registry.colleagues(agency)
    ]


def span_of(part: str, begins: str | None, ends: str | None) -> tuple[float | None, float | None]:
    """From where to where a linked part lies. Raises `WrongFields` where it is only a part and that is not said."""
    told = seconds_of(begins, field="begins"), seconds_of(ends, field="ends")
    lacking = {
        name: "请填写，从头算起。"
        for name, value in zip(("begins", "ends"), told, strict=True)
        if value is None
    }
    if part == "segment" and lacking:
        raise WrongFields("只有一部分属于它的，需写明起止", lacking)
    return told


def seconds_of(told: str | None, *, field: str) -> float | None:
    """A place in a recording as the player shows it: `90`, `1:30`, `1:02:03.5`. Raises `WrongFields` for anything else."""
    if not told:
        return None
    found = re.fullmatch(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,5}(?:\.\d{1,3})?)", told.replace("：", ":"))
    if found is None:
        raise WrongFields("片段的起止写法不对", {field: "按播放器上的时间写，如 12:30，或者写秒数。"})
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
