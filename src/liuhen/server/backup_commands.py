"""`liuhen backup`: keys in two parts, monthly runs to a folder, drills, and restoring to an empty home."""

import contextlib
import secrets
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from liuhen.apps.archive import restoring
from liuhen.apps.archive.parts import split
from liuhen.kernel.errors import LiuhenError, Refused, Unavailable
from liuhen.kernel.sealed import public_bytes
from liuhen.server import home as homes
from liuhen.server.postgres import dumping
from liuhen.server.setting_up import home_path, set_up, the_office

if TYPE_CHECKING:
    from liuhen.apps.archive.backup import Sources

_PUBLIC = "backup.pub"
_ESCROWED = ("log.key", "sm2.key", "spool.key", "stations.pem", "webhook.key")
_PART = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def backup() -> None:
    """备份：加密备到异地介质，重读核对才算数；演练；恢复到空目录。"""


@backup.command("keys")
@click.option(
    "--first", required=True, type=click.Path(path_type=Path), help="第一名保管人的一份写到哪里；已有的不覆盖"
)
@click.option(
    "--second",
    required=True,
    type=click.Path(path_type=Path),
    help="第二名保管人的一份写到哪里；已有的不覆盖",
)
def keys(first: Path, second: Path) -> None:
    """生成备份密钥，分成两份交两人保管；本机只留公钥。日志密钥和暂存密钥也分在其中。"""
    set_up()
    folder = home_path() / "keys"
    if (folder / _PUBLIC).exists():
        raise Refused(
            "备份密钥已经生成", do="两份都在保管人手中；确需更换的，先妥善保存旧的一套，再移走 backup.pub。"
        )
    for target in (first, second):
        if target.exists():
            raise Refused(f"{target} 已经存在，不覆盖", do="请换一个文件名。")
    key = X25519PrivateKey.generate()
    held = {name: (folder / name).read_bytes() for name in _ESCROWED if (folder / name).exists()}
    held[restoring.BACKUP_KEY] = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for target, text in zip((first, second), split(held, log=the_office().log.origin), strict=True):
        homes.write_secret(target, text.encode())
    homes.write_secret(folder / _PUBLIC, public_bytes(key).hex().encode())
    click.echo("两份密钥已写出，请分别交两人保管，不放在本机，也不放在一起。缺任何一份都不能恢复。")


@backup.command("run")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--place", required=True, help="异地存放处")
@click.option("--carried-by", required=True, help="带去的人")
def run(folder: Path, place: str, carried_by: str) -> None:
    """备份到一个文件夹（移动硬盘、异地挂载）：只加新的，全部重读核对之后才登记。"""
    set_up()
    from liuhen.apps.archive.backup import Carrying
    from liuhen.interfaces.cli import backup as acts

    with _sources() as sources:
        click.echo(acts.run(sources, Carrying(folder, place, carried_by)))


@backup.command("rehearse")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--first", required=True, type=_PART, help="第一名保管人的一份")
@click.option("--second", required=True, type=_PART, help="第二名保管人的一份")
@click.option("--sample", default=20, help="取出多少份原件核对")
def rehearse(folder: Path, first: Path, second: Path, sample: int) -> None:
    """恢复演练：用两份密钥从最近一次备份取出数据库和若干原件，逐份核对，结果写入台账。"""
    set_up()
    from liuhen.interfaces.cli import backup as acts

    key = restoring.backup_key(restoring.keys_of(first, second))
    with _sources() as sources:
        told, good = acts.drill(sources, folder, key=key, sample=sample)
    click.echo(told)
    sys.exit(0 if good else 1)


