"""Sending what was spooled, once the line is back: sealed as it lies, from the byte the house has, until its verified receipt is in hand."""

from collections.abc import Iterator
from typing import Any

from liuhen.kernel.errors import LiuhenError, Malformed, Unavailable
from liuhen.station.card import told_of
from liuhen.station.config import Config
from liuhen.station.contact import keep_in_touch
from liuhen.station.memory import Memory
from liuhen.station.port import Port
from liuhen.station.reports import UNKNOWN_SERVER, Reports
from liuhen.station.spool import Spool, Spooled
from liuhen.station.sync import Outcome
from liuhen.station.upload import Server, UnknownServer, check_receipt


def send_spooled(config: Config, *, patience: float, port: Port | None = None) -> Iterator[Outcome]:
    """Every spooled file, one after the other; stops at the first for which the line is down. A copy is dropped only with a
    verified receipt over the digest that was read from the card; one that the house could not open is kept and told."""
    spool, port = Spool(config), port or Port(label="暂存区")
    waiting = list(spool.entries())
    port.lists(len(waiting), sum(one.size for one in waiting))
    try:
        config = keep_in_touch(config)
    except UnknownServer as error:
        Reports(config.folder).add(UNKNOWN_SERVER, error.why)
        port.fails(str(error))
        return
    except LiuhenError:
        pass  # Each file says for itself what is wrong.
    server = Server(config)
    for spooled in waiting:
        port.begins(spooled.file)
        try:
            outcome = _alone(spooled, spool, server, config=config, patience=patience, port=port)
        except Unavailable as error:
            port.ends(spooled.file, "暂存", str(error), spooled.size)
            yield Outcome(spooled.file, spooled.size, "暂存", None, str(error))
            break
        port.ends(spooled.file, outcome.state, outcome.reason, spooled.size)
        yield outcome
    port.is_over([])


def _alone(
    spooled: Spooled, spool: Spool, server: Server, *, config: Config, patience: float, port: Port
) -> Outcome:
    """As it is once nobody else has it: another program may have brought it in the meantime."""
    memory = Memory(config.folder)
    try:
        with memory.alone(spooled.key):
            now = spool.entry(spooled.key)
            if now is None:
                told = memory.recall(spooled.key).get("receipt")
                return Outcome(spooled.file, spooled.size, "完成", told)
            return _one(now, spool, server, config=config, patience=patience, port=port)
    except OSError as error:
        return Outcome(
            spooled.file, spooled.size, "异常", None, f"读暂存区出错（{told_of(error)}）：请重新插卡采集"
        )


def _one(
    spooled: Spooled, spool: Spool, server: Server, *, config: Config, patience: float, port: Port
) -> Outcome:
    if spooled.refused:
        return Outcome(spooled.file, spooled.size, "异常", None, spooled.refused)
    try:
        told = _brought(spooled, spool, server, config=config, patience=patience, port=port)
    except Unavailable:
        raise
    except LiuhenError as error:
        if isinstance(error, Malformed):  # These bytes will never do; the card has the original.
            spool.note(spooled, refused=str(error))
        return Outcome(spooled.file, spooled.size, "异常", None, str(error))
    if told["state"] == "late":
        return Outcome(
            spooled.file, spooled.size, "校验中", None, "已送达，服务器尚未给出回执：稍后自动再问，不会重传"
        )
    if told["state"] != "verified":
        return Outcome(spooled.file, spooled.size, "校验中", told, "已入库，复核回执未到：稍后再试即可")
    spool.drop(spooled.key)
    return Outcome(spooled.file, spooled.size, "完成", told)


def _brought(
    spooled: Spooled, spool: Spool, server: Server, *, config: Config, patience: float, port: Port
) -> dict[str, Any]:
    direct = Memory(config.folder).recall(spooled.key).get("upload", "")
    if not spooled.upload and server.has_all(direct, spooled.size):
        upload = (
            direct  # All of it went straight from the card, and the line broke before the house could say so.
        )
    else:
        upload = _sent(spooled, spool, server, port=port)
    port.checks()
    told = server.receipt(upload, patience=patience)
    if "signature" not in told:
        return {"state": "late"}  # All of it is there; the next files need not wait for this receipt.
    check_receipt(told, digest=spooled.digest, size=spooled.size, config=config)
    Memory(config.folder).keep(spooled.key, upload=upload, receipt=told, file=spooled.file)
    return told


def _sent(spooled: Spooled, spool: Spool, server: Server, *, port: Port) -> str:
    """The sealed body is at the house; under which upload."""
    size, upload = spool.body_size(spooled), spooled.upload
    with spool.open(spooled) as body:
        if body.seek(0, 2) != size:
            raise Malformed(
                f"暂存的“{spooled.file}”长度不对，可能被截断",
                do="请把存储卡重新插入采集站，从卡上的原件重新采集。",
            )
        if not upload or server.offset(upload) is None:
            upload = server.begin(size, spooled.metadata)
            spool.note(spooled, upload=upload)
        server.send(upload, body, size=size, progress=port.sends)
    return upload
