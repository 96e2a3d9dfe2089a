"""`liuhen package`: having an approved package made at the machine, and checking one. To check needs no office and no database."""

import runpy
import sys
from pathlib import Path

import click

from liuhen.server.paths import data_folder
from liuhen.server.setting_up import set_up, the_office


@click.group()
def package() -> None:
    """证据包：制作已经批准的，核验任何一个。"""


@package.command("make")
@click.argument("number")
@click.option(
    "--to", "target", type=click.Path(path_type=Path), required=True, help="写到哪个 zip 文件；已有的不覆盖"
)
def make(number: str, target: Path) -> None:
    """制作一个已经批准的证据包，写到文件；已经制成的直接写出。"""
    set_up()
    from liuhen.interfaces.cli.packages import make_package
    from liuhen.server.works import parts_of

    office = the_office()
    click.echo(make_package(office, parts_of(office), number=number, target=target))


@package.command("verify")
@click.argument("package", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--trust", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="信任根文件，由您另行取得"
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def verify(package: Path, trust: Path | None, as_json: bool) -> None:
    """核验一个证据包（文件夹或者 zip），与包内的 verify.py 相同。退出码：0 相符，1 不符，3 信任根不足。"""
    told = [str(package), *(["--trust", str(trust)] if trust else []), *(["--json"] if as_json else [])]
    program = runpy.run_path(str(data_folder("verifier") / "verify.py"), run_name="verify")
    sys.exit(program["main"](told))


@package.command("trust")
@click.option(
    "--to", "target", type=click.Path(path_type=Path), required=True, help="写到哪个文件；已有的不覆盖"
)
def trust(target: Path) -> None:
    """写出本机关的信任根文件：公钥、见证策略和时间戳机构的根证书。请交见证单位、上级机关或者档案机构保存，供他人核验。"""
    set_up()
    from liuhen.interfaces.cli.packages import write_trust
    from liuhen.server.django_settings import SETTINGS
    from liuhen.server.stamper import stamping_of

    stamping = stamping_of(SETTINGS)
    click.echo(write_trust(the_office(), target=target, roots=stamping.authority.roots if stamping else ()))
