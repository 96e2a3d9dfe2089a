"""`pack lint|show|coverage|new`: rule packs told at the terminal."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from liuhen.engines.rules import load_pack, review
from liuhen.engines.rules.packs import Pack
from liuhen.interfaces.cli.skeleton import write_skeleton
from liuhen.kernel.errors import Malformed


def lint(folder: Path, names: Sequence[str], *, as_json: bool) -> None:
    """Every problem of the packs named, or of all. Exit code 1 where there is one."""
    found: list[dict[str, str]] = []
    for name in names or _all(folder):
        try:
            problems = review(load_pack(_path(folder, name))).problems
            found += [{"pack": name, "where": p.where, "says": f"{p.why}。{p.do}"} for p in problems]
        except Malformed as error:
            found.append({"pack": name, "where": "", "says": str(error)})
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for problem in found:
            click.echo(f"{problem['pack']}  {problem['where']}  {problem['says']}")
        click.echo(f"{len(found)} 个问题" if found else "检查通过")
    sys.exit(1 if found else 0)


def show(folder: Path, name: str) -> None:
    """Rule by rule, in the order of the pack."""
    pack = load_pack(_path(folder, name))
    click.echo(f"《{pack.head.title}》  {pack.head.issuer}  规则包 {pack.head.key}@{pack.head.version}\n")
    for told in review(pack).rules_told():
        click.echo(told)
    click.echo("")
    for setting in pack.settings:
        click.echo(f"机关设定 {setting.key} = {setting.default or '待定'}（{setting.label}）：{setting.why}")


def new(shelf: Path, key: str, *, title: str, issuer: str, agency_type: str, prefix: str) -> None:
    """Write the skeleton of a sixth regulation and say what to do with it."""
    folder = write_skeleton(shelf, key, title=title, issuer=issuer, agency_type=agency_type, prefix=prefix)
    click.echo(f"已写出 {folder}：pack.toml（规则）和 clauses.toml（条款表），都带说明，可以直接通过检查。")
    click.echo(
        f"接着：逐条改写；liuhen pack lint {folder}；liuhen pack simulate {key}；在“制度 › 规则包”页试算、启用。"
    )


def coverage(folder: Path, *, as_json: bool) -> None:
    """Clauses carried, planned and not encoded, each apart; a clause with no word at all is a hole and fails."""
    rows = [_covered(load_pack(_path(folder, name))) for name in _all(folder)]
    holes = sum(row["holes"] for row in rows)
    if as_json:
        click.echo(json.dumps({"packs": rows, "holes": holes}, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            click.echo(
                f"{row['pack']:<14} 条款 {row['clauses']:>3}  已承载 {row['carried']:>3}  待承载 {row['planned']:>3}"
                f"  不编码 {row['not_encoded']:>3}  遗漏 {row['holes']:>3}"
            )
    sys.exit(1 if holes else 0)


def _covered(pack: Pack) -> dict[str, Any]:
    found = review(pack)
    return {
        "pack": pack.head.key, "clauses": len(found.clauses), "carried": found.count("carried"),
        "planned": found.count("planned"), "not_encoded": found.count("not_encoded"), "holes": found.count("hole"),
    }  # fmt: skip


def _all(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("*/pack.toml"))


def _path(folder: Path, name: str) -> Path:
    """A pack that ships by its name; any other by its folder."""
    return folder / name if (folder / name).is_dir() else Path(name)
