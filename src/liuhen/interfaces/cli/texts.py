"""`pack text --check`: a regulation's text split and held against its pack. Needs no data folder."""

import json
import sys
from pathlib import Path

import click

from liuhen.engines.rules import load_pack
from liuhen.engines.rules.manuscripts import read_manuscript
from liuhen.engines.rules.packs import Pack
from liuhen.engines.rules.proofreading import Slip, proofread
from liuhen.engines.rules.splitting import split_text
from liuhen.engines.rules.text import Statute


def check_text(folder: Path, file: Path, *, as_json: bool) -> None:
    """Split a text and hold the pack against it; nothing is kept. Exit code 1 where a number or place does not fit."""
    pack, statute = load_pack(folder), split_text(read_manuscript(file.read_bytes()))
    slips = proofread(pack, statute)
    tell_text(pack, statute, slips, as_json=as_json)
    sys.exit(1 if slips else 0)


def tell_text(pack: Pack, statute: Statute, slips: tuple[Slip, ...], *, as_json: bool) -> None:
    """Counts, misprints and slips."""
    levels = {level: statute.count(level) for level in ("编", "章", "节") if statute.count(level)}
    annexes = {annex.title or annex.printed: len(annex.rows) for annex in statute.annexes}
    if as_json:
        told = {
            "pack": f"{pack.head.key}@{pack.head.version}", "title": statute.title, "headings": levels,
            "articles": len(statute.articles), "items": statute.items, "annex_rows": annexes,
            "oddities": [str(odd) for odd in statute.oddities], "slips": [str(slip) for slip in slips],
        }  # fmt: skip
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    counts = "".join(f"{n} {level}，" for level, n in levels.items())
    rows = "".join(f"，附件“{title}” {n} 行" for title, n in annexes.items())
    click.echo(f"《{statute.title}》：{counts}{len(statute.articles)} 条，{statute.items} 项{rows}")
    for odd in statute.oddities:
        click.echo(f"  照印：{odd}")
    for slip in slips:
        click.echo(f"  不符：{slip}")
    click.echo("规则中的引用和数都见于条文。" if not slips else f"{len(slips)} 处不符。")
