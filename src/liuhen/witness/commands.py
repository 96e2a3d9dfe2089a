"""`liuhen witness`: the commands of the program that another office runs to witness a house's log."""

import sys
from pathlib import Path

import click

from liuhen.engines.ledger import Verifier
from liuhen.engines.ledger.qr import codes_in
from liuhen.engines.ledger.slips import codes_of, content_of
from liuhen.kernel.clock import now, shown
from liuhen.kernel.errors import Malformed
from liuhen.witness.books import Books, TrustedLog, make_books
from liuhen.witness.judging import Answer, add_checkpoint
from liuhen.witness.service import WitnessServer

_FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("witness"),
    help="见证目录，默认为当前目录下的 witness",
)
_CODES = {400: 4, 403: 6, 404: 3, 409: 3, 422: 6}


@click.group()
def witness() -> None:
    """见证：由上级机关、司法行政机关或档案机构运行，核对并会签别的机关的检查点。看不到任何内容。"""


@witness.command("init")
@click.argument("name")
@_FOLDER
def init(name: str, folder: Path) -> None:
    """建立见证目录和密钥。NAME 是见证的名称，如 qu-sfj/w1；不能含空格和加号，定了不改。"""
    books = make_books(folder, name)
    click.echo(f"已建立 {folder}。请把下面这把公钥书面交给被见证的机关：\n{books.cosigner.verifier}")


@witness.command("trust")
@click.argument("vkey")
@click.option("--title", required=True, help="被见证机关的名称")
@_FOLDER
def trust(vkey: str, title: str, folder: Path) -> None:
    """登记一本要见证的日志。VKEY 是对方“存证”页上的签名公钥，须与书面材料逐字核对。"""
    log = TrustedLog(Verifier.parse(vkey), " ".join(title.split()))
    Books(folder).trust(log)
    click.echo(f"已登记“{log.title}”的日志 {log.origin}")


@witness.command("show")
@_FOLDER
def show(folder: Path) -> None:
    """列出见证的日志和会签到哪里；留存过拒绝会签的证据时，退出码为 1。"""
    books = Books(folder)
    click.echo(f"本见证 {books.cosigner.verifier}")
    refused = 0
    for log in books.trusted():
        latest, conflicts = books.latest(log), len(books.conflicts(log))
        refused += conflicts
        told = f"已会签到第 {latest.size} 笔" if latest else "尚未会签"
        click.echo(f"{log.title}　{log.origin}　{told}" + (f"　拒绝过 {conflicts} 次" if conflicts else ""))
    sys.exit(1 if refused else 0)


@witness.command("serve")
@_FOLDER
@click.option("--host", default="127.0.0.1", help="监听地址；给别的机器用时写本机地址")
@click.option("--port", default=8780, help="监听端口")
@click.option("--certificate", type=click.Path(exists=True, path_type=Path), default=None, help="TLS 证书")
@click.option(
    "--certificate-key", type=click.Path(exists=True, path_type=Path), default=None, help="TLS 私钥"
)
def serve(folder: Path, host: str, port: int, certificate: Path | None, certificate_key: Path | None) -> None:
    """启动见证：接受检查点，核对后会签；浏览器打开同一地址可看情况。"""
    if (certificate is None) != (certificate_key is None):
        raise Malformed("TLS 证书和私钥须一并给出")
    books = Books(folder)
    server = WitnessServer(books, host, port, say=_say)
    if certificate and certificate_key:
        server.with_tls(certificate, certificate_key)
    click.echo(f"见证“{books.cosigner.name}”已启动：{host}:{server.server_address[1]}　目录 {folder}")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


@witness.command("sign")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--to", "target", type=click.Path(path_type=Path), required=True, help="会签写到哪个文件，带回给对方"
)
@_FOLDER
def sign(files: tuple[Path, ...], target: Path, folder: Path) -> None:
    """核对并会签 U 盘上送来的文件，或者拍下纸面二维码的照片（可给多张）。"""
    answer = add_checkpoint(Books(folder), _brought(files))
    click.echo(answer.said, err=answer.status != 200)
    if answer.status != 200:
        sys.exit(_CODES[answer.status])
    _write(target, answer)


def _brought(files: tuple[Path, ...]) -> bytes:
    if len(files) == 1 and files[0].suffix.lower() not in (".jpg", ".jpeg", ".png"):
        return files[0].read_bytes()
    return content_of("\n".join(codes_in(file) for file in files))


def _write(target: Path, answer: Answer) -> None:
    target.write_text(answer.note)
    click.echo(
        f"会签写入 {target}，请带回；对方运行 liuhen witnessing import {target.name}，或在“存证”页选择该文件。"
    )
    click.echo(
        f"要走纸面的，在 liuhen witness serve 的页面上扫码会签，可打印 {len(codes_of(answer.note.encode()))} 个二维码。"
    )


def _say(line: str) -> None:
    click.echo(f"{shown(now())} {line}")
