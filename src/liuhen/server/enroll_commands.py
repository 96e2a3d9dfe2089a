"""`liuhen enroll`: letting docking stations in, to what, and shutting them out."""

from pathlib import Path

import click

from liuhen.server.setting_up import set_up, the_office


@click.group("enroll")
def enroll() -> None:
    """采集站登记。"""


@enroll.command("station")
@click.option("--agency", default="", help="机关代码；只有一个机关时可省")
@click.option("--unit", required=True, help="机构代码")
@click.option("--name", required=True, help="采集站名称")
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="写出采集站配置的文件夹")
@click.option("--server", default="", help="服务器地址；缺省为本机监听的地址")
def enroll_station(agency: str, unit: str, name: str, folder: Path, server: str) -> None:
    """登记一台采集站，把它的凭据写入给定的文件夹。"""
    set_up()
    from liuhen.interfaces.cli.founding import enroll as enroll_one
    from liuhen.server.django_settings import SETTINGS
    from liuhen.server.tls import address_of, root_of

    click.echo(
        enroll_one(
            the_office(), agency=agency, unit=unit, name=name, folder=folder, server=server or address_of(SETTINGS),
            root=root_of(SETTINGS),
        )
    )  # fmt: skip


@enroll.command("certify")
@click.option("--agency", default="", help="机关代码；只有一个机关时可省")
@click.option("--name", default="", help="采集站名称")
@click.option("--all", "is_all", is_flag=True, help="全部在用的采集站")
def station_certify(agency: str, name: str, is_all: bool) -> None:
    """准许采集站领取客户端证书：第一次，或者证书遗失、过期之后。旧站改用证书也用这一条。"""
    set_up()
    if bool(name) == is_all:
        raise click.UsageError("--name 与 --all 二者择一")
    from liuhen.interfaces.cli.founding import let_certify

    for told in let_certify(the_office(), agency=agency, name=name):
        click.echo(told)


@enroll.command("clearing")
@click.option("--agency", default="", help="机关代码；只有一个机关时可省")
@click.option("--name", required=True, help="采集站名称")
@click.option("--allow/--deny", "may_clear", required=True, help="准许，或者不准")
def station_clearing(agency: str, name: str, may_clear: bool) -> None:
    """设备管理员准许或不准一台采集站在复核之后清除存储卡；登记之初一律不准。"""
    set_up()
    from liuhen.interfaces.cli.founding import set_clearing

    click.echo(set_clearing(agency=agency, name=name, may_clear=may_clear))


@enroll.command("revoke")
@click.option("--agency", default="", help="机关代码；只有一个机关时可省")
@click.option("--name", required=True, help="采集站名称")
@click.option("--reason", default="在服务器本机停用", help="停用原因")
def station_revoke(agency: str, name: str, reason: str) -> None:
    """停用一台采集站：丢失、被盗或者不再使用的。凭证自下一次请求起无效，不能恢复，重新使用须重新登记。"""
    set_up()
    from liuhen.interfaces.cli.founding import revoke_one

    click.echo(revoke_one(agency=agency, name=name, reason=reason))
