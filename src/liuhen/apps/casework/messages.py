"""What another office's system may say: one intake, or one step of it. Strictly read; see docs/formats/intake.md.

Called by the plane of machines and by the reader of dropped files. It knows no row and decides nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from liuhen.apps.casework.receiving import Coming
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text, from_text
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Malformed

INTAKE, STEP = "liuhen-intake/1", "liuhen-intake-step/1"


@dataclass(frozen=True, slots=True)
class PushedIntake:
    """An intake under the number its own system gave it."""

    number: str
    coming: Coming

    @property
    def content(self) -> dict[str, Any]:
        """What it says, one spelling for one content: moments in UTC, nothing that was left out."""
        return {
            name: _spelled(value) for name, value in asdict(self.coming).items() if value not in (None, "")
        }

    @property
    def sha256(self) -> str:
        return digest_of(canonical(self.content)).sha256


@dataclass(frozen=True, slots=True)
class PushedStep:
    """A step of an intake, under a key of its own by which it is known when it comes again."""

    number: str
    key: str
    step: str
    says: str
    happened_at: datetime


def message_of(told: Any) -> PushedIntake | PushedStep:
    """Raises `Malformed`, naming what is wrong, for anything that is neither."""
    if not isinstance(told, dict):
        raise Malformed("一条消息须是一个 JSON 对象", do="请对照接口说明。")
    kind = told.get("format")
    if kind == INTAKE:
        return _intake(_Fields(told))
    if kind == STEP:
        return _step(_Fields(told))
    raise Malformed(f"不认识的格式“{str(kind)[:40]}”", do=f"可用的有：{INTAKE}、{STEP}。")


def _intake(told: "_Fields") -> PushedIntake:
    number = told.text("number", most=100, needed=True)
    coming = Coming(
        sort=told.text("sort", most=12, needed=True), channel=told.text("channel", most=10) or "system",
        subject=told.text("subject", most=200, needed=True), content=told.text("content", most=4000),
        place_text=told.text("place", most=200), person=told.text("person", most=100), contact=told.text("contact", most=100),
        real_name=told.told("real_name", bool, "真假值"), happened_at=told.moment("happened_at"),
        received_at=told.needed("received_at", told.moment("received_at")),
        latitude=told.degrees("latitude", most=90.0), longitude=told.degrees("longitude", most=180.0),
    )  # fmt: skip
    told.close()
    return PushedIntake(number, coming)


def _step(told: "_Fields") -> PushedStep:
    step = PushedStep(
        number=told.text("number", most=100, needed=True), key=told.text("key", most=100, needed=True),
        step=told.text("step", most=12, needed=True), says=told.text("says", most=500),
        happened_at=told.needed("happened_at", told.moment("happened_at")),
    )  # fmt: skip
    told.close()
    return step


class _Fields:
    """The fields of one message, each asked for once; what nobody asked for is refused at the end."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told, self._asked = told, {"format"}

    def text(self, name: str, *, most: int, needed: bool = False) -> str:
        value = self.told(name, str, "文字") or ""
        if len(value) > most or "\0" in value:
            raise Malformed(f"字段“{name}”超过 {most} 个字，或者含有空字符")
        return str(self.needed(name, value.strip())) if needed else value.strip()

    def moment(self, name: str) -> datetime | None:
        value = self.told(name, str, "带时区的时间")
        found = from_text(value) if value is not None else None
        if found is not None and not 2000 <= found.year <= 2100:
            raise Malformed(f"字段“{name}”的年份不对")
        return found

    def degrees(self, name: str, *, most: float) -> float | None:
        value = self.told(name, (int, float), "度数")
        if isinstance(value, bool) or (value is not None and not -most <= value <= most):
            raise Malformed(f"字段“{name}”须在 ±{most:.0f} 度之内")
        return None if value is None else float(value)

    def needed(self, name: str, value: Any) -> Any:
        if value in (None, ""):
            raise Malformed(f"缺少字段“{name}”", do="请对照接口说明补全。")
        return value

    def told(self, name: str, kind: Any, words: str) -> Any:
        self._asked.add(name)
        value = self._told.get(name)
        if value is not None and not isinstance(value, kind):
            raise Malformed(f"字段“{name}”须是{words}")
        return value

    def close(self) -> None:
        strange = sorted(str(name)[:40] for name in self._told.keys() - self._asked)
        if strange:
            raise Malformed(f"不认识的字段“{'、'.join(strange[:5])}”", do="请对照接口说明。")


def _spelled(value: Any) -> Any:
    spell: Callable[[Any], Any] = as_utc_text if isinstance(value, datetime) else lambda same: same
    return spell(value)
