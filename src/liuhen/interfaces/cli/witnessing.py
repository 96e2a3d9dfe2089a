"""`witnessing export|import|status`: what goes to a witness on a stick, what comes back, and how far the record is witnessed."""

from pathlib import Path

import click

from liuhen.apps.journal.queries import sealed_size
from liuhen.apps.journal.witnessing import (
    contact_with,
    newest_of,
    note_of,
    standing,
    submission_to,
    take_back,
)
from liuhen.engines.ledger.policy import Witness
from liuhen.engines.ledger.qr import codes_in
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now, shown
from liuhen.kernel.errors import Malformed, Refused

_PHOTOS = (".jpg", ".jpeg", ".png")


def export(office: Office, *, name: str, target: Path) -> str:
    """Write the submission for one witness."""
    witness = _named(office, name)
    sent = submission_to(office.log, witness.key)
    target.write_bytes(sent.body())
    return (
        f"送“{witness.name}”会签的检查点写入 {target}：第 {sent.claimed.size} 笔，接自第 {sent.old} 笔。\n"
        f"对方运行 liuhen witness sign {target.name} --to 会签.txt；要走纸面的，在“存证”页打印二维码。"
    )


def take(office: Office, files: tuple[Path, ...]) -> str:
    """Take what was brought back: the file, or photographs of the printed codes."""
    if all(file.suffix.lower() in _PHOTOS for file in files):
        brought = "\n".join(codes_in(file) for file in files)
    elif len(files) == 1:
        try:
            brought = files[0].read_text("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed(f"{files[0]} 不是会签文件") from error
    else:
        raise Malformed("请给一个会签文件，或者若干张照片（.jpg、.png）")
    kept = take_back(office.log, office.witnesses, note_of(brought), by=OPERATOR, at=now())
    names = "、".join(one.witness for one in kept)
    return f"已收下{names}的会签，至第 {kept[0].checkpoint_id} 笔"


def tell(office: Office) -> bool:
    """Print how far the record is witnessed; False where not all that is sealed is."""
    sealed, witnessed = sealed_size(), standing(office.witnesses)
    click.echo(f"见证策略：{office.witnesses.says}　已封存 {sealed} 笔")
    for witness in office.witnesses.witnesses.values():
        newest, contact = newest_of(witness.key), contact_with(str(witness.key))
        told = f"会签到第 {newest.checkpoint_id} 笔，{shown(newest.at)}" if newest else "尚未会签"
        trouble = f"　{contact.trouble}" if contact and contact.trouble else ""
        click.echo(f"{witness.name}　{witness.url or '纸面或 U 盘'}　{told}{trouble}")
    click.echo(f"已见证到第 {witnessed.size} 笔，{shown(witnessed.at)}" if witnessed else "未见证")
    return witnessed is not None and witnessed.size >= sealed


def _named(office: Office, name: str) -> Witness:
    witnesses = office.witnesses.witnesses
    if not name and len(witnesses) == 1:
        return next(iter(witnesses.values()))
    if name not in witnesses:
        raise Refused(
            f"见证策略中没有“{name}”" if name else "须用 --witness 指明是哪一家见证单位",
            do=f"现有：{'、'.join(witnesses) or '无；请先写好见证策略'}。",
        )
    return witnesses[name]
