"""The sealed spool: what is kept while the line is down, what opens it, and what an attack or a crash leaves."""

import base64
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from liuhen.kernel.canonical import canonical
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import LiuhenError, Tampered, Unavailable
from liuhen.kernel.sealed import SEALED_PIECE, Opener
from liuhen.station import sending
from liuhen.station.config import Config
from liuhen.station.memory import Memory
from liuhen.station.port import Port
from liuhen.station.sending import send_spooled
from liuhen.station.source import Folder
from liuhen.station.spool import Spool
from liuhen.station.sync import Docking
from liuhen.station.tiles import terminal_view
from liuhen.station.upload import Server
from tests.live import House
from tests.station.spooling import SIZES, away, bodies, body_of, original_of, spool_card


class PowerCut(BaseException):
    """As kill -9: nothing after it runs."""


# -- the whole way ------------------------------------------------------------------------------------------------


def test_line_down_then_card_pulled_then_line_back_gives_receipts_over_the_original_bytes(
    house: House, config: Config, card: Path
) -> None:
    outcomes = spool_card(card, config, clears=True)
    assert {(o.state, o.cleared, o.receipt) for o in outcomes} == {("暂存", False, None)}
    assert {path.name for path in card.iterdir()} == set(SIZES)  # Nothing is cleared on account of the spool.
    originals = {path.name: path.read_bytes() for path in card.iterdir()}
    shutil.rmtree(card)
    brought = list(send_spooled(config, patience=20))
    assert {o.file: o.state for o in brought} == dict.fromkeys(SIZES, "完成")
    for outcome in brought:
        assert original_of(house, outcome, config) == originals[outcome.file]
    assert not bodies(config)
    assert not list(Spool(config).entries())
    house.liuhen("verify")


@pytest.mark.parametrize("first", ["card", "spool"])
def test_answer_that_was_lost_sends_no_file_a_second_time(
    house: House, config: Config, card: Path, first: str
) -> None:
    """All bytes are at the house, the line breaks before it can say so, and the other way goes on: still one recording."""
    before = house.count("Recording")

    def lost(self: Server, upload: str, file: BinaryIO, *, size: int, **more: object) -> None:
        real(self, upload, file, size=size, **more)  # type: ignore[arg-type]
        raise Unavailable("断线")

    real = Server.send
    if first == "spool":
        spool_card(card, config)
    with pytest.MonkeyPatch.context() as cut:
        cut.setattr(Server, "send", lost)
        if first == "card":
            assert {o.state for o in Docking(Folder(card), config, 20).run()} == {"暂存"}
        else:
            list(send_spooled(config, patience=20))
    if first == "card":
        assert {o.state for o in send_spooled(config, patience=20)} == {"完成"}
    assert {o.state for o in Docking(Folder(card), config, 20).run()} == {"完成"}
    assert house.count("Recording") - before == len(SIZES) == 3
    assert not bodies(config)


def test_card_still_in_is_sent_straight_and_its_spooled_copy_dropped(config: Config, card: Path) -> None:
    spool_card(card, config)
    assert len(bodies(config)) == 3
    assert {o.state for o in Docking(Folder(card), config, 20).run()} == {"完成"}
    assert not bodies(config)


def test_spooled_file_is_shown_as_spooled_and_never_as_received(config: Config, card: Path) -> None:
    port = Port(label="一号口")
    list(Docking(Folder(card), away(config), 5, port=port).run())
    shown = port.shown()
    assert (shown.state, shown.done_files, shown.done, shown.spooled) == ("暂存", 0, 0, 3)
    assert "尚未入库" in shown.do
    assert "暂存 3 个（未入库）" in terminal_view([shown])


def test_full_disk_of_the_station_spools_nothing_and_says_so(config: Config, card: Path) -> None:
    outcomes = spool_card(card, replace(config, spool_keeps_free=1 << 62))
    assert {o.state for o in outcomes} == {"异常"}
    assert all("暂存空间不足" in o.reason for o in outcomes)
    assert not bodies(config)


def test_station_without_a_house_key_spools_nothing(config: Config, card: Path) -> None:
    outcomes = spool_card(card, replace(config, house_key=b""))
    assert {o.state for o in outcomes} == {"异常"}
    assert not (config.folder / "spool").exists() or not bodies(config)


