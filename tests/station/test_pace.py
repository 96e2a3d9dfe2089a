"""A slow line: what is measured, when the rest of a card goes to the spool, and that a late receipt alone is none."""

from dataclasses import replace
from pathlib import Path

import pytest

from liuhen.station import pace
from liuhen.station.config import Config
from liuhen.station.pace import Pace, SlowLine
from liuhen.station.port import Port
from liuhen.station.sending import send_spooled
from liuhen.station.source import Folder
from liuhen.station.spool import Spool
from liuhen.station.sync import Docking
from liuhen.station.tiles import terminal_view
from liuhen.station.upload import Server

MB = 1_000_000


class Clock:
    """Seconds as the test says."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def runs(line: Pace, clock: Clock, *, seconds: int, speed: int, position: int = 0) -> int:
    for _ in range(seconds):
        clock.now += 1
        position += speed
        line.at(position)
    return position


def test_line_is_slow_where_the_rest_of_the_card_would_take_longer_than_the_limit() -> None:
    clock = Clock()
    line = Pace(limit=3600, left=30_000 * MB, clock=clock)
    line.starts(0)
    with pytest.raises(SlowLine, match=r"每秒约 5.00 MB，这张卡还要约 100 分钟，超过本站设定的 60 分钟"):
        runs(line, clock, seconds=60, speed=5 * MB)
    assert clock.now == 16  # Not before fifteen seconds of sending were measured.


def test_same_speed_is_not_slow_for_a_small_card() -> None:
    clock = Clock()
    line = Pace(limit=3600, left=10_000 * MB, clock=clock)
    line.starts(0)
    runs(line, clock, seconds=600, speed=5 * MB)
    assert line.seconds_left() == pytest.approx(2000)


def test_moment_of_slowness_and_time_between_files_do_not_count() -> None:
    clock = Clock()
    line = Pace(limit=3600, left=30_000 * MB, clock=clock)
    line.starts(0)
    position = runs(line, clock, seconds=60, speed=50 * MB)
    position = runs(line, clock, seconds=5, speed=MB, position=position)
    clock.now += 900  # The next file is read for its digest, the receipt of this one is waited for.
    line.starts(0)
    runs(line, clock, seconds=60, speed=50 * MB)
    assert line.speed() > 40 * MB


def test_line_that_turns_slow_is_noticed_within_two_minutes_whatever_went_before() -> None:
    clock = Clock()
    line = Pace(limit=3600, left=30_000 * MB, clock=clock)
    line.starts(0)
    position = runs(line, clock, seconds=3000, speed=50 * MB)
    before = clock.now
    with pytest.raises(SlowLine):
        runs(line, clock, seconds=600, speed=MB, position=position)
    assert clock.now - before <= 120


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.mp4").write_bytes(f"{tmp_path} {number}".encode() * 40_000)
    return folder


def test_slow_line_sends_the_rest_of_the_card_to_the_spool_and_the_tile_says_why(
    config: Config, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crawls(self: Pace, position: int) -> None:
        if position > MB:
            raise SlowLine("线路过慢：现在每秒约 0.10 MB，这张卡还要约 95 分钟，超过本站设定的 60 分钟")

    port = Port(label="一")
    with monkeypatch.context() as slow:
        slow.setattr(pace.Pace, "at", crawls)
        outcomes = list(Docking(Folder(card), config, 20, port=port).run())
    assert {o.state for o in outcomes} == {"暂存"}
    shown = port.shown()
    assert (shown.state, shown.spooled, shown.problems) == ("暂存", 3, ())
    assert "约 95 分钟" in shown.line
    assert "线路过慢" in terminal_view([shown])
    assert {o.state for o in send_spooled(config, patience=20)} == {"完成"}  # However long that takes.
    assert not list(Spool(config).entries())


def test_line_so_slow_is_used_all_the_same_where_nothing_can_be_spooled(
    config: Config, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crawls(self: Pace, position: int) -> None:
        if position > MB and self.limit < float("inf"):
            raise SlowLine("线路过慢")

    monkeypatch.setattr(pace.Pace, "at", crawls)
    docking = Docking(Folder(card), replace(config, house_key=b""), 20)
    monkeypatch.setattr("liuhen.station.sync.keep_in_touch", lambda config: config)
    assert {o.state for o in docking.run()} == {"完成"}


def test_late_receipt_does_not_send_the_rest_of_the_card_to_the_spool(
    config: Config, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, late = Server.receipt, []

    def receipt(self: Server, upload: str, *, patience: float) -> dict[str, object]:
        late.append(upload)
        if upload == late[0]:
            return {"state": "open", "reason": ""}
        return real(self, upload, patience=patience)

    with monkeypatch.context() as waiting:
        waiting.setattr(Server, "receipt", receipt)
        outcomes = list(Docking(Folder(card), config, 20).run())
    assert [o.state for o in outcomes] == ["校验中", "完成", "完成"]
    assert outcomes[0].receipt is None
    assert not list(Spool(config).entries())
    assert {o.state for o in Docking(Folder(card), config, 20).run()} == {"完成"}