@backup.command("restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--first", required=True, type=_PART, help="第一名保管人的一份")
@click.option("--second", required=True, type=_PART, help="第二名保管人的一份")
@click.option("--number", default="", help="备份编号；缺省为最近一次")
def restore(folder: Path, first: Path, second: Path, number: str) -> None:
    """恢复到空的数据目录（LIUHEN_HOME），全面核验；恢复之后停止封存，须与见证单位核对才能继续。"""
    target, keys = home_path(), restoring.keys_of(first, second)
    key, verifier = restoring.backup_key(keys), restoring.verifier_of(keys, first)
    index = restoring.restore_files(folder, target, key=key, verifier=verifier, number=number)
    (target / "keys").mkdir(mode=0o700)
    for name in _ESCROWED:
        if name in keys:
            homes.write_secret(target / "keys" / name, keys[name])
    homes.write_secret(target / "keys" / "session.key", secrets.token_urlsafe(64).encode())
    homes.write_secret(target / "keys" / _PUBLIC, public_bytes(key).hex().encode())
    _load_database(target)
    set_up(migrate=True)
    from liuhen.interfaces.cli import backup as acts
    from liuhen.interfaces.cli.verify import verify_all

    click.echo(acts.stop_until_confirmed(the_office(), index))
    verify_all(the_office(), quick=False, as_json=False)


def _load_database(home: Path) -> None:
    """The dump of a house on PostgreSQL goes into an empty database; the file does not stay."""
    dumped = home / dumping.NAME
    if not dumped.exists():
        return
    set_up()
    from django.db import connection

    try:
        if connection.vendor == "sqlite":
            raise Refused(
                "这份备份是 PostgreSQL 的",
                do="请新建一个空的数据库，用 LIUHEN_DATABASE 写明它的地址，再恢复一次。",
            )
        dumping.check_empty(connection.introspection.table_names(), str(connection.settings_dict["NAME"]))
        connection.close()
        dumping.load(connection.settings_dict, dumped)
    except LiuhenError:
        shutil.rmtree(home)  # It was empty before; the next try finds it so.
        raise
    dumped.unlink()


@backup.command("repair")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--first", required=True, type=_PART, help="第一名保管人的一份")
@click.option("--second", required=True, type=_PART, help="第二名保管人的一份")
def repair(folder: Path, first: Path, second: Path) -> None:
    """用备份修复重读不符的原件：逐份取出、核对摘要，坏的一份移到一旁保存，每份都有存证。"""
    set_up()
    from liuhen.interfaces.cli import backup as acts

    keys = restoring.keys_of(first, second)
    key, verifier = restoring.backup_key(keys), restoring.verifier_of(keys, first)
    left = 0
    for told, good in acts.repair(the_office(), folder, key=key, verifier=verifier):
        click.echo(told)
        left += not good
    sys.exit(1 if left else 0)


@contextlib.contextmanager
def _sources() -> Iterator["Sources"]:
    """The database, the log and the settings as they stand together, and where the objects lie."""
    from liuhen.apps.archive.backup import Sources
    from liuhen.kernel.clock import now
    from liuhen.server.worker import sealing_stopped

    office, folder = the_office(), home_path()
    public = folder / "keys" / _PUBLIC
    if not public.exists():
        raise Unavailable("还没有备份密钥", do="请先运行 liuhen backup keys，把两份交两人保管。")
    with tempfile.TemporaryDirectory(prefix="liuhen-backup-", dir=folder) as name:
        snapshot = Path(name)
        with sealing_stopped(office):
            taken_at = now()
            shutil.copytree(folder / "log", snapshot / "log", ignore=shutil.ignore_patterns(".lock"))
            _copy_database(folder, snapshot)
        if (folder / "packs").is_dir():
            shutil.copytree(folder / "packs", snapshot / "packs")
        for file in (*folder.glob("*.toml"), *folder.glob("*.policy")):
            shutil.copy2(file, snapshot / file.name)
        yield Sources(
            vault=office.vault, copies=office.copies, snapshot=snapshot, log=office.log, signer=office.signer,
            public=bytes.fromhex(public.read_text()), taken_at=taken_at,
        )  # fmt: skip


def _copy_database(folder: Path, snapshot: Path) -> None:
    from django.db import connection

    if connection.vendor != "sqlite":
        dumping.dump(connection.settings_dict, snapshot / dumping.NAME)
        return
    source = sqlite3.connect(f"file:{connection.settings_dict['NAME']}?mode=ro", uri=True)
    with (
        contextlib.closing(source),
        contextlib.closing(sqlite3.connect(snapshot / "liuhen.sqlite3")) as target,
    ):
        source.backup(target)
