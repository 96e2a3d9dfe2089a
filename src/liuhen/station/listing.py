"""The signed list of a card: every file by place, size and time, written down before any is read.

It is kept here until the server has it, also through a crash or days without a line.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from liuhen.engines.ledger.statement import signed_statement
from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.errors import LiuhenError, Unavailable
from liuhen.station.card import Found
from liuhen.station.config import Config
from liuhen.station.memory import Memory
from liuhen.station.upload import Server

CONTEXT = b"liuhen-card-list-v1\n"


def list_to_tell(
    files: Iterable[Found],
    *,
    config: Config,
    device: str,
    officer: str,
    clock_error: float | None,
    at: datetime,
) -> dict[str, Any]:
    """The list, signed with the station's key. Raises `Unavailable` where it was enrolled without one."""
    if config.key is None:
        raise Unavailable("采集站没有签名密钥", do="请由系统管理员重新登记采集站。")
    body = {
        "station": config.id, "listed_at": as_utc_text(at), "device": device, "officer": officer, "clock_error": clock_error,
        "files": [
            {"path": f.inside, "size": f.size, "modified": as_utc_text(f.modified), "problem": f.problem} for f in files
        ],
    }  # fmt: skip
    return signed_statement(CONTEXT, body, config.key)


def tell_lists(memory: Memory, server: Server) -> tuple[list[str], dict[str, str]]:
    """Hand in every list that the server does not have yet; what it refused is told, and kept for the administrator.

    The second value says for which lists (by key) the house does not want the card read, and why: a device that is not in its ledger.
    """
    problems, unwanted = [], {}
    for key, entry in memory.entries():
        try:
            answer = server.tell_card(entry["list"])
        except Unavailable:
            raise
        except LiuhenError as error:
            problems.append(f"存储卡清单未被接受：{error}")
        else:
            memory.forget(key)
            if answer.get("unwanted"):
                unwanted[key] = str(answer["unwanted"])
    return problems, unwanted
