"""The station's lock: an unknown server, another way out, a medium that is not the house's. It refuses, and the house hears of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.engines.ledger import Signer
from liuhen.kernel.errors import Refused
from liuhen.station import lock, sync, watch
from liuhen.station.config import Config
from liuhen.station.contact import keep_in_touch
from liuhen.station.identity import Identity
from liuhen.station.reports import FOREIGN_MEDIUM, OTHER_NETWORK, UNKNOWN_SERVER, Reports
from liuhen.station.routes import other_ways_out
from liuhen.station.source import Folder, Found
from liuhen.station.sync import Docking
from liuhen.station.upload import Server
from tests.live import House

HEAD = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
LAN = "eth0 0001A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"  # 192.168.1.0/24
WAN = "eth0 00000000 0101A8C0 0003 0 0 0 00000000 0 0 0\n"
PHONE = "usb0 00000000 012BA8C0 0003 0 0 100 00000000 0 0 0\n"


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(f"{tmp_path}".encode())
    return folder


def reported(config: Config) -> list[str]:
    return [str(one["what"]) for one in Reports(config.folder).waiting()]


def test_another_server_on_the_line_is_told_nothing_and_reported_once(
    house: House, config: Config, card: Path
) -> None:
    """The same words from another key: it might be anybody's server."""
    other = replace(config, receipt_key=Signer("liuhen/x", Ed25519PrivateKey.generate()).verifier)
    asked: list[str] = []
    real = Server._ask

    def listening(self: Server, method: str, path: str, **more: object) -> object:
        asked.append(path)
        return real(self, method, path, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as watching:
        watching.setattr(Server, "_ask", listening)
        docking = Docking(Folder(card), other, 5)
        assert [o.state for o in docking.run()] == ["暂存"]
        list(Docking(Folder(card), other, 5).run())
    assert set(asked) == {"/files/contact"}  # Neither a list nor a name nor a byte.
    assert any("不是本机关的服务器" in problem for problem in docking.port.shown().problems)
    assert reported(config) == [UNKNOWN_SERVER]
    keep_in_touch(config)
    assert reported(config) == []


def test_other_way_out_is_a_default_route_that_does_not_lead_to_the_house(tmp_path: Path) -> None:
    table, none = tmp_path / "route", tmp_path / "none"
    for rows, found in ((LAN + WAN, []), (LAN + WAN + PHONE, ["usb0"]), (LAN, []), (LAN + PHONE, ["usb0"])):
        table.write_text(HEAD + rows)
        assert other_ways_out("192.168.1.9", ipv4=table, ipv6=none) == found
    assert other_ways_out("127.0.0.1", ipv4=table, ipv6=none) == []
    six = tmp_path / "six"
    six.write_text(f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} 00000400 00000001 00000000 00000003 wwan0\n")
    assert other_ways_out("192.168.1.9", ipv4=table, ipv6=six) == ["usb0", "wwan0"]


def test_locked_station_reads_nothing_while_another_way_out_is_open(
    config: Config, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "other_ways_out", lambda _server: ["usb0"])
    lock.admit(config, "", serial="", label="一")  # Without the lock nothing is asked.
    monkeypatch.setattr(lock, "keep_in_touch", lambda config: config)
    with pytest.raises(Refused, match="usb0"):
        lock.admit(replace(config, is_locked=True), "", serial="", label="一")
    assert reported(config) == [OTHER_NETWORK]


def test_locked_station_looks_for_another_way_out_between_cards_and_shows_it(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = ["usb0"]
    monkeypatch.setattr(lock, "other_ways_out", lambda _server: list(ways))
    monkeypatch.setattr(lock, "keep_in_touch", lambda config: config)
    monkeypatch.setattr(watch, "_LOOKS_OUT_EVERY", 0.0)
    monkeypatch.setattr(watch, "with_told", lambda config: replace(config, is_locked=True))
    (tmp_path / "ports").mkdir()
    station = watch.Watch([tmp_path / "ports"], config=config, patience=1, clears=False, any_folder=True)

    def seen() -> list[str]:
        station.look()
        station._outlook.join()
        return [problem for tile in station.shown() for problem in tile.problems]

    assert ["usb0" in problem for problem in seen()] == [True]
    assert reported(config) == [OTHER_NETWORK]
    seen()
    assert reported(config) == [OTHER_NETWORK]
    ways.clear()
    assert seen() == []


def test_way_out_that_is_opened_while_a_card_is_read_stops_it_at_the_next_file(
    config: Config, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (card / "b.mp4").write_bytes(b"b")
    monkeypatch.setattr(sync, "_LOOKS_OUT_EVERY", -1.0)
    docking = Docking(Folder(card, Identity(serial="7000009")), config, 20)
    read: list[str] = []
    opened = Folder.open

    def opens(folder: Folder, found: Found) -> BinaryIO:
        """The way out is opened while the first file is read."""
        read.append(found.name)
        docking.config = replace(docking.config, is_locked=True)
        return opened(folder, found)

    monkeypatch.setattr(Folder, "open", opens)
    monkeypatch.setattr(lock, "other_ways_out", lambda _server: ["usb0"] if read else [])
    with pytest.raises(Refused, match="usb0"):
        list(docking.run())
    assert set(read) == {"a.mp4"}
    assert (card / "b.mp4").exists()


def test_locked_station_leaves_a_foreign_medium_unread_and_the_house_hears_of_it(
    house: House, config: Config, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (config.folder / "told.json").write_text(json.dumps({"intake": "", "house_key": "", "is_locked": True}))
    told: list[str] = []
    monkeypatch.setattr("liuhen.station.sync.keep_in_touch", lambda config: replace(config, is_locked=True))
    monkeypatch.setattr(
        Server, "tell_card", lambda _self, _list: {"unwanted": "设备 9999999 不在本机关台账中"}
    )
    monkeypatch.setattr(Folder, "open", lambda _self, found: told.append(found.name))
    with pytest.raises(Refused, match="9999999"):
        list(Docking(Folder(card), config, 5).run())
    assert told == []
    assert reported(config) == []  # Told at once.


def test_locked_station_off_line_reads_only_devices_that_the_house_wanted_before(config: Config) -> None:
    locked = replace(config, is_locked=True)
    lock.admit(locked, "", serial="7000001", label="一")
    lock.admit(locked, None, serial="7000001", label="一")
    away = replace(locked, server="http://127.0.0.1:9")
    for serial in ("7000002", ""):
        with pytest.raises(Refused, match="核对不了"):
            lock.admit(away, None, serial=serial, label="二")
    assert set(reported(config)) == {FOREIGN_MEDIUM}


def test_folder_said_to_be_a_device_is_read_by_an_unlocked_station_whatever_it_is(
    config: Config, card: Path
) -> None:
    assert [o.state for o in Docking(Folder(card, Identity(serial="9999999")), config, 20).run()] == ["完成"]
