"""`pack lint|show|coverage|new`: rule packs told at the terminal."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from liuhen.engines.rules import load_pack, review
from liuhen.engines.rules.reviewing import Carried, How, Review
from liuhen.interfaces.cli.skeleton import write_skeleton
from liuhen.kernel.errors import Malformed

_SORTS = {
    "rule": "规则",
    "type": "活动类型",
    "guidance": "指引",
    "form": "文书格式",
    "register": "台账",
    "permission": "权限",
    "route": "接口",
    "command": "命令",
    "test": "测试",
}
_HOWS: dict[How, str] = {"carried": "已承载", "planned": "待承载", "not_encoded": "不编码", "hole": "遗漏"}


def existing_carriers(root: Path, commands: click.Group) -> dict[str, frozenset[str]]:
    """What there is to carry a clause: forms, commands and, in a source tree, routes and tests.

    Permissions and registers are tables of a room and are held by the tests; an installed office has neither routes nor tests
    beside it.
    """
    found = {
        "form": frozenset(file.stem for file in (root / "forms").glob("*.form")),
        "command": frozenset(_commands(commands)),
    }
    described = root / "docs/api/openapi.json"
    if described.exists():
        paths = json.loads(described.read_text(encoding="utf-8"))["paths"]
        found["route"] = frozenset(
            f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs
        )
    if (root / "tests").exists():
        found["test"] = frozenset(_tests(root))
    return found


def _commands(group: click.Group, before: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        yield before + name
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")


def _tests(root: Path) -> Iterator[str]:
    for file in (root / "tests").rglob("test_*.py"):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("def test_"):
                yield f"{file.relative_to(root)}::{line[4:].partition('(')[0]}"


def lint(
    folder: Path, names: Sequence[str], *, as_json: bool, existing: Mapping[str, frozenset[str]]
) -> None:
    """Every problem of the packs named, or of all; `existing` names what a clause may be carried by. 1 where there is one."""
    found: list[dict[str, str]] = []
    for name in names or _all(folder):
        try:
            problems = review(load_pack(_path(folder, name)), existing=existing).problems
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
    reviews = [review(load_pack(_path(folder, name))) for name in _all(folder)]
    clauses = [(found.pack.head.key, clause) for found in reviews for clause in found.clauses]
    holes = sum(clause.how == "hole" for _, clause in clauses)
    if as_json:
        told = {
            "packs": [_counted(found) for found in reviews],
            "holes": holes,
            "clauses": [_told(*c) for c in clauses],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _print_coverage(reviews, [clause for _, clause in clauses])
    sys.exit(1 if holes else 0)


def _counted(found: Review) -> dict[str, Any]:
    partly = sum(clause.how == "carried" and bool(clause.planned) for clause in found.clauses)
    return {
        "pack": found.pack.head.key, "title": found.pack.head.title, "clauses": len(found.clauses),
        **{how: found.count(how) for how in _HOWS if how != "hole"},
        "carried_in_part": partly, "holes": found.count("hole"),
    }  # fmt: skip


def _told(pack: str, clause: Carried) -> dict[str, Any]:
    return {
        "id": clause.clause, "pack": pack, "article": clause.article, "kind": clause.kind, "says": clause.says,
        "how": clause.how, "by": list(clause.by), "planned": list(clause.planned),
    }  # fmt: skip


def _print_coverage(reviews: Sequence[Review], clauses: Sequence[Carried]) -> None:
    for found in reviews:
        row = _counted(found)
        click.echo(
            f"{row['pack']:<14} 条款 {row['clauses']:>3}  已承载 {row['carried']:>3}（其中部分 {row['carried_in_part']:>2}）"
            f"  待承载 {row['planned']:>3}  不编码 {row['not_encoded']:>3}  遗漏 {row['holes']:>3}"
        )
    all_ = Counter(clause.how for clause in clauses)
    click.echo(
        f"合计           条款 {len(clauses):>3}  " + "  ".join(f"{_HOWS[h]} {all_[h]:>3}" for h in _HOWS)
    )
    click.echo("\n由什么承载（一款可有几种）")
    for sort, label in _SORTS.items():
        by = sum(any(name.startswith(sort + " ") for name in c.by) for c in clauses if c.how == "carried")
        coming = sum(any(name.startswith(sort + " ") for name in c.planned) for c in clauses)
        click.echo(f"  {label:<6} {by:>3} 款　计划 {coming:>3} 款")
    click.echo("\n按条款类别")
    for kind in dict.fromkeys(sorted(clause.kind for clause in clauses)):
        counts = Counter(clause.how for clause in clauses if clause.kind == kind)
        click.echo(f"  {kind:<12} " + "  ".join(f"{label} {counts[how]:>3}" for how, label in _HOWS.items()))


def _all(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("*/pack.toml"))


def _path(folder: Path, name: str) -> Path:
    """A pack that ships by its name; any other by its folder."""
    return folder / name if (folder / name).is_dir() else Path(name)
