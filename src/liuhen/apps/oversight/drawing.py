"""The file by which anybody draws a sample again: rows, plan, seed, proof. Its form is docs/formats/sample.md."""

from typing import Any

from liuhen.apps.journal import queries as journal
from liuhen.apps.journal.opening import Point, opened_lines
from liuhen.apps.oversight.examining import plan_line
from liuhen.apps.oversight.models import Examination
from liuhen.engines.ledger import Log
from liuhen.kernel.errors import Refused, Tampered

FORMAT = "liuhen-sample/1"


def sample_file(row: Examination, *, log: Log) -> dict[str, Any]:
    """Everything a stranger needs, proved under the seed itself. Raises `Refused` where nothing was drawn by a seed."""
    if row.checkpoint_size is None:
        raise Refused(
            f"{row.number} 没有随机抽取", do="指定查看的没有抽样文件；随机抽取的，请等抽取之后再下载。"
        )
    seed = journal.checkpoint(row.checkpoint_size)
    if seed is None:
        raise Tampered(f"{row.number} 所用的检查点不在了", do="请运行 liuhen verify 查明。")
    (line,) = opened_lines([plan_line(row)], log=log, point=Point(seed.size, seed.note))
    return {
        "format": FORMAT,
        "examination": row.number,
        "frame": row.frame.split("\n"),
        "size": row.size,
        "line": {"number": line.number, "body": line.body, "salt": line.salt, "leaf": line.entry},
        "proof": [part.hex() for part in line.proof],
        "checkpoint": seed.note,
        "drawn": [{"id": str(one.subject), "key": one.key} for one in row.drawn.order_by("order")],
    }
