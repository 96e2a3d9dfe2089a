"""A room of cards at once, with what goes wrong in a room: in the end every file that was read whole is at the house once, and
everything else is told of by name.

A small room in every run; `make room` plays twenty cards of eight gigabytes together, and one file of six gigabytes.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from tests.faults.line import Line
from tests.faults.room import FAST, MEGA, MISSING, Form, Room
from tests.faults.room_pictures import pages, watcher

from liuhen.engines.ledger import Receipt
from liuhen.station.config import read_config

pytestmark = pytest.mark.timeout(7200)
SMALL = Form(cards=6, files=4, size=2 * MEGA, rate=12e6)
MANY = Form(cards=20, files=8, size=49 * MEGA, cuts=(4.0, 25.0))
LARGE = Form(cards=6, files=4, size=20 * MEGA, large=6 * 1024 * MEGA, cuts=(4.0, 6.0))
FORMS = {"many": MANY, "large": LARGE} if os.environ.get("ROOM") == "full" else {"small": SMALL}


@pytest.fixture(scope="module", params=sorted(FORMS))
def room(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    if os.environ.get("LIUHEN_DATABASE") and "many" in FORMS:
        pytest.skip("大房间只在内置数据库上跑")
    found = Room(tmp_path_factory.mktemp("room"), FORMS[request.param])
    try:
        found.prepare()
        found.run(while_it_runs=watcher(found))
        print(f"\n{request.param}：{found.figures.told()}")
        yield found
    finally:
        found.clear_away()


@pytest.fixture(scope="module")
def truth(room: Room) -> dict[str, Any]:
    found = room.truth()
    pages(room)
    return found


def test_every_file_that_was_read_whole_is_at_the_house_once(room: Room, truth: dict[str, Any]) -> None:
    came = Counter(one["path"] for one in truth["recordings"])
    assert set(came.values()) == {1}
    whole = {path for card in room.cards.values() if card is not room.pulled for path in card.digests}
    assert whole <= set(came)
    assert 1 <= len(set(came) - whole) < len(room.pulled.digests)  # Of the pulled card some came.
    made = {path: digest for card in room.cards.values() for path, digest in card.digests.items()}
    for one in truth["recordings"]:
        assert one["verified"]
        assert (one["sha256"], one["sm3"]) == (made[one["path"]].sha256, made[one["path"]].sm3)


def test_every_receipt_at_the_stations_is_verified_and_over_the_right_bytes(
    room: Room, truth: dict[str, Any]
) -> None:
    made = {path: digest for card in room.cards.values() for path, digest in card.digests.items()}
    receipts = {}
    for entry in room.receipts():
        receipt = Receipt.opened(dict(entry["receipt"]), room.house.key)
        assert receipt.state == "verified"
        assert receipt.digest == made[entry["file"]]
        receipts[entry["file"]] = receipt
    assert set(receipts) == {one["path"] for one in truth["recordings"]}


def test_both_stations_came_by_certificate_alone(room: Room) -> None:
    """The house takes no token for anything but the first certificate; what came came over the stations' own port."""
    for folder in (room.house.station, room.folder / "second"):
        config = read_config(folder)
        assert config.comes_by_certificate
        assert config.line == f"https://{Line.HOST}:{room.house.environment['LIUHEN_INTAKE_PORT']}"
    assert room.house.verbs().count("station.certified") == 2


def test_nothing_was_cleared_without_a_verified_receipt(room: Room, truth: dict[str, Any]) -> None:
    verified = {entry["file"] for entry in room.receipts() if entry["receipt"]["state"] == "verified"}
    gone = {path for card in room.cards.values() for path in set(card.digests) - card.left}
    assert gone
    assert gone <= verified
    assert sorted(one["path"] for one in truth["clearings"]) == sorted(gone)
    assert all(one["line"] == one["verified_line"] for one in truth["clearings"])


def test_pulled_card_is_told_as_absent_file_by_file(room: Room, truth: dict[str, Any]) -> None:
    came = {one["path"] for one in truth["recordings"]}
    missing = {path for path in room.pulled.digests if path not in came}
    told = [one["why"] for one in truth["absent"] if one["cause"] == "card"]
    assert len(told) == len(missing)
    assert all(any(path in why for why in told) for path in missing)
    assert missing <= room.pulled.left
    assert room.seen[f"{room.form.cards - 3:02d}号口"][-1] == "异常"


def test_wrong_clock_is_kept_beside_what_the_camera_wrote(room: Room, truth: dict[str, Any]) -> None:
    card = room.wrong_clock
    listed = [
        one for one in truth["lists"] if one["station"] == "二号站"
    ]  # Listed again where the line was cut.
    assert {one["clock_error"] for one in listed} == {FAST.total_seconds()}
    assert max(one["count"] for one in listed) == len(card.digests)
    rows = [one for one in truth["recordings"] if one["path"] in card.digests]
    assert {one["clock_error"] for one in rows} == {FAST.total_seconds()}
    for one in rows:
        assert abs(datetime.fromisoformat(one["file_time"]) - card.times[one["path"]]).total_seconds() < 2
    assert not [
        one for one in truth["absent"] if one["about"] == card.serial
    ]  # Measured, it is no suspicion.


def test_every_camera_is_known_by_its_own_word_and_its_clock_was_measured(
    room: Room, truth: dict[str, Any]
) -> None:
    said = {
        card.serial: card.fast.total_seconds() for card in room.cards.values() if card is not room.wrong_clock
    }
    told = {(one["device"], one["clock_error"]) for one in truth["lists"] if one["station"] == "一号站"}
    assert told == set(said.items())
    for one in truth["recordings"]:
        assert one["clock_error"] == pytest.approx(said.get(one["serial"], FAST.total_seconds()))


def test_unknown_device_is_in_quarantine_and_stays_on_its_card(room: Room, truth: dict[str, Any]) -> None:
    for one in truth["recordings"]:
        assert bool(one["quarantine"]) == (one["path"] in room.stranger.digests), one
    assert room.stranger.left == set(room.stranger.digests)


def test_missing_number_is_told(room: Room, truth: dict[str, Any]) -> None:
    (told,) = [one for one in truth["absent"] if one["cause"] == "sequence"]
    assert told["about"] == room.gapped.serial
    assert f"{MISSING:04d} 起的 1 个" in told["what"]


def test_every_list_names_every_file_and_every_tile_told_the_truth(room: Room, truth: dict[str, Any]) -> None:
    listed = {path for one in truth["lists"] for path in one["files"]}
    assert listed == {path for card in room.cards.values() for path in card.digests}
    odd = {room.pulled.folder.name, room.stranger.folder.name}
    for tile in room.figures.tiles:
        if tile["files"] and tile["label"] != "暂存区":
            assert tile["state"] == ("异常" if tile["label"] in odd else "完成"), tile
    assert room.figures.cuts == 2


def test_a_cut_line_has_little_sent_again(room: Room) -> None:
    """At most what was under way at each port when the line was cut, and what people and machines say besides."""
    talk = len(room.cards) * 400_000
    assert room.figures.sent - room.figures.size <= talk + room.figures.cuts * room.form.cards * 8 * MEGA


def test_house_and_its_log_are_whole(room: Room) -> None:
    room.house.liuhen("verify", within=1800)
    told = room.house.liuhen("reconcile", ok=(0, 1), within=1800).splitlines()
    assert all(
        "尚未收完" in line for line in told if line.startswith("✗")
    )  # Begun, and sent from the spool or pulled out.
