"""`liuhen witnessing`: the house's side of witnessing; the other side is `liuhen witness`, a program of its own."""

import sys
from pathlib import Path

import click

from liuhen.server.setting_up import set_up, the_office


@click.group()
def witnessing() -> None:
    """取得见证：与见证单位没有网络时送出、带回；查看见证到哪里。"""


@witnessing.command("export")
@click.option("--witness", "name", default="", help="见证策略中的名称；只有一家时可省")
@click.option(
    "--to", "target", type=click.Path(path_type=Path), required=True, help="写到哪个文件，如 U 盘上"
)
def export(name: str, target: Path) -> None:
    """写出送见证单位会签的检查点。"""
    set_up()
    from liuhen.interfaces.cli.witnessing import export as write

    click.echo(write(the_office(), name=name, target=target))


@witnessing.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def take(files: tuple[Path, ...]) -> None:
    """收下带回的会签：文件，或者纸面二维码的照片（可给多张）。"""
    set_up()
    from liuhen.interfaces.cli.witnessing import take as take_in

    click.echo(take_in(the_office(), files))


@witnessing.command("status")
def status() -> None:
    """见证到哪里；还有已封存而未见证的，退出码为 1。"""
    set_up()
    from liuhen.interfaces.cli.witnessing import tell

    sys.exit(0 if tell(the_office()) else 1)
