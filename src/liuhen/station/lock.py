"""The station's lock: with it no card is read that the house does not know, nor while another way out is open.

Another way out is looked for when a card comes, while one is read, and in between (`look_out`). What is refused is reported, at once where the house can be reached. The card stays as it is; its list is at the house all the same.
Without the lock everything is read, and the house keeps what comes of an unknown device apart (来源待查明).
"""

from contextlib import suppress
from urllib.parse import urlsplit

from liuhen.kernel.errors import LiuhenError, Refused
from liuhen.station.config import Config
from liuhen.station.contact import keep_in_touch
from liuhen.station.memory import Memory
from liuhen.station.reports import FOREIGN_MEDIUM, OTHER_NETWORK, Reports
from liuhen.station.routes import other_ways_out


def admit(config: Config, unwanted: str | None, *, serial: str, label: str) -> None:
    """Raises `Refused` where the lock holds. `unwanted` is what the house said to the card's list: nothing where it wants it read,
    None where it could not be asked; then only a device that it wanted before is read.
    """
    if not config.is_locked:
        return
    check_network(config)
    known = Memory(config.folder, "devices")
    if unwanted == "":
        if serial:
            known.keep(serial, serial=serial)
        return
    if unwanted is None and serial and known.recall(serial):
        return
    why = unwanted or "现在连不上服务器，核对不了这个设备是否登记过"
    _refuse(
        config,
        FOREIGN_MEDIUM,
        f"{label}：{why}",
        do="本站未读取其中任何文件；请设备管理员核对、登记之后重新插入。",
    )


def check_network(config: Config) -> None:
    """Raises `Refused` where the station is locked and another way out is open."""
    why = _other_way(config)
    if why:
        _refuse(config, OTHER_NETWORK, why, do="本站暂停采集；请断开另外的网络后重新插入，并报告系统管理员。")


def look_out(config: Config) -> str:
    """Between cards: another way out that is open now, in words, reported at once; empty where there is none."""
    why = _other_way(config)
    if why:
        _report(config, OTHER_NETWORK, why)
    return why


def _other_way(config: Config) -> str:
    if not config.is_locked:
        return ""
    try:
        others = other_ways_out(urlsplit(config.line).hostname or "")
    except OSError:
        return ""  # The server's name is not known: the line is dead, and its own refusal says so.
    return f"除通往服务器的线路外，另有网络出口：{'、'.join(others)}" if others else ""


def _refuse(config: Config, what: str, why: str, *, do: str) -> None:
    _report(config, what, why)
    raise Refused(why, do=do)


def _report(config: Config, what: str, why: str) -> None:
    Reports(config.folder).add(what, why)
    with suppress(LiuhenError):  # Else the next contact tells it.
        keep_in_touch(config)