def test_existing_home_without_the_key_gets_one_at_the_next_start_and_keeps_it(tmp_path: Path) -> None:
    from liuhen.server.home import add_opening_key

    (tmp_path / "keys").mkdir()
    add_opening_key(tmp_path)
    made = (tmp_path / "keys" / "spool.key").read_bytes()
    add_opening_key(tmp_path)
    assert (tmp_path / "keys" / "spool.key").read_bytes() == made
    assert [(p.name, p.stat().st_mode & 0o777) for p in (tmp_path / "keys").iterdir()] == [
        ("spool.key", 0o600)
    ]


# -- who can open it -----------------------------------------------------------------------------------------------


def test_nothing_the_station_holds_opens_its_spool(config: Config, card: Path) -> None:
    plain = (card / "a.mp4").read_bytes()
    spool_card(card, config)
    held = [path.read_bytes() for path in config.folder.rglob("*") if path.is_file()]
    assert all(plain[:64] not in one for one in held)
    told = json.loads((config.folder / "station.json").read_text())
    candidates = {told["key"], told["house_key"], *(one.fresh for one in Spool(config).entries())}
    for one in Spool(config).entries():
        body = body_of(config, one)
        for text in candidates:  # Every 32 bytes that the station holds, taken as a private key.
            key = X25519PrivateKey.from_private_bytes(base64.b64decode(text))
            opener = Opener.made(
                key, fresh=base64.b64decode(one.fresh), bound=canonical(one.declared), sealed=len(body)
            )
            with pytest.raises(Tampered):
                opener.open(0, body[:SEALED_PIECE])


# -- attacks on the spool ------------------------------------------------------------------------------------------


def _altered(body: bytes) -> bytes:
    return body[: SEALED_PIECE + 5] + bytes([body[SEALED_PIECE + 5] ^ 1]) + body[SEALED_PIECE + 6 :]


def _reordered(body: bytes) -> bytes:
    return body[SEALED_PIECE : 2 * SEALED_PIECE] + body[:SEALED_PIECE] + body[2 * SEALED_PIECE :]


def _repeated(body: bytes) -> bytes:
    return body[:SEALED_PIECE] + body[:SEALED_PIECE] + body[2 * SEALED_PIECE :]


@pytest.mark.parametrize(
    ("change", "named"), [(_altered, "第 2 块"), (_reordered, "第 1 块"), (_repeated, "第 2 块")]
)
def test_changed_piece_is_refused_and_named(config: Config, card: Path, change, named: str) -> None:  # type: ignore[no-untyped-def]
    for name in ("b.mp4", "empty.mp4"):
        (card / name).unlink()
    spool_card(card, config)
    (body,) = bodies(config)
    body.write_bytes(change(body.read_bytes()))
    for _again in range(2):
        (outcome,) = send_spooled(config, patience=5)
        assert outcome.state == "异常"
        assert named in outcome.reason
        assert outcome.receipt is None
    assert {o.state for o in Docking(Folder(card), config, 20).run()} == {
        "完成"
    }  # The card has the original.


def test_truncated_body_is_refused_at_the_station_and_at_the_house(config: Config, card: Path) -> None:
    (card / "a.mp4").unlink()
    (card / "empty.mp4").unlink()
    spool_card(card, config)
    (body,), (one,) = bodies(config), Spool(config).entries()
    whole = body.read_bytes()
    body.write_bytes(whole[:SEALED_PIECE])
    (outcome,) = send_spooled(config, patience=5)
    assert "截断" in outcome.reason
    server = Server(config)
    upload = server.begin(SEALED_PIECE, one.metadata)  # A whole first piece, passed off as all there is.
    with body.open("rb") as file, pytest.raises(LiuhenError, match="第 1 块"):
        server.send(upload, file, size=SEALED_PIECE, progress=lambda _done, _size: None)
    assert server.offset(upload) is None


