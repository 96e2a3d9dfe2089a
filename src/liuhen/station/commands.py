"""`liuhen station`: the commands of the docking station's program."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from liuhen.station.config import read_config
from liuhen.station.sync import Card, sync


@click.group()
def station() -> None:
    """采集站：把设备存储卡上的文件安全送到服务器。不依赖服务器端程序。"""


@station.command("sync")
@click.argument("card", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--station",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("station"),
    help="采集站凭据所在文件夹",
)
@click.option("--device", default="", help="设备序号；文件名中没有时填写")
@click.option("--officer", default="", help="使用人警号；文件名中没有时填写")
@click.option("--clock-error", type=float, default=None, help="对接时测得的设备时钟误差，秒，快为正")
@click.option("--patience", type=float, default=30.0, help="每个文件等待复核回执的秒数")
@click.option("--json", "as_json", is_flag=True, help="逐个文件输出 JSON")
def sync_card(
    card: Path,
    folder: Path,
    device: str,
    officer: str,
    clock_error: float | None,
    patience: float,
    as_json: bool,
) -> None:
    """把 CARD 上的每一个文件送到服务器，取得回执。可随时中断，再次运行从断点继续。"""
    config = read_config(folder)
    given = Card(card, device=device, officer=officer, clock_error=clock_error)
    say = (lambda text: click.echo(text, err=True)) if as_json else click.echo
    failed = 0
    for outcome in sync(given, config=config, patience=patience, say=say):
        failed += outcome.state == "异常"
        if as_json:
            click.echo(json.dumps(asdict(outcome), ensure_ascii=False))
    sys.exit(5 if failed else 0)
