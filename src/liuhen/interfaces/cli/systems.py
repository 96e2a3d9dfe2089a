"""`systems`: letting other offices' systems push, shutting them out, and reading the messages they leave in a folder.

A folder holds one message a file (`*.json`). What was taken in goes to `done`, what is refused to `refused` with the reason beside it;
a step whose intake has not come yet stays where it is. Reading a folder twice changes nothing.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from liuhen.apps.casework.messages import PushedIntake, PushedStep, message_of
from liuhen.apps.casework.models import OutsideSystem
from liuhen.apps.casework.pushing import enroll_system, push, revoke_system, systems
from liuhen.interfaces.cli.founding import agency_by_code, unit_by_code
from liuhen.kernel.actors import OPERATOR, Actor
from liuhen.kernel.clock import now
from liuhen.kernel.errors import LiuhenError, Malformed, Refused, Unavailable

_MOST_BYTES = 64 << 10


def enroll(
    *, agency: str, unit: str, name: str, scopes: Sequence[str], webhook: str
) -> tuple[OutsideSystem, str]:
    place = unit_by_code(agency_by_code(agency), unit)
    return enroll_system(place, by=OPERATOR, name=name, scopes=scopes, webhook=webhook, at=now())


def revoke(*, agency: str, name: str) -> str:
    row = system_named(agency, name)
    revoke_system(row, by=OPERATOR, at=now())
    return f"“{row.name}”的密钥已经停用"


def system_named(agency: str, name: str) -> OutsideSystem:
    row = systems().filter(agency=agency_by_code(agency), name=name).first()
    if row is None:
        raise Refused(f"没有名为“{name}”的外部系统", do="请用 liuhen systems list 查看。")
    return row


def read_folder(row: OutsideSystem, folder: Path) -> Counter[str]:
    """How many messages were new, known, changed, refused, or wait for their intake. Intakes are read before steps."""
    if row.revoked_at is not None:
        raise Refused(f"“{row.name}”已经停用", do="重新使用须重新登记。")
    by, counted = Actor("outside", row.pk, f"外部系统 {row.name} 文件夹"), Counter[str]()
    messages: list[tuple[Path, PushedIntake | PushedStep]] = []
    for path in sorted(folder.glob("*.json")):
        try:
            messages.append((path, message_of(_content(path))))
        except LiuhenError as error:
            _refuse(path, error)
            counted["refused"] += 1
    for path, message in sorted(messages, key=lambda one: isinstance(one[1], PushedStep)):
        try:
            outcome = push(row, message, by=by, at=now()).outcome
            _move(path, "done")
        except Unavailable:
            outcome = "waiting"
        except (Refused, Malformed) as error:
            _refuse(path, error)
            outcome = "refused"
        counted[outcome] += 1
    return counted


def _content(path: Path) -> object:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST_BYTES:
        raise Malformed("不是一个不超过 64 KB 的文件")
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Malformed("内容不是 JSON") from error


def _refuse(path: Path, error: LiuhenError) -> None:
    moved = _move(path, "refused")
    moved.with_suffix(".txt").write_text(f"{error.why}\n{error.do}\n", "utf-8")


def _move(path: Path, where: str) -> Path:
    """Beside the others; one of the same name that is there already keeps its name and this one gets the next."""
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    target, n = folder / path.name, 1
    while target.exists() or target.is_symlink():
        target, n = folder / f"{path.stem}-{n}{path.suffix}", n + 1
    return path.rename(target)
