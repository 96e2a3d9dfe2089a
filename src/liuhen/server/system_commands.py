"""`liuhen systems`: the systems of other offices that may push intakes, and their folders."""

from pathlib import Path

import click

from liuhen.server.setting_up import set_up, the_office


@click.group("systems")
def systems() -> None:
    """外部系统（接处警、办案平台）。"""


@systems.command("enroll")
@click.option("--agency", default="", help="机关代码；只有一个机关时可省")
@click.option("--unit", required=True, help="推送来的登记归哪个机构")
@click.option("--name", required=True, help="外部系统的名称")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="可推送的种类：incident、complaint、application、lead、steps，可写多个",
)
@click.option("--webhook", default="", help="把办理的各步告知到这个 https 地址；缺省为不告知")
def enroll_system(agency: str, unit: str, name: str, scopes: tuple[str, ...], webhook: str) -> None:
    """登记一个外部系统，显示它的密钥；密钥只显示这一次。"""
    set_up()
    from liuhen.interfaces.cli.systems import enroll
    from liuhen.server.informing import secret_of

    row, key = enroll(agency=agency, unit=unit, name=name, scopes=scopes, webhook=webhook)
    click.echo(f"已登记“{row.name}”。推送用的密钥（只显示这一次）：{key}")
    if webhook:
        click.echo(f"核对告知签名用的密钥：{secret_of(row, the_office().home / 'keys')}")


@systems.command("revoke")
@click.option("--agency", default="", help="机关代码；只有一个机关时可省")
@click.option("--name", required=True, help="外部系统的名称")
def revoke_system(agency: str, name: str) -> None:
    """停用一个外部系统：密钥自下一条消息起无效，不再告知。"""
    set_up()
    from liuhen.interfaces.cli.systems import revoke

    click.echo(revoke(agency=agency, name=name))


@systems.command("list")
def list_systems() -> None:
    """列出外部系统。"""
    set_up()
    from liuhen.apps.casework.pushing import systems as rows
    from liuhen.kernel.clock import shown

    for row in rows():
        state = f"{shown(row.revoked_at)} 停用" if row.revoked_at else "在用"
        click.echo(
            f"{row.name}\t{row.unit.name}\t{'、'.join(row.scopes)}\t{row.webhook or '不告知'}\t{state}"
        )


@systems.command("read")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--agency", default="", help="机关代码；只有一个机关时可省")
@click.option("--name", required=True, help="是哪个外部系统留下的")
def read(folder: Path, agency: str, name: str) -> None:
    """读入外部系统留在文件夹中的消息（*.json，一个文件一条）；读几遍都一样。"""
    set_up()
    from liuhen.interfaces.cli.systems import read_folder, system_named

    counted = read_folder(system_named(agency, name), folder)
    words = {"new": "新收", "known": "已有", "changed": "内容有变", "refused": "不收", "waiting": "等前一条"}
    click.echo("，".join(f"{label} {counted[key]}" for key, label in words.items()))
