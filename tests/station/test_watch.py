"""The ports of a docking station: what the keeper sees while cards come, several side by side, and go."""

import errno
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from liuhen.kernel.errors import Unavailable
from liuhen.station import watch
from liuhen.station.card import told_of
from liuhen.station.config import Config
from liuhen.station.memory import Memory
from liuhen.station.port import Port, Shown
from liuhen.station.tiles import serve_tiles, terminal_view, told
from liuhen.station.upload import Server
from liuhen.station.watch import Watch
from tests.faults.line import Line
from tests.live import House, free_port


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_SETTLES", 0.0)


def cards(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).mkdir(parents=True)
        for number in range(3):
            (folder / name / f"{number}.bin").write_bytes(f"{folder} {name} {number}".encode() * 1000)
    return folder


def until(holds: Callable[[], bool], at_most: float = 60) -> None:
    limit = time.monotonic() + at_most
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_cards_are_docked_side_by_side_and_again_when_they_come_back(config: Config, tmp_path: Path) -> None:
    root = cards(tmp_path / "media", "one", "two", "three")
    station = Watch([root, tmp_path / "none"], config=config, patience=20, clears=False, any_folder=True)
    station.look()
    until(lambda: [p.state for p in station.shown()] == ["完成"] * 3)
    assert [(p.label, p.done_files, p.done == p.size) for p in station.shown()] == [
        ("one", 3, True), ("three", 3, True), ("two", 3, True),
    ]  # fmt: skip
    shutil.move(root / "two", tmp_path / "two")
    station.look()
    (tmp_path / "two" / "new.bin").write_bytes(f"{tmp_path} new".encode())
    shutil.move(tmp_path / "two", root / "two")
    station.look()
    until(lambda: [p.done_files for p in station.shown()] == [3, 3, 4])


