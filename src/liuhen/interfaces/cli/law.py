"""`pack text` and `pack simulate`: an agency's own text and a trial of another law, told at the terminal.

A trial only reads. A text is attached by the operator at the machine, with its line like any other act.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from liuhen.apps.oversight.simulation import Place, RowChange, Trial, trial_of
from liuhen.apps.oversight.subjects import NAMES
from liuhen.apps.registry.adopting import activation, shortens
from liuhen.apps.registry.law import Change
from liuhen.apps.registry.models import Agency
from liuhen.apps.registry.statutes import attach_text
from liuhen.engines.rules import load_pack
from liuhen.engines.rules.manuscripts import read_manuscript
from liuhen.engines.rules.proofreading import proofread
from liuhen.engines.rules.splitting import split_text
from liuhen.interfaces.cli.founding import agency_by_code
from liuhen.interfaces.cli.texts import tell_text
from liuhen.interfaces.office import Office, pack_folders, shelf_of
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import BEIJING, now, shown
from liuhen.kernel.errors import Malformed


def attach(office: Office, key: str, file: Path, *, agency: str, as_json: bool) -> None:
    """Attach a text for one agency, and tell what was found in it."""
    pack, content = load_pack(_folder(office, key)), file.read_bytes()
    row = attach_text(
        agency_by_code(agency),
        by=OPERATOR,
        key=key,
        version=pack.head.version,
        name=file.name,
        content=content,
        at=now(),
    )
    statute = split_text(read_manuscript(content))
    tell_text(pack, statute, proofread(pack, statute), as_json=as_json)
    if not as_json:
        click.echo(f"已附到规则包 {key}@{row.version}，摘要 {row.digest}")


def simulate(
    office: Office,
    key: str,
    *,
    agency: str,
    replaces: tuple[str, ...],
    setting: str,
    since: str,
    as_json: bool,
) -> None:
    """Every row that would change. Exit code 2 where a keeping period would be shortened."""
    office_of = agency_by_code(agency)
    change = _change(office, key, replaces=replaces, setting=setting, since=since)
    packs = shelf_of(office, change.key)
    classes = shortens(office_of, change, packs=packs)
    told = _Told(json=as_json)
    for row in _rows(trial_of(office_of.pk, change, packs=packs), at=max(now(), change.since)):
        told.row(row)
    told.end(office_of, change, [{"class": c.told, "before": c.before, "after": c.after} for c in classes])
    sys.exit(2 if classes or told.shorter else 0)


def _folder(office: Office, key: str) -> Path:
    found = next((folder for folder in pack_folders(office) if folder.name == key), None)
    if found is None:
        names = "、".join(folder.name for folder in pack_folders(office))
        raise Malformed(f"没有规则包“{key}”", do=f"可用的有：{names}。")
    return found


def _change(office: Office, key: str, *, replaces: tuple[str, ...], setting: str, since: str) -> Change:
    try:
        day = datetime.fromisoformat(since) if since else now()
    except ValueError as error:
        raise Malformed(f"日期“{since}”应写作 2026-11-01", do="请改正 --since。") from error
    moment = day if day.tzinfo else day.replace(tzinfo=BEIJING)
    if not setting:
        return activation(_folder(office, key), since=moment, replaces=replaces)
    name, equals, value = setting.partition("=")
    known = [s.key for s in load_pack(_folder(office, key)).settings]
    if not equals or name not in known:
        raise Malformed(f"设定“{setting}”应写作 名称=值", do=f"{key} 的设定有：{'、'.join(known) or '无'}。")
    return Change(kind="set", key=name, value=value, since=moment)


def _rows(trial: Trial, *, at: datetime) -> Iterator[RowChange]:
    place: Place | None = Place()
    while place is not None:
        part = trial.part(place, at=at)
        yield from part.changes
        place = part.next


@dataclass(slots=True)
class _Told:
    """What is said of the rows as they come, and counted for the end."""

    json: bool
    turns: Counter[str] = field(default_factory=Counter)
    rows: list[dict[str, Any]] = field(default_factory=list)
    shorter: int = 0

    def row(self, row: RowChange) -> None:
        shift = row.outcome.shift
        turns = [
            {"from": t.before.value if t.before else "不判断", "to": t.after.value if t.after else "不判断",
             "article": t.cite.article, "why": t.why}
            for t in row.outcome.turns
        ]  # fmt: skip
        self.turns.update(f"{turn['from']} → {turn['to']}" for turn in turns)
        keeping = None
        if shift is not None:
            keeping = {"from": _kept(shift.before), "to": _kept(shift.after), "shortened": shift.is_shortened}
            self.shorter += shift.is_shortened
        self.rows.append({"kind": row.kind, "number": row.number, "turns": turns, "keeping": keeping})
        if self.json:
            return
        for turn in turns:
            click.echo(
                f"{NAMES[row.kind]} {row.number}  {turn['from']} → {turn['to']}  {turn['article']}  {turn['why']}"
            )
        if keeping is not None:
            mark = "！缩短" if keeping["shortened"] else ""
            click.echo(f"{NAMES[row.kind]} {row.number}  保存至 {keeping['from']} → {keeping['to']} {mark}")

    def end(self, agency: Agency, change: Change, classes: list[dict[str, str]]) -> None:
        if self.json:
            told = {
                "agency": agency.code, "change": change.kind, "key": change.key, "version": change.version,
                "since": shown(change.since), "turns": dict(self.turns), "shortened_rows": self.shorter,
                "shortened_classes": classes, "rows": self.rows,
            }  # fmt: skip
            click.echo(json.dumps(told, ensure_ascii=False, indent=1))
            return
        click.echo(
            f"{agency.name}：自 {shown(change.since)} 起，{len(self.rows)} 件有变动。只是试算，没有改动任何数据。"
        )
        for turn, count in self.turns.most_common():
            click.echo(f"  {turn}：{count}")
        if classes or self.shorter:
            click.echo(
                f"!! 会缩短 {len(classes)} 类音像记录的保存期限，现有 {self.shorter} 段：须经另一人批准。"
            )
            for one in classes:
                click.echo(f"   {one['class']}：{one['before']} → {one['after']}")


def _kept(keeping: Any) -> str:
    if keeping is None:
        return "没有规定"
    return shown(keeping.until) if keeping.until else str(keeping.label)
