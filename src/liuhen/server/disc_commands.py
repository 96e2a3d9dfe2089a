"""`liuhen disc`: burning, reading back and repairing at the machine itself. To repair needs no office and no database."""

import sys
from pathlib import Path

import click

from liuhen.server.setting_up import set_up, the_office


@click.group()
def disc() -> None:
    """光盘：用本机的刻录机刻录，读回核对并登记，由修复数据修复。"""


@disc.command("burn")
@click.argument("number")
@click.option("--copy", "copy_number", type=int, default=1, show_default=True, help="第几份")
@click.option("--officer", required=True, help="刻录人的警号或者工号")
@click.option("--medium", type=click.Choice(["cd_r", "dvd_r", "bd_r", "other"]), required=True, help="盘片")
@click.option("--shelf", required=True, help="存放处：库房、柜架、盒号")
@click.option("--why", default="", help="与另一份同处存放的理由")
@click.option("--device", default="/dev/sr0", show_default=True, help="刻录机；stdio:文件 则写成映像文件")
def burn(number: str, copy_number: int, officer: str, medium: str, shelf: str, why: str, device: str) -> None:
    """刻录一份光盘组，登记，随即整盘读回核对。退出码：0 读回相符，1 不符。"""
    set_up()
    from liuhen.apps.archive.discs import Burned
    from liuhen.interfaces.cli import discs

    office = the_office()
    told = Burned(copy_number, medium, shelf, why)
    made = discs.burn(office, told, number=number, officer=officer, device=device)
    click.echo(f"{made.number} 已刻成并登记，正在读回")
    _tell(*discs.read_back(office, number=made.number, source=device.removeprefix("stdio:")))


@disc.command("read")
@click.argument("number")
@click.option("--from", "source", default="/dev/sr0", show_default=True, help="光驱，或者读出的映像文件")
@click.option("--to", "target", type=click.Path(path_type=Path), default=None, help="修复后的映像写到哪里")
def read(number: str, source: str, target: Path | None) -> None:
    """整盘读回，与映像比对，登记结果；不符的列出受损文件，能修复的修复。退出码：0 相符，1 不符。"""
    set_up()
    from liuhen.interfaces.cli import discs

    _tell(*discs.read_back(the_office(), number=number, source=source, target=target))


@disc.command("mend")
@click.argument("source")
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, help="修复后的映像写到哪里")
def mend(source: str, target: Path) -> None:
    """修复任何一张本系统刻的光盘，不需要数据目录。"""
    set_up()
    from liuhen.interfaces.cli import discs

    click.echo(discs.mend_image(source, target))


def _tell(good: bool, says: str) -> None:
    click.echo(says)
    sys.exit(0 if good else 1)