def test_trouble_of_a_card_is_told_in_words_of_the_office() -> None:
    assert told_of(OSError(errno.ENOENT, "No such file or directory")) == "文件已不在，设备或者卡可能已拔出"
    assert told_of(OSError(errno.ENOTCONN, "Transport endpoint is not connected")) == "设备已拔出"
    assert told_of(OSError(errno.EIO, "输入输出错误")) == "输入输出错误"
    assert told_of(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"


def test_only_mount_points_are_cards_unless_the_keeper_says_otherwise(config: Config, tmp_path: Path) -> None:
    station = Watch([cards(tmp_path / "media", "one")], config=config, patience=1, clears=False)
    station.look()
    assert station.shown() == ()
    assert terminal_view(station.shown()) == "没有插入的设备"


def test_watching_tells_each_change_once_and_ends_after_what_is_under_way(
    config: Config, tmp_path: Path
) -> None:
    root = cards(tmp_path / "media", "one")
    station, seen = Watch([root], config=config, patience=20, clears=False, any_folder=True), []
    for ports in station.run(every=0.02):
        seen.append(ports)
        if ports[0].state == "完成":
            station.stop()
    assert len(seen) == len(set(seen))
    assert terminal_view(seen[-1]) == "one　完成　3/3 个　100%　全部文件已有回执，可以取走。"


def _dead(*_given: object, **_more: object) -> None:
    raise Unavailable("连接服务器失败")


@pytest.mark.parametrize("clears", [False, True])
def test_card_that_the_line_kept_back_is_finished_once_the_spool_was_sent(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clears: bool
) -> None:
    """Its tile says no longer that files are only here; where cards are cleared it is docked again for that."""
    monkeypatch.setattr(watch, "_SENDS_EVERY", 0.2)
    root = cards(tmp_path / "media", "one")
    station = Watch([root], config=config, patience=20, clears=clears, any_folder=True)
    with monkeypatch.context() as cut:
        cut.setattr(Server, "_ask", _dead)
        station.look()
        until(lambda: station.shown()[0].state == "暂存")

    def is_over() -> bool:
        station.look()
        one = station.shown()[0]
        return (one.state, one.spooled, one.done_files) == ("异常" if clears else "完成", 0, 3)

    until(is_over)
    assert all("未清除" in problem and "未获准" in problem for problem in station.shown()[0].problems)


def test_card_whose_spooled_copies_vanished_is_not_called_done_but_docked_again(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody cleaned up the spool's folder: an empty spool is no receipt."""
    monkeypatch.setattr(watch, "_SENDS_EVERY", 0.2)
    root = cards(tmp_path / "media", "one")
    station = Watch([root], config=config, patience=20, clears=False, any_folder=True)
    with monkeypatch.context() as cut:
        cut.setattr(Server, "_ask", _dead)
        station.look()
        until(lambda: station.shown()[0].state == "暂存")
        for body in (config.folder / "spool").glob("*.sealed"):
            body.unlink()
        assert not station._waiting_for_the_line() - {root / "one"}
        one = station.shown()[0]
        assert (one.state, one.spooled, one.done_files) == ("暂存", 3, 0)

    def is_done() -> bool:
        station.look()
        return station.shown()[0].state == "完成"

    until(is_done)
    receipts = [entry["receipt"]["state"] for _key, entry in Memory(config.folder).entries()]
    assert receipts == ["verified"] * 3


def test_line_that_breaks_for_a_moment_is_waited_for_and_one_that_is_dead_is_not(
    house: House, config: Config
) -> None:
    line = Line(house.port)
    server = Server(replace(config, server=f"http://{Line.HOST}:{line.port}"))
    upload = server.begin(3, {"filename": "a"})
    line.cut(1.0)
    assert server.offset(upload) == 0
    line.cut(60)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        Server(replace(config, server=f"http://{Line.HOST}:{line.port}")).offset(upload)
    assert time.monotonic() - began < 5
    line.close()


def test_port_tells_why_a_card_failed(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> None:
        raise OSError(5, "输入输出错误")

    monkeypatch.setattr(watch.Folder, "files", broken)
    station = Watch(
        [cards(tmp_path / "media", "one")], config=config, patience=1, clears=False, any_folder=True
    )
    station.look()
    until(lambda: station.shown()[0].state == "异常")
    (port,) = station.shown()
    assert port.problems == ("读卡出错（输入输出错误），原件保留在卡上",)
    assert "原件仍在卡上" in port.do
    assert "读卡出错" in terminal_view([port])


def test_tiles_are_served_to_this_machine_alone(house: House) -> None:
    port = Port(label="端口一")
    port.lists(2, 1_000)
    port.begins("DCIM/a.mp4")
    port.sends(400, 600)
    with serve_tiles(lambda: [port.shown()], port=free_port()) as address:
        page = requests.get(address, timeout=5)
        assert "采集站" in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        (shown,) = requests.get(f"{address}ports.json", timeout=5).json()
        assert (shown["label"], shown["state"], shown["done"], shown["size"]) == (
            "端口一",
            "采集",
            400,
            1_000,
        )
        assert shown["seconds_left"] > 0
        assert requests.get(f"{address}other", timeout=5).status_code == 404
        assert requests.get(address, headers={"Host": "evil.invalid"}, timeout=5).status_code == 403
    with serve_tiles(list, port=0) as nowhere:
        assert nowhere == ""


def test_port_counts_what_is_done_and_tells_nothing_where_nothing_can_be_said() -> None:
    port = Port(label="一")
    assert port.shown().seconds_left is None
    port.lists(2, 30)
    port.begins("a")
    port.checks()
    assert port.shown().state == "校验"
    port.ends("a", "完成", "", 10)
    port.begins("b")
    port.ends("b", "异常", "断线", 20)
    port.is_over([])
    assert port.shown() == Shown("一", "异常", 2, 1, 30, 10, 0.0, "", ("b：断线",), port.shown().do)
    assert told(port.shown())["seconds_left"] is None


def test_receipt_that_is_late_is_waited_for_and_is_no_fault(config: Config) -> None:
    port = Port(label="一号口")
    port.lists(2, 20)
    port.begins("a.mp4")
    port.ends("a.mp4", "完成", "", 10)
    port.begins("b.mp4")
    port.ends("b.mp4", "校验中", "已入库，复核回执未到：稍后再次对接即可", 10)
    port.is_over([])
    shown = port.shown()
    assert (shown.state, shown.problems) == ("校验", ("b.mp4：已入库，复核回执未到：稍后再次对接即可",))
    assert "请勿拔出" in shown.do
    port.begins("c.mp4")
    port.ends("c.mp4", "异常", "介质读写出错", 10)
    port.is_over([])
    assert port.shown().state == "异常"
