"""What `liuhen backup` does at the machine once there is an office: runs, drills, and the stop after a restore."""

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from liuhen.apps.archive import scrubbing
from liuhen.apps.archive.backup import Carrying, Sources, note_restored, rehearse, run_backup
from liuhen.apps.archive.backup_set import BackupSet, Index
from liuhen.apps.journal.halts import STOPPED_DO, RolledBack, halt
from liuhen.engines.ledger.note import Verifier
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now, shown
from liuhen.kernel.errors import Tampered


def run(sources: Sources, carrying: Carrying) -> str:
    """Back up, and say how much."""
    row = run_backup(sources, carrying, by=OPERATOR, clock=now)
    return f"备份 {row.number} 已重读核对：原件 {row.originals} 份，文件 {row.files} 个，本次新增 {row.added} 个、{row.bytes_added} 字节"


def drill(sources: Sources, folder: Path, *, key: X25519PrivateKey, sample: int) -> tuple[str, bool]:
    """Try to restore, and say whether all of it fits."""
    row = rehearse(sources, folder, key=key, sample=sample, by=OPERATOR, at=now())
    return (
        f"恢复演练：从备份 {row.run} 取出 {row.sampled} 份，相符 {row.good} 份；{row.note}",
        row.good == row.sampled,
    )


def repair(
    office: Office, folder: Path, *, key: X25519PrivateKey, verifier: Verifier
) -> Iterator[tuple[str, bool]]:
    """Every original that was found wrong, one after the other; what became of each, and whether it is good now."""
    backup = BackupSet(folder)
    entries = {
        entry.sha256: (index.number, entry) for index in backup.indexes(verifier) for entry in index.entries
    }
    for fault in scrubbing.open_faults():
        name = f"原件 {fault.sha256[:16]}…"
        if scrubbing.settle(fault, office.vault, by=OPERATOR, at=now()):
            yield f"{name} 再次重读相符，已登记", True
        elif fault.sha256 not in entries:
            yield f"{name} 不在这份备份里，请换用另一份备份介质", False
        else:
            number, entry = entries[fault.sha256]
            try:
                scrubbing.repair(
                    fault,
                    office.vault,
                    source=f"备份 {number}",
                    pieces=backup.open(entry, key),
                    by=OPERATOR,
                    at=now(),
                )
                yield f"{name} 已用备份 {number} 修复", True
            except Tampered as error:
                yield f"{name} 没有修复：{error.why}", False


def stop_until_confirmed(office: Office, index: Index) -> str:
    """A house that was put back signs nothing before a person and the witnesses have looked."""
    latest = office.log.latest()
    if (latest.size, latest.root.hex()) != (index.size, index.root):
        raise Tampered("恢复出的日志与备份清单不符", do="请换用另一份备份介质。")
    at = now()
    note_restored(index, by=OPERATOR, at=at)
    stopped = halt(RolledBack(f"由备份 {index.number} 恢复", do=STOPPED_DO), at=at, log=office.log)
    return (
        f"已恢复到备份 {index.number}（检查点 {index.size}）。封存已停止（{shown(stopped.at)}）："
        "请与见证单位核对之后运行 liuhen seal --resume。"
    )
