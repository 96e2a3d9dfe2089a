"""A file that was begun from its card when the line went: the rest goes the same way once the line is back, no byte twice."""

from pathlib import Path
from typing import BinaryIO

import pytest

from liuhen.kernel.errors import Unavailable
from liuhen.kernel.sealed import PIECE
from liuhen.station.config import Config
from liuhen.station.memory import Memory
from liuhen.station.sending import send_spooled
from liuhen.station.source import Folder
from liuhen.station.spool import Spool, Spooled
from liuhen.station.sync import Docking
from liuhen.station.upload import Server
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
