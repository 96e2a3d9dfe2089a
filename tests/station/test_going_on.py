"""A file that was begun from its card when the line went: the rest goes the same way once the line is back, no byte twice."""

import os
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.errors import Refused, Unavailable
from liuhen.kernel.sealed import PIECE
from liuhen.station import watch
from liuhen.station.config import Config
from liuhen.station.memory import Memory
from liuhen.station.sending import send_spooled
from liuhen.station.source import Folder
from liuhen.station.spool import Spool, Spooled
from liuhen.station.sync import Docking
from liuhen.station.upload import Server
from liuhen.station.watch import Watch
from tests.live import House
from tests.station.spooling import SIZES, bodies, original_of


def begun_and_spooled(config: Config, card: Path) -> Path:
    """Two pieces of the file went straight from the card; then the line went, and a sealed copy was left."""
    file = card / "a.mp4"
    for name in ("b.mp4", "empty.mp4"):
        (card / name).unlink()

    def part(self: Server, upload: str, _file: BinaryIO, offset: int, _size: int, _pace: object) -> None:
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        self._ask("PATCH", upload, headers=headers, data=file.read_bytes()[: 2 * PIECE])
        raise Unavailable("断线")

    with pytest.MonkeyPatch.context() as cut:
        cut.setattr("liuhen.station.upload._WAITS", ())
        cut.setattr(Server, "_send_from", part)
        assert [o.state for o in Docking(Folder(card), config, 5).run()] == ["暂存"]
    (one,) = Spool(config).entries()
    upload = Memory(config.folder).recall(one.key)["upload"]
    assert Server(config).offset(upload) == 2 * PIECE
    return file


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each sending had before it."""
    sent: list[int] = []
    real = Server._send_from

    def count(self: Server, upload: str, file: BinaryIO, offset: int, size: int, *more: object) -> None:
        sent.append(size - offset)
        real(self, upload, file, offset, size, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Server, "_send_from", count)
    return sent


def test_card_that_is_still_in_goes_on_at_the_byte_where_the_line_went(
    house: House, config: Config, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = house.count("Recording")
    file = begun_and_spooled(config, card)
    sent = counted(monkeypatch)
    (outcome,) = send_spooled(config, patience=20, original=lambda _spooled: file.open("rb"))
    assert (outcome.state, sent) == ("完成", [SIZES["a.mp4"] - 2 * PIECE])
    assert original_of(house, outcome, config) == file.read_bytes()
    assert house.count("Recording") - before == 1
    assert not bodies(config)


@pytest.mark.parametrize("what", ["pulled", "torn", "changed"])
def test_card_that_is_gone_or_no_longer_the_same_leaves_it_to_the_sealed_copy(
    house: House, config: Config, card: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    before = house.count("Recording")
    file = begun_and_spooled(config, card)
    whole = file.read_bytes()
    if what == "changed":
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    def original(_spooled: Spooled) -> BinaryIO | None:
        if what == "torn":
            raise OSError(5, "Input/output error")
        return None if what == "pulled" else file.open("rb")

    sent = counted(monkeypatch)
    (outcome,) = send_spooled(config, patience=20, original=original)
    assert outcome.state == "完成"
    assert sent[-1] > SIZES["a.mp4"]
    assert original_of(house, outcome, config) == whole
    assert house.count("Recording") - before == 1


@pytest.mark.parametrize("is_let_in", [True, False])
def test_only_a_card_that_was_let_in_is_read_for_what_was_spooled(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_let_in: bool
) -> None:
    """What the station's lock keeps out is not read by the sender of the spool either; what was pulled out is forgotten."""
    film = tmp_path / "media" / "one" / "a.mp4"
    film.parent.mkdir(parents=True)
    film.write_bytes(os.urandom(PIECE))
    monkeypatch.setattr(watch, "_SETTLES", 0.0)
    if not is_let_in:
        monkeypatch.setattr("liuhen.station.sync.admit", _kept_out)
    station = Watch([tmp_path / "media"], config=config, patience=20, clears=False, any_folder=True)
    station.look()
    end = time.monotonic() + 60
    while station._is_at_work(film.parent):
        assert time.monotonic() < end
        time.sleep(0.05)
    (found,) = Folder(film.parent).files()
    spooled = Spooled("x", {"path": "a.mp4", "modified": as_utc_text(found.modified)}, "", PIECE)
    opened = station._original(spooled)
    assert (opened is not None) is is_let_in
    if opened is not None:
        assert opened.read() == film.read_bytes()
        opened.close()
    film.parent.rename(tmp_path / "elsewhere")
    station.look()
    assert station._original(spooled) is None
    assert not station._sources


def _kept_out(*_given: object, **_more: object) -> None:
    raise Refused("本站不采集这张卡")
