"""The statement of where a folder comes from, as the operator writes it: one small TOML file for every file of the folder."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from liuhen.apps.evidence.models import SourceStatement
from liuhen.apps.evidence.sources import Origin
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.queries import officer_by_number
from liuhen.kernel.clock import BEIJING
from liuhen.kernel.errors import Malformed

_ASKED = {
    "source": "来源", "maker": "厂牌型号", "taken_where": "摄录地点", "why": "未用配发设备的原因", "handed_by": "交出人",
    "handed_to": "接收人",
}  # fmt: skip
_MORE = {
    "taken_by": "摄录人", "officer_number": "摄录人的警号或者工号，本机关人员摄录的写", "taken_at": "摄录时间，不写的取各文件的时间",
    "serial": "设备或者介质编号", "package": "移送文号或者清单号",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToldOrigin:
    """What the file says; `of` makes it the origin of one recording."""

    told: dict[str, Any]
    officer: Officer | None

    def of(self, file_time: datetime) -> Origin:
        """The statement about one file, of whose time the folder speaks where the statement does not."""
        told = {key: value for key, value in self.told.items() if key != "officer_number"}
        told.setdefault("taken_at", file_time)
        told.setdefault("taken_by", self.officer.name if self.officer else "")
        return Origin(**told, officer=self.officer)


def read_origin(path: Path, *, agency: UUID) -> ToldOrigin:
    """Strict: an unknown key, a missing one, a wrong type, an officer who is not of the roster is `Malformed`."""
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{path.name} 不是可读的 TOML：{error}", do=_form()) from error
    unknown = sorted(told.keys() - _ASKED.keys() - _MORE.keys())
    if unknown:
        raise Malformed(f"{path.name}：不认识的键“{unknown[0]}”", do=_form())
    lacking = [f"{key}（{label}）" for key, label in _ASKED.items() if key not in told]
    if lacking:
        raise Malformed(f"{path.name} 还缺：{'、'.join(lacking)}", do=_form())
    for key, value in told.items():
        if not isinstance(value, datetime if key == "taken_at" else str):
            raise Malformed(
                f"{path.name}：“{key}”的写法不对", do="时间写成 2026-05-06T16:00:00，其余写成文字。"
            )
    if told["source"] not in SourceStatement.Source.values:
        raise Malformed(f"{path.name}：没有“{told['source']}”这种来源", do=_form())
    if "taken_at" in told and told["taken_at"].tzinfo is None:
        told["taken_at"] = told["taken_at"].replace(tzinfo=BEIJING)
    return ToldOrigin(told, _officer(path, told.get("officer_number", ""), agency))


def _officer(path: Path, number: str, agency: UUID) -> Officer | None:
    found = officer_by_number(agency, number) if number else None
    if number and found is None:
        raise Malformed(
            f"{path.name}：警号 {number} 不在本机关名册中", do="不是本机关人员的，请只写摄录人姓名。"
        )
    return found


def _form() -> str:
    sources = "、".join(f"{value}（{label}）" for value, label in SourceStatement.Source.choices)
    keys = "、".join(f"{key}（{label}）" for key, label in (_ASKED | _MORE).items())
    return f"可用的键：{keys}；来源可为：{sources}。"
