"""One card from its list to the receipts: list, digest, send, receipt. What was done is remembered after each step.

Nothing is ever removed from the card here: clearing waits for a keeper's leave and is not part of this program yet.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.errors import LiuhenError, Unavailable
from liuhen.station.card import Found, list_card, read_digest
from liuhen.station.config import Config
from liuhen.station.memory import Memory
from liuhen.station.upload import Server, check_receipt

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file ended: a receipt, or the reason why there is none."""

    file: str
    size: int
    state: str
    receipt: dict[str, Any] | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What the keeper says of the card: device and officer where the names do not tell, and its measured clock error."""

    path: Path
    device: str = ""
    officer: str = ""
    clock_error: float | None = None


def sync(card: Card, *, config: Config, patience: float, say: Say) -> Iterator[Outcome]:
    """Every file of the card, in order of name; one that fails does not stop the others."""
    files = list_card(card.path)
    say(f"卡上共 {len(files)} 个文件，{sum(f.size for f in files):,} 字节")
    memory, server = Memory(config.folder), Server(config)
    for number, found in enumerate(files, start=1):
        head = f"[{number}/{len(files)}] {found.inside}"
        outcome = _one(card, found, memory=memory, server=server, config=config, patience=patience)
        say(f"{head} {outcome.state}{'：' + outcome.reason if outcome.reason else ''}")
        yield outcome


def _one(
    card: Card, found: Found, *, memory: Memory, server: Server, config: Config, patience: float
) -> Outcome:
    if found.problem:
        return Outcome(found.inside, found.size, "异常", None, found.problem)
    try:
        receipt = _bring(card, found, memory=memory, server=server, config=config, patience=patience)
    except LiuhenError as error:
        return Outcome(found.inside, found.size, "异常", None, str(error))
    except OSError as error:
        return Outcome(
            found.inside, found.size, "异常", None, f"读卡出错（{error.strerror}），原件保留在卡上"
        )
    state = "完成" if receipt["state"] == "verified" else "校验中"
    return Outcome(found.inside, found.size, state, receipt)


def _bring(
    card: Card, found: Found, *, memory: Memory, server: Server, config: Config, patience: float
) -> dict[str, Any]:
    digest = read_digest(found)
    key = f"{config.server}|{found.inside}|{found.size}|{digest.sha256}"
    known = memory.recall(key)
    if known.get("receipt", {}).get("state") == "verified":
        check_receipt(known["receipt"], digest=digest, size=found.size, config=config)
        return dict(known["receipt"])
    upload = known.get("upload")
    if upload is None or server.offset(upload) is None:
        declared = {
            "filename": found.name, "path": found.inside, "sha256": digest.sha256, "sm3": digest.sm3,
            "modified": as_utc_text(found.modified), "device": card.device, "officer": card.officer,
            "clock_error": "" if card.clock_error is None else str(card.clock_error),
        }  # fmt: skip
        upload = server.begin(found.size, declared)
        memory.keep(key, upload=upload, file=found.inside)
    with found.path.open("rb") as file:
        server.send(upload, file, size=found.size, progress=lambda _done, _size: None)
    told = server.receipt(upload, patience=patience)
    if "signature" not in told:
        raise Unavailable("服务器尚未给出回执", do="稍后再次对接即可，已收到的部分不会重传。")
    check_receipt(told, digest=digest, size=found.size, config=config)
    memory.keep(key, receipt=told)
    return told
