"""`liuhen station`: the commands of the docking station's program."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from liuhen.kernel.clock import now, shown
from liuhen.station.config import read_config
from liuhen.station.contact import certified_until, certify
from liuhen.station.identity import Identity
from liuhen.station.sending import send_spooled
from liuhen.station.source import Folder
from liuhen.station.sync import Docking, Outcome
from liuhen.station.tiles import serve_tiles, terminal_view
from liuhen.station.watch import Watch

_STATION = click.option(
    "--station",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("station"),
    help="采集站凭据所在文件夹",
)
_PATIENCE = click.option("--patience", type=float, default=30.0, help="每个文件等待复核回执的秒数")
_CLEARS = click.option("--clear", "clears", is_flag=True, help="有复核回执和服务器许可的，从卡上清除")


@click.group()
def station() -> None:
    """采集站：把设备存储卡上的文件安全送到服务器。不依赖服务器端程序。"""


@station.command("sync")
@click.argument("card", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_STATION
@click.option("--device", default="", help="设备序号；文件名中没有时填写")
@click.option("--officer", default="", help="使用人警号；文件名中没有时填写")
@click.option("--clock-error", type=float, default=None, help="对接时测得的设备时钟误差，秒，快为正")
@_PATIENCE
@_CLEARS
@click.option("--json", "as_json", is_flag=True, help="逐个文件输出 JSON")
def sync_card(
    card: Path,
    folder: Path,
    device: str,
    officer: str,
    clock_error: float | None,
    patience: float,
    clears: bool,
    as_json: bool,
) -> None:
    """把 CARD 上的每一个文件送到服务器，取得回执。可随时中断，再次运行从断点继续。"""
    docking = Docking(
        Folder(card, Identity(serial=device, officer=officer)), read_config(folder), patience, clears=clears,
        clock_error=clock_error,
    )  # fmt: skip
    failed = 0
    for outcome in docking.run():
        failed += outcome.state in ("异常", "暂存")
        click.echo(_told(docking, outcome), err=as_json)
        if as_json:
            click.echo(json.dumps(asdict(outcome), ensure_ascii=False))
    shown_last = docking.port.shown()
    for problem in filter(None, (*shown_last.problems, shown_last.line)):
        click.echo(problem, err=True)
    sys.exit(5 if failed else 0)


@station.command("certify")
@_STATION
def fetch_certificate(folder: Path) -> None:
    """领取客户端证书：密钥在本站生成，不离开本站；须系统管理员先行准许。已有证书的，换发新的。"""
    config = certify(read_config(folder))
    click.echo(
        f"证书已领取，有效期至 {shown(certified_until(config) or now())}；今后从 {config.intake} 接入。"
    )


@station.command("send")
@_STATION
@_PATIENCE
def send_spool(folder: Path, patience: float) -> None:
    """把断线时暂存（已加密）的文件送到服务器，取得回执。可随时中断，再次运行从断点继续。"""
    failed = 0
    for outcome in send_spooled(read_config(folder), patience=patience):
        failed += outcome.state in ("异常", "暂存")
        click.echo(f"{outcome.file} {outcome.state}{'：' + outcome.reason if outcome.reason else ''}")
    sys.exit(5 if failed else 0)


@station.command("watch")
@click.argument("roots", nargs=-1, required=True, type=click.Path(file_okay=False, path_type=Path))
@_STATION
@click.option("--folders", is_flag=True, help="把每个下级文件夹都当作一张卡，不要求是挂载点")
@click.option("--port", "view", type=int, default=8770, help="本机看板的端口；0 为不开看板")
@_PATIENCE
@_CLEARS
def watch_ports(
    roots: tuple[Path, ...], folder: Path, folders: bool, view: int, patience: float, clears: bool
) -> None:
    """守候 ROOTS 下插入的存储卡，插入即采集，几张卡同时进行；本机看板 http://127.0.0.1:8770/ 。"""
    watch = Watch(roots, config=read_config(folder), patience=patience, clears=clears, any_folder=folders)
    with serve_tiles(watch.shown, port=view) as address:
        if address:
            click.echo(f"看板：{address}")
        for ports in watch.run():
            click.echo(terminal_view(ports))


def _told(docking: Docking, outcome: Outcome) -> str:
    shown = docking.port.shown()
    more = f"：{outcome.reason}" if outcome.reason else "，已从卡上清除" if outcome.cleared else ""
    return f"[{shown.done_files}/{shown.files}] {outcome.file} {outcome.state}{more}"
