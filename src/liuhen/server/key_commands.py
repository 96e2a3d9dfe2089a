"""`liuhen key`: the keys of the house beside the one it was founded with."""

import click

from liuhen.kernel.errors import Refused
from liuhen.server.setting_up import home_path, set_up, the_office


@click.group()
def key() -> None:
    """本机关的签名密钥。"""


@key.command("add-sm2")
def add_sm2() -> None:
    """另建一把 SM2 密钥：此后回执、检查点、证据包都以 Ed25519 和 SM2 各签一次。重新启动后生效，自写入台账之时起缺一即为不符。"""
    from liuhen.server.national import FILE, make_national_key

    set_up()
    keys = home_path() / "keys"
    if (keys / FILE).exists():
        raise Refused(
            f"{keys / FILE} 已经存在", do="一个机关只有一把 SM2 密钥；查看公钥请运行 liuhen key show。"
        )
    make_national_key(keys)
    click.echo(
        f"SM2 私钥已写到 {keys / FILE}，请重新启动服务，重新分存密钥（liuhen backup keys），并重新发出信任根文件（liuhen package trust）。"
    )


@key.command("show")
def show() -> None:
    """写出本机关的公钥。"""
    set_up()
    signer = the_office().signer
    click.echo(f"Ed25519  {signer.verifier}")
    if signer.twin is not None:
        click.echo(f"SM2      {signer.twin.verifier}")