def test_body_under_another_files_name_is_refused(config: Config, card: Path) -> None:
    (card / "empty.mp4").unlink()
    (card / "b.mp4").write_bytes(os.urandom(SIZES["a.mp4"]))
    spool_card(card, config)
    first, second = bodies(config)
    a, b = first.read_bytes(), second.read_bytes()
    first.write_bytes(b)
    second.write_bytes(a)
    outcomes = list(send_spooled(config, patience=5))
    assert [o.state for o in outcomes] == ["异常", "异常"]
    assert all("第 1 块" in o.reason for o in outcomes)


def test_what_was_declared_beside_the_body_cannot_be_changed(config: Config, card: Path) -> None:
    spool_card(card, config)
    one = next(iter(Spool(config).entries()))
    Spool(config)._notes.keep(one.key, declared={**one.declared, "officer": "010002"})
    states = {o.file: o.state for o in send_spooled(config, patience=20)}
    assert states.pop(one.file) == "异常"
    assert set(states.values()) == {"完成"}


# -- crashes -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["writing", "renaming", "noting"])
def cut_while_spooling(request: pytest.FixtureRequest, config: Config) -> Iterator[pytest.MonkeyPatch]:
    """The station has its folders; the cut comes while a file is sealed into them."""
    for kind in ("files", "spool"):
        Memory(config.folder, kind)

    def cut(*_given: object, **_more: object) -> None:
        raise PowerCut

    with pytest.MonkeyPatch.context() as crash:
        if request.param == "writing":
            crash.setattr("liuhen.station.spool.os.fsync", cut)
        elif request.param == "renaming":
            crash.setattr("liuhen.station.spool.make_durable", cut)
        else:
            keep = Memory.keep

            def cut_notes(self: Memory, key: str, **facts: object) -> dict[str, object]:
                return cut() if "declared" in facts else keep(self, key, **facts)  # type: ignore[return-value,func-returns-value]

            crash.setattr(Memory, "keep", cut_notes)
        yield crash


def test_crash_while_spooling_leaves_nothing_half_and_the_file_is_read_again(
    config: Config, card: Path, cut_while_spooling: pytest.MonkeyPatch
) -> None:
    offline = replace(config, key=None)  # Without a list to write, the first crash is the spool's.
    with pytest.raises(PowerCut):
        spool_card(card, offline)
    assert not list(Spool(config).entries())
    cut_while_spooling.undo()
    assert {o.state for o in spool_card(card, offline)} == {"暂存"}
    assert len(bodies(config)) == 3
    assert not list((config.folder / "spool").glob("*.part"))
    assert {o.state for o in send_spooled(config, patience=20)} == {"完成"}


@pytest.mark.parametrize("step", ["begin", "send", "receipt", "check_receipt", "drop"])
def test_crash_while_sending_loses_nothing_and_brings_each_file_once(
    house: House, config: Config, card: Path, step: str
) -> None:
    def cut(*_given: object, **_more: object) -> None:
        raise PowerCut

    spool_card(card, config)
    originals = {path.name: path.read_bytes() for path in card.iterdir()}
    with pytest.MonkeyPatch.context() as crash:
        owner = {"check_receipt": sending, "drop": Spool}.get(step, Server)
        crash.setattr(owner, step, cut)
        with pytest.raises(PowerCut):
            list(send_spooled(config, patience=20))
    brought = list(send_spooled(config, patience=20))
    assert {o.file: o.state for o in brought} == dict.fromkeys(SIZES, "完成")
    assert all(original_of(house, o, config) == originals[o.file] for o in brought)


def test_broken_line_goes_on_at_the_last_whole_piece(house: House, config: Config, card: Path) -> None:
    for name in ("b.mp4", "empty.mp4"):
        (card / name).unlink()
    spool_card(card, config)
    (one,), server = Spool(config).entries(), Server(config)
    whole = body_of(config, one)
    upload = server.begin(len(whole), one.metadata)
    Spool(config).note(one, upload=upload)
    half = whole[: SEALED_PIECE + 1000]
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    server._ask("PATCH", upload, headers=headers, data=half)
    assert server.offset(upload) == SEALED_PIECE
    house.kill()
    house.start()
    assert server.offset(upload) == SEALED_PIECE
    (outcome,) = send_spooled(config, patience=20)
    assert outcome.state == "完成"
    assert digest_of((card / "a.mp4").read_bytes()).sha256 == dict(outcome.receipt or {})["sha256"]
